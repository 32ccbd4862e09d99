import { DEAL_STATUSES } from "@4ever/sdk/deal-status";
import type { Piece } from "@4ever/sdk/proofs/typed-data";
import type { Address, Hex } from "viem";
import { type Clock, firstOpenPeriod, periodAt } from "./clock.ts";
import { type Decision, over, wait } from "./duty.ts";

type StatusName = (typeof DEAL_STATUSES)[number];

/** Numbers of `IDealMarket.Status`. */
export const STATUS = Object.fromEntries(DEAL_STATUSES.map((name, number) => [name, number])) as Record<
  StatusName,
  number
>;

/** What an operator takes. Absent means no limit of its own. */
export type AcceptPolicy = {
  /** Largest capacity of one deal. Bytes. */
  maxDealBytes?: number;
  /** Bytes that all running deals may reserve together. */
  quotaBytes?: number;
  /** Ledger numbers of the tokens that are taken. */
  tokenIds?: readonly number[];
  /** Lowest unit price per token number: base units per GiB and 30 periods. */
  minUnitPrices?: Readonly<Record<number, bigint>>;
  /** Customers that are not served. */
  refusedCustomers?: readonly Address[];
};

/** Whether to accept a requested deal, decline it, or wait for its bytes. */
export function decideAnswer(facts: {
  nowAt: number;
  status: number;
  acceptBy: number;
  customer: Address;
  capacityBytes: bigint;
  unitPrice: bigint;
  tokenId: number;
  firstPiece: Piece;
  /** The piece that is held under the first root, if any. */
  held: { leafCount: number; cidDigest: Hex } | undefined;
  /** Capacity of our other deals that run or wait. Bytes. */
  committedBytes: bigint;
  policy: AcceptPolicy;
}): Decision<{ answer: "accept"; notAfter: number } | { answer: "decline"; reason: string; notAfter: number }> {
  const { nowAt, policy, capacityBytes, held, firstPiece } = facts;
  if (facts.status !== STATUS.requested) return over("the deal is no longer open");
  if (nowAt >= facts.acceptBy) return over("the deadline has passed");

  const decline = (reason: string) => ({
    act: true as const,
    answer: "decline" as const,
    reason,
    notAfter: facts.acceptBy,
  });
  const price = policy.minUnitPrices?.[facts.tokenId];
  const refused = policy.refusedCustomers?.some((customer) => customer.toLowerCase() === facts.customer.toLowerCase());
  if (refused) return decline("the customer is on the operator's list");
  if (policy.tokenIds && !policy.tokenIds.includes(facts.tokenId))
    return decline(`token ${facts.tokenId} is not taken`);
  if (price !== undefined && facts.unitPrice < price) return decline(`the price ${facts.unitPrice} is below ${price}`);
  if (policy.maxDealBytes !== undefined && capacityBytes > BigInt(policy.maxDealBytes)) {
    return decline(`the capacity of ${capacityBytes} bytes is above ${policy.maxDealBytes}`);
  }
  if (policy.quotaBytes !== undefined && facts.committedBytes + capacityBytes > BigInt(policy.quotaBytes)) {
    return decline(`${facts.committedBytes} of ${policy.quotaBytes} bytes are taken, ${capacityBytes} more do not fit`);
  }
  if (!held) return wait("its first piece is not here");
  if (held.leafCount !== firstPiece.leafCount) {
    return decline(`the piece has ${held.leafCount} leaves, the request says ${firstPiece.leafCount}`);
  }
  if (held.cidDigest !== firstPiece.cidDigest) return decline("the piece has another CID than the request says");
  return { act: true, answer: "accept", notAfter: facts.acceptBy };
}

type StreamFacts = { nowAt: number; clock: Clock; status: number; endPeriod: number; settledPeriod: number };

/** Whether a deal earns: accepted, and not finished. */
export const isRunning = (status: number) => status === STATUS.active || status === STATUS.ending;

/** Whether to settle a deal: when `everyPeriods` closed periods wait, or the end is near enough that `finish` will do it anyway. */
export function decideSettle(facts: StreamFacts & { everyPeriods: number }): Decision {
  if (!isRunning(facts.status)) return over("the deal does not run");
  const to = Math.min(firstOpenPeriod(facts.clock, facts.nowAt), facts.endPeriod);
  if (to <= facts.settledPeriod) return wait("nothing new is closed");
  if (facts.endPeriod <= firstOpenPeriod(facts.clock, facts.nowAt)) return over("finishing settles it");
  if (to - facts.settledPeriod < facts.everyPeriods) return wait("too little is closed");
  return { act: true };
}

/** Whether to finish a deal: its last paid period is closed. */
export function decideFinish({ nowAt, clock, status, endPeriod }: StreamFacts): Decision {
  if (!isRunning(status)) return over("the deal does not run");
  if (firstOpenPeriod(clock, nowAt) < endPeriod) return wait("its last period is not closed");
  return { act: true };
}

/** Whether to take a piece out of proof: its deal earns nothing any more. */
export function decideRemove({ nowAt, clock, status, endPeriod }: Omit<StreamFacts, "settledPeriod">): Decision {
  if (isRunning(status) && periodAt(clock, nowAt) < endPeriod) return wait("the deal needs it");
  return { act: true };
}

/** Whether to give back a deal that nobody accepted. */
export function decideExpire(facts: { nowAt: number; status: number; acceptBy: number }): Decision {
  if (facts.status !== STATUS.requested) return over("the deal is no longer open");
  if (facts.nowAt <= facts.acceptBy) return wait("it can still be accepted");
  return { act: true };
}

/** Periods that a deal's provider must miss in a row. */
export const ABANDONED_AFTER_PERIODS = 3;

/** Whether a deal is abandoned: the last three closed periods are unproven, with live bytes all through and known seeds. */
export function decideAbandon(facts: {
  nowAt: number;
  clock: Clock;
  status: number;
  endPeriod: number;
  /** Period since which something was live without a break; beyond any period when nothing is. */
  liveSince: bigint;
  provenPeriods: number;
  seedsKnown: boolean;
}): Decision {
  if (facts.status !== STATUS.active) return over("the deal is not active");
  const to = firstOpenPeriod(facts.clock, facts.nowAt);
  const from = to - ABANDONED_AFTER_PERIODS;
  if (to >= facts.endPeriod) return over("it ends by itself");
  if (facts.liveSince > BigInt(from)) return wait("nothing was live all through");
  if (!facts.seedsKnown) return wait("a seed is unknown: nobody's fault");
  if (facts.provenPeriods > 0) return wait("it was proven");
  return { act: true };
}

/** Whether to take earnings out of the ledger. Token base units. */
export function decideWithdraw(facts: { balance: bigint; threshold: bigint }): Decision {
  if (facts.balance === 0n || facts.balance < facts.threshold) return wait("too little has come together");
  return { act: true };
}
