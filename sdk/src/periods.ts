/** How time is divided: what `PeriodClock` says on chain. Unix seconds; seconds. */
export interface Clock {
  originAt: number;
  periodSeconds: number;
}

/** The period that runs at a moment. Unix seconds; negative before the origin. */
export function periodAt({ originAt, periodSeconds }: Clock, at: number): number {
  return Math.floor((at - originAt) / periodSeconds);
}

/** Unix seconds at which a period begins. */
export function startOf({ originAt, periodSeconds }: Clock, period: number): number {
  return originAt + period * periodSeconds;
}

/** Unix seconds at which a period ends and the next one begins. */
export function endOf(clock: Clock, period: number): number {
  return startOf(clock, period + 1);
}

/** First period that is not closed at a moment: the verdict on every earlier one is final. Unix seconds. */
export function firstOpenPeriod(clock: Clock, at: number): number {
  return Math.max(0, periodAt(clock, at) - 1);
}

/** Whole periods that cover a span. Seconds. */
export function periodsIn({ periodSeconds }: Clock, seconds: number): number {
  return Math.ceil(seconds / periodSeconds);
}

const SPANS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** `5400` → `1.5 hours`: the largest unit that fits, rounded to one place. Seconds. */
export function formatSpan(seconds: number): string {
  const [unit, size] = SPANS.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  const value = Math.round((seconds / size) * 10) / 10;
  return `${value} ${unit}${value === 1 ? "" : "s"}`;
}

/** Unix seconds → `2026-11-23 18:30:00 UTC`. */
export function formatTime(at: number | bigint): string {
  return `${new Date(Number(at) * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}
