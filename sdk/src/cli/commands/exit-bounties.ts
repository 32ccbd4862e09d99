import type { Command } from "commander";
import { type Address, formatEther } from "viem";
import { getBlock } from "viem/actions";
import { explained, type ProtocolClient } from "../../client.ts";
import {
  executeExit,
  getExitBounty,
  offerExitBounty,
  suggestExitBounty,
  takeBackExitBounty,
} from "../../exit-bounties.ts";
import { formatTime } from "../../periods.ts";
import { listTranches } from "../../stakes.ts";
import { listExitBounties } from "../../subgraph/bounties.ts";
import { formatEver, parseMoney } from "../../units.ts";
import { parseAddress, parsed } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed } from "../failure.ts";
import { connect, indexOf, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts, table } from "../terminal.ts";
import { walletAddress } from "../wallet.ts";
import { openNetwork } from "./channel-signing.ts";

const COIN_DECIMALS = 18;

/** Bounties for whoever pays out what thaws; own stake too, when the account is the provider. */
export function addExitBounties(delegate: Command, context: CommandContext): void {
  const group = delegate
    .command("bounty")
    .description("promises the chain's own coin to whoever pays out what you thaw");

  group
    .command("list")
    .description("lists what can be earned, the highest bounty first")
    .action(async (_, command: Command) => {
      const options = optionsOf(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const index = indexOf(network, "lists bounties");
      const client = await connect(network);
      const [bounties, { timestamp }] = await Promise.all([
        listExitBounties(index, {}, context.signal),
        explained({}, () => getBlock(client)),
      ]);
      const rows = bounties.map(({ provider, account, amountWei, thawsAt }) => [
        provider,
        account,
        `${formatEther(amountWei)} coin`,
        thawsAt <= timestamp ? "now" : formatTime(thawsAt),
      ]);
      const text = rows.length > 0 ? table(["Provider", "Account", "Bounty", "From"], rows) : "Nobody offers a bounty.";
      printResult(context, options, { bounties }, text);
    });

  group
    .command("execute")
    .description("pays out what an account has thawed at a provider, to that account, and earns its bounty")
    .argument("<provider>", "account of the provider")
    .argument("<account>", "whose exit")
    .option("--least <coin>", "earn no less than this (default: what is promised now)")
    .action(async (from: string, whose: string, _, command: Command) => {
      const options = optionsOf<{ least?: string }>(command);
      const [provider, owner] = [parseAddress(from), parseAddress(whose)];
      const least = options.least === undefined ? {} : { leastWei: parseMoney(options.least, COIN_DECIMALS) };
      const { client, network } = await openNetwork(context, options);
      const action = { deployment: network.deployment, provider, owner, ...least, signal: context.signal };
      const { hash, amountWei } = await executeExit(client, { ...action, onStep: tell(context.terminal) });
      const text = `Paid out what ${owner} had thawed, and earned ${formatEther(amountWei)} coin.`;
      printResult(context, options, { provider, account: owner, amountWei, hash }, text);
    });

  group
    .command("show")
    .description("shows what is promised for an account's exit from a provider")
    .argument("<provider>", "account of the provider")
    .option("--account <address>", "whose exit (default: your account's)", parsed(parseAddress))
    .action(async (from: string, _, command: Command) => {
      const options = optionsOf<{ account?: Address }>(command);
      const provider = parseAddress(from);
      const account = options.account ?? (await walletAddress(context.terminal));
      const network = await loadNetwork(context.terminal, options, context.signal);
      await printBounty(context, options, { client: await connect(network), network, provider, account });
    });

  group
    .command("offer")
    .description("promises coin for paying out all that thaws now; adds to what is promised")
    .argument("<provider>", "account of the provider")
    .argument("[amount]", "coin, such as 0.001 (default: three times an execution's gas at today's price)")
    .option("-y, --yes", "do not ask before paying")
    .action(async (from: string, text: string | undefined, _, command: Command) => {
      const options = optionsOf<{ yes?: boolean }>(command);
      const provider = parseAddress(from);
      const given = text === undefined ? undefined : parseMoney(text, COIN_DECIMALS);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const newest = (await listTranches(client, { deployment, provider, account: account.address })).at(-1);
      if (!newest)
        throw new CommandFailed("Nothing of yours thaws with this provider.", "Begin with: 4ever delegate undelegate", {
          code: "StakeNothingThawing",
        });
      const amountWei = given ?? (await suggestExitBounty(client));
      const question =
        `Promise ${formatEther(amountWei)} coin to whoever pays out your thawed stake once all of it has thawed, ${formatTime(newest.thawsAt)}? ` +
        "It is yours again at any time before: 4ever delegate bounty take-back.";
      if (!(await isConfirmed(context, question, options.yes)))
        throw new CommandFailed("Nothing was promised.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      const action = { deployment, provider, tranche: newest.number, amountWei };
      await offerExitBounty(client, { ...action, onStep: tell(context.terminal), signal: context.signal });
      const asked = { client, network, provider, account: account.address };
      await printBounty(context, options, asked, `Promised ${formatEther(amountWei)} coin.`);
    });

  group
    .command("take-back")
    .description("returns your bounty to you")
    .argument("<provider>", "account of the provider")
    .action(async (from: string, _, command: Command) => {
      const options = optionsOf(command);
      const provider = parseAddress(from);
      const { client, network, account } = await openNetwork(context, options);
      const action = { deployment: network.deployment, provider, signal: context.signal };
      const { amountWei } = await takeBackExitBounty(client, { ...action, onStep: tell(context.terminal) });
      const asked = { client, network, provider, account: account.address };
      await printBounty(context, options, asked, `Took back ${formatEther(amountWei)} coin.`);
    });
}

interface Asked {
  client: ProtocolClient;
  network: Network;
  provider: Address;
  account: Address;
}

async function printBounty(
  context: CommandContext,
  options: GlobalOptions,
  { client, network: { deployment }, provider, account }: Asked,
  what?: string,
): Promise<void> {
  const [{ amountWei, tranche }, tranches, { timestamp }] = await Promise.all([
    getExitBounty(client, { deployment, provider, account }),
    listTranches(client, { deployment, provider, account }),
    explained({}, () => getBlock(client)),
  ]);
  const named = tranches.find(({ number }) => number === tranche);
  const text = facts([
    ["Provider", provider],
    ["Account", account],
    ["Bounty", amountWei === 0n ? "none" : `${formatEther(amountWei)} coin`],
    ...(amountWei === 0n ? [] : [["For", whatFor(named, timestamp)] as [string, string]]),
  ]);
  printResult(context, options, { provider, account, amountWei, tranche }, what ? `${what}\n${text}` : text);
}

function whatFor(named: { amount: bigint; thawsAt: number } | undefined, nowAt: bigint): string {
  if (!named) return "nothing any more: it was paid out, take the bounty back";
  const when = named.thawsAt > nowAt ? "thaws until" : "has thawed, since";
  return `${formatEver(named.amount)} and what began to thaw before it; ${when} ${formatTime(named.thawsAt)}`;
}
