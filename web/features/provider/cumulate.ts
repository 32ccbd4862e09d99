import type { Payment } from "@/features/provider/useEarnings";
import { exactAmount } from "@/lib/format/money";

/** A line cannot show more points than it has pixels. */
const MAX_POINTS = 240;

/** A moment (Unix seconds) on the growing line. */
export interface Point {
  at: number;
  /** For the height of the line only; the words come from `paid`. */
  height: number;
  paid: bigint;
}

/** Payments as a growing sum, thinned out to what can be seen; the last point always stays. */
export function cumulate(
  payments: readonly Pick<Payment, "at" | "amount">[],
  decimals: number,
  maxPoints = MAX_POINTS,
): Point[] {
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
