import type { Command } from "commander";
import type { Address } from "viem";
import { getBlock } from "viem/actions";
import { explained, type ProtocolClient } from "../../client.ts";
import { formatSpan, formatTime } from "../../periods.ts";
import { cutAt, growthBps, provenShare, roomOf, sharesFor } from "../../pools.ts";
import { delegate, getCut, getDelegation, getStake, listTranches, undelegate, withdrawStake } from "../../stakes.ts";
import { listPools } from "../../subgraph/pools.ts";
import { EVER_DECIMALS, formatEver, parseMoney } from "../../units.ts";
import { parseAddress, parsed } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed } from "../failure.ts";
import { connect, indexOf, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts, plain, table } from "../terminal.ts";
import { walletAddress } from "../wallet.ts";
import { openNetwork } from "./channel-signing.ts";
import { addExitBounties } from "./exit-bounties.ts";

/** Delegation: EVER behind a provider, with its rewards and its slashes. */
export function addDelegate(program: Command, context: CommandContext): void {
  const group = program.command("delegate").description("puts EVER behind a provider: rewards and slashes with it");

  group
    .command("list")
    .description("lists the providers that take delegations")
    .action(async (_, command: Command) => {
      const options = optionsOf(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const index = indexOf(network, "lists providers");
      const client = await connect(network);
      const [pools, { timestamp }] = await Promise.all([
        listPools(index, {}, context.signal),
        explained({}, () => getBlock(client)),
      ]);
      const nowAt = Number(timestamp);
      const rows = pools.map((pool) => {
        const { bps, rise } = cutAt(pool.cut, nowAt);
        const share = provenShare(pool);
        return [
          pool.provider,
          plain(pool.name, 24),
          formatEver(pool.own),
          formatEver(pool.delegated),
          formatEver(roomOf(pool)),
          `${percent(bps)}${rise ? `, ${percent(rise.bps)} from ${formatTime(rise.at)}` : ""}`,
          percent(growthBps(pool)),
          formatEver(pool.slashed),
          share === undefined ? "nothing yet" : `${Math.floor(share * 1_000) / 10} %`,
        ];
      });
      const headings = ["Provider", "Name", "Own stake", "Delegated", "Room", "Cut", "Growth", "Slashed", "Proven"];
      const value = pools.map((pool) => ({
        ...pool,
        room: roomOf(pool),
        cut: cutAt(pool.cut, nowAt),
        growthBps: growthBps(pool),
      }));
      printResult(context, options, { pools: value }, rows.length > 0 ? table(headings, rows) : "No provider yet.");
    });

  group
    .command("show")
    .description("shows what an account has delegated to a provider")
    .argument("<provider>", "account of the provider")
    .option("--account <address>", "whose delegation (default: your account's)", parsed(parseAddress))
    .action(async (to: string, _, command: Command) => {
      const options = optionsOf<{ account?: Address }>(command);
      const provider = parseAddress(to);
      const account = options.account ?? (await walletAddress(context.terminal));
      const network = await loadNetwork(context.terminal, options, context.signal);
      await printDelegation(context, options, { client: await connect(network), network, provider, account });
    });

  group
    .command("add")
    .description("delegates EVER of your account")
    .argument("<provider>", "account of the provider")
    .argument("<amount>", "EVER, such as 25 or 12.50")
    .option("-y, --yes", "do not ask before paying")
    .action(async (to: string, text: string, _, command: Command) => {
      const options = optionsOf<{ yes?: boolean }>(command);
      const provider = parseAddress(to);
      const amount = parseMoney(text, EVER_DECIMALS);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const question =
        `Delegate ${formatEver(amount)} to ${provider}? It is slashed for the provider's faults once the provider's own stake is gone, ` +
        `and comes back ${formatSpan(deployment.parameters.unbondingSeconds)} after you ask.`;
      if (!(await isConfirmed(context, question, options.yes)))
        throw new CommandFailed("Nothing was delegated.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      await delegate(client, { deployment, provider, amount, onStep: tell(context.terminal), signal: context.signal });
      const asked = { client, network, provider, account: account.address };
      await printDelegation(context, options, asked, `Delegated ${formatEver(amount)}.`);
    });

  group
    .command("undelegate")
    .description("starts the unbonding of what you delegated")
    .argument("<provider>", "account of the provider")
    .argument("<amount>", "EVER, such as 25 or 12.50; or all")
    .action(async (to: string, text: string, _, command: Command) => {
      const options = optionsOf(command);
      const provider = parseAddress(to);
      const amount = text === "all" ? undefined : parseMoney(text, EVER_DECIMALS);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const { shares, amount: worth } = await getDelegation(client, {
        deployment,
        provider,
        delegator: account.address,
      });
      if (amount !== undefined && amount > worth)
        throw new CommandFailed(`You have ${formatEver(worth)} with this provider.`, "Give at most that, or all.", {
          code: "StakeSharesInsufficient",
        });
      const leaving = amount === undefined ? shares : sharesFor(amount, { shares, worth });
      const action = { deployment, provider, shares: leaving, onStep: tell(context.terminal), signal: context.signal };
      await undelegate(client, action);
      const asked = { client, network, provider, account: account.address };
      await printDelegation(context, options, asked, `${formatEver(amount ?? worth)} began to thaw.`);
    });

  group
    .command("withdraw")
    .description("pays out what has thawed")
    .argument("<provider>", "account of the provider")
    .option("--account <address>", "whom it belongs to, and is paid to (default: your account)", parsed(parseAddress))
    .action(async (to: string, _, command: Command) => {
      const options = optionsOf<{ account?: Address }>(command);
      const provider = parseAddress(to);
      const { client, network, account } = await openNetwork(context, options);
      const owner = options.account ?? account.address;
      const { deployment } = network;
      await withdrawStake(client, {
        deployment,
        provider,
        owner,
        onStep: tell(context.terminal),
        signal: context.signal,
      });
      await printDelegation(
        context,
        options,
        { client, network, provider, account: owner },
        "Paid out what had thawed.",
      );
    });

  addExitBounties(group, context);
}

interface Asked {
  client: ProtocolClient;
  network: Network;
  provider: Address;
  account: Address;
}

async function printDelegation(
  context: CommandContext,
  options: GlobalOptions,
  { client, network: { deployment }, provider, account }: Asked,
  what?: string,
): Promise<void> {
  const [stake, cut, { shares, amount }, tranches, { timestamp }] = await Promise.all([
    getStake(client, { deployment, provider }),
    getCut(client, { deployment, provider }),
    getDelegation(client, { deployment, provider, delegator: account }),
    listTranches(client, { deployment, provider, account }),
    explained({}, () => getBlock(client)),
  ]);
  const room = roomOf({ own: stake.active, delegated: stake.delegated });
  const thaws = tranches.map(
    (tranche) =>
      `${formatEver(tranche.amount)} ${tranche.thawsAt > timestamp ? "until" : "has thawed, since"} ${formatTime(tranche.thawsAt)}`,
  );
  const text = facts([
    ["Provider", provider],
    ["Its own stake", formatEver(stake.active)],
    ["Delegated to it", `${formatEver(stake.delegated)}, with room for ${formatEver(room)}`],
    ["Its cut", `${percent(cut.bps)}${cut.rise ? `, ${percent(cut.rise.bps)} from ${formatTime(cut.rise.at)}` : ""}`],
    ["Your part", `${formatEver(amount)} at ${account}`],
    ["Thawing", thaws.length > 0 ? thaws.join("; ") : "nothing"],
  ]);
  const value = {
    provider,
    account,
    own: stake.active,
    delegated: stake.delegated,
    room,
    cut,
    shares,
    amount,
    tranches: tranches.map(({ number, amount: thawing, thawsAt }) => ({ number, amount: thawing, thawsAt })),
  };
  printResult(context, options, value, what ? `${what}\n${text}` : text);
}

/** Basis points → `12.5 %`. */
function percent(bps: number): string {
  return `${bps / 100} %`;
}
