import type { EarningDeal } from "@/features/provider/useEarnings";

/** Deals whose closed periods are not all settled. A period is closed when the one after it has ended. */
export function unsettled<Deal extends Pick<EarningDeal, "status" | "settledPeriod" | "endPeriod">>(
  deals: readonly Deal[],
  current: number,
): Deal[] {
  return deals.filter(({ status, settledPeriod, endPeriod }) => {
    if (status === "FINISHED" || settledPeriod === undefined) return false;
    return settledPeriod < Math.min(current - 1, endPeriod ?? Number.POSITIVE_INFINITY);
  });
}
