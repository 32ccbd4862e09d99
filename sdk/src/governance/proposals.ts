import { type Address, keccak256, parseAbi, parseEventLogs, toHex } from "viem";
import { readContract } from "viem/actions";
import {
  type ActionOptions,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
  send,
} from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { everGovernorAbi } from "../generated/abis.ts";
import type { ProposalCall } from "./call-sentences.ts";
import { governorOf } from "./contracts.ts";
import { encodePools, sortPools } from "./pools.ts";

/** `IGovernor.ProposalState` by its numbers. */
export const PROPOSAL_STATES = [
  "pending",
  "active",
  "canceled",
  "defeated",
  "succeeded",
  "queued",
  "expired",
  "executed",
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** What a ballot says, by the governor's numbers. */
export const SUPPORTS = ["against", "for", "abstain"] as const;
export type Support = (typeof SUPPORTS)[number];

/** A proposal is its calls and its description: both are needed to queue and to execute it. */
export interface ProposalText {
  calls: readonly ProposalCall[];
  description: string;
}

/** A proposal as the chain tells it. Unix seconds; votes in EVER base units. */
export interface Proposal {
  proposalId: bigint;
  state: ProposalState;
  proposer: Address;
  /** Votes as of then count, and ballots are taken after it. */
  snapshotAt: number;
  deadlineAt: number;
  /** From when on anybody may execute it; undefined before it was queued. */
  readyAt: number | undefined;
  votes: Record<Support, bigint>;
  /** What `for` and `abstain` must reach; undefined before the snapshot. */
  quorum: bigint | undefined;
}

/** `EverGovernor.execute`, which takes native coin, without: proposals move none. */
const EXECUTE = parseAbi(["function execute(address[], uint256[], bytes[], bytes32) returns (uint256)"]);

function argumentsOf({ calls }: ProposalText) {
  return [calls.map(({ target }) => target), calls.map(() => 0n), calls.map(({ data }) => data)] as const;
}

function hashedArgumentsOf(text: ProposalText) {
  return [...argumentsOf(text), keccak256(toHex(text.description))] as const;
}

/** Number of a proposal. Throws `ProtocolError`. */
export async function getProposalId(
  client: ProtocolClient,
  { deployment, ...text }: { deployment: Deployment } & ProposalText,
): Promise<bigint> {
  const governor = governorOf(deployment);
  const args = hashedArgumentsOf(text);
  return explained({}, () => readContract(client, { ...governor, functionName: "getProposalId", args }));
}

/** A proposal. Throws `ProtocolError` when there is none of this number. */
export async function getProposal(
  client: ProtocolClient,
  { deployment, proposalId }: { deployment: Deployment; proposalId: bigint },
): Promise<Proposal> {
  const governor = governorOf(deployment);
  const args = [proposalId] as const;
  return explained({}, async () => {
    const [state, proposer, snapshot, deadline, readyAt, votes, now] = await Promise.all([
      readContract(client, { ...governor, functionName: "state", args }),
      readContract(client, { ...governor, functionName: "proposalProposer", args }),
      readContract(client, { ...governor, functionName: "proposalSnapshot", args }),
      readContract(client, { ...governor, functionName: "proposalDeadline", args }),
      readContract(client, { ...governor, functionName: "proposalEta", args }),
      readContract(client, { ...governor, functionName: "proposalVotes", args }),
      readContract(client, { ...governor, functionName: "clock" }),
    ]);
    const isTaken = snapshot < BigInt(now);
    const quorum = isTaken
      ? await readContract(client, { ...governor, functionName: "quorum", args: [snapshot] })
      : undefined;
    return {
      proposalId,
      state: PROPOSAL_STATES[state] ?? "pending",
      proposer,
      snapshotAt: Number(snapshot),
      deadlineAt: Number(deadline),
      readyAt: readyAt === 0n ? undefined : Number(readyAt),
      votes: { against: votes[0], for: votes[1], abstain: votes[2] },
      quorum,
    };
  });
}

/** Proposes calls. `pools` are the stake pools whose votes the proposer counts beside its tokens. Throws `ProtocolError`. */
export async function propose(
  client: ProtocolClient,
  options: ActionOptions & ProposalText & { pools?: readonly Address[] },
): Promise<Sent & { proposalId: bigint }> {
  const { deployment, description, pools = [] } = options;
  const { address, abi } = governorOf(deployment);
  const args = argumentsOf(options);
  const sent =
    pools.length === 0
      ? await send(client, { address, abi, functionName: "propose", args: [...args, description] }, options)
      : await send(
          client,
          { address, abi, functionName: "proposeWithPools", args: [...args, description, sortPools(pools)] },
          options,
        );
  const logs = logsOf(sent.receipt, address);
  const [event] = parseEventLogs({ abi: everGovernorAbi, logs, eventName: "ProposalCreated" });
  if (!event) throw eventMissing(sent.receipt, "ProposalCreated");
  return { ...sent, proposalId: event.args.proposalId };
}

/**
 * Votes, with tokens and with the stake pools named: a provider with its whole pool, a delegator with its part, which it takes out of
 * what the provider votes. Further pools may follow in another ballot. Throws `ProtocolError`, or `PoolsTooMany`.
 */
export async function castVote(
  client: ProtocolClient,
  options: ActionOptions & { proposalId: bigint; support: Support; pools?: readonly Address[]; reason?: string },
): Promise<Sent> {
  const { deployment, proposalId, support, pools = [], reason = "" } = options;
  const args = [proposalId, SUPPORTS.indexOf(support), reason, encodePools(pools)] as const;
  return send(client, { ...governorOf(deployment), functionName: "castVoteWithReasonAndParams", args }, options);
}

/** Puts a won proposal into the timelock; anybody may. Throws `ProtocolError`. */
export async function queueProposal(client: ProtocolClient, options: ActionOptions & ProposalText): Promise<Sent> {
  const args = hashedArgumentsOf(options);
  return send(client, { ...governorOf(options.deployment), functionName: "queue", args }, options);
}

/** Makes the calls of a proposal that has waited; anybody may. Throws `ProtocolError`, also with what a target refuses. */
export async function executeProposal(client: ProtocolClient, options: ActionOptions & ProposalText): Promise<Sent> {
  const { address } = governorOf(options.deployment);
  const args = hashedArgumentsOf(options);
  return send(client, { address, abi: EXECUTE, functionName: "execute", args }, options);
}

/** Withdraws the caller's own proposal before the vote. Throws `ProtocolError`. */
export async function cancelProposal(client: ProtocolClient, options: ActionOptions & ProposalText): Promise<Sent> {
  const args = hashedArgumentsOf(options);
  return send(client, { ...governorOf(options.deployment), functionName: "cancel", args }, options);
}
