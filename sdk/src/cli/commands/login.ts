import type { Command } from "commander";
import { type Address, type Hex, isHex, size } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import type { CommandContext } from "../context.ts";
import { optionsOf, printResult } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { loadNetwork } from "../network.ts";
import { loadSettings, saveSettings } from "../settings.ts";
import { findAddress, keystoreFileOf, openWallet, saveWallet } from "../wallet.ts";

export function addLogin(program: Command, context: CommandContext): void {
  program
    .command("login")
    .description("makes a key, or imports one, and remembers the network")
    .option("--import", "import a private key: asked for, or from FOREVER_PRIVATE_KEY")
    .action(async (_, command: Command) => {
      const options = optionsOf<{ import?: boolean }>(command);
      const { terminal, signal } = context;
      const settings = await loadSettings(terminal, options);
      const network = settings.deployment ? await loadNetwork(terminal, options, signal) : undefined;
      const known = await findAddress(terminal);
      if (known && options.import)
        throw wrongUsage(
          `There is a keystore of ${known} already, and its key would be lost.`,
          `Move ${keystoreFileOf(terminal)} away, and run it again.`,
        );
      const address = known ? (await openWallet(terminal, signal)).address : await makeWallet(context, options);
      const { deployment, rpc } = options;
      if (deployment || rpc) await saveSettings(terminal, { ...(deployment && { deployment }), ...(rpc && { rpc }) });

      const file = keystoreFileOf(terminal);
      const where = network
        ? `The network is ${network.deployment.network}, chain ${network.deployment.chainId}.`
        : "No network is remembered yet: run it again with --deployment and a dashboard's address or a file.";
      const text = [
        `${known ? "Logged in as" : "Your account is"} ${address}.`,
        known ? where : `Its key is in ${file}: keep a copy of the file, and the password apart from it.`,
        ...(known ? [] : [where, "Send it payment tokens for your deals, and some of the chain's own coin for gas."]),
      ].join("\n");
      const chainId = network?.deployment.chainId ?? null;
      printResult(context, options, { address, keystore: file, isNew: !known, chainId }, text);
    });
}

async function makeWallet(context: CommandContext, options: { import?: boolean }): Promise<Address> {
  const key = options.import ? await askKey(context) : generatePrivateKey();
  await saveWallet(context.terminal, key, context.signal);
  return privateKeyToAccount(key).address;
}

async function askKey({ terminal, signal }: CommandContext): Promise<Hex> {
  const given = terminal.env.FOREVER_PRIVATE_KEY;
  if (given === undefined && !terminal.isInteractive)
    throw wrongUsage("A private key is needed.", "Set FOREVER_PRIVATE_KEY, or run it in a terminal.");
  const text = (given ?? (await terminal.askSecret("Private key: ", signal))).trim();
  const key = (text.startsWith("0x") ? text : `0x${text}`) as Hex;
  if (isHex(key) && size(key) === 32) {
    try {
      privateKeyToAccount(key);
      return key;
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause; // zero, or above the curve's order: told below
    }
  }
  throw wrongUsage("This is not a private key.", "It has 64 hexadecimal digits, with or without 0x before them.");
}
