import type { ReactNode } from "react";
import { PageLink } from "@/components/PageLink";
import { shorten } from "@/lib/format/hash";

/** The first cell of a row about a deal: its number, what it keeps, and on narrow screens its state, whose column is not shown there. */
export function DealCell({ dealId, cid, badge }: { dealId: bigint; cid?: string; badge: ReactNode }) {
  return (
    <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
      <PageLink className="link font-medium" href={`/deal/?id=${dealId}`}>
        Deal {dealId.toString()}
      </PageLink>
      {cid === undefined ? null : <span className="font-mono text-xs text-muted">{shorten(cid, 8, 6)}</span>}
      <span className="md:hidden">{badge}</span>
    </span>
  );
}
