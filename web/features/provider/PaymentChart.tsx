"use client";

import { useMemo } from "react";
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { cumulate, type Point } from "@/features/provider/cumulate";
import type { Payment } from "@/features/provider/useEarnings";
import { formatMoney, type TokenUnit } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";

const DAY_SECONDS = 86_400;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const TIME = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** What reached the provider so far, over time. */
export function PaymentChart({ payments, token }: { payments: readonly Payment[]; token: TokenUnit }) {
  const points = useMemo(() => cumulate(payments, token.decimals), [payments, token.decimals]);
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const tick = span < DAY_SECONDS ? CLOCK : TIME;
  return (
    <div aria-hidden className="h-56">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart accessibilityLayer={false} data={points} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={["dataMin", "dataMax"]}
            tickFormatter={(at: number) => tick.format(at * 1000)}
            tick={{ fill: "var(--ink-muted)", fontSize: 12 }}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
            minTickGap={48}
          />
          <YAxis
            width={64}
            tick={{ fill: "var(--ink-muted)", fontSize: 12 }}
            tickLine={false}
            axisLine={false}
            tickFormatter={(height: number) => String(Number(height.toPrecision(3)))}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--line-control)" }}
            content={({ payload }) => {
              const point = payload?.[0]?.payload as Point | undefined;
              return point ? (
                <div className="rounded border border-line-strong bg-surface px-2.5 py-1.5 text-xs shadow-pop">
                  <p className="font-medium">{formatMoney(point.paid, token)}</p>
                  <p className="text-muted">{formatAbsolute(point.at)}</p>
                </div>
              ) : null;
            }}
          />
          <Area
            type="stepAfter"
            dataKey="height"
            stroke="var(--accent)"
            strokeWidth={1.5}
            fill="var(--accent-soft)"
            isAnimationActive={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}
