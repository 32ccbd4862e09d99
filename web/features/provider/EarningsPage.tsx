"use client";

import { settle } from "@4ever/sdk/deal-ends";
import { Coins, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/Badge";
import { Button, ButtonLink } from "@/components/Button";
import { DealCell } from "@/components/DealCell";
import { Hash } from "@/components/Hash";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Section, Stat, Stats } from "@/components/Section";
import { Loading, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { Table } from "@/components/Table";
import { PaymentChart } from "@/features/provider/PaymentChart";
import { ProviderGate } from "@/features/provider/ProviderGate";
import { Rewards } from "@/features/provider/Rewards";
import { unsettled } from "@/features/provider/settling";
import { useDuties } from "@/features/provider/useDuties";
import { type EarningDeal, type EarningStatus, useEarningDeals, usePayments } from "@/features/provider/useEarnings";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { WithdrawDialog } from "@/features/provider/WithdrawDialog";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { formatMoney } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { useLedgerBalance } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Deals that one transaction settles; more would come near a block's gas on some chains. */
const SETTLED_AT_ONCE = 50;

const STATUS: Record<EarningStatus, { word: string; tone: "good" | "warn" | "neutral" }> = {
  ACTIVE: { word: "Active", tone: "good" },
  ENDING: { word: "Ending", tone: "warn" },
  FINISHED: { word: "Finished", tone: "neutral" },
};

function StatusBadge({ status }: { status: EarningStatus }) {
  return <Badge tone={STATUS[status].tone}>{STATUS[status].word}</Badge>;
}

/** What a provider earned, what it can take out, and what went wrong. */
export function EarningsPage() {
  return <ProviderGate>{(provider) => <Earnings provider={provider} />}</ProviderGate>;
}

function Earnings({ provider }: { provider: OwnProvider }) {
  const asked = useEarningDeals(provider.address);
  const deals = asked.data;
  return (
    <div className="space-y-6">
      <EarningStats provider={provider} deals={deals} />
      <Paid provider={provider} />
      <Section
        title="By deal"
        flush
        description="What each deal has earned so far."
        action={deals ? <SettleButton deals={deals} /> : null}
      >
        <LoadedRows
          what="Your deals"
          asked={asked}
          empty={
            <EmptyState
              icon={Coins}
              title="No deal yet"
              action={<ButtonLink href="/provide/offers/">Look at your offers</ButtonLink>}
            >
              A deal is listed here from its acceptance on.
            </EmptyState>
          }
        >
          {(rows) => <DealTable deals={rows} />}
        </LoadedRows>
      </Section>
      <Rewards provider={provider} />
      <Strikes provider={provider} />
    </div>
  );
}

function EarningStats({ provider, deals }: { provider: OwnProvider; deals: readonly EarningDeal[] | undefined }) {
  const [isWithdrawing, setWithdrawing] = useState(false);
  const balance = useLedgerBalance(provider.address);
  const main =
    provider.earnings.find(({ token }) => token.address === balance.data?.token.address) ?? provider.earnings[0];
  const held =
    deals?.reduce((sum, { earned, released, status }) => sum + (status === "FINISHED" ? 0n : earned - released), 0n) ??
    0n;
  const token = balance.data?.token ?? main?.token;

  return (
    <>
      <Stats>
        <Stat
          label="Can be withdrawn"
          note={
            balance.error && !balance.data ? (
              "the chain does not answer"
            ) : balance.data?.available === 0n ? (
              "in the ledger, yours at any time"
            ) : (
              <button
                type="button"
                className="link font-medium pointer-coarse:min-h-10"
                disabled={!balance.data}
                onClick={() => setWithdrawing(true)}
              >
                Withdraw it
              </button>
            )
          }
        >
          {balance.error ? (
            "unknown"
          ) : balance.data ? (
            <Money amount={balance.data.available} token={balance.data.token} />
          ) : (
            <Skeleton className="h-7 w-24" />
          )}
        </Stat>
        <Stat label="Earned so far" note="gross, in settled periods">
          {main ? <Money amount={main.earned} token={main.token} /> : "nothing yet"}
        </Stat>
        <Stat
          label="Paid so far"
          note={
            main && main.fees > 0n ? (
              <>
                protocol fee: <Money amount={main.fees} token={main.token} />
              </>
            ) : (
              "net of the protocol’s fee"
            )
          }
        >
          {main ? <Money amount={main.paid} token={main.token} /> : "nothing yet"}
        </Stat>
        <Stat label="Held back" note="comes when the deals end">
          {token && deals ? <Money amount={held} token={token} /> : deals ? "—" : <Skeleton className="h-7 w-24" />}
        </Stat>
      </Stats>
      {isWithdrawing && balance.data ? (
        <WithdrawDialog
          account={provider.address}
          available={balance.data.available}
          token={balance.data.token}
          onClose={() => setWithdrawing(false)}
        />
      ) : null}
    </>
  );
}

function Paid({ provider }: { provider: OwnProvider }) {
  const { data: payments, error, errorUpdatedAt, isFetching, refetch } = usePayments(provider.address);
  const token = payments?.at(-1)?.token;
  const shown = payments?.filter((payment) => payment.token.address === token?.address) ?? [];
  return (
    <Section title="Paid over time" description="The sum of all that settling paid to you.">
      {error && !payments ? (
        <LoadError
          what="Your payments"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : !payments ? (
        <Loading label="Loading payments">
          <Skeleton className="h-56" />
        </Loading>
      ) : !token || shown.length === 0 ? (
        <EmptyState icon={Coins} title="Nothing was paid yet">
          The first payment follows the first proven period, once it is settled and what is held back is covered.
        </EmptyState>
      ) : (
        <>
          <PaymentChart payments={shown} token={token} />
          <p className="sr-only">
            {plural(shown.length, "payment")},{" "}
            {formatMoney(
              shown.reduce((sum, { amount }) => sum + amount, 0n),
              token,
            )}{" "}
            in all; the table below lists every deal.
          </p>
        </>
      )}
    </Section>
  );
}

function SettleButton({ deals }: { deals: readonly EarningDeal[] }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { current } = usePeriodClock();
  const open = current === undefined ? [] : unsettled(deals, current).slice(0, SETTLED_AT_ONCE);
  if (open.length === 0) return null;
  return (
    <Button
      size="sm"
      onClick={() =>
        review({
          key: "payments/settle",
          title: "Settle your deals",
          sentence: `The closed periods of ${plural(open.length, "deal")} are counted, and you are paid for the proven ones.`,
          action: "Settle",
          costs: [],
          gasLimit: 90_000n * BigInt(open.length) + 30_000n,
          undo: "Nothing needs to be undone: it only counts what is already so.",
          steps: [{ what: "transaction", title: "Send the settling" }],
          to: contracts.DealPayments,
          run: (client, context) => settle(client, { ...context, dealIds: open.map(({ dealId }) => dealId) }),
        })
      }
    >
      Settle {plural(open.length, "deal")}
    </Button>
  );
}

function DealTable({ deals }: { deals: readonly EarningDeal[] }) {
  return (
    <Table
      caption="Earnings by deal"
      rows={deals}
      rowKey={({ id }) => id}
      columns={[
        {
          key: "deal",
          header: "Deal",
          cell: ({ dealId, status }) => <DealCell dealId={dealId} badge={<StatusBadge status={status} />} />,
        },
        {
          key: "state",
          header: "State",
          isHiddenOnNarrow: true,
          cell: ({ status }) => <StatusBadge status={status} />,
        },
        {
          key: "earned",
          header: "Earned",
          align: "right",
          cell: ({ earned, token }) => <Money amount={earned} token={token} />,
        },
        {
          key: "held",
          header: "Held back",
          align: "right",
          isHiddenOnNarrow: true,
          cell: ({ earned, released, token, status }) => (
            <Money amount={status === "FINISHED" ? 0n : earned - released} token={token} />
          ),
        },
        {
          key: "paid",
          header: "Paid",
          align: "right",
          cell: ({ paid, token }) => <Money amount={paid} token={token} className="font-medium" />,
        },
        {
          key: "settled",
          header: "Settled up to",
          align: "right",
          isHiddenOnNarrow: true,
          cell: ({ settledPeriod, fromPeriod }) =>
            settledPeriod === undefined || fromPeriod === undefined || settledPeriod <= fromPeriod ? (
              <span className="text-muted">nothing yet</span>
            ) : (
              `period ${settledPeriod - 1}`
            ),
        },
      ]}
    />
  );
}

function Strikes({ provider }: { provider: OwnProvider }) {
  const { chain } = useAppConfig();
  const { data, ...asked } = useDuties(provider.address);
  return (
    <Section title="Strikes" flush description="Periods that went unproven and were reported; lately.">
      <LoadedRows
        what="Your strikes"
        asked={{ ...asked, data: data?.reported }}
        waitingRows={2}
        empty={
          <p className="flex items-center gap-2 px-4 py-4 text-sm">
            <ShieldCheck aria-hidden className="size-4 shrink-0 text-good" />
            <span>
              <span className="font-medium">No strikes.</span>{" "}
              <span className="text-muted">A period that anybody reports is listed here, with who reported it.</span>
            </span>
          </p>
        }
      >
        {(rows) => (
          <Table
            caption="Reported periods, newest first"
            rows={rows}
            rowKey={({ hash, period }) => `${hash}-${period}`}
            columns={[
              { key: "period", header: "Period", cell: ({ period }) => period },
              { key: "strikes", header: "Strikes after it", align: "right", cell: ({ strikes }) => strikes },
              {
                key: "by",
                header: "Reported by",
                isHiddenOnNarrow: true,
                cell: ({ reportedBy }) => <Hash text={reportedBy} kind="address" />,
              },
              { key: "at", header: "Reported", align: "right", cell: ({ at }) => <RelativeTime at={at} /> },
              {
                key: "hash",
                header: "Transaction",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ hash }) => (
                  <Hash
                    text={hash}
                    kind="transaction"
                    href={chain.explorerUrl ? `${chain.explorerUrl}/tx/${hash}` : undefined}
                  />
                ),
              },
            ]}
          />
        )}
      </LoadedRows>
    </Section>
  );
}
