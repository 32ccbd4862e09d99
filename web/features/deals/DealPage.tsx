"use client";

import { ExternalLink } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button, ButtonLink, OutsideLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { Hash } from "@/components/Hash";
import { LoadedItem } from "@/components/LoadedItem";
import { Money } from "@/components/Money";
import { PeriodBand } from "@/components/PeriodBand";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, PageHeader, Section, Stat, Stats } from "@/components/Section";
import { Loading, RowsSkeleton, Skeleton } from "@/components/Skeleton";
import { LoadError, Notice } from "@/components/States";
import { Timeline } from "@/components/Timeline";
import { CapacityDialog } from "@/features/deals/CapacityDialog";
import { DealActions } from "@/features/deals/DealActions";
import { DealBadge } from "@/features/deals/DealBadge";
import { DealUpload } from "@/features/deals/DealUpload";
import { DealWaiting } from "@/features/deals/DealWaiting";
import { wordsOf } from "@/features/deals/eventWords";
import { PiecesSection } from "@/features/deals/PiecesSection";
import { stayingPieces } from "@/features/deals/pieces";
import { type DealDetail, useDeal, useDealBand, useDealEvents } from "@/features/deals/useDeals";
import { type KeyHolder, useSessionKey } from "@/features/deals/useSessionKey";
import { explorerLinks } from "@/lib/explorer-links";
import { shorten } from "@/lib/format/hash";
import { contentUrlOf, useKeeper } from "@/lib/keepers";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useWallet } from "@/lib/wallet/use-wallet";

/** One deal: its site, its life period by period, its money, and everything that happened. */
export function DealPage() {
  const text = useSearchParams().get("id") ?? "";
  const dealId = /^[1-9]\d{0,18}$/.test(text) ? BigInt(text) : undefined;
  const what = `Deal ${dealId}`;
  return (
    <LoadedItem
      kind="deal"
      what={what}
      isNamed={dealId !== undefined}
      absent={{
        title: `There is no deal ${dealId}`,
        hint: "The index knows none with this number. A deal that was requested a moment ago appears within seconds.",
      }}
      list={<ButtonLink href="/deals/?view=all">See all deals</ButtonLink>}
      waiting={<DealWaiting title={what} label={`Loading deal ${dealId}`} />}
      asked={useDeal(dealId)}
    >
      {(deal) => <DealView deal={deal} />}
    </LoadedItem>
  );
}

function DealView({ deal }: { deal: DealDetail }) {
  const keeper = useKeeper(deal.provider.endpoint, deal.provider.address);
  const [capacity, setCapacity] = useState<{ proposedBytes?: bigint | undefined } | undefined>();
  const changeCapacity = (proposedBytes?: bigint) => setCapacity({ proposedBytes });
  const isHosted = deal.status === "ACTIVE" || deal.status === "ENDING";
  const isRequested = deal.status === "REQUESTED";
  const contentUrl = (cid: string) =>
    isHosted && keeper.data?.state === "answering" ? contentUrlOf(keeper.data.info, cid) : undefined;
  const [newest] = stayingPieces(deal.pieces);
  const siteUrl = newest && contentUrl(newest.cid);
  return (
    <>
      <PageHeader
        title={`Deal ${deal.dealId}`}
        badge={<DealBadge deal={deal} />}
        action={
          <>
            <DealActions deal={deal} onChangeCapacity={changeCapacity} />
            {siteUrl ? (
              <OutsideLink look="primary" href={siteUrl} icon={<ExternalLink aria-hidden className="size-4" />}>
                Open the site
              </OutsideLink>
            ) : null}
          </>
        }
      >
        <span className="inline-flex flex-wrap items-center gap-x-1">
          <Hash text={deal.cid} kind="CID" /> at {deal.provider.name || shorten(deal.provider.address)}, requested{" "}
          <RelativeTime at={deal.requestedAt} />
        </span>
      </PageHeader>
      <div className="space-y-6">
        <DealUpload deal={deal} />
        {(isHosted || isRequested) && keeper.data && keeper.data.state !== "answering" ? (
          <Notice
            tone="warn"
            title={
              keeper.data.state === "foreign"
                ? "The endpoint answers for somebody else"
                : "The provider does not answer here"
            }
          >
            {deal.provider.endpoint}{" "}
            {keeper.data.state === "foreign" ? "is another provider’s." : "cannot be reached from this browser."}{" "}
            {isRequested
              ? "If it does not accept in time, everything comes back; until it accepts, the request can be cancelled."
              : "Proofs are judged on chain, not from here: unproven periods cost you nothing."}
          </Notice>
        ) : null}
        <MoneyStats deal={deal} />
        <Life deal={deal} />
        <PiecesSection deal={deal} contentUrl={contentUrl} onChangeCapacity={changeCapacity} />
        <div className="grid gap-6 lg:items-start lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Events deal={deal} />
          <Terms deal={deal} />
        </div>
      </div>
      {capacity ? (
        <CapacityDialog deal={deal} proposedBytes={capacity.proposedBytes} onClose={() => setCapacity(undefined)} />
      ) : null}
    </>
  );
}

