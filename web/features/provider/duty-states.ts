import type { PeriodState } from "@/components/period-states";
import type { Duties } from "@/features/provider/useDuties";
import type { PeriodClock } from "@/lib/periods";

/** Periods that the strip of a provider's duties shows. */
export const SHOWN_PERIODS = 60;

/**
 * The last ended periods of a provider. A period without a proof counts as missed only once it was reported: whether something was
 * due in it, a whole provider's view cannot tell.
 */
export function dutyStates(
  { proven, reported, seeded, isDue }: Pick<Duties, "proven" | "reported" | "seeded" | "isDue">,
  current: number,
  clock: Pick<PeriodClock, "endOf">,
): { period: number; state: PeriodState; endsAt: number }[] {
  const missed = new Set(reported.map(({ period }) => period));
  const from = Math.max(0, current - SHOWN_PERIODS);
  return Array.from({ length: current - from }, (_, index) => {
    const period = from + index;
    const state: PeriodState = proven.has(period)
      ? "proven"
      : missed.has(period)
        ? "missed"
        : period === current - 1 && isDue
          ? "pending"
          : seeded.has(period)
            ? "idle"
            : "excused";
    return { period, state, endsAt: clock.endOf(period) };
  });
}
