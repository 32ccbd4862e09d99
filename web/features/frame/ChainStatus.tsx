"use client";

import { Boxes } from "lucide-react";
import { classes } from "@/components/classes";
import { Skeleton } from "@/components/Skeleton";
import { Tooltip } from "@/components/Tooltip";
import { useChainHead } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatCount, plural } from "@/lib/format/count";
import type { IndexStatus } from "@/lib/index-status";
import { useIndexStatus } from "@/lib/subgraph";

function wordsOf(status: IndexStatus): { words: string; tone: string } {
  switch (status.state) {
    case "loading":
      return { words: "index …", tone: "text-faint" };
    case "unreachable":
      return { words: "index unreachable", tone: "text-bad" };
    case "failed":
      return { words: `index stopped at ${formatCount(status.block)}`, tone: "text-bad" };
    case "behind":
      return { words: `index ${formatCount(status.lag)} behind`, tone: "text-warn" };
    case "current":
      return { words: status.lag <= 1 ? "indexed" : `index ${status.lag} behind`, tone: "text-muted" };
  }
}

/** Which chain this is, how high it is, and how far the index has followed. */
export function ChainStatus() {
  const { chain } = useAppConfig();
  const { data: head, error } = useChainHead();
  const status = useIndexStatus();
  const { words, tone } = wordsOf(status);
  const explanation =
    status.state === "behind" || status.state === "current"
      ? `The index shows block ${formatCount(status.block)} of ${formatCount(status.head)} (${plural(status.lag, "block")} behind).`
      : status.state === "unreachable"
        ? status.error.message
        : "Lists and histories come from the index; balances come from the chain.";
  return (
    <Tooltip content={explanation}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip must be reachable by keyboard */}
      <div tabIndex={0} className="flex min-w-0 items-center gap-2 rounded-sm text-sm">
        <span
          className={classes(
            "inline-flex h-6 items-center gap-1.5 rounded-full border px-2 text-xs font-medium whitespace-nowrap",
            chain.isLocal ? "border-transparent bg-warn-soft text-warn" : "border-line-strong text-muted",
          )}
        >
          <Boxes aria-hidden className="size-3.5" />
          {chain.isLocal ? (
            <span>
              Local<span className="max-sm:hidden"> chain</span>
            </span>
          ) : (
            <span className="max-w-24 truncate sm:max-w-none">{chain.name}</span>
          )}
        </span>
        <span className="tabular truncate text-muted max-sm:hidden">
          {error ? (
            <span className="text-bad">chain unreachable</span>
          ) : head ? (
            <>
              Block {formatCount(head.number)} <span aria-hidden>·</span> <span className={tone}>{words}</span>
            </>
          ) : (
            <Skeleton className="h-4 w-32" />
          )}
        </span>
      </div>
    </Tooltip>
  );
}
