"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { formatSpan } from "@/lib/format/time";

const DAY_SECONDS = 86_400;

/** The network's division of time. Moments are Unix seconds of chain time. */
export interface PeriodClock {
  originAt: number;
  periodSeconds: number;
  /** Period that runs at a moment. */
  periodAt: (at: number) => number;
  /** Moment at which a period ends and the next begins. */
  endOf: (period: number) => number;
  /** `30 periods (30 days)`; on chains with periods of a day just `30 days`. */
  spanOf: (periods: number | bigint) => string;
}

export function createPeriodClock({
  originAt,
  periodSeconds,
}: {
  originAt: number;
  periodSeconds: number;
}): PeriodClock {
  return {
    originAt,
    periodSeconds,
    periodAt: (at) => Math.floor((at - originAt) / periodSeconds),
    endOf: (period) => originAt + (period + 1) * periodSeconds,
    spanOf: (periods) =>
      periodSeconds === DAY_SECONDS
        ? plural(periods, "day")
        : `${plural(periods, "period")} (${formatSpan(Number(periods) * periodSeconds)})`,
  };
}

type RunningClock = PeriodClock & { current: number | undefined };

const RunningClockContext = createContext<RunningClock | undefined>(undefined);

/** Supplies {@link usePeriodClock}: whoever needs no more than the period is rendered when it ends, not each second. */
export function PeriodClockProvider({ children }: { children: ReactNode }) {
  const { originAt, periodSeconds } = useAppConfig().deployment.parameters;
  const now = useChainNow();
  const clock = useMemo(() => createPeriodClock({ originAt, periodSeconds }), [originAt, periodSeconds]);
  const current = now === undefined ? undefined : clock.periodAt(now);
  const running = useMemo(() => ({ ...clock, current }), [clock, current]);
  return <RunningClockContext value={running}>{children}</RunningClockContext>;
}

/** The clock of the configured network, and the period that runs now; `current` is undefined until a block was seen. */
export function usePeriodClock(): RunningClock {
  const clock = useContext(RunningClockContext);
  if (!clock) throw new Error("Periods are asked for outside of the network's pages.");
  return clock;
}
