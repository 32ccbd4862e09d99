import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { type Hex, isHex } from "viem";
import type { ProtocolClient } from "../../client.ts";
import { getCallChanges } from "../../governance/call-changes.ts";
import { decodeCall, type ProposalCall } from "../../governance/call-sentences.ts";
import { boundWords, composeCall, getBounds, getServiceValues } from "../../governance/compose.ts";
import { type Proposable, proposablesOf } from "../../governance/proposable.ts";
import {
  cancelProposal,
  castVote,
  executeProposal,
  getProposal,
  type Proposal,
  type ProposalText,
  propose,
  queueProposal,
  SUPPORTS,
  type Support,
} from "../../governance/proposals.ts";
import { listProposalTexts } from "../../governance/texts.ts";
import { getCast, getVotingPower, openBallot } from "../../governance/votes.ts";
import { formatTime } from "../../periods.ts";
import { listProposals } from "../../subgraph/proposals.ts";
import { formatEver } from "../../units.ts";
import { parseAddress } from "../arguments.ts";
import { type CommandContext, isConfirmed, optionsOf, printResult, tell } from "../context.ts";
import { CommandFailed, wrongUsage } from "../failure.ts";
import { connect, loadNetwork, type Network } from "../network.ts";
import type { GlobalOptions } from "../settings.ts";
import { facts, plain, table } from "../terminal.ts";
import { openNetwork } from "./channel-signing.ts";
import { poolsOf } from "./votes.ts";

/** Proposals that the list shows. */
const LISTED = 50;
/** Digits of a proposal's number that tell it from others. */
const SHORT_DIGITS = 10;
/** Longest sentence of a call on a terminal. Characters. */
const MOST_SENTENCE = 600;

interface ProposeOptions {
  description?: string;
  file?: string;
  call: string[];
  raw: string[];
  pools?: string;
  yes?: boolean;
}

