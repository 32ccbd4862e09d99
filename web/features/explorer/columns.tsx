"use client";

import type { Rows, TableName } from "@4ever/sdk/subgraph/tables/index";
import type { TransactionRecord } from "@4ever/sdk/subgraph/transaction";
import type { ReactNode } from "react";
import { Badge } from "@/components/Badge";
import { Bytes } from "@/components/Bytes";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { RelativeTime } from "@/components/RelativeTime";
import type { Column } from "@/components/Table";
import { PAYMENT_WORDS } from "@/features/explorer/words";
import { useChainNow } from "@/lib/chain-clock";
import { type DealTimes, phaseOf } from "@/lib/deal-phase";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount } from "@/lib/format/count";
import { usePeriodClock } from "@/lib/periods";
import { EVER_UNIT } from "@/lib/tokens";

type Columns<Name extends TableName> = readonly Column<Rows[Name]>[];

const none = <span className="text-faint">—</span>;

export function TransactionLink({ hash }: { hash: string | null }) {
  return hash ? <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} /> : none;
}

export function ProviderLink({ id, name }: { id: string; name?: string }) {
  return <Hash text={id} kind="address" href={explorerLinks.provider(id)} {...(name ? { label: name } : {})} />;
}

export function AccountLink({ id }: { id: string }) {
  return <Hash text={id} kind="address" href={explorerLinks.account(id)} />;
}

export function ItemLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <PageLink href={href} className="link whitespace-nowrap pointer-coarse:inline-block pointer-coarse:py-2.5">
      {children}
    </PageLink>
  );
}

const transaction = <Row,>(hash: (row: Row) => string | null): Column<Row> => ({
  key: "transaction",
  header: "Transaction",
  align: "right",
  cell: (row) => <TransactionLink hash={hash(row)} />,
});

const provider = <Row extends { provider: { id: string; name: string } }>(): Column<Row> => ({
  key: "provider",
  header: "Provider",
  isHiddenOnNarrow: true,
  cell: ({ provider: { id, name } }) => <ProviderLink id={id} name={name} />,
});

const set = <Row extends { provingSet: { id: string; setId: string } }>(): Column<Row> => ({
  key: "set",
  header: "Proving set",
  cell: ({ provingSet: { id, setId } }) => <ItemLink href={explorerLinks.set(id)}>Set {setId}</ItemLink>,
});

const time = <Row,>(header: string, at: (row: Row) => string): Column<Row> => ({
  key: "time",
  header,
  cell: (row) => <RelativeTime at={BigInt(at(row))} />,
});

const period = <Row extends { period: number }>(): Column<Row> => ({
  key: "period",
  header: "Period",
  cell: (row) => <ItemLink href={explorerLinks.round(row.period)}>{formatCount(row.period)}</ItemLink>,
});

const count = <Row,>(key: string, header: string, of: (row: Row) => number, isHiddenOnNarrow = false): Column<Row> => ({
  key,
  header,
  align: "right",
  isHiddenOnNarrow,
  cell: (row) => formatCount(of(row)),
});

const size = <Row,>(
  key: string,
  header: string,
  bytes: (row: Row) => string,
  isHiddenOnNarrow = false,
): Column<Row> => ({
  key,
  header,
  align: "right",
  isHiddenOnNarrow,
  cell: (row) => <Bytes bytes={BigInt(bytes(row))} />,
});

/** A deal's state in a word, by the chain's clock. */
export function StatusBadge({ deal }: { deal: Rows["deals"] }) {
  const times: DealTimes = {
    status: deal.status,
    acceptBy: Number(deal.acceptBy),
    termEndPeriod: deal.termEndPeriod ?? undefined,
    endPeriod: deal.endPeriod ?? undefined,
  };
  const { word, tone } = phaseOf(times, useChainNow(), usePeriodClock().current);
  return <Badge tone={tone}>{word}</Badge>;
}

function ProviderState({ row }: { row: Rows["providers"] }) {
  if (row.jailed) return <Badge tone="bad">Jailed</Badge>;
  return row.registeredAt === null ? <Badge tone="neutral">Only staked</Badge> : <Badge tone="good">Registered</Badge>;
}

/** One movement of money in the ledger, without when and by which transaction. */
export const MOVEMENT_COLUMNS: readonly Column<TransactionRecord["payments"][number]>[] = [
  { key: "kind", header: "What", cell: ({ kind }) => PAYMENT_WORDS[kind] },
  {
    key: "account",
    header: "Account",
    isHiddenOnNarrow: true,
    cell: ({ account }) => <AccountLink id={account.id} />,
  },
  {
    key: "deal",
    header: "Deal",
    isHiddenOnNarrow: true,
    cell: ({ lock }) =>
      lock?.deal ? <ItemLink href={explorerLinks.deal(lock.deal.dealId)}>Deal {lock.deal.dealId}</ItemLink> : none,
  },
  {
    key: "amount",
    header: "Amount",
    align: "right",
    cell: ({ amount, token }) => <Money amount={BigInt(amount)} token={token} />,
  },
  {
    key: "balance",
    header: "Balance after",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ balance, token }) => <Money amount={BigInt(balance)} token={token} />,
  },
];

