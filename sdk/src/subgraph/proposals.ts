import { type Address, getAddress, type Hash, type Hex, pad, toHex } from "viem";
import type { Deployment } from "../deployments.ts";
import { type DecodedCall, decodeCall } from "../governance/call-sentences.ts";
import type { Support } from "../governance/proposals.ts";
import type { Query, Subgraph } from "./client.ts";

/** What was done about a proposal; what time alone does is told by its moments and votes. */
export type ProposalStatus = "PROPOSED" | "QUEUED" | "EXECUTED" | "CANCELED";

/** A proposal as the index tells it. Unix seconds; votes in EVER base units. */
export interface IndexedProposal {
  proposalId: bigint;
  status: ProposalStatus;
  proposer: Address;
  /** Each with a sentence of what it changes. */
  calls: DecodedCall[];
  description: string;
  proposedAt: number;
  snapshotAt: number;
  deadlineAt: number;
  readyAt: number | undefined;
  queuedAt: number | undefined;
  executedAt: number | undefined;
  /** Its proposer withdrew it, or somebody took it out of the timelock. */
  canceledAt: number | undefined;
  againstVotes: bigint;
  forVotes: bigint;
  abstainVotes: bigint;
  transactionHash: Hash;
}

/** A ballot. EVER base units, as they were cast. */
export interface IndexedBallot {
  id: Hex;
  voter: Address;
  support: Support;
  votes: bigint;
  reason: string;
  castAt: number;
  transactionHash: Hash;
}

/** Votes of a stake pool: its provider's, less what delegators voted themselves since, or one delegator's. EVER base units. */
export interface IndexedPoolBallot {
  provider: Address;
  voter: Address;
  support: Support;
  votes: bigint;
}

/** Calls of the council that wait in the timelock, or did. */
export interface IndexedOperation {
  id: Hex;
  calls: DecodedCall[];
  proposedAt: number;
  readyAt: number;
  executedAt: number | undefined;
  canceledAt: number | undefined;
  transactionHash: Hash;
}

/** Who may pause new entries, the last pause, and what the council has proposed. */
export interface IndexedGuard {
  guardian: Address | undefined;
  lastPause: { guardian: Address; pausedAt: number; until: number; liftedBy: Address | undefined } | undefined;
  operations: IndexedOperation[];
}

/** Proposals, the latest first. `skip` at most 5,000. */
export async function listProposals(
  subgraph: Subgraph,
  { deployment, first = 20, skip = 0 }: { deployment: Deployment; first?: number; skip?: number },
  signal?: AbortSignal,
): Promise<IndexedProposal[]> {
  const { proposals } = await subgraph.ask(PROPOSALS, { first, skip }, signal);
  return proposals.map((proposal) => proposalFrom(deployment, proposal));
}

/** A proposal with its ballots, the latest first, a thousand at most; undefined when the index knows none of this number. */
export async function getIndexedProposal(
  subgraph: Subgraph,
  { deployment, proposalId }: { deployment: Deployment; proposalId: bigint },
  signal?: AbortSignal,
): Promise<(IndexedProposal & { ballots: IndexedBallot[]; poolBallots: IndexedPoolBallot[] }) | undefined> {
  const id = pad(toHex(proposalId), { size: 32 });
  const { proposal } = await subgraph.ask(PROPOSAL, { id, first: 1_000 }, signal);
  if (!proposal) return undefined;
  return {
    ...proposalFrom(deployment, proposal),
    ballots: proposal.ballots.map(({ voter, support, votes, timestamp, ...ballot }) => ({
      ...ballot,
      voter: getAddress(voter.id),
      support: supportFrom(support),
      votes: BigInt(votes),
      castAt: Number(timestamp),
    })),
    poolBallots: proposal.poolBallots.map(({ provider, voter, support, votes }) => ({
      provider: getAddress(provider.id),
      voter: getAddress(voter.id),
      support: supportFrom(support),
      votes: BigInt(votes),
    })),
  };
}

