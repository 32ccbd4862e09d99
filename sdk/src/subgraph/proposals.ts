import type { Address, Hash, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { type DecodedCall, decodeCall } from "../governance/call-sentences.ts";
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
  snapshotAt: number;
  deadlineAt: number;
  readyAt: number | undefined;
  againstVotes: bigint;
  forVotes: bigint;
  abstainVotes: bigint;
  transactionHash: Hash;
}

/** Proposals, the latest first. `skip` at most 5,000. */
export async function listProposals(
  subgraph: Subgraph,
  { deployment, first = 20, skip = 0 }: { deployment: Deployment; first?: number; skip?: number },
  signal?: AbortSignal,
): Promise<IndexedProposal[]> {
  const { proposals } = await subgraph.ask(PROPOSALS, { first, skip }, signal);
  return proposals.map(({ proposer, targets, calldatas, readyAt, ...proposal }) => ({
    ...proposal,
    proposalId: BigInt(proposal.proposalId),
    proposer: proposer.id,
    calls: targets.map((target, i) => decodeCall(deployment, { target, data: calldatas[i] ?? "0x" })),
    snapshotAt: Number(proposal.snapshotAt),
    deadlineAt: Number(proposal.deadlineAt),
    readyAt: readyAt === null ? undefined : Number(readyAt),
    againstVotes: BigInt(proposal.againstVotes),
    forVotes: BigInt(proposal.forVotes),
    abstainVotes: BigInt(proposal.abstainVotes),
  }));
}

interface SentProposal {
  proposalId: string;
  status: ProposalStatus;
  proposer: { id: Address };
  targets: Address[];
  calldatas: Hex[];
  description: string;
  snapshotAt: string;
  deadlineAt: string;
  readyAt: string | null;
  againstVotes: string;
  forVotes: string;
  abstainVotes: string;
  transactionHash: Hash;
}

const PROPOSALS: Query<{ first: number; skip: number }, { proposals: SentProposal[] }> = {
  document: /* GraphQL */ `
    query Proposals($first: Int!, $skip: Int!) {
      proposals(first: $first, skip: $skip, orderBy: blockNumber, orderDirection: desc) {
        proposalId status proposer { id } targets calldatas description snapshotAt deadlineAt readyAt
        againstVotes forVotes abstainVotes transactionHash
      }
    }
  `,
};
