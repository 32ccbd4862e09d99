import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "@/components/classes";
import { RelativeTime } from "@/components/RelativeTime";

export interface TimelineItem {
  key: string;
  icon: LucideIcon;
  title: ReactNode;
  /** Unix seconds. */
  at: number;
  detail?: ReactNode;
  tone?: "good" | "warn" | "bad" | "neutral";
}

const TONES = {
  good: "border-transparent bg-good-soft text-good",
  warn: "border-transparent bg-warn-soft text-warn",
  bad: "border-transparent bg-bad-soft text-bad",
  neutral: "border-line-strong bg-surface text-muted",
};

/** What happened, in order, with its source. */
export function Timeline({ label, items }: { label: string; items: readonly TimelineItem[] }) {
  return (
    <ol aria-label={label}>
      {items.map(({ key, icon: Icon, title, at, detail, tone = "neutral" }, index) => (
        <li key={key} className="flex gap-3">
          <div className="flex flex-col items-center">
            <span
              className={classes("inline-flex size-7 items-center justify-center rounded-full border", TONES[tone])}
            >
              <Icon aria-hidden className="size-3.5" />
            </span>
            {index === items.length - 1 ? null : <span aria-hidden className="min-h-2 w-px flex-1 bg-line" />}
          </div>
          <div className="min-w-0 flex-1 pb-4">
            <div className="flex min-h-7 flex-wrap items-center justify-between gap-x-4">
              <p className="font-medium">{title}</p>
              <RelativeTime at={at} className="text-sm text-muted" />
            </div>
            {detail ? <div className="text-sm break-words text-muted">{detail}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}
