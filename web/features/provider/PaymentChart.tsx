"use client";

import { useCallback, useMemo } from "react";
import { StepChart } from "@/components/StepChart";
import { cumulate } from "@/features/provider/cumulate";
import type { Payment } from "@/features/provider/useEarnings";
import { formatMoney, type TokenUnit } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";

const LINES = [{ label: "Paid", stroke: "var(--accent)", fill: "var(--accent-soft)" }] as const;

/** What reached the provider so far, over time. */
export function PaymentChart({ payments, token }: { payments: readonly Payment[]; token: TokenUnit }) {
  const sums = useMemo(() => cumulate(payments, token.decimals), [payments, token.decimals]);
  const points = useMemo(() => sums.map(({ at, height }) => ({ at, heights: [height] })), [sums]);
  const tick = useCallback((height: number) => `${Number(height.toPrecision(3))} ${token.symbol}`, [token.symbol]);
  const detail = useCallback(
    (index: number) => {
      const sum = sums[index];
      return sum ? (
        <>
          <p className="font-medium">{formatMoney(sum.paid, token)}</p>
          <p className="text-muted">{formatAbsolute(sum.at)}</p>
        </>
      ) : null;
    },
    [sums, token],
  );
  return <StepChart className="h-56" points={points} lines={LINES} tick={tick} detail={detail} />;
}
