"use client";

import { withdrawOffer } from "@4ever/sdk/offers";
import { Plus, Tags } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { Money } from "@/components/Money";
import { PageHeader } from "@/components/Section";
import { EmptyState, Notice } from "@/components/States";
import { Table } from "@/components/Table";
import { OfferDialog } from "@/features/provider/OfferDialog";
import { ProviderGate } from "@/features/provider/ProviderGate";
import {
  type OwnOffer,
  type OwnProvider,
  type ProviderArea,
  useProviderArea,
} from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What a provider sells, at which price. */
export function OffersPage() {
  const [isNew, setNew] = useState(false);
  const isProvider = useProviderArea().data?.provider?.registeredAt !== undefined;
  return (
    <>
      <PageHeader
        title="Offers"
        action={
          isProvider ? (
            <Button look="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setNew(true)}>
              New offer
            </Button>
          ) : null
        }
      >
        Capacity for sale. Customers see it beside its price; a change concerns new deals only.
      </PageHeader>
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

  const unbacked = offers.some(
    ({ isActive, service }) =>
      isActive && !provider.allocations.some(({ serviceId, amount }) => serviceId === service.id && amount > 0n),
  );
  return (
    <div className="space-y-4">
      {unbacked ? (
        <Notice tone="warn" title="No stake backs an offer">
          Deals on it could not be accepted. Allocate stake to its service first.
        </Notice>
      ) : null}
      <div className="rounded border border-line bg-surface">
        {offers.length === 0 ? (
          <EmptyState
            icon={Tags}
            title="Nothing for sale yet"
            action={
              <Button look="primary" onClick={() => onNew(true)}>
                Publish an offer
              </Button>
            }
          >
            An offer names a service, a price, how much space there is, and where.
          </EmptyState>
        ) : (
          <Table
            caption="Your offers"
            rows={offers}
            rowKey={({ offerId }) => String(offerId)}
            columns={[
              {
                key: "offer",
                header: "Offer",
                cell: ({ offerId, service, region, isActive }) => (
                  <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
                    <span className="font-medium">
                      {service.name} <span className="font-normal text-muted">#{offerId}</span>
                    </span>
                    {region ? <span className="text-xs text-muted">{region}</span> : null}
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
                  <span className="whitespace-nowrap">
                    <Bytes bytes={freeBytes} /> <span className="text-muted">of</span> <Bytes bytes={capacityBytes} />
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

function OfferBadge({ isActive }: { isActive: boolean }) {
  return <Badge tone={isActive ? "good" : "neutral"}>{isActive ? "For sale" : "Withdrawn"}</Badge>;
}
