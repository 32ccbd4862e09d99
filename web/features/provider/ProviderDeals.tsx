"use client";

import { decline, expire, finish, giveNotice } from "@4ever/sdk/deal-ends";
import { Handshake } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type Address, isAddressEqual } from "viem";
import { Badge } from "@/components/Badge";
import { Button, ButtonLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { DealCell } from "@/components/DealCell";
import { Hash } from "@/components/Hash";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { EmptyState, Notice } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import {
  judgedPeriodsOf,
  nextDueOf,
  type ProviderAction,
  type ProviderDeal,
  providerActionOf,
} from "@/features/provider/provider-deal";
import { useDuties } from "@/features/provider/useDuties";
import type { OperatedProvider } from "@/features/provider/useProviderArea";
import { type DealView, LISTED_DEALS, useProviderDeals } from "@/features/provider/useProviderDeals";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { phaseOf } from "@/lib/deal-phase";
import { formatAbsolute } from "@/lib/format/time";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useWallet, type WalletPlan } from "@/lib/wallet/use-wallet";

const ACTION_WORDS: Record<ProviderAction, string> = {
  decline: "Decline",
  expire: "Send the money back",
  notice: "Give notice",
  finish: "Finish",
};

/** The deals of a provider: what is due for each, and what can be done. For its owner and for its keeper's key. */
export function ProviderDeals({ provider }: { provider: OperatedProvider }) {
  const router = useRouter();
  const pathname = usePathname();
  const view: DealView = useSearchParams().get("deals") === "all" ? "all" : "open";
  const { account } = useWallet();
  const asked = useProviderDeals(provider.address, view);
  const isOwner = account !== undefined && isAddressEqual(account, provider.address);
  const isOperator = account !== undefined && isAddressEqual(account, provider.operator);
  const show = (next: DealView) =>
    router.replace(next === "all" ? `${pathname}?deals=all` : pathname, { scroll: false });
  return (
    <Section
      title="Deals"
      flush
      description={
        view === "open" ? "What customers ask for and rent, newest first." : "Every deal that ever was, newest first."
      }
      action={
        <Button size="sm" onClick={() => show(view === "open" ? "all" : "open")}>
          {view === "open" ? "Show closed ones too" : "Show open ones only"}
        </Button>
      }
    >
      <LoadedRows
        what="Your deals"
        asked={asked}
        waitingRows={3}
        empty={
          <EmptyState
            icon={Handshake}
            title={view === "open" ? "No deal is open" : "Nobody asked for a deal yet"}
            action={isOwner ? <ButtonLink href="/provide/offers/">Look at your offers</ButtonLink> : undefined}
          >
            A request appears here as soon as a customer has paid for an offer; the keeper accepts it by itself.
          </EmptyState>
        }
      >
        {(deals) => (
          <>
            {!isOperator && deals.some(({ status }) => status === "REQUESTED") ? (
              <Requests operator={provider.operator} />
            ) : null}
            <DealTable deals={deals} provider={provider.address} isOperator={isOperator} />
            {deals.length === LISTED_DEALS ? (
              <p className="border-t border-line px-4 py-2.5 text-sm text-muted">
                The {LISTED_DEALS} newest are listed;{" "}
                <PageLink className="link" href="/deals/?view=all">
                  everybody’s deals
                </PageLink>{" "}
                has the rest.
              </p>
            ) : null}
          </>
        )}
      </LoadedRows>
    </Section>
  );
}

function Requests({ operator }: { operator: Address }) {
  return (
    <div className="border-b border-line p-4">
      <Notice title="Requests are answered by your keeper">
        Only its key <Hash text={operator} kind="address" /> can accept or decline. To decline one by hand, connect with
        that key; a request that nobody answers in time goes back to its customer.
      </Notice>
    </div>
  );
}

