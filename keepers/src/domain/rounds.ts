import { type Address, encodePacked, keccak256 } from "viem";
import { boundaryAt, type Clock, endOf, lastRecordAt } from "./clock.ts";
import { type Decision, over, wait } from "./duty.ts";

/** Keepers that could record a round take turns in this many steps, so that usually only one pays for it. */
const TURNS = 4;

/**
 * Seconds after a boundary at which a keeper's turn begins. Our choice: providers that earn from the round first, in an order that changes
 * each period and nobody arranges; watchers after all of them. One step is a tenth of the retry, so that all turns end before the next boundary.
 */
export function turnOf(clock: Clock, period: number, account: Address, isWatcher: boolean): number {
  const hash = BigInt(keccak256(encodePacked(["uint256", "address"], [BigInt(period), account])));
  const turn = isWatcher ? TURNS : Number(hash % BigInt(TURNS));
  return Math.floor((turn * clock.retrySeconds) / 10);
}

/** Whether to record the seed of `period` now, and which boundary the block must be the first after. */
export function decideRecord(facts: {
  clock: Clock;
  period: number;
  /** Time of the newest block. Unix seconds. */
  nowAt: number;
  isRecorded: boolean;
  /** Whether this keeper has something to prove. */
  isNeeded: boolean;
  account: Address;
  isWatcher: boolean;
}): Decision<{ boundaryAt: number; notAfter: number }> {
  const { clock, period, nowAt } = facts;
  if (facts.isRecorded) return over("the round is recorded");
  if (nowAt < endOf(clock, period)) return wait("the period has not ended");
  const notAfter = lastRecordAt(clock, period);
  if (nowAt >= notAfter) return over("no whole proof window is left");
  if (!facts.isNeeded && !facts.isWatcher) return wait("nothing of ours needs this round");
  const boundary = boundaryAt(clock, period, nowAt);
  const turnAt = boundary + turnOf(clock, period, facts.account, facts.isWatcher);
  if (nowAt < turnAt) return wait("it is the turn of others");
  return { act: true, boundaryAt: boundary, notAfter };
}
