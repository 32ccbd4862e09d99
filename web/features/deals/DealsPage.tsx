"use client";

import { Files, Wallet } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useConnection } from "wagmi";
import { Button, ButtonLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { DealCell } from "@/components/DealCell";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Panel } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { Tabs } from "@/components/Tabs";
import { Tooltip } from "@/components/Tooltip";
import { DealBadge } from "@/features/deals/DealBadge";
import type { Deal } from "@/features/deals/deal";
import { useDeals } from "@/features/deals/useDeals";
import { formatShare } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { usePeriodClock } from "@/lib/periods";
import { useWalletPrompt } from "@/lib/wallet/prompt";

const VIEWS = ["mine", "all"] as const;
type View = (typeof VIEWS)[number];

/** Deals of the connected account, or of everybody. */
export function DealsPage() {
  const router = useRouter();
  const pathname = usePathname();
  const params = useSearchParams();
  const view: View = params.get("view") === "all" ? "all" : "mine";
  return (
    <Tabs
      label="Whose deals"
      value={view}
      onChange={(value) => router.replace(value === "all" ? `${pathname}?view=all` : pathname, { scroll: false })}
      tabs={[
        { value: "mine", label: "Yours", content: <OwnDeals /> },
        { value: "all", label: "Everybody’s", content: <AllDeals /> },
      ]}
    />
  );
}

function OwnDeals() {
  const { address } = useConnection();
  const { setOpen } = useWalletPrompt();
  const deals = useDeals(address && { customer: address });
  if (!address) {
    return (
      <Panel>
        <EmptyState
          icon={Wallet}
          title="Whose deals?"
          action={
            <Button look="primary" onClick={() => setOpen(true)}>
              Connect a wallet
            </Button>
          }
        >
          Connect the wallet that pays for them. Everybody’s deals are public and need none.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <DealList
      query={deals}
      empty={
        <EmptyState
          icon={Files}
          title="You rent nothing yet"
          action={
            <ButtonLink look="primary" href="/host/">
              Host a folder
            </ButtonLink>
          }
        >
          A deal appears here as soon as you pay for one: its proofs, its money, and its end.
        </EmptyState>
      }
    />
  );
}

function AllDeals() {
  return (
    <DealList
      query={useDeals("all")}
      empty={
        <EmptyState
          icon={Files}
          title="Nobody has asked for a deal yet"
          action={
            <ButtonLink look="primary" href="/host/">
              Be the first
            </ButtonLink>
          }
        >
          Every deal of the network is listed here with its proofs and its money.
        </EmptyState>
      }
    />
  );
}

function DealList({ query, empty }: { query: ReturnType<typeof useDeals>; empty: React.ReactNode }) {
  return (
    <Panel>
      <LoadedRows what="The deals" asked={query} waitingRows={6} empty={empty}>
        {(deals) => <DealTable deals={deals} />}
      </LoadedRows>
    </Panel>
  );
}

function DealTable({ deals }: { deals: readonly Deal[] }) {
  const clock = usePeriodClock();
  const columns: Column<Deal>[] = [
    {
      key: "content",
      header: "Content",
      cell: (deal) => <DealCell dealId={deal.dealId} cid={deal.cid} badge={<DealBadge deal={deal} />} />,
    },
    { key: "state", header: "State", isHiddenOnNarrow: true, cell: (deal) => <DealBadge deal={deal} /> },
    {
      key: "provider",
      header: "Provider",
      isHiddenOnNarrow: true,
      cell: ({ provider }) => provider.name || shorten(provider.address),
    },
    {
      key: "bytes",
      header: "Under proof",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ liveBytes, capacityBytes }) => (
        <span className="whitespace-nowrap">
          <Bytes bytes={liveBytes} /> <span className="text-muted">of</span> <Bytes bytes={capacityBytes} />
        </span>
      ),
    },
    {
      key: "proven",
      header: "Proven",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ provenPeriods, fromPeriod, settledPeriod }) => {
        const settled = fromPeriod === undefined || settledPeriod === undefined ? 0 : settledPeriod - fromPeriod;
        return (
          <Tooltip content={`${provenPeriods} of ${settled} settled periods were proven.`}>
            <span>{formatShare(provenPeriods, Math.max(0, settled))}</span>
          </Tooltip>
        );
      },
    },
    {
      key: "earned",
      header: "Earned of locked",
      align: "right",
      cell: ({ earned, locked, token }) => (
        <span className="inline-flex flex-col items-end">
          <Money amount={earned} token={token} className="font-medium" />
          <span className="text-xs text-muted">
            of <Money amount={locked} token={token} />
          </span>
        </span>
      ),
    },
    {
      key: "ends",
      header: "Ends",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ endPeriod, closedAt, acceptBy, status }) =>
        closedAt !== undefined ? (
          <RelativeTime at={closedAt} className="text-muted" />
        ) : endPeriod !== undefined ? (
          <RelativeTime at={clock.endOf(endPeriod - 1)} />
        ) : status === "REQUESTED" ? (
          <span className="text-muted">
            accept <RelativeTime at={acceptBy} />
          </span>
        ) : (
          "—"
        ),
    },
  ];
  return <Table caption="Deals, newest first" columns={columns} rows={deals} rowKey={({ id }) => id} />;
}