function DealTable({
  deals,
  provider,
  isOperator,
}: {
  deals: readonly ProviderDeal[];
  provider: Address;
  isOperator: boolean;
}) {
  const now = useChainNow();
  const clock = usePeriodClock();
  const { current } = clock;
  const proofDueAt = useDuties(provider).data?.dueAt;
  const act = useProviderAction();

  const columns: Column<ProviderDeal>[] = [
    {
      key: "deal",
      header: "Deal",
      cell: (deal) => <DealCell dealId={deal.dealId} cid={deal.cid} badge={<PhaseBadge deal={deal} />} />,
    },
    { key: "state", header: "State", isHiddenOnNarrow: true, cell: (deal) => <PhaseBadge deal={deal} /> },
    {
      key: "customer",
      header: "Customer",
      isHiddenOnNarrow: true,
      cell: ({ customer }) => <Hash text={customer} kind="address" />,
    },
    {
      key: "capacity",
      header: "Capacity and price",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ capacityBytes, unitPrice, token }) => (
        <span className="inline-flex flex-col items-end">
          <Bytes bytes={capacityBytes} className="font-medium" />
          <Money amount={unitPrice} token={token} per={priceUnitOf(clock)} className="text-xs text-muted" />
        </span>
      ),
    },
    {
      key: "proven",
      header: "Proven",
      align: "right",
      isHiddenOnNarrow: true,
      cell: (deal) => {
        const { proven, unproven } = judgedPeriodsOf(deal);
        return (
          <span className="tabular inline-flex flex-col items-end whitespace-nowrap">
            <span>
              {proven} <span className="text-muted">of {proven + unproven}</span>
            </span>
            {unproven > 0 ? <span className="text-xs text-bad">{unproven} missed</span> : null}
          </span>
        );
      },
    },
    {
      key: "next",
      header: "Next due",
      align: "right",
      cell: (deal) => {
        const next = nextDueOf(deal, { now, current, proofDueAt }, clock);
        if (!next)
          return deal.closedAt === undefined ? "—" : <RelativeTime at={deal.closedAt} className="text-muted" />;
        return (
          <span className="inline-flex flex-col items-end">
            <span className="sm:whitespace-nowrap">{next.words}</span>
            {next.at === undefined ? null : (
              <span className="text-xs whitespace-nowrap text-muted">
                {next.when} <RelativeTime at={next.at} />
              </span>
            )}
          </span>
        );
      },
    },
    {
      key: "action",
      header: "Action",
      align: "right",
      cell: (deal) => {
        const action = providerActionOf(deal, { now, current }, isOperator);
        return action ? (
          <Button
            size="sm"
            look={action === "notice" ? "quiet" : "secondary"}
            className="max-sm:px-1.5"
            aria-label={`${ACTION_WORDS[action]}: deal ${deal.dealId}`}
            onClick={() => act(deal, action)}
          >
            {ACTION_WORDS[action]}
          </Button>
        ) : null;
      },
    },
  ];
  return <Table caption="Your deals, newest first" columns={columns} rows={deals} rowKey={({ id }) => id} />;
}

function PhaseBadge({ deal }: { deal: ProviderDeal }) {
  const now = useChainNow();
  const { current } = usePeriodClock();
  const { word, tone } = phaseOf(deal, now, current);
  return <Badge tone={tone}>{word === "Awaiting the provider" ? "Requested" : word}</Badge>;
}

/** Opens the review of what a provider does to a deal. */
function useProviderAction(): (deal: ProviderDeal, action: ProviderAction) => void {
  const { review } = useWallet();
  const clock = usePeriodClock();
  const { contracts, parameters } = useAppConfig().deployment;

  return (deal, action) => {
    const { dealId, endPeriod } = deal;
    const noticeEnd = (clock.current ?? 0) + 1 + parameters.noticePeriods;
    const lastPeriod = Math.min(noticeEnd, endPeriod ?? noticeEnd) - 1;
    const plans: Record<
      ProviderAction,
      Pick<WalletPlan, "title" | "sentence" | "action" | "undo" | "run" | "gasLimit">
    > = {
      decline: {
        title: `Decline deal ${dealId}`,
        sentence: "The request ends, and everything that the customer locked goes back at once.",
        action: "Decline the request",
        undo: "This is final. The customer can ask again, of you or of another provider.",
        gasLimit: 160_000n,
        run: (client, context) => decline(client, { ...context, dealId }),
      },
      expire: {
        title: `Close the request of deal ${dealId}`,
        sentence: "The time for accepting is over; everything that the customer locked goes back.",
        action: "Send the money back",
        undo: "This is final. Nothing was paid.",
        gasLimit: 160_000n,
        run: (client, context) => expire(client, { ...context, dealId }),
      },
      notice: {
        title: `Give notice for deal ${dealId}`,
        sentence: `The deal ends after period ${lastPeriod}, at ${formatAbsolute(clock.endOf(lastPeriod))}. Until then you hold and prove the content, and are paid for what you prove.`,
        action: "Give notice",
        undo: "This cannot be taken back. What you do not earn goes back to the customer, stake and capacity are free once the deal is finished.",
        gasLimit: 160_000n,
        run: (client, context) => giveNotice(client, { ...context, dealId }),
      },
      finish: {
        title: `Finish deal ${dealId}`,
        sentence:
          "The last periods are settled, you are paid, what was not earned goes back to the customer, and stake and capacity are free again.",
        action: "Finish",
        undo: "This is final.",
        gasLimit: 260_000n,
        run: (client, context) => finish(client, { ...context, dealId }),
      },
    };
    review({
      ...plans[action],
      key: `deal/${action}/${dealId}`,
      costs: [],
      steps: [{ what: "transaction", title: "Send the transaction" }],
      to: contracts.DealMarket,
    });
  };
}
