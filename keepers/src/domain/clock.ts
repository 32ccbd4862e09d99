/** The division of time into periods, as the contracts share it. All in Unix seconds and seconds, in the time of the chain. */
export type Clock = {
  /** Unix seconds at which period 0 began. */
  originAt: number;
  periodSeconds: number;
  /** Time for a proof after its seed was recorded. */
  proofWindowSeconds: number;
  /** Distance between the fixed boundaries of one period. */
  retrySeconds: number;
};

/** Period that runs at `at`; negative before the clock began. */
export function periodAt({ originAt, periodSeconds }: Clock, at: number): number {
  return Math.floor((at - originAt) / periodSeconds);
}

/** Unix seconds at which a period ends and the next one begins. */
export function endOf({ originAt, periodSeconds }: Clock, period: number): number {
  return originAt + (period + 1) * periodSeconds;
}

/** First period whose verdict can still change: settling reaches up to it, exclusive. */
export function firstOpenPeriod(clock: Clock, at: number): number {
  return periodAt(clock, at) - 1;
}

/** Last moment at which the seed of a period can be recorded, so that a whole proof window is left. Unix seconds. */
export function lastRecordAt(clock: Clock, period: number): number {
  return endOf(clock, period) + clock.periodSeconds - clock.proofWindowSeconds;
}

/** The boundary that a record of `period` made at `at` must enclose. Unix seconds. */
export function boundaryAt(clock: Clock, period: number, at: number): number {
  const endsAt = endOf(clock, period);
  return endsAt + Math.floor(Math.max(0, at - endsAt) / clock.retrySeconds) * clock.retrySeconds;
}
