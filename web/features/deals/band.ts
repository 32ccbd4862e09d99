import { GIB, PRICE_PERIODS } from "@4ever/sdk/units";
import type { BandPeriod } from "@/components/period-cells";
import type { PeriodState } from "@/components/period-states";
import type { PeriodClock } from "@/lib/periods";

/** From `fromPeriod` on, these bytes earn this price (token base units per GiB and 30 periods). */
export interface Rate {
  fromPeriod: number;
  liveBytes: bigint;
  unitPrice: bigint;
}

/** What is known of a deal's periods. `proven` are periods of its set; `seeded` those that had a round. */
export interface PeriodFacts {
  fromPeriod: number;
  /** First period that is not paid any more. */
  endPeriod: number;
  rates: readonly Rate[];
  proven: ReadonlySet<number>;
  seeded: ReadonlySet<number>;
  /** Period that runs now. */
  current: number;
}

/** The rates in force, in rising order: a later change for the same period replaces an earlier one. */
export function effectiveRates(changes: readonly Rate[]): Rate[] {
  const byPeriod = new Map<number, Rate>();
  for (const change of changes) byPeriod.set(change.fromPeriod, change);
  return [...byPeriod.values()].sort((a, b) => a.fromPeriod - b.fromPeriod);
}

function stateOf(period: number, isLive: boolean, { proven, seeded, current }: PeriodFacts): PeriodState {
  if (period >= current) return "future";
  if (!isLive) return "idle";
  if (proven.has(period)) return "proven";
  // Its proof can come until the next period has ended.
  if (period === current - 1) return "pending";
  return seeded.has(period) ? "missed" : "excused";
}

/**
 * A deal's life, period by period, re-computed from what the chain recorded: earned = unit price × live bytes × proven
 * periods. Fractions of a base unit are carried along, so that they add up as in the contract.
 */
export function bandOf(facts: PeriodFacts, clock: Pick<PeriodClock, "endOf">): BandPeriod[] {
  const rates = effectiveRates(facts.rates);
  const periods: BandPeriod[] = [];
  let scaled = 0n; // earned × GiB × 30
  let next = 0;
  let rate: Rate | undefined;
  for (let period = facts.fromPeriod; period < facts.endPeriod; period += 1) {
    for (let upcoming = rates[next]; upcoming && upcoming.fromPeriod <= period; upcoming = rates[next]) {
      rate = upcoming;
      next += 1;
    }
    const state = stateOf(period, rate !== undefined && rate.liveBytes > 0n, facts);
    if (state === "proven" && rate) scaled += rate.unitPrice * rate.liveBytes;
    periods.push({ period, state, endsAt: clock.endOf(period), earned: scaled / (GIB * PRICE_PERIODS) });
  }
  return periods;
}