/** Who guards new entries, and what the council has proposed; the latest first. */
export async function getIndexedGuard(
  subgraph: Subgraph,
  { deployment, first = 20 }: { deployment: Deployment; first?: number },
  signal?: AbortSignal,
): Promise<IndexedGuard> {
  const { guards, operations } = await subgraph.ask(GUARD, { first }, signal);
  const [guard] = guards;
  const pause = guard?.lastPause;
  return {
    guardian: guard && BigInt(guard.guardian) !== 0n ? getAddress(guard.guardian) : undefined,
    lastPause: pause
      ? {
          guardian: getAddress(pause.guardian),
          pausedAt: Number(pause.pausedAt),
          until: Number(pause.until),
          liftedBy: pause.liftedBy === null ? undefined : getAddress(pause.liftedBy),
        }
      : undefined,
    operations: operations.map((operation) => ({
      id: operation.id,
      calls: callsOf(deployment, operation),
      proposedAt: Number(operation.timestamp),
      readyAt: Number(operation.readyAt),
      executedAt: momentOf(operation.executedAt),
      canceledAt: momentOf(operation.canceledAt),
      transactionHash: operation.transactionHash,
    })),
  };
}

/** How an account voted, the latest ballot first, a thousand at most. Several are of one proposal when they name different pools. */
export async function listBallotsOf(
  subgraph: Subgraph,
  { account }: { account: Address },
  signal?: AbortSignal,
): Promise<{ proposalId: bigint; support: Support; votes: bigint }[]> {
  const { ballots } = await subgraph.ask(BALLOTS, { account: account.toLowerCase() as Address, first: 1_000 }, signal);
  return ballots.map(({ proposal, support, votes }) => ({
    proposalId: BigInt(proposal.proposalId),
    support: supportFrom(support),
    votes: BigInt(votes),
  }));
}

/** Providers whose stake pools an account may vote with: its own, and those that it ever delegated to. */
export async function listPoolsOf(
  subgraph: Subgraph,
  { account }: { account: Address },
  signal?: AbortSignal,
): Promise<{ provider: Address; name: string }[]> {
  const id = account.toLowerCase() as Address;
  const { provider, delegations } = await subgraph.ask(POOLS, { id, account: id }, signal);
  return [...(provider ? [provider] : []), ...delegations.map((each) => each.provider)].map((each) => ({
    provider: getAddress(each.id),
    name: each.name,
  }));
}

function proposalFrom(deployment: Deployment, sent: SentProposal): IndexedProposal {
  return {
    proposalId: BigInt(sent.proposalId),
    status: sent.status,
    proposer: getAddress(sent.proposer.id),
    calls: callsOf(deployment, sent),
    description: sent.description,
    proposedAt: Number(sent.timestamp),
    snapshotAt: Number(sent.snapshotAt),
    deadlineAt: Number(sent.deadlineAt),
    readyAt: momentOf(sent.readyAt),
    queuedAt: momentOf(sent.queuedAt),
    executedAt: momentOf(sent.executedAt),
    canceledAt: momentOf(sent.canceledAt) ?? momentOf(sent.operation?.canceledAt ?? null),
    againstVotes: BigInt(sent.againstVotes),
    forVotes: BigInt(sent.forVotes),
    abstainVotes: BigInt(sent.abstainVotes),
    transactionHash: sent.transactionHash,
  };
}

function callsOf(deployment: Deployment, { targets, calldatas }: Pick<SentProposal, "targets" | "calldatas">) {
  return targets.map((target, i) => decodeCall(deployment, { target: getAddress(target), data: calldatas[i] ?? "0x" }));
}

const momentOf = (text: string | null) => (text === null ? undefined : Number(text));
const supportFrom = (support: SentSupport): Support =>
  support === "FOR" ? "for" : support === "AGAINST" ? "against" : "abstain";

