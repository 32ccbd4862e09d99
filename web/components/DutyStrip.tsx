"use client";

import { classes } from "@/components/classes";
import { PERIOD_ICONS, PERIOD_INKS, PERIOD_WORDS, type PeriodState } from "@/components/period-states";
import { Tooltip } from "@/components/Tooltip";
import { formatAbsolute } from "@/lib/format/time";

const BARS: Record<PeriodState, string> = {
  proven: "h-6 bg-good-fill",
  missed: "h-6 bg-bad-fill",
  pending: "h-4 bg-warn-fill",
  excused: "h-2 bg-line-strong",
  idle: "h-1 bg-line-strong",
  future: "h-1 bg-line",
};

/** The last periods of a provider, oldest first: what was due, and what became of it. The newest is at the right. */
export function DutyStrip({
  periods,
  shown,
}: {
  periods: readonly { period: number; state: PeriodState; endsAt: number }[];
  /** Places in the strip; a young network leaves the first ones empty. */
  shown: number;
}) {
  const empty = Array.from({ length: Math.max(0, shown - periods.length) }, (_, index) => `empty-${index}`);
  const counted = (["proven", "missed", "pending", "excused"] as const).map((state) => ({
    state,
    count: periods.filter((each) => each.state === state).length,
  }));
  return (
    <div>
      <ol aria-label="Periods, oldest first" className="flex h-7 items-end gap-[2px]">
        {empty.map((key) => (
          <li key={key} aria-hidden className="h-0.5 min-w-0 flex-1 rounded-[2px] bg-line" />
        ))}
        {periods.map(({ period, state, endsAt }) => (
          <li key={period} className="flex h-full min-w-0 flex-1 items-end">
            <Tooltip content={`Period ${period}: ${PERIOD_WORDS[state]}, ended ${formatAbsolute(endsAt)}`}>
              <span className={classes("block w-full rounded-[2px]", BARS[state])}>
                <span className="sr-only">
                  Period {period}: {PERIOD_WORDS[state]}
                </span>
              </span>
            </Tooltip>
          </li>
        ))}
      </ol>
      <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {counted.map(({ state, count }) => {
          const Icon = PERIOD_ICONS[state];
          return (
            <li key={state} className={classes("inline-flex items-center gap-1", PERIOD_INKS[state])}>
              <Icon aria-hidden className="size-3.5" />
              {PERIOD_WORDS[state]} <span className="tabular text-muted">{count}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
