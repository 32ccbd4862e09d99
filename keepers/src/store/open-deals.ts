import { OPEN_DEAL_STATUSES } from "@4ever/sdk/deal-status";
import { inArray } from "./orm.ts";
import { deals } from "./schema.ts";

/** Accepted and not over yet: what is proven, served and paid. */
export const RUNNING_STATUSES = ["active", "ending"] as const;

/** Whether a deal is requested or runs. */
export const isOpen = inArray(deals.status, [...OPEN_DEAL_STATUSES]);

/** Whether a deal runs. */
export const isRunning = inArray(deals.status, [...RUNNING_STATUSES]);
