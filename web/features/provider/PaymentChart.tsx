"use client";

import { useMemo } from "react";
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Payment } from "@/features/provider/useEarnings";
import { exactAmount, formatMoney, type TokenUnit } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";

const TIME = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
/** A line cannot show more points than it has pixels. */
const MAX_POINTS = 240;

interface Point {
  at: number;
  /** For the height of the line only; the words come from `paid`. */
  height: number;
  paid: bigint;
}

/** Payments as a growing sum, thinned out to what can be seen; the last point always stays. */
export function cumulate(payments: readonly Payment[], decimals: number, maxPoints = MAX_POINTS): Point[] {
  const every = Math.max(1, Math.ceil(payments.length / maxPoints));
  const points: Point[] = [];
  let paid = 0n;
  payments.forEach(({ at, amount }, index) => {
    paid += amount;
    const isShown = index % every === 0 || index === payments.length - 1;
    if (isShown) points.push({ at, paid, height: Number(exactAmount(paid, decimals)) });
  });
  return points;
}

/** What reached the provider so far, over time. */
export function PaymentChart({ payments, token }: { payments: readonly Payment[]; token: TokenUnit }) {
  const points = useMemo(() => cumulate(payments, token.decimals), [payments, token.decimals]);
  return (
    <div aria-hidden className="h-56">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart accessibilityLayer={false} data={points} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={["dataMin", "dataMax"]}
            tickFormatter={(at: number) => TIME.format(at * 1000)}
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
