"use client";

import { Badge } from "@/components/Badge";
import { type Deal, phaseOf } from "@/features/deals/deal";
import { useChainNow } from "@/lib/chain-clock";
import { usePeriodClock } from "@/lib/periods";

/** Where a deal stands now, by the chain's clock. */
export function DealBadge({ deal }: { deal: Pick<Deal, "status" | "acceptBy" | "termEndPeriod" | "endPeriod"> }) {
  const { word, tone } = phaseOf(deal, useChainNow(), usePeriodClock().current);
  return <Badge tone={tone}>{word}</Badge>;
}