/** What the pages show of a row; exports hold more. Every row leads to its transaction. */
export const COLUMNS: { readonly [Name in TableName]: Columns<Name> } = {
  providers: [
    { key: "provider", header: "Provider", cell: ({ id, name }) => <ProviderLink id={id} name={name} /> },
    { key: "state", header: "State", isHiddenOnNarrow: true, cell: (row) => <ProviderState row={row} /> },
    {
      key: "stake",
      header: "Active stake",
      align: "right",
      cell: ({ activeStake }) => <Money amount={BigInt(activeStake)} token={EVER_UNIT} />,
    },
    size("live", "Under proof", ({ liveBytes }) => liveBytes),
    count("deals", "Active deals", ({ activeDealCount }) => activeDealCount, true),
    count("proven", "Proven", ({ proofCount }) => proofCount),
    count("missed", "Strikes", ({ missedCount }) => missedCount),
    transaction(({ registrationTransactionHash }) => registrationTransactionHash),
  ],
  deals: [
    {
      key: "deal",
      header: "Deal",
      cell: ({ dealId }) => <ItemLink href={explorerLinks.deal(dealId)}>Deal {dealId}</ItemLink>,
    },
    { key: "status", header: "Status", cell: (row) => <StatusBadge deal={row} /> },
    {
      key: "cid",
      header: "CID",
      isHiddenOnNarrow: true,
      cell: ({ cid }) => <Hash text={cid} kind="CID" href={explorerLinks.table("pieces", { cid })} />,
    },
    {
      key: "customer",
      header: "Customer",
      isHiddenOnNarrow: true,
      cell: ({ customer }) => <AccountLink id={customer.id} />,
    },
    provider(),
    {
      key: "locked",
      header: "Locked",
      align: "right",
      cell: ({ locked, token }) => <Money amount={BigInt(locked)} token={token} />,
    },
    {
      key: "earned",
      header: "Earned",
      align: "right",
      cell: ({ earned, token }) => <Money amount={BigInt(earned)} token={token} />,
    },
    transaction(({ requestTransactionHash }) => requestTransactionHash),
  ],
  pieces: [
    {
      key: "piece",
      header: "Piece",
      cell: ({ id, cid }) => <Hash text={cid} kind="CID" href={explorerLinks.piece(id)} />,
    },
    {
      key: "deal",
      header: "Deal",
      cell: ({ deal }) => <ItemLink href={explorerLinks.deal(deal.dealId)}>Deal {deal.dealId}</ItemLink>,
    },
    set(),
    provider(),
    size("size", "Size", ({ sizeBytes }) => sizeBytes),
    {
      key: "state",
      header: "State",
      isHiddenOnNarrow: true,
      cell: ({ removedIn }) =>
        removedIn === null ? <Badge tone="good">Under proof</Badge> : <Badge tone="neutral">Removed</Badge>,
    },
    time("Added", ({ addedAt }) => addedAt),
    transaction(({ transactionHash }) => transactionHash),
  ],
  sets: [
    {
      key: "set",
      header: "Proving set",
      cell: ({ id, setId }) => <ItemLink href={explorerLinks.set(id)}>Set {setId}</ItemLink>,
    },
    provider(),
    count("pieces", "Live pieces", ({ livePieceCount }) => livePieceCount, true),
    size("live", "Under proof", ({ liveBytes }) => liveBytes),
    count("proven", "Proven", ({ proofCount }) => proofCount),
    count("missed", "Strikes", ({ missedCount }) => missedCount),
    {
      key: "last",
      header: "Last proven period",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ lastProvenPeriod }) => (lastProvenPeriod === null ? none : formatCount(lastProvenPeriod)),
    },
    transaction(({ transactionHash }) => transactionHash),
  ],
  proofs: [
    period(),
    set(),
    provider(),
    size("bytes", "Bytes it covers", ({ totalLeaves }) => String(BigInt(totalLeaves) * 128n), true),
    time("Proven", ({ timestamp }) => timestamp),
    transaction(({ transactionHash }) => transactionHash),
  ],
  missed: [
    period(),
    set(),
    provider(),
    count("strikes", "Strikes after it", ({ strikes }) => strikes),
    {
      key: "by",
      header: "Reported by",
      isHiddenOnNarrow: true,
      cell: ({ reportedBy }) => <AccountLink id={reportedBy} />,
    },
    time("Reported", ({ timestamp }) => timestamp),
    transaction(({ transactionHash }) => transactionHash),
  ],
  rounds: [
    period(),
    { key: "seed", header: "Seed", isHiddenOnNarrow: true, cell: ({ seed }) => <Hash text={seed} kind="seed" /> },
    count("block", "Seed’s block", ({ seedBlock }) => Number(seedBlock), true),
    count("proven", "Sets proven", ({ proofCount }) => proofCount),
    count("missed", "Sets missed", ({ missedCount }) => missedCount),
    time("Recorded", ({ timestamp }) => timestamp),
    transaction(({ transactionHash }) => transactionHash),
  ],
  payments: [
    time("When", ({ timestamp }) => timestamp),
    ...MOVEMENT_COLUMNS,
    transaction(({ transactionHash }) => transactionHash),
  ],
  invites: [
    {
      key: "status",
      header: "State",
      cell: ({ status }) =>
        status === "USED" ? <Badge tone="good">Used</Badge> : <Badge tone="neutral">Revoked</Badge>,
    },
    {
      key: "account",
      header: "Used by",
      cell: ({ account }) => (account ? <ProviderLink id={account} /> : <span className="text-muted">nobody</span>),
    },
    { key: "issuer", header: "Issued by", cell: ({ issuer }) => <AccountLink id={issuer.id} /> },
    {
      key: "index",
      header: "Invitation",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ index, batch }) => (batch.count ? `${index} of ${batch.count}` : index),
    },
    time("When", ({ timestamp }) => timestamp),
    transaction(({ transactionHash }) => transactionHash),
  ],
};
