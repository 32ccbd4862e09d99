"use client";

import { type Pool, roomOf } from "@4ever/sdk/pools";
import { HardDrive } from "lucide-react";
import { Badge } from "@/components/Badge";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { DelegateButton } from "@/features/delegation/DelegateButton";
import { poolLink } from "@/features/delegation/pool-link";
import { useCut } from "@/features/delegation/useCut";
import { LISTED, usePools } from "@/features/delegation/useDelegation";
import { growthWords, nameOf, provenWords } from "@/features/delegation/words";
import { formatBps } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { EVER_UNIT } from "@/lib/tokens";

/** Every registered provider with its pool. */
export function PoolList() {
  return (
    <Section
      title="Providers"
      flush
      description="Largest own stake first. Growth is what delegated EVER gained since the pool began: rewards less slashes."
    >
      <LoadedRows
        what="The providers"
        asked={usePools()}
        empty={
          <EmptyState icon={HardDrive} title="No provider is registered yet">
            A provider appears here with its registration; once it has staked, it can be delegated to.
          </EmptyState>
        }
      >
        {(pools) => (
          <>
            <Table caption="Providers, largest own stake first" columns={COLUMNS} rows={pools} rowKey={keyOf} />
            {pools.length === LISTED ? (
              <p className="border-t border-line px-4 py-3 text-sm text-muted">
                These are the {LISTED} largest; the explorer lists all.
              </p>
            ) : null}
          </>
        )}
      </LoadedRows>
    </Section>
  );
}

const keyOf = ({ provider }: Pool) => provider;

const COLUMNS: readonly Column<Pool>[] = [
  {
    key: "provider",
    header: "Provider",
    cell: (pool) => (
      <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
        <PageLink className="link font-medium" href={poolLink(pool.provider)}>
          {nameOf(pool)}
        </PageLink>
        {pool.isJailed ? (
          <Badge tone="bad">Jailed</Badge>
        ) : (
          <span className="text-xs text-muted">{shorten(pool.provider)}</span>
        )}
      </span>
    ),
  },
  {
    key: "own",
    header: "Own stake",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ own }) => <Money amount={own} token={EVER_UNIT} />,
  },
  {
    key: "delegated",
    header: "Delegated",
    align: "right",
    cell: (pool) => (
      <span className="inline-flex flex-col items-end">
        <Money amount={pool.delegated} token={EVER_UNIT} className="font-medium" />
        <span className="text-xs whitespace-nowrap text-muted">
          room for <Money amount={roomOf(pool)} token={EVER_UNIT} />
        </span>
      </span>
    ),
  },
  { key: "cut", header: "Cut", align: "right", isHiddenOnNarrow: true, cell: (pool) => <CutCell pool={pool} /> },
  {
    key: "rewards",
    header: "Growth",
    align: "right",
    isHiddenOnNarrow: true,
    cell: (pool) => (
      <span className="inline-flex flex-col items-end">
        <span className="tabular font-medium">{growthWords(pool)}</span>
        <span className="text-xs whitespace-nowrap text-muted">
          rewards <Money amount={pool.rewardedPool} token={EVER_UNIT} />
        </span>
      </span>
    ),
  },
  {
    key: "slashed",
    header: "Slashed",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ slashed }) =>
      slashed === 0n ? (
        <span className="text-muted">never</span>
      ) : (
        <Money amount={slashed} token={EVER_UNIT} className="text-bad" />
      ),
  },
  {
    key: "proven",
    header: "Proven",
    align: "right",
    isHiddenOnNarrow: true,
    cell: (pool) => <span className="tabular whitespace-nowrap">{provenWords(pool)}</span>,
  },
  {
    key: "action",
    header: "Action",
    align: "right",
    isHiddenOnNarrow: true,
    cell: (pool) => <DelegateButton pool={pool} isInRow />,
  },
];

function CutCell({ pool }: { pool: Pool }) {
  const { bps, rise } = useCut(pool.cut);
  return (
    <span className="inline-flex flex-col items-end whitespace-nowrap">
      <span className="tabular">{formatBps(bps)}</span>
      {rise ? (
        <span className="text-xs text-warn">
          {formatBps(rise.bps)} <RelativeTime at={rise.at} />
        </span>
      ) : null}
    </span>
  );
}
