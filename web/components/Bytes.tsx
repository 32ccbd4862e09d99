"use client";

import { Tooltip } from "@/components/Tooltip";
import { exactBytes, formatBytes } from "@/lib/format/bytes";

/** A size in binary units; every byte in the tooltip. */
export function Bytes({ bytes, className }: { bytes: bigint | number; className?: string }) {
  return (
    <Tooltip content={exactBytes(bytes)}>
      <span className={`tabular whitespace-nowrap ${className ?? ""}`}>{formatBytes(bytes)}</span>
    </Tooltip>
  );
}
