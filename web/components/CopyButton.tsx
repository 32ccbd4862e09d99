"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { classes } from "@/components/classes";

const SHOWN_MS = 1_500;

/** Copies `text`, and says so. `label` names what is copied. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");

  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Browsers refuse without focus or permission; the text stays selectable, so we only say that it did not work.
      setState("refused");
    }
  }

  const words =
    state === "copied" ? "Copied" : state === "refused" ? "The browser did not allow copying" : `Copy ${label}`;
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={words}
      title={words}
      className={classes(
        "inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink pointer-coarse:size-10",
        className,
      )}
    >
      {state === "copied" ? (
        <Check aria-hidden className="size-3.5 text-good" />
      ) : (
        <Copy aria-hidden className="size-3.5" />
      )}
      <span role="status" className="sr-only">
        {state === "idle" ? "" : words}
      </span>
    </button>
  );
}
