import type { Support } from "@4ever/sdk/governance/proposals";
import type { IndexedOperation, IndexedProposal } from "@4ever/sdk/subgraph/proposals";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";

/** Where a proposal stands now. `ready`: it has waited, and anybody may execute it. */
export type ProposalPhase =
  | "pending"
  | "active"
  | "defeated"
  | "succeeded"
  | "queued"
  | "ready"
  | "executed"
  | "canceled";

type Counted = Pick<
  IndexedProposal,
  "status" | "snapshotAt" | "deadlineAt" | "readyAt" | "canceledAt" | "forVotes" | "againstVotes" | "abstainVotes"
>;

/**
 * As the governor tells it.
 * @param quorum What for and abstain must reach. EVER base units; undefined while it is not known.
 * @param nowAt Unix seconds of the chain; undefined before a block was seen.
 * @returns undefined when that cannot be said yet.
 */
export function phaseOf(
  proposal: Counted,
  { quorum, nowAt }: { quorum: bigint | undefined; nowAt: number | undefined },
): ProposalPhase | undefined {
  const { status, snapshotAt, deadlineAt, readyAt, canceledAt } = proposal;
  if (status === "EXECUTED") return "executed";
  if (status === "CANCELED" || canceledAt !== undefined) return "canceled";
  if (nowAt === undefined) return undefined;
  if (status === "QUEUED") return readyAt !== undefined && nowAt >= readyAt ? "ready" : "queued";
  if (nowAt <= snapshotAt) return "pending";
  if (nowAt <= deadlineAt) return "active";
  const { forVotes, againstVotes, abstainVotes } = proposal;
  if (forVotes <= againstVotes) return "defeated";
  if (quorum === undefined) return undefined;
  return forVotes + abstainVotes >= quorum ? "succeeded" : "defeated";
}

/** Groups of phases that a list can be narrowed to. */
export const FILTERS = {
  open: { label: "To vote on", phases: ["pending", "active"] },
  waiting: { label: "To carry out", phases: ["succeeded", "queued", "ready"] },
  over: { label: "Over", phases: ["executed", "defeated", "canceled"] },
} as const satisfies Record<string, { label: string; phases: readonly ProposalPhase[] }>;
export type FilterName = keyof typeof FILTERS;

export function isFilter(text: string | null): text is FilterName {
  return text !== null && Object.hasOwn(FILTERS, text);
}

/** How votes fill a bar whose whole is what was cast, or the quorum when that is more. Shares of 1. */
export interface Tally {
  for: number;
  abstain: number;
  against: number;
  /** Where for and abstain must reach; undefined while it is not known. */
  quorum: number | undefined;
  /** EVER base units that for and abstain lack; undefined while the quorum is not known. */
  missing: bigint | undefined;
}

export function tallyOf(
  { forVotes, abstainVotes, againstVotes }: Pick<Counted, "forVotes" | "abstainVotes" | "againstVotes">,
  quorum: bigint | undefined,
): Tally {
  const cast = forVotes + abstainVotes + againstVotes;
  const whole = quorum !== undefined && quorum > cast ? quorum : cast;
  const share = (votes: bigint) => (whole === 0n ? 0 : Number((votes * 1_000_000n) / whole) / 1_000_000);
  const reached = forVotes + abstainVotes;
  return {
    for: share(forVotes),
    abstain: share(abstainVotes),
    against: share(againstVotes),
    quorum: quorum === undefined ? undefined : share(quorum),
    missing: quorum === undefined ? undefined : reached >= quorum ? 0n : quorum - reached,
  };
}

/** What an account said of a proposal, in words; undefined where there is nothing to say. EVER base units. */
export function saidWords(
  ballots: readonly { support: Support; votes: bigint }[],
  phase: ProposalPhase | undefined,
): string | undefined {
  if (ballots.length === 0) return phase === "active" ? "You have not voted" : undefined;
  const words = { for: "for", against: "against", abstain: "to abstain" } as const;
  const supports = [...new Set(ballots.map(({ support }) => words[support]))];
  const votes = ballots.reduce((sum, ballot) => sum + ballot.votes, 0n);
  return `You voted ${supports.join(" and ")}, with ${formatMoney(votes, EVER_UNIT)}`;
}

/** A step of a proposal's life: it was taken, or time will bring it. Unix seconds. */
export interface LifeStep {
  key: "proposed" | "voting" | "ended" | "queued" | "ready" | "executed" | "canceled";
  at: number;
  title: string;
  tone: "good" | "bad" | "neutral";
  isAhead: boolean;
}

/** From its proposal to its end, as far as moments are known. What waits for somebody has none. */
export function lifeOf(
  proposal: IndexedProposal,
  phase: ProposalPhase | undefined,
  nowAt: number | undefined,
): LifeStep[] {
  const { proposedAt, snapshotAt, deadlineAt, queuedAt, readyAt, executedAt, canceledAt } = proposal;
  const isWithdrawn = canceledAt !== undefined && queuedAt === undefined;
  const isAhead = (at: number) => nowAt !== undefined && nowAt <= at;
  const isLost = phase === "defeated";
  const isOpen = phase === "pending" || phase === "active" || phase === undefined;
  const steps: (LifeStep | undefined)[] = [
    { key: "proposed", at: proposedAt, title: "Proposed", tone: "good", isAhead: false },
    isWithdrawn
      ? undefined
      : {
          key: "voting",
          at: snapshotAt,
          title: isAhead(snapshotAt) ? "Votes are taken, and voting begins" : "Voting began, with the votes of then",
          tone: isAhead(snapshotAt) ? "neutral" : "good",
          isAhead: isAhead(snapshotAt),
        },
    isWithdrawn
      ? undefined
      : {
          key: "ended",
          at: deadlineAt,
          title: isAhead(deadlineAt) ? "Voting ends" : isLost ? "Voting ended: defeated" : "Voting ended",
          tone: isLost ? "bad" : isOpen ? "neutral" : "good",
          isAhead: isAhead(deadlineAt),
        },
    queuedAt === undefined
      ? undefined
      : { key: "queued", at: queuedAt, title: "Put into the timelock", tone: "good", isAhead: false },
    readyAt === undefined || canceledAt !== undefined
      ? undefined
      : {
          key: "ready",
          at: readyAt,
          title: isAhead(readyAt) ? "Can be executed" : "Could be executed",
          tone: isAhead(readyAt) ? "neutral" : "good",
          isAhead: isAhead(readyAt),
        },
    executedAt === undefined
      ? undefined
      : { key: "executed", at: executedAt, title: "Executed", tone: "good", isAhead: false },
    canceledAt === undefined
      ? undefined
      : {
          key: "canceled",
          at: canceledAt,
          title: isWithdrawn ? "Withdrawn by its proposer" : "Taken out of the timelock",
          tone: "bad",
          isAhead: false,
        },
  ];
  return steps.filter((step) => step !== undefined);
}

/** Where calls of the council stand. */
export function operationPhaseOf(
  { readyAt, executedAt, canceledAt }: Pick<IndexedOperation, "readyAt" | "executedAt" | "canceledAt">,
  nowAt: number | undefined,
): ProposalPhase | undefined {
  if (executedAt !== undefined) return "executed";
  if (canceledAt !== undefined) return "canceled";
  if (nowAt === undefined) return undefined;
  return nowAt >= readyAt ? "ready" : "queued";
}
