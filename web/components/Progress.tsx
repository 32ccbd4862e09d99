import type { ReactNode } from "react";
import { classes } from "@/components/classes";

/** How far something is, as a bar and in words. `share` is 0…1; leave it out while the whole is unknown. */
export function Progress({
  label,
  detail,
  share,
  tone = "accent",
}: {
  label: string;
  detail?: ReactNode;
  share?: number | undefined;
  tone?: "accent" | "good" | "bad";
}) {
  const percent = share === undefined ? undefined : Math.max(0, Math.min(100, share * 100));
  const fill = { accent: "bg-accent", good: "bg-good-fill", bad: "bg-bad-fill" }[tone];
  return (
    <div>
      <div className="mb-1.5 flex items-baseline justify-between gap-4 text-sm">
        <span className="font-medium">{label}</span>
        <span className="tabular text-muted">
          {detail ?? (percent === undefined ? "" : `${Math.floor(percent)} %`)}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(percent === undefined ? {} : { "aria-valuenow": Math.floor(percent) })}
        className="h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={classes(
            "h-full rounded-full transition-[width] duration-150",
            fill,
            percent === undefined && "w-1/3 animate-pulse",
          )}
          style={percent === undefined ? undefined : { width: `${percent}%` }}
        />
      </div>
    </div>
  );
}

/** How much of a capacity is used: a bar that repeats what the words beside it say. */
export function Meter({ used, total, words }: { used: bigint; total: bigint; words: string }) {
  const percent = total === 0n ? 0 : Number((used * 10_000n) / total) / 100;
  return (
    <div>
      <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-sunken">
        <div className="h-full rounded-full bg-accent" style={{ width: `${percent}%` }} />
      </div>
      <p className="mt-1.5 text-sm text-muted">{words}</p>
    </div>
  );
}
