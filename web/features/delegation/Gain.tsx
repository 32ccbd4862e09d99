"use client";

import { Money } from "@/components/Money";
import { EVER_UNIT } from "@/lib/tokens";

/** What was gained, with its sign; a loss in words and colour. */
export function Gain({ amount }: { amount: bigint }) {
  if (amount < 0n) {
    return (
      <span className="whitespace-nowrap text-bad">
        lost <Money amount={-amount} token={EVER_UNIT} />
      </span>
    );
  }
  return (
    <span className="whitespace-nowrap">
      {amount > 0n ? "+" : ""}
      <Money amount={amount} token={EVER_UNIT} />
    </span>
  );
}
