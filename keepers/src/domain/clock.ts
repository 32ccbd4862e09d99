import { endOf, firstOpenPeriod, type Clock as PeriodClock, periodAt } from "@4ever/sdk/periods";

export { endOf, firstOpenPeriod, periodAt };

/** The division of time into periods, and what the beacon leaves of them. Unix seconds and seconds, in the time of the chain. */
export type Clock = PeriodClock & {
  /** Time for a proof after its seed was recorded. */
  proofWindowSeconds: number;
  /** Distance between the fixed boundaries of one period. */
  retrySeconds: number;
};

/** Last moment at which the seed of a period can be recorded, so that a whole proof window is left. Unix seconds. */
export function lastRecordAt(clock: Clock, period: number): number {
  return endOf(clock, period) + clock.periodSeconds - clock.proofWindowSeconds;
}

/** The boundary that a record of `period` made at `at` must enclose. Unix seconds. */
export function boundaryAt(clock: Clock, period: number, at: number): number {
  const endsAt = endOf(clock, period);
  return endsAt + Math.floor(Math.max(0, at - endsAt) / clock.retrySeconds) * clock.retrySeconds;
}
