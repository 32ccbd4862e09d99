import type { DealStatus as Name } from "@4ever/sdk/deal-status";

/** A deal's status as the index writes it. */
export type DealStatus = Uppercase<Name>;

/** Where a deal stands, in a word, for people: grace and a passed deadline are states too, though no event says so. */
export type DealPhase =
  | { word: "Awaiting the provider"; tone: "waiting" }
  | { word: "Not accepted in time"; tone: "warn" }
  | { word: "Active"; tone: "good" }
  | { word: "In grace"; tone: "warn" }
  | { word: "Ending"; tone: "warn" }
  | { word: "Ready to finish"; tone: "waiting" }
  | { word: "Finished" | "Declined" | "Cancelled" | "Expired"; tone: "neutral" };

/** What the phase of a deal follows from. Moments are Unix seconds. */
export interface DealTimes {
  status: DealStatus;
  acceptBy: number;
  termEndPeriod: number | undefined;
  endPeriod: number | undefined;
}

/** Reads the phase at chain time `now` (Unix seconds) while period `current` runs. */
export function phaseOf(
  { status, acceptBy, termEndPeriod, endPeriod }: DealTimes,
  now: number | undefined,
  current: number | undefined,
): DealPhase {
  switch (status) {
    case "REQUESTED":
      return now !== undefined && now > acceptBy
        ? { word: "Not accepted in time", tone: "warn" }
        : { word: "Awaiting the provider", tone: "waiting" };
    case "ACTIVE":
    case "ENDING":
      // The last paid period is closed, so that nothing can change any more, when the one after it has ended.
      if (current !== undefined && endPeriod !== undefined && current > endPeriod) {
        return { word: "Ready to finish", tone: "waiting" };
      }
      if (status === "ENDING") return { word: "Ending", tone: "warn" };
      return current !== undefined && termEndPeriod !== undefined && current >= termEndPeriod
        ? { word: "In grace", tone: "warn" }
        : { word: "Active", tone: "good" };
    case "FINISHED":
      return { word: "Finished", tone: "neutral" };
    case "DECLINED":
      return { word: "Declined", tone: "neutral" };
    case "CANCELLED":
      return { word: "Cancelled", tone: "neutral" };
    case "EXPIRED":
      return { word: "Expired", tone: "neutral" };
  }
}
