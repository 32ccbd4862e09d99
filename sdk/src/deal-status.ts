/** `IDealMarket.Status` by its numbers. */
export const DEAL_STATUSES = [
  "none",
  "requested",
  "active",
  "ending",
  "finished",
  "declined",
  "cancelled",
  "expired",
] as const;

/** Where a deal stands. Grace is `active` at or after the end of the term. */
export type DealStatus = Exclude<(typeof DEAL_STATUSES)[number], "none">;

/** Statuses of a deal that something can still happen to. */
export const OPEN_DEAL_STATUSES = ["requested", "active", "ending"] as const satisfies readonly DealStatus[];