/** Proposals: calls that the voters decide on. */
export function addProposals(program: Command, context: CommandContext): void {
  const proposal = program.command("proposal").description("decides with others what the network's contracts do");
  const numbered = (name: string, description: string) =>
    proposal.command(name).description(description).argument("<proposal>", "its number, or how the number begins");

  proposal
    .command("list")
    .description("lists proposals, the newest first")
    .action(async (_, command: Command) => {
      const options = optionsOf(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      const texts = (await textsOf(client, network, context.signal)).slice(0, LISTED);
      const found = await Promise.all(
        texts.map(async ({ proposalId, description }) => ({
          ...(await getProposal(client, { deployment: network.deployment, proposalId })),
          title: titleOf(description),
        })),
      );
      const rows = found.map(({ proposalId, state, title, votes, deadlineAt }) => [
        `${proposalId}`.slice(0, SHORT_DIGITS),
        plain(title, 40),
        state,
        `${formatEver(votes.for)} for, ${formatEver(votes.against)} against`,
        formatTime(deadlineAt),
      ]);
      const text = rows.length
        ? table(["Proposal", "What", "State", "Votes", "Votes until"], rows)
        : "Nothing was proposed yet. `4ever proposal propose` begins.";
      printResult(context, options, { proposals: found }, text);
    });

  numbered("show", "shows what a proposal changes, and how it stands").action(
    async (number: string, _, command: Command) => {
      const options = optionsOf(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const client = await connect(network);
      await printProposal(context, options, client, network, await findProposal(context, client, network, number));
    },
  );

  proposal
    .command("calls")
    .description("lists what can be proposed, with its values and their hard bounds")
    .action(async (_, command: Command) => {
      const options = optionsOf(command);
      const network = await loadNetwork(context.terminal, options, context.signal);
      const bounds = await getBounds(await connect(network), network);
      const calls = proposablesOf(network.deployment);
      const text = calls.map(({ id, label, fields }) =>
        [
          `${id}: ${label}`,
          ...fields.map((field) => {
            const bound = field.bounds && bounds[field.bounds];
            const range = bound && `${boundWords(field, bound.min)} to ${boundWords(field, bound.max)}`;
            const choices = field.options?.map(({ value, label: words }) => `${value} (${words})`).join(", ");
            return `  ${field.name}: ${[field.label, range ?? choices, field.hint].filter(Boolean).join("; ")}`;
          }),
        ].join("\n"),
      );
      printResult(context, options, { calls, bounds }, text.join("\n"));
    });

  proposal
    .command("propose")
    .description("proposes calls to the voters")
    .argument("<title>", "what it is about, in a line")
    .option("--description <text>", "why")
    .option("--file <path>", "a file that says why")
    .option("--call <call>", "Contract.function:name=value,name=value – see `4ever proposal calls`", gather, [])
    .option("--raw <call>", "0xcontract:0xdata, for anything else", gather, [])
    .option("--pools <addresses>", "providers whose pools count for the threshold (default: yours)")
    .option("-y, --yes", "do not ask before proposing")
    .action(async (title: string, _, command: Command) => {
      const options = optionsOf<ProposeOptions>(command);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const calls = [
        ...(await Promise.all(options.call.map((text) => callOf(client, network, text)))),
        ...options.raw.map(rawCallOf),
      ];
      if (calls.length === 0)
        throw wrongUsage("Nothing is proposed.", "Give --call, as `4ever proposal calls` lists them, or --raw.");
      const why = options.file ? await readFile(options.file, "utf8") : options.description;
      const description = `# ${title}${why ? `\n\n${why}` : ""}`;
      const sentences = calls.map((call) => plain(decodeCall(deployment, call).sentence, MOST_SENTENCE));
      context.terminal.note(sentences.map((sentence) => `- ${sentence}`).join("\n"));
      if (!(await isConfirmed(context, "Propose this?", options.yes)))
        throw new CommandFailed("Nothing was proposed.", "Say y when asked, or give --yes.", { code: "NotConfirmed" });
      const named = await poolsOf(context, network, { account: account.address, pools: options.pools });
      const pools = openBallot(
        await getVotingPower(client, { deployment, account: account.address, providers: named }),
        {
          tokens: false,
          providers: [],
        },
      ).pools.map(({ provider }) => provider);
      const sent = await propose(client, {
        deployment,
        calls,
        description,
        pools,
        onStep: tell(context.terminal),
        signal: context.signal,
      });
      const text = { proposalId: sent.proposalId, calls, description };
      await printProposal(context, options, client, network, text, "It is proposed.");
    });

  numbered("vote", "votes with your tokens and stake pools; what you voted before stays")
    .argument("<vote>", SUPPORTS.join(", "))
    .option("--reason <text>", "why, for everybody to read", "")
    .option("--pools <addresses>", "providers whose pools you vote with (default: all in which you have a part)")
    .option("--tokens-only", "leave the stake pools out")
    .action(async (number: string, vote: string, _, command: Command) => {
      const options = optionsOf<{ reason: string; pools?: string; tokensOnly?: boolean }>(command);
      if (!(SUPPORTS as readonly string[]).includes(vote))
        throw wrongUsage(`"${vote}" is no vote.`, `Say ${SUPPORTS.join(", ")}.`);
      const { client, network, account } = await openNetwork(context, options);
      const { deployment } = network;
      const text = await findProposal(context, client, network, number);
      const { proposalId } = text;
      const { snapshotAt, state } = await getProposal(client, { deployment, proposalId });
      if (state === "pending")
        throw new CommandFailed("The vote has not begun.", `Vote from ${formatTime(snapshotAt)} on.`);
      const providers = options.tokensOnly
        ? []
        : await poolsOf(context, network, { account: account.address, pools: options.pools });
      const of = { deployment, account: account.address, providers };
      const [power, cast] = await Promise.all([
        getVotingPower(client, { ...of, at: snapshotAt }),
        getCast(client, { ...of, proposalId }),
      ]);
      const ballot = openBallot(power, cast);
      const pools = ballot.pools.map(({ provider }) => provider);
      await castVote(client, {
        deployment,
        proposalId,
        support: vote as Support,
        pools,
        reason: options.reason,
        onStep: tell(context.terminal),
        signal: context.signal,
      });
      const more = ballot.left.length > 0 ? ` ${ballot.left.length} stake pools are left: vote once more.` : "";
      await printProposal(context, options, client, network, text, `You voted ${vote}.${more}`);
    });

  const acting = [
    ["queue", "puts a won proposal into the timelock; anybody may", queueProposal, "It waits in the timelock."],
    ["execute", "makes the calls of a proposal that has waited; anybody may", executeProposal, "It is executed."],
    ["cancel", "withdraws your own proposal before the vote", cancelProposal, "It is withdrawn."],
  ] as const;
  for (const [name, description, act, done] of acting) {
    numbered(name, description).action(async (number: string, _, command: Command) => {
      const options = optionsOf(command);
      const { client, network } = await openNetwork(context, options);
      const text = await findProposal(context, client, network, number);
      await act(client, {
        deployment: network.deployment,
        calls: text.calls,
        description: text.description,
        onStep: tell(context.terminal),
        signal: context.signal,
      });
      await printProposal(context, options, client, network, text, done);
    });
  }
}

type Told = ProposalText & { proposalId: bigint };

const gather = (text: string, before: string[]) => [...before, text];

/** The first line of a description. */
function titleOf(description: string): string {
  return (
    description
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.replace(/^#+\s*/, "") ?? "Without a title"
  );
}

/** From the index; from the chain itself where there is none. */
async function textsOf(
  client: ProtocolClient,
  { deployment, subgraph }: Network,
  signal: AbortSignal,
): Promise<Told[]> {
  if (!subgraph) return listProposalTexts(client, { deployment });
  return listProposals(subgraph, { deployment, first: LISTED }, signal);
}

/** A proposal by its number or the beginning of it. Throws `CommandFailed`. */
async function findProposal(
  { signal }: CommandContext,
  client: ProtocolClient,
  network: Network,
  number: string,
): Promise<Told> {
  if (!/^\d{1,78}$/.test(number))
    throw wrongUsage(`"${number}" is not the number of a proposal.`, "See `4ever proposal list`.");
  const beginsSo = ({ proposalId }: Told) => `${proposalId}`.startsWith(number);
  let found = (await textsOf(client, network, signal)).filter(beginsSo);
  // The index may be behind a proposal that was made a moment ago.
  if (found.length === 0 && network.subgraph) found = (await listProposalTexts(client, network)).filter(beginsSo);
  const [only, ...others] = found;
  if (!only) throw new CommandFailed(`There is no proposal ${number}.`, "See `4ever proposal list`.");
  if (others.length > 0)
    throw wrongUsage(`${found.length} proposals begin with ${number}.`, "Give more digits of the number.");
  return only;
}

/** `ServiceCatalog.setToken:tokenId=1,listed=false`. What a service has now stands where nothing is given. Throws `CommandFailed`. */
async function callOf(client: ProtocolClient, { deployment }: Network, text: string): Promise<ProposalCall> {
  const [id, ...rest] = text.split(":");
  const proposable = proposablesOf(deployment).find((each) => each.id === id);
  if (!proposable)
    throw wrongUsage(`"${id}" cannot be proposed by its name.`, "See `4ever proposal calls`, or use --raw.");
  const given = valuesOf(proposable, rest.join(":"));
  const now =
    id === "ServiceCatalog.setService" ? await getServiceValues(client, { deployment, name: given.name ?? "" }) : {};
  const bounds = await getBounds(client, { deployment });
  const composed = composeCall(deployment, { proposable, values: { ...now, ...given }, bounds });
  if (composed.ok) return composed.call;
  throw wrongUsage(Object.values(composed.problems).join(" "), "`4ever proposal calls` lists values and bounds.");
}

function valuesOf({ id, fields }: Proposable, text: string): Record<string, string> {
  const pairs = text.split(",").filter((part) => part.trim() !== "");
  const values = pairs.map((pair): [string, string] => {
    const [name = "", ...value] = pair.split("=");
    if (!fields.some((field) => field.name === name.trim()))
      throw wrongUsage(
        `"${name}" is no value of ${id}.`,
        `It has ${fields.map((field) => field.name).join(", ") || "none"}.`,
      );
    return [name.trim(), value.join("=")];
  });
  return Object.fromEntries(values);
}

function rawCallOf(text: string): ProposalCall {
  const [target = "", data = ""] = text.split(":");
  if (!isHex(data) || data.length < 10 || data.length % 2 !== 0)
    throw wrongUsage(`"${plain(text)}" is not a call.`, "Write 0xcontract:0xdata, both in hexadecimal digits.");
  return { target: parseAddress(target), data: data as Hex };
}

async function printProposal(
  context: CommandContext,
  options: GlobalOptions,
  client: ProtocolClient,
  { deployment }: Network,
  text: Told,
  what?: string,
): Promise<void> {
  const { proposalId, description } = text;
  const proposal = await getProposal(client, { deployment, proposalId });
  const isOpen = proposal.state !== "executed";
  const calls = await Promise.all(
    text.calls.map(async (call) => {
      const decoded = decodeCall(deployment, call);
      // A getter that refuses leaves the sentence, which needs none.
      const changes = isOpen ? await getCallChanges(client, { deployment, call }).catch(() => undefined) : undefined;
      return { ...decoded, changes: changes ?? [] };
    }),
  );
  const lines = calls.flatMap(({ sentence, changes, isKnown, target, data }) => [
    `- ${plain(sentence, MOST_SENTENCE)}`,
    ...changes.map((change) => `  ${change.what}: ${plain(change.before, 80)} → ${plain(change.after, 80)}`),
    ...(isKnown ? [] : [`  ${target}: ${data}`]),
  ]);
  const shown = [
    facts(proposalFacts(proposal, description)),
    ...lines,
    ...description
      .split("\n")
      .slice(1)
      .map((line) => plain(line, 1_000)),
  ];
  const next = nextOf(proposal);
  printResult(
    context,
    options,
    { ...proposal, title: titleOf(description), description, calls },
    [what, shown.join("\n").trimEnd(), next].filter(Boolean).join("\n"),
  );
}

function proposalFacts(proposal: Proposal, description: string): [string, string][] {
  const { proposalId, state, proposer, snapshotAt, deadlineAt, readyAt, votes, quorum } = proposal;
  const reached = votes.for + votes.abstain;
  return [
    ["Proposal", `${proposalId}, ${state}`],
    ["What", plain(titleOf(description), 120)],
    ["Proposed by", proposer],
    ["For", formatEver(votes.for)],
    ["Against", formatEver(votes.against)],
    ["Abstain", formatEver(votes.abstain)],
    ...(quorum === undefined
      ? []
      : ([["Quorum", `${formatEver(reached)} of ${formatEver(quorum)} for or abstaining`]] as [string, string][])),
    ["Vote", `${formatTime(snapshotAt)} to ${formatTime(deadlineAt)}`],
    ...(readyAt === undefined ? [] : ([["Executable", `from ${formatTime(readyAt)} on`]] as [string, string][])),
  ];
}

function nextOf({ proposalId, state, readyAt }: Proposal): string | undefined {
  const short = `${proposalId}`.slice(0, SHORT_DIGITS);
  if (state === "active") return `Vote with: 4ever proposal vote ${short} for`;
  if (state === "succeeded") return `Anybody puts it into the timelock with: 4ever proposal queue ${short}`;
  if (state === "queued" && readyAt !== undefined)
    return `From ${formatTime(readyAt)} on anybody executes it with: 4ever proposal execute ${short}`;
  return undefined;
}
