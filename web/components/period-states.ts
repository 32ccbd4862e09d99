import type { LucideIcon } from "lucide-react";
import { Check, Circle, CircleSlash, Clock, X } from "lucide-react";

/**
 * `proven` earned, `missed` not earned, `pending` its proof can still come, `excused` no seed was recorded so nobody could prove it,
 * `idle` nothing was under proof, `future` has not ended.
 */
export type PeriodState = "proven" | "missed" | "pending" | "excused" | "idle" | "future";

export const PERIOD_WORDS: Record<PeriodState, string> = {
  proven: "proven",
  missed: "missed",
  pending: "proof pending",
  excused: "no seed",
  idle: "nothing under proof",
  future: "to come",
};

export const PERIOD_ICONS: Record<PeriodState, LucideIcon> = {
  proven: Check,
  missed: X,
  pending: Clock,
  excused: CircleSlash,
  idle: CircleSlash,
  future: Circle,
};

export const PERIOD_INKS: Record<PeriodState, string> = {
  proven: "text-good",
  missed: "text-bad",
  pending: "text-warn",
  excused: "text-muted",
  idle: "text-muted",
  future: "text-muted",
};
