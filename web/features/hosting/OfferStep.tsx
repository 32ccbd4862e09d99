"use client";

import { Server } from "lucide-react";
import { Badge } from "@/components/Badge";
import { ButtonLink } from "@/components/Button";
import { ChoiceRow } from "@/components/Field";
import { Money } from "@/components/Money";
import { RowsSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { type LiveOffer, obstacleOf } from "@/features/hosting/offer";
import type { useLiveOffers } from "@/features/hosting/useLiveOffers";
import { formatBytes } from "@/lib/format/bytes";
import { formatShare, plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { useKeeper } from "@/lib/keepers";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";

/** Offers that can serve this folder, cheapest first, with what is known of their providers. */
export function OfferStep({
  query: { data, error, errorUpdatedAt, isFetching, refetch },
  ranked,
  chosen,
  onChoose,
  capacityBytes,
  termPeriods,
}: {
  query: ReturnType<typeof useLiveOffers>;
  ranked: readonly LiveOffer[];
  chosen: LiveOffer | undefined;
  onChoose: (offer: LiveOffer) => void;
  capacityBytes: bigint;
  termPeriods: number;
}) {
  const panel = (content: React.ReactNode) => <div className="rounded border border-line bg-surface">{content}</div>;
  if (error && !data) {
    return panel(
      <LoadError
        what="The offers"
        error={error}
        failedAtMs={errorUpdatedAt}
        onRetry={refetch}
        isRetrying={isFetching}
      />,
    );
  }
  if (!data) return panel(<RowsSkeleton label="Loading offers" rows={3} />);
  if (data.length === 0) {
    return panel(
      <EmptyState
        icon={Server}
        title="Nobody offers storage yet"
        action={<ButtonLink href="/provide/">Become a provider</ButtonLink>}
      >
        As soon as a provider has stake and an offer, it appears here with its price.
      </EmptyState>,
    );
  }
  return (
    <fieldset className="divide-y divide-line overflow-hidden rounded border border-line bg-surface">
      <legend className="sr-only">Provider</legend>
      {ranked.map((offer) => (
        <OfferRow
          key={offer.offerId}
          offer={offer}
          isChosen={offer.offerId === chosen?.offerId}
          obstacle={obstacleOf(offer, capacityBytes, termPeriods)}
          onChoose={() => onChoose(offer)}
        />
      ))}
    </fieldset>
  );
}

function OfferRow({
  offer,
  isChosen,
  obstacle,
  onChoose,
}: {
  offer: LiveOffer;
  isChosen: boolean;
  obstacle: string | undefined;
  onChoose: () => void;
}) {
  const { provider, token, unitPrice, region, freeBytes } = offer;
  const clock = usePeriodClock();
  const keeper = useKeeper(provider.endpoint, provider.address);
  const judged = provider.proofCount + provider.missedCount;
  return (
    <ChoiceRow
      name="offer"
      value={String(offer.offerId)}
      isChosen={isChosen}
      onChoose={onChoose}
      disabled={obstacle !== undefined}
    >
      <span className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <span className="min-w-0 flex-1 basis-52">
          <span className="flex flex-wrap items-center gap-2">
            <span className="font-medium">{provider.name || shorten(provider.address)}</span>
            {obstacle ? (
              <Badge tone="warn">{obstacle}</Badge>
            ) : keeper.data?.state === "unreachable" ? (
              <Badge tone="warn">does not answer</Badge>
            ) : keeper.data?.state === "foreign" ? (
              <Badge tone="bad">answers as somebody else</Badge>
            ) : null}
          </span>
          <span className="block text-sm text-muted">
            {region ? `${region} · ` : ""}
            {formatBytes(freeBytes)} free · {plural(provider.activeDealCount, "deal")} ·{" "}
            {judged === 0 ? "nothing to prove yet" : `${formatShare(provider.proofCount, judged)} of periods proven`}
          </span>
        </span>
        <Money amount={unitPrice} token={token} rounding="up" per={priceUnitOf(clock)} className="font-medium" />
      </span>
    </ChoiceRow>
  );
}
