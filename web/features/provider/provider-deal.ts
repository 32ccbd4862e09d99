import { type Address, getAddress, type Hex } from "viem";
import type { Duties } from "@/features/provider/useDuties";
import { type DealStatus, phaseOf } from "@/lib/deal-phase";
import type { TokenUnit } from "@/lib/format/money";
import type { PeriodClock } from "@/lib/periods";

/** A deal as its provider sees it. Money is base units of `token`; moments are Unix seconds. */
export interface ProviderDeal {
  id: Hex;
  dealId: bigint;
  status: DealStatus;
  customer: Address;
  cid: string;
  token: TokenUnit;
  /** Per GiB and 30 periods. */
  unitPrice: bigint;
  capacityBytes: bigint;
  liveBytes: bigint;
  acceptBy: number;
  fromPeriod: number | undefined;
  termEndPeriod: number | undefined;
  endPeriod: number | undefined;
  /** First period that is not settled. */
  settledPeriod: number | undefined;
  provenPeriods: number;
  lastProvenPeriod: number | undefined;
  closedAt: number | undefined;
}

/** A deal as the index sends it: big numbers are decimal strings. */
export interface ProviderDealRow {
  id: Hex;
  dealId: string;
  status: DealStatus;
  customer: { id: Hex };
  cid: string;
  token: TokenUnit;
  unitPrice: string;
  capacityBytes: string;
  liveBytes: string;
  acceptBy: string;
  fromPeriod: number | null;
  termEndPeriod: number | null;
  endPeriod: number | null;
  settledPeriod: number | null;
  provenPeriods: number;
  closedAt: string | null;
  provingSet: { lastProvenPeriod: number | null } | null;
}

/** Reads a row of the index. */
export function providerDealFrom({ provingSet, customer, ...row }: ProviderDealRow): ProviderDeal {
  return {
    ...row,
    dealId: BigInt(row.dealId),
    customer: getAddress(customer.id),
    unitPrice: BigInt(row.unitPrice),
    capacityBytes: BigInt(row.capacityBytes),
    liveBytes: BigInt(row.liveBytes),
    acceptBy: Number(row.acceptBy),
    fromPeriod: row.fromPeriod ?? undefined,
    termEndPeriod: row.termEndPeriod ?? undefined,
    endPeriod: row.endPeriod ?? undefined,
    settledPeriod: row.settledPeriod ?? undefined,
    lastProvenPeriod: provingSet?.lastProvenPeriod ?? undefined,
    closedAt: row.closedAt === null ? undefined : Number(row.closedAt),
  };
}

/**
 * What comes next for a deal: `due` until a moment, or possible once it `begins` then. Unix seconds; undefined for what can be done at
 * once, or where the moment is not known yet.
 */
export interface NextDue {
  words: string;
  when: "due" | "begins";
  at: number | undefined;
}

/** Chain time, the period that runs, and until when the proof of the one before it is taken. */
export interface DueTimes {
  now: number | undefined;
  current: number | undefined;
  proofDueAt: Duties["dueAt"];
}

/** What a provider has to do for a deal next. Undefined when it is over, or before a block was seen. */
export function nextDueOf(
  deal: ProviderDeal,
  { now, current, proofDueAt }: DueTimes,
  clock: Pick<PeriodClock, "endOf">,
): NextDue | undefined {
  if (current === undefined || deal.closedAt !== undefined) return undefined;
  if (deal.status === "REQUESTED")
    return phaseOf(deal, now, current).word === "Not accepted in time"
      ? { words: "Send the money back", when: "due", at: undefined }
      : { words: "Accept", when: "due", at: deal.acceptBy };
  const { endPeriod, fromPeriod, lastProvenPeriod, liveBytes } = deal;
  if (endPeriod !== undefined && current > endPeriod) return { words: "Finish", when: "due", at: undefined };
  if (liveBytes === 0n) return { words: "Put it under proof", when: "due", at: undefined };

  const judged = current - 1;
  const isDue = fromPeriod !== undefined && judged >= fromPeriod && (endPeriod === undefined || judged < endPeriod);
  if (isDue && (lastProvenPeriod === undefined || lastProvenPeriod < judged))
    return { words: `Proof of period ${judged}`, when: "due", at: proofDueAt };
  if (endPeriod !== undefined && current >= endPeriod)
    return { words: "Finish", when: "begins", at: clock.endOf(endPeriod) };
  return { words: `Proof of period ${current}`, when: "begins", at: clock.endOf(current) };
}

/** Settled periods of a deal: how many were proven, and how many were not, which nobody pays for. */
export function judgedPeriodsOf({
  fromPeriod,
  settledPeriod,
  provenPeriods,
}: Pick<ProviderDeal, "fromPeriod" | "settledPeriod" | "provenPeriods">): { proven: number; unproven: number } {
  const settled = fromPeriod === undefined || settledPeriod === undefined ? 0 : Math.max(0, settledPeriod - fromPeriod);
  return { proven: provenPeriods, unproven: Math.max(0, settled - provenPeriods) };
}

/** What a provider, or its keeper's key, can do to a deal now. */
export type ProviderAction = "decline" | "expire" | "notice" | "finish";

/** The one thing that moves a deal on from here. `isOperator`: whoever looks has the keeper's key, which alone may decline. */
export function providerActionOf(
  deal: ProviderDeal,
  { now, current }: Pick<DueTimes, "now" | "current">,
  isOperator: boolean,
): ProviderAction | undefined {
  if (current === undefined) return undefined; // without the chain nothing can be sent
  switch (phaseOf(deal, now, current).word) {
    case "Awaiting the provider":
      return isOperator ? "decline" : undefined;
    case "Not accepted in time":
      return "expire";
    case "Active":
    case "In grace":
      return "notice";
    case "Ready to finish":
      return "finish";
    default:
      return undefined;
  }
}