function MoneyStats({ deal }: { deal: DealDetail }) {
  const { account } = useWallet();
  const isCustomer = account !== undefined && isAddressEqual(account, deal.customer);
  const held = deal.earned - deal.released;
  return (
    <Stats>
      <Stat
        label="Locked"
        note={
          <>
            of it still in the lock: <Money amount={deal.left} token={deal.token} />
          </>
        }
      >
        <Money amount={deal.locked} token={deal.token} />
      </Stat>
      <Stat
        label="Earned by proofs"
        note={
          held > 0n ? (
            <>
              held back until the end: <Money amount={held} token={deal.token} />
            </>
          ) : (
            "for proven periods only"
          )
        }
      >
        <Money amount={deal.earned} token={deal.token} />
      </Stat>
      <Stat label="Paid to the provider" note={`after the protocol’s fee of ${deal.feeBps / 100} %`}>
        <Money amount={deal.paid} token={deal.token} />
      </Stat>
      <Stat
        label={isCustomer ? "Returned to you" : "Returned to the customer"}
        note={
          deal.closedAt === undefined
            ? "what is not earned, at the end"
            : isCustomer && deal.refunded > 0n
              ? "into your balance in the ledger; the account menu withdraws it"
              : "all is shared out"
        }
      >
        <Money amount={deal.refunded} token={deal.token} />
      </Stat>
    </Stats>
  );
}

function Life({ deal }: { deal: DealDetail }) {
  const { data: periods, isStale, error, errorUpdatedAt, isFetching, refetch } = useDealBand(deal);
  return (
    <Section
      title="Proof by proof"
      description="Each period is proven or it is not; only proven ones turn locked money into earnings."
    >
      {deal.fromPeriod === undefined ? (
        <p className="py-6 text-center text-muted">
          {deal.status === "REQUESTED"
            ? "Proofs begin with the period after the provider has accepted."
            : "The provider never accepted, so there was nothing to prove and nothing to pay."}
        </p>
      ) : error && !periods ? (
        <LoadError
          what="The proofs"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : periods ? (
        <div className="space-y-4">
          {error && isStale ? (
            <Notice
              tone="warn"
              title="The index does not answer; this is what it said last"
              action={
                <Button size="sm" busy={isFetching && "Trying again"} onClick={() => refetch()}>
                  Try again
                </Button>
              }
            >
              Periods that ended since are not shown yet. The chain goes on counting proofs.
            </Notice>
          ) : null}
          <PeriodBand
            periods={periods}
            most={deal.locked}
            token={deal.token}
            termEndPeriod={deal.status === "ACTIVE" ? deal.termEndPeriod : undefined}
          />
        </div>
      ) : (
        <Loading label="Loading proofs">
          <Skeleton className="h-44" />
        </Loading>
      )}
    </Section>
  );
}

function Events({ deal }: { deal: DealDetail }) {
  const { data: events, error, errorUpdatedAt, isFetching, refetch } = useDealEvents(deal.id);
  return (
    <Section title="What happened" description="Every event on chain, newest first.">
      {error && !events ? (
        <LoadError
          what="The events"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : !events ? (
        <RowsSkeleton label="Loading events" />
      ) : (
        <Timeline
          label="Events, newest first"
          items={events.map((event) => {
            const { detail, ...words } = wordsOf(event, deal.token);
            return {
              key: event.id,
              at: event.at,
              ...words,
              detail: (
                <span className="flex flex-wrap items-center justify-between gap-x-4">
                  <span>{detail}</span>
                  <Hash text={event.hash} kind="transaction" href={explorerLinks.transaction(event.hash)} />
                </span>
              ),
            };
          })}
        />
      )}
    </Section>
  );
}

const KEY_PLACES: Record<KeyHolder, string> = {
  browser: "in this browser",
  wallet: "your wallet’s own key",
  elsewhere: "not in this browser",
};

function Terms({ deal }: { deal: DealDetail }) {
  const clock = usePeriodClock();
  const { account } = useWallet();
  const { holder } = useSessionKey(deal);
  const isCustomer = account !== undefined && isAddressEqual(account, deal.customer);
  return (
    <Section title="Terms">
      <Facts>
        <Fact label="Customer">
          <Hash text={deal.customer} kind="address" />
        </Fact>
        <Fact label="Provider">
          <Hash
            text={deal.provider.address}
            kind="address"
            {...(deal.provider.name ? { label: deal.provider.name } : {})}
          />
        </Fact>
        <Fact label="Price">
          <Money amount={deal.unitPrice} token={deal.token} rounding="up" per={priceUnitOf(clock)} />
        </Fact>
        <Fact label="Capacity">
          <Bytes bytes={deal.liveBytes} /> <span className="text-muted">used of</span>{" "}
          <Bytes bytes={deal.capacityBytes} />
        </Fact>
        <Fact label="Term">{clock.spanOf(deal.termPeriods)}</Fact>
        {deal.status === "REQUESTED" ? (
          <Fact label="To be accepted">
            <RelativeTime at={deal.acceptBy} />
          </Fact>
        ) : null}
        {deal.fromPeriod !== undefined ? (
          <Fact label="Earns from">
            <RelativeTime at={clock.endOf(deal.fromPeriod - 1)} />
          </Fact>
        ) : null}
        {deal.termEndPeriod !== undefined && deal.status === "ACTIVE" ? (
          <Fact label="Term ends">
            <RelativeTime at={clock.endOf(deal.termEndPeriod - 1)} />
          </Fact>
        ) : null}
        {deal.endPeriod !== undefined ? (
          <Fact label={deal.status === "ACTIVE" ? "Grace ends" : "Last paid period ends"}>
            <RelativeTime at={clock.endOf(deal.endPeriod - 1)} />
          </Fact>
        ) : null}
        <Fact label="Session key">
          <Hash text={deal.sessionKey} kind="address" />
          {isCustomer || holder === "browser" ? <span className="block text-muted">{KEY_PLACES[holder]}</span> : null}
        </Fact>
      </Facts>
    </Section>
  );
}
