"use client";

import type { FeeLot } from "@4ever/sdk/fees";
import { useCallback, useMemo } from "react";
import { StepChart } from "@/components/StepChart";
import { curveOf } from "@/features/auctions/auction";
import { formatMoney } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";

const LINES = [
  { label: "Still to come", stroke: "var(--line-control)", dash: "4 4" },
  { label: "Fallen so far", stroke: "var(--accent)", fill: "var(--accent-soft)" },
] as const;
const MOST_TICKS = 4;

/** How a lot's price falls. Each step up the axis is ten times the one below, since a price falls by half again and again. */
export function PriceCurve({ lot, nowAt }: { lot: FeeLot; nowAt: number }) {
  const floor = Number(lot.floorPrice);
  const points = useMemo(() => curveOf(lot, nowAt), [lot, nowAt]);
  const steps = useMemo(
    () =>
      points.map(({ at, price }) => {
        const height = Math.log10(Number(price) / floor);
        return { at, heights: [height, at <= nowAt ? height : null] };
      }),
    [points, floor, nowAt],
  );
  const tick = useCallback((height: number) => `${compact.format((floor / 1e18) * 10 ** height)} EVER`, [floor]);
  const detail = useCallback(
    (index: number) => {
      const point = points[index];
      return point ? (
        <>
          <p className="font-medium">{formatMoney(point.price, EVER_UNIT, "up")}</p>
          <p className="text-muted">{formatAbsolute(point.at)}</p>
        </>
      ) : null;
    },
    [points],
  );
  return (
    <StepChart
      className="h-56 lg:h-80"
      points={steps}
      lines={LINES}
      tick={tick}
      ticksFor={wholePowers}
      detail={detail}
    />
  );
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Powers of ten from 0 to above the highest, at most four steps. */
function wholePowers(highest: number): number[] {
  const step = Math.max(1, Math.ceil(highest / MOST_TICKS));
  return Array.from({ length: Math.max(1, Math.ceil(highest / step)) + 1 }, (_, i) => i * step);
}
