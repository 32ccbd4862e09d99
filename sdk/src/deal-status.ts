/** `IDealMarket.Status` by its numbers; 0 is no deal. */
export const DEAL_STATUSES = [
  undefined,
  "requested",
  "active",
  "ending",
  "finished",
  "declined",
  "cancelled",
  "expired",
] as const;

/** Where a deal stands. Grace is `active` at or after the end of the term. */
export type DealStatus = NonNullable<(typeof DEAL_STATUSES)[number]>;
