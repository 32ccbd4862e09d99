import type { PeriodClock } from "@/lib/periods";

const DAY_SECONDS = 86_400;

/** What a price buys, in words: a month where periods are days, thirty periods elsewhere. */
export function priceUnitOf({ periodSeconds }: Pick<PeriodClock, "periodSeconds">): string {
  return periodSeconds === DAY_SECONDS ? "GiB · month" : "GiB · 30 periods";
}
