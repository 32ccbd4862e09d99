import type { Command } from "commander";
import type { Address } from "viem";
import type { ProtocolClient } from "../../client.ts";
import { delegateVotes, getGovernorSettings, getVoteDelegation, getVotingPower } from "../../governance/votes.ts";
import { listPoolsOf } from "../../subgraph/proposals.ts";
import { formatEver } from "../../units.ts";
import { parseAddress } from "../arguments.ts";
import { type CommandContext, optionsOf, printResult, tell } from "../context.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import { facts } from "../terminal.ts";
import { walletAddress } from "../wallet.ts";
import { openNetwork } from "./channel-signing.ts";

/** Votes: what an account may say, and who says it for it. */
export function addVotes(program: Command, context: CommandContext): void {
  const votes = program.command("votes").description("your say in proposals");

  votes
    .command("show")
    .description("shows what an account votes with, by tokens and by stake pools")
    .argument("[account]", "default: yours")
    .option("--pools <addresses>", "providers to look at (default: all that the index knows of, and its own)")
    .action(async (text: string | undefined, _, command: Command) => {
      const options = optionsOf<{ pools?: string }>(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      const account = text === undefined ? await walletAddress(context.terminal) : parseAddress(text);
      await printVotes(context, options, client, network, account);
    });

  votes
    .command("delegate")
    .description("lets an account vote with all of your EVER; name yourself to vote with it yourself")
    .argument("<account>", "an address, or: self")
    .action(async (text: string, _, command: Command) => {
      const options = optionsOf<{ pools?: string }>(command);
      const given = text === "self" ? undefined : parseAddress(text);
      const { client, network, account } = await openNetwork(context, options);
      const delegate = given ?? account.address;
      const { deployment } = network;
      await delegateVotes(client, { deployment, delegate, onStep: tell(context.terminal), signal: context.signal });
      await printVotes(context, options, client, network, account.address, `${delegate} votes with your EVER.`);
    });
}

/** Providers whose pools an account may vote with: those named, otherwise its own and, where there is an index, those that it delegated to. */
export async function poolsOf(
  { signal }: CommandContext,
  { subgraph }: Network,
  { account, pools }: { account: Address; pools?: string | undefined },
): Promise<Address[]> {
  if (pools !== undefined) return pools.split(",").map((text) => parseAddress(text.trim()));
  const known = subgraph ? await listPoolsOf(subgraph, { account }, signal) : [];
  return [...new Set([account, ...known.map(({ provider }) => provider)])];
}

async function printVotes(
  context: CommandContext,
  options: { pools?: string; json?: boolean },
  client: ProtocolClient,
  network: Network,
  account: Address,
  what?: string,
): Promise<void> {
  const { deployment } = network;
  const providers = await poolsOf(context, network, { account, pools: options.pools });
  const [power, delegation, { proposalThreshold }] = await Promise.all([
    getVotingPower(client, { deployment, account, providers }),
    getVoteDelegation(client, { deployment, account }),
    getGovernorSettings(client, { deployment }),
  ]);
  const { balance, delegate } = delegation;
  const all = power.pools.reduce((sum, { votes }) => sum + votes, power.tokens);
  const missing = proposalThreshold > all ? proposalThreshold - all : 0n;
  const text = facts([
    ["Account", account],
    ["Holds", `${formatEver(balance)}, ${delegate ? `votes by ${delegate}` : "which nobody votes with: delegate it"}`],
    ["Token votes", formatEver(power.tokens)],
    ...power.pools.map(({ provider, votes, isOwn }): [string, string] => [
      isOwn ? "Own pool" : "Pool",
      `${formatEver(votes)} at ${provider}`,
    ]),
    ["To propose", missing > 0n ? `${formatEver(missing)} are missing of ${formatEver(proposalThreshold)}` : "enough"],
  ]);
  const value = { account, balance, delegate: delegate ?? null, ...power, votes: all, proposalThreshold, missing };
  printResult(context, options, value, what ? `${what}\n${text}` : text);
}
