import type { LucideIcon } from "lucide-react";
import { CircleAlert, CircleCheck, CircleDashed, CircleX, Clock } from "lucide-react";
import { classes } from "@/components/classes";

export type Tone = "good" | "warn" | "bad" | "waiting" | "neutral";

const TONES: Record<Tone, { className: string; icon: LucideIcon }> = {
  good: { className: "bg-good-soft text-good", icon: CircleCheck },
  warn: { className: "bg-warn-soft text-warn", icon: CircleAlert },
  bad: { className: "bg-bad-soft text-bad", icon: CircleX },
  waiting: { className: "bg-sunken text-muted", icon: Clock },
  neutral: { className: "bg-sunken text-muted", icon: CircleDashed },
};

/** A state as icon and word; colour only repeats what they say. */
export function Badge({ tone, icon, children }: { tone: Tone; icon?: LucideIcon; children: string }) {
  const { className, icon: Default } = TONES[tone];
  const Icon = icon ?? Default;
  return (
    <span
      className={classes(
        "inline-flex h-6 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap",
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {children}
    </span>
  );
}
