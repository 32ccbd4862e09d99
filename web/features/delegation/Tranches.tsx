"use client";

import type { DelegatedTranche } from "@4ever/sdk/pools";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { useChainNow } from "@/lib/chain-clock";
import { EVER_UNIT } from "@/lib/tokens";

/** What thaws, and until when; at most 16 amounts. */
export function Tranches({ tranches }: { tranches: readonly DelegatedTranche[] }) {
  const now = useChainNow();
  return (
    <ul className="text-sm">
      {tranches.map(({ number, amount, thawsAt }) => (
        <li key={number} className="whitespace-nowrap">
          <Money amount={amount} token={EVER_UNIT} />{" "}
          <span className="text-muted">
            {now !== undefined && now >= thawsAt ? "has thawed, " : ""}
            <RelativeTime at={thawsAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
