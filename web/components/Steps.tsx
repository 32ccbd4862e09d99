import type { LucideIcon } from "lucide-react";
import { Check, Circle, LoaderCircle, X } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "@/components/classes";

export type StepState = "waiting" | "running" | "done" | "failed";

const LOOKS: Record<StepState, { icon: LucideIcon; className: string; word: string }> = {
  waiting: { icon: Circle, className: "border-line-strong text-transparent", word: "to do" },
  running: { icon: LoaderCircle, className: "border-accent text-accent-ink", word: "under way" },
  done: { icon: Check, className: "border-transparent bg-good-soft text-good", word: "done" },
  failed: { icon: X, className: "border-transparent bg-bad-soft text-bad", word: "failed" },
};

export interface Step {
  key: string;
  title: string;
  state: StepState;
  detail?: ReactNode;
}

/** What has to happen, in order, with the live state of each. */
export function Steps({ label, steps }: { label: string; steps: readonly Step[] }) {
  return (
    <ol aria-label={label}>
      {steps.map(({ key, title, state, detail }, index) => {
        const { icon: Icon, className, word } = LOOKS[state];
        const isLast = index === steps.length - 1;
        return (
          <li key={key} className="flex gap-3" aria-current={state === "running" ? "step" : undefined}>
            <div className="flex flex-col items-center">
              <span
                className={classes("inline-flex size-6 items-center justify-center rounded-full border", className)}
              >
                <Icon aria-hidden className={classes("size-3.5", state === "running" && "animate-spin")} />
              </span>
              {isLast ? null : <span aria-hidden className="min-h-3 w-px flex-1 bg-line-strong" />}
            </div>
            <div className={classes("min-w-0 flex-1", isLast ? "" : "pb-4")}>
              <p className={classes("pt-0.5 text-base", state === "waiting" ? "text-muted" : "font-medium")}>
                {title}
                <span className="sr-only"> – {word}</span>
              </p>
              {detail ? <div className="mt-0.5 text-sm break-words text-muted">{detail}</div> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