type SentSupport = "AGAINST" | "FOR" | "ABSTAIN";

interface SentProposal {
  proposalId: string;
  status: ProposalStatus;
  proposer: { id: Address };
  targets: Address[];
  calldatas: Hex[];
  description: string;
  timestamp: string;
  snapshotAt: string;
  deadlineAt: string;
  readyAt: string | null;
  queuedAt: string | null;
  executedAt: string | null;
  canceledAt: string | null;
  operation: { canceledAt: string | null } | null;
  againstVotes: string;
  forVotes: string;
  abstainVotes: string;
  transactionHash: Hash;
}

interface SentDetail extends SentProposal {
  ballots: {
    id: Hex;
    voter: { id: Address };
    support: SentSupport;
    votes: string;
    reason: string;
    timestamp: string;
    transactionHash: Hash;
  }[];
  poolBallots: { provider: { id: Address }; voter: { id: Address }; support: SentSupport; votes: string }[];
}

interface SentGuard {
  guards: {
    guardian: Address;
    lastPause: { guardian: Address; pausedAt: string; until: string; liftedBy: Address | null } | null;
  }[];
  operations: {
    id: Hex;
    targets: Address[];
    calldatas: Hex[];
    timestamp: string;
    readyAt: string;
    executedAt: string | null;
    canceledAt: string | null;
    transactionHash: Hash;
  }[];
}

const PROPOSAL_FIELDS = /* GraphQL */ `
  fragment ProposalFields on Proposal {
    proposalId status proposer { id } targets calldatas description timestamp snapshotAt deadlineAt
    readyAt queuedAt executedAt canceledAt operation { canceledAt } againstVotes forVotes abstainVotes transactionHash
  }
`;

export const PROPOSALS: Query<{ first: number; skip: number }, { proposals: SentProposal[] }> = {
  document: /* GraphQL */ `
    query Proposals($first: Int!, $skip: Int!) {
      proposals(first: $first, skip: $skip, orderBy: blockNumber, orderDirection: desc) { ...ProposalFields }
    }
    ${PROPOSAL_FIELDS}
  `,
};

export const PROPOSAL: Query<{ id: Hex; first: number }, { proposal: SentDetail | null }> = {
  document: /* GraphQL */ `
    query Proposal($id: ID!, $first: Int!) {
      proposal(id: $id) {
        ...ProposalFields
        ballots(first: $first, orderBy: timestamp, orderDirection: desc) {
          id voter { id } support votes reason timestamp transactionHash
        }
        poolBallots(first: $first, orderBy: votes, orderDirection: desc) {
          provider { id } voter { id } support votes
        }
      }
    }
    ${PROPOSAL_FIELDS}
  `,
};

export const GUARD: Query<{ first: number }, SentGuard> = {
  document: /* GraphQL */ `
    query Guard($first: Int!) {
      guards { guardian lastPause { guardian pausedAt until liftedBy } }
      operations(where: { proposal: null }, first: $first, orderBy: blockNumber, orderDirection: desc) {
        id targets calldatas timestamp readyAt executedAt canceledAt transactionHash
      }
    }
  `,
};

export const BALLOTS: Query<
  { account: Address; first: number },
  { ballots: { proposal: { proposalId: string }; support: SentSupport; votes: string }[] }
> = {
  document: /* GraphQL */ `
    query Ballots($account: String!, $first: Int!) {
      ballots(where: { voter: $account }, first: $first, orderBy: timestamp, orderDirection: desc) {
        proposal { proposalId } support votes
      }
    }
  `,
};

export const POOLS: Query<
  { id: Address; account: Address },
  { provider: { id: Address; name: string } | null; delegations: { provider: { id: Address; name: string } }[] }
> = {
  document: /* GraphQL */ `
    query Pools($id: ID!, $account: String!) {
      provider(id: $id) { id name }
      delegations(where: { delegator: $account }, first: 100) { provider { id name } }
    }
  `,
};
