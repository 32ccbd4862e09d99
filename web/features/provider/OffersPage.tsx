"use client";

import { withdrawOffer } from "@4ever/sdk/offers";
import { Plus, Tags } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/Badge";
import { Button, ButtonLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { Money } from "@/components/Money";
import { Stat, Stats } from "@/components/Section";
import { EmptyState, Notice } from "@/components/States";
import { Table } from "@/components/Table";
import { coverageOf } from "@/features/provider/coverage";
import { OfferDialog } from "@/features/provider/OfferDialog";
import { OffersHeader } from "@/features/provider/OffersHeader";
import { ProviderGate } from "@/features/provider/ProviderGate";
import {
  type OwnOffer,
  type OwnProvider,
  type ProviderArea,
  useProviderArea,
} from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { formatShare, plural } from "@/lib/format/count";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What a provider sells, at which price. */
export function OffersPage() {
  const [isNew, setNew] = useState(false);
  const isProvider = useProviderArea().data?.provider?.registeredAt !== undefined;
  return (
    <>
      <OffersHeader
        action={
          isProvider ? (
            <Button look="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setNew(true)}>
              New offer
            </Button>
          ) : null
        }
      />
      <ProviderGate>
        {(provider, area) => <Offers provider={provider} area={area} isNew={isNew} onNew={setNew} />}
      </ProviderGate>
    </>
  );
}

function Offers({
  provider,
  area,
  isNew,
  onNew,
}: {
  provider: OwnProvider;
  area: ProviderArea;
  isNew: boolean;
  onNew: (isNew: boolean) => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const clock = usePeriodClock();
  const [edited, setEdited] = useState<OwnOffer | undefined>();
  const { offers } = provider;

  const withdraw = ({ offerId, dealCount }: OwnOffer) =>
    review({
      key: `offer/withdraw/${offerId}`,
      title: `Withdraw offer ${offerId}`,
      sentence: "The offer takes no new deals. Running deals go on until they end.",
      action: "Withdraw the offer",
      costs: [],
      gasLimit: 60_000n,
      undo: dealCount > 0 ? "Publish a new offer at any time." : "Publish it again at any time, under a new number.",
      steps: [{ what: "transaction", title: "Send the withdrawal" }],
      to: contracts.ProviderRegistry,
      run: (client, context) => withdrawOffer(client, { ...context, offerId }),
    });

  return (
    <div className="space-y-6">
      {offers.some(({ isActive }) => isActive) ? <Sold provider={provider} area={area} /> : null}
      <div className="rounded border border-line bg-surface">
        {offers.length === 0 ? (
          <EmptyState
            icon={Tags}
            title="Nothing for sale yet"
            action={<Button onClick={() => onNew(true)}>Publish an offer</Button>}
          >
            An offer names a service, a price, how much space there is, and where.
          </EmptyState>
        ) : (
          <Table
            caption="Your offers"
            rows={offers.toSorted((one, other) => Number(other.isActive) - Number(one.isActive))}
            rowKey={({ offerId }) => String(offerId)}
            columns={[
              {
                key: "offer",
                header: "Offer",
                cell: ({ offerId, service, region, isActive, freeBytes }) => (
                  <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
                    <span className="font-medium">
                      {service.name} <span className="font-normal text-muted">#{offerId}</span>
                    </span>
                    {region ? <span className="text-xs text-muted">{region}</span> : null}
                    <span className="text-xs text-muted md:hidden">{formatBytes(freeBytes)} free</span>
                    <span className="md:hidden">
                      <OfferBadge isActive={isActive} />
                    </span>
                  </span>
                ),
              },
              {
                key: "state",
                header: "State",
                isHiddenOnNarrow: true,
                cell: ({ isActive }) => <OfferBadge isActive={isActive} />,
              },
              {
                key: "price",
                header: "Price",
                align: "right",
                cell: ({ unitPrice, token }) => (
                  <Money
                    amount={unitPrice}
                    token={token}
                    per={priceUnitOf(clock)}
                    className="max-sm:whitespace-normal"
                  />
                ),
              },
              {
                key: "free",
                header: "Free",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ freeBytes, capacityBytes }) => (
                  <span className="inline-flex flex-col items-end whitespace-nowrap">
                    <span>
                      <Bytes bytes={freeBytes} /> <span className="text-muted">of</span> <Bytes bytes={capacityBytes} />
                    </span>
                    <span className="text-xs text-muted">{formatBytes(capacityBytes - freeBytes)} rented</span>
                  </span>
                ),
              },
              {
                key: "term",
                header: "Shortest term",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ minTermPeriods }) => clock.spanOf(minTermPeriods),
              },
              {
                key: "deals",
                header: "Deals",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ dealCount }) => dealCount,
              },
              {
                key: "actions",
                header: "Change",
                align: "right",
                cell: (offer) =>
                  offer.isActive ? (
                    <span className="inline-flex gap-1 max-sm:flex-col">
                      <Button size="sm" onClick={() => setEdited(offer)}>
                        Edit
                      </Button>
                      <Button size="sm" look="quiet" onClick={() => withdraw(offer)}>
                        Withdraw
                      </Button>
                    </span>
                  ) : null,
              },
            ]}
          />
        )}
      </div>
      {isNew ? <OfferDialog area={area} onClose={() => onNew(false)} /> : null}
      {edited ? <OfferDialog area={area} offer={edited} onClose={() => setEdited(undefined)} /> : null}
    </div>
  );
}

/** What is for sale in all, and how far the stake reaches for it. */
function Sold({ provider, area }: { provider: OwnProvider; area: ProviderArea }) {
  const { offeredBytes, freeBytes, backedBytes } = coverageOf(provider, area.services);
  const link = (
    <ButtonLink size="sm" href="/provide/stake/">
      Allocate stake
    </ButtonLink>
  );
  return (
    <>
      {backedBytes === 0n ? (
        <Notice tone="warn" title="No stake backs your offers" action={link}>
          Requests on them could not be accepted. Allocate stake to their service first.
        </Notice>
      ) : backedBytes < offeredBytes ? (
        <Notice
          title={`Stake backs ${formatBytes(backedBytes)} of the ${formatBytes(offeredBytes)} for sale`}
          action={link}
        >
          Requests beyond it cannot be accepted until more stake is allocated.
        </Notice>
      ) : null}
      <Stats>
        <Stat
          label="For sale"
          note={`in ${plural(provider.offers.filter(({ isActive }) => isActive).length, "offer")}`}
        >
          <Bytes bytes={offeredBytes} />
        </Stat>
        <Stat label="Rented" note={`${formatShare(offeredBytes - freeBytes, offeredBytes)} of it`}>
          <Bytes bytes={offeredBytes - freeBytes} />
        </Stat>
        <Stat label="Free" note="for new deals">
          <Bytes bytes={freeBytes} />
        </Stat>
        <Stat
          label="Backed by stake"
          note={backedBytes === offeredBytes ? "all that is for sale" : "of what is for sale"}
        >
          <Bytes bytes={backedBytes} />
        </Stat>
      </Stats>
    </>
  );
}

function OfferBadge({ isActive }: { isActive: boolean }) {
  return <Badge tone={isActive ? "good" : "neutral"}>{isActive ? "For sale" : "Withdrawn"}</Badge>;
}
