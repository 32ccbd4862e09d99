"use client";

import { memo, useMemo } from "react";
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Series } from "@/features/explorer/history";
import { formatAbsolute } from "@/lib/format/time";

const DAY_SECONDS = 86_400;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** A moment and the heights of the series at it; null where a series says nothing. */
export interface Heights {
  period: number;
  /** Unix seconds at which the period ended or will end. */
  at: number;
  heights: readonly (number | null)[];
}

/** Figures over time as steps. The table beside it holds the same for screen readers. */
export const HistoryChart = memo(function HistoryChart({
  points,
  series,
  tick,
  ticksFor,
  wordsOf,
}: {
  points: readonly Heights[];
  series: readonly Pick<Series<never>, "label" | "stroke" | "dash" | "fill">[];
  /** A height on the axis, with its unit. */
  tick: (height: number) => string;
  /** Heights to write on the axis for a highest one, with 0 and the top of the axis; the chart’s own without. */
  ticksFor?: ((highest: number) => readonly number[]) | undefined;
  /** What the series say at a point, exact and with units. */
  wordsOf: (index: number) => readonly string[];
}) {
  const data = useMemo(() => points.map((point, index) => ({ ...point, index })), [points]);
  const highest = Math.max(0, ...points.flatMap(({ heights }) => heights.map((height) => height ?? 0)));
  const ticks = ticksFor?.(highest);
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const moment = span < 2 * DAY_SECONDS ? CLOCK : DATE;
  return (
    <div aria-hidden className="h-48">
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart accessibilityLayer={false} data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={["dataMin", "dataMax"]}
            tickFormatter={(at: number) => moment.format(at * 1000)}
            tick={{ fill: "var(--ink-muted)", fontSize: 12 }}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
            minTickGap={48}
          />
          <YAxis
            width={72}
            tick={{ fill: "var(--ink-muted)", fontSize: 12 }}
            tickLine={false}
            axisLine={false}
            tickFormatter={tick}
            tickCount={4}
            domain={[0, ticks?.at(-1) ?? "auto"]}
            {...(ticks && { ticks: [...ticks] })}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--line-control)" }}
            content={({ payload }) => {
              const point = payload?.[0]?.payload as (Heights & { index: number }) | undefined;
              if (!point) return null;
              const words = wordsOf(point.index);
              return (
                <div className="rounded border border-line-strong bg-surface px-2.5 py-1.5 text-xs shadow-pop">
                  {series.map(({ label }, index) => (
                    <p key={label}>
                      <span className="text-muted">{label}</span> <span className="font-medium">{words[index]}</span>
                    </p>
                  ))}
                  <p className="mt-1 text-muted">
                    Period {point.period}, until {formatAbsolute(point.at)}
                  </p>
                </div>
              );
            }}
          />
          {series.map(({ label, stroke, dash, fill }, index) => {
            const shared = {
              key: label,
              type: "stepAfter" as const,
              dataKey: (point: Heights) => point.heights[index] ?? null,
              stroke,
              strokeWidth: 1.5,
              isAnimationActive: false,
              ...(dash && { strokeDasharray: dash }),
            };
            const { key, ...rest } = shared;
            return fill ? <Area key={key} {...rest} fill={fill} /> : <Line key={key} {...rest} dot={false} />;
          })}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
});
