"use client";

import { classes } from "@/components/classes";
import { Tooltip } from "@/components/Tooltip";
import { exactAmount, formatAmount, type Rounding, type TokenUnit } from "@/lib/format/money";

/**
 * An amount in token base units: at most four significant decimals, the exact value in the tooltip and on the clipboard.
 * `per` says what the amount buys ("GiB · month").
 */
export function Money({
  amount,
  token,
  rounding = "down",
  per,
  className,
}: {
  amount: bigint;
  token: TokenUnit;
  rounding?: Rounding;
  per?: string;
  className?: string;
}) {
  const exact = `${exactAmount(amount, token.decimals)} ${token.symbol}`;
  return (
    <Tooltip content={<span className="font-mono">{exact}</span>}>
      <span
        className={classes("tabular whitespace-nowrap", className)}
        onCopy={(event) => {
          event.clipboardData.setData("text/plain", exact);
          event.preventDefault();
        }}
      >
        {formatAmount(amount, token.decimals, rounding)}
        <span className="text-[0.85em] font-normal text-muted">
          {" "}
          {token.symbol}
          {per ? ` / ${per}` : ""}
        </span>
      </span>
    </Tooltip>
  );
}
