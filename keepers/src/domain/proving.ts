import type { Address } from "viem";
import { type Decision, over, wait } from "./duty.ts";

/** Periods whose proofs share one storage word; a set that skips a whole word can never be proven again. */
const WORD_PERIODS = 224;

/** Whether a set can no longer be proven, because no period of the word before the running one's was. */
export function isSetOver(lastProvenPeriod: number | null, currentPeriod: number): boolean {
  if (lastProvenPeriod === null) return false;
  return Math.floor(currentPeriod / WORD_PERIODS) > Math.floor(lastProvenPeriod / WORD_PERIODS) + 1;
}

/** Whether to prove a period of a set now. */
export function decideProve(facts: {
  nowAt: number;
  period: number;
  currentPeriod: number;
  /** Unix seconds until which the proof is taken; 0 when the seed is unknown. */
  dueAt: number;
  isProven: boolean;
  /** Leaves of the line as of the end of the period. */
  totalLeaves: bigint;
  /** Whether a piece is under proof in that period at all. */
  hasLivePiece: boolean;
  lastProvenPeriod: number | null;
  operator: Address;
  account: Address;
}): Decision<{ notAfter: number }> {
  if (facts.isProven) return over("the period is proven");
  if (facts.dueAt === 0) {
    return facts.period < facts.currentPeriod - 1
      ? over("the period stays without a seed")
      : wait("the seed is unknown");
  }
  if (facts.nowAt >= facts.dueAt) return over("the window is closed");
  if (facts.totalLeaves === 0n || !facts.hasLivePiece) return over("nothing was under proof");
  if (isSetOver(facts.lastProvenPeriod, facts.currentPeriod)) return over("the set skipped a whole word of periods");
  if (facts.operator.toLowerCase() !== facts.account.toLowerCase()) return wait("another key operates the set");
  return { act: true, notAfter: facts.dueAt };
}

/** Whether to report a missed period of somebody's set. */
export function decideReport(facts: {
  nowAt: number;
  period: number;
  dueAt: number;
  isProven: boolean;
  lastStrikePeriod: number;
}): Decision {
  if (facts.isProven) return over("the period is proven");
  if (facts.dueAt === 0) return over("the period stays without a seed: nobody's fault");
  if (facts.period <= facts.lastStrikePeriod) return over("a later period was reported");
  if (facts.nowAt < facts.dueAt) return wait("the window is open");
  return { act: true };
}
