"use client";

import { Tooltip } from "@/components/Tooltip";
import { useChainNow } from "@/lib/chain-clock";
import { formatAbsolute, formatRelative } from "@/lib/format/time";

/** A moment of chain time (Unix seconds) as people say it; the date and zone in the tooltip. */
export function RelativeTime({ at, className }: { at: number | bigint; className?: string }) {
  const seconds = Number(at);
  return (
    <Tooltip content={formatAbsolute(seconds)}>
      <time dateTime={new Date(seconds * 1000).toISOString()} className={`whitespace-nowrap ${className ?? ""}`}>
        <Words seconds={seconds} />
      </time>
    </Tooltip>
  );
}

/** Alone, because it is rendered each second. */
function Words({ seconds }: { seconds: number }) {
  const now = useChainNow();
  return now === undefined ? formatAbsolute(seconds) : formatRelative(seconds, now);
}
