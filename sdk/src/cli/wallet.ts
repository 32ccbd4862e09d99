import { join } from "node:path";
import { type Address, getAddress, type Hex, type LocalAccount } from "viem";
import { decryptKeystore, encryptKeystore } from "../node/keystore.ts";
import { CommandFailed, EXIT, wrongUsage } from "./failure.ts";
import { homeOf, readIfThere, writePrivate } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** Shortest password of a new keystore. Characters. */
const MIN_PASSWORD = 8;

/** Where the command keeps its key. */
export function keystoreFileOf(terminal: Terminal): string {
  return join(homeOf(terminal), "keystore.json");
}

function notLoggedIn(): CommandFailed {
  const options = { code: "NotLoggedIn", exitCode: EXIT.usage };
  return new CommandFailed("You are not logged in: there is no keystore.", "Run `4ever login` first.", options);
}

/** Address of the keystore, without opening it; undefined when there is none. Throws `CommandFailed`. */
export async function findAddress(terminal: Terminal): Promise<Address | undefined> {
  const file = keystoreFileOf(terminal);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { address } = JSON.parse(text) as { address: string };
    return getAddress(address.startsWith("0x") ? address : `0x${address}`);
  } catch (cause) {
    throw new CommandFailed(`The keystore ${file} is damaged.`, "Put its copy in its place.", { cause });
  }
}

/** Address of the keystore, without opening it. Throws `CommandFailed` when nobody is logged in. */
export async function walletAddress(terminal: Terminal): Promise<Address> {
  const address = await findAddress(terminal);
  if (!address) throw notLoggedIn();
  return address;
}

/** Opens the keystore with the password of the environment, or asks for it. Throws `CommandFailed` or `KeystoreError`. */
export async function openWallet(terminal: Terminal, signal?: AbortSignal): Promise<LocalAccount> {
  const file = keystoreFileOf(terminal);
  const text = await readIfThere(file);
  if (text === undefined) throw notLoggedIn();
  return decryptKeystore(text, await passwordFor(terminal, `Password of ${file}: `, signal));
}

async function passwordFor(terminal: Terminal, question: string, signal?: AbortSignal): Promise<string> {
  const known = terminal.env.FOREVER_PASSWORD;
  if (known !== undefined) return known;
  if (!terminal.isInteractive)
    throw wrongUsage("The keystore's password is needed.", "Set FOREVER_PASSWORD, or run it in a terminal.");
  return terminal.askSecret(question, signal);
}

/** Encrypts a key into the keystore, with the password of the environment or one that is asked for twice. */
export async function saveWallet(terminal: Terminal, privateKey: Hex, signal?: AbortSignal): Promise<void> {
  const password = await passwordFor(terminal, "New password: ", signal);
  if (password.length < MIN_PASSWORD)
    throw wrongUsage(`The password has ${password.length} characters.`, `Choose one of ${MIN_PASSWORD} or more.`);
  if (
    terminal.env.FOREVER_PASSWORD === undefined &&
    (await terminal.askSecret("The same again: ", signal)) !== password
  )
    throw wrongUsage("The two passwords differ.", "Nothing was written. Start again.");
  await writePrivate(keystoreFileOf(terminal), await encryptKeystore(privateKey, password));
}
