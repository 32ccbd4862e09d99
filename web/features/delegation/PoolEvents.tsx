"use client";

import type { PoolEvent, PoolHistory } from "@4ever/sdk/subgraph/pools";
import { History } from "lucide-react";
import { useCallback, useMemo } from "react";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { StepChart } from "@/components/StepChart";
import { type Column, Table } from "@/components/Table";
import { timelineOf } from "@/features/delegation/timeline";
import { useChainNow } from "@/lib/chain-clock";
import { explorerLinks } from "@/lib/explorer-links";
import { formatBps } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { exactAmount, formatMoney } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";

const LINES = [
  { label: "Delegated", stroke: "var(--accent)", fill: "var(--accent-soft)" },
  { label: "Own stake", stroke: "var(--ink-muted)", dash: "6 3" },
] as const;

/** Stake over time, and each event that moved it. */
export function PoolEvents({ history }: { history: PoolHistory }) {
  const { events, isCut } = history;
  return (
    <Section
      title="History"
      flush
      description="Active stake over time, and every reward, slash and change of the cut, newest first."
    >
      {events.length === 0 ? (
        <EmptyState icon={History} title="Nothing happened yet">
          Stake, delegations, rewards, slashes and changes of the cut are told here.
        </EmptyState>
      ) : (
        <>
          <div className="border-b border-line p-4">
            <StakeChart history={history} />
          </div>
          <Table
            caption="What changed the pool, newest first"
            columns={COLUMNS}
            rows={events}
            rowKey={({ id }) => id}
          />
          {isCut ? (
            <p className="border-t border-line px-4 py-3 text-sm text-muted">
              Older events are in the explorer, under the provider.
            </p>
          ) : null}
        </>
      )}
    </Section>
  );
}

function StakeChart({ history: { pool, events } }: { history: PoolHistory }) {
  const now = useChainNow();
  const moments = useMemo(() => timelineOf(pool, events), [pool, events]);
  const last = moments.at(-1);
  const until = last && now !== undefined && now > last.at ? now - (now % 10) : undefined;
  const shown = useMemo(
    () => (last && until !== undefined && until > last.at ? [...moments, { ...last, at: until }] : moments),
    [moments, last, until],
  );
  const points = useMemo(
    () => shown.map(({ at, own, delegated }) => ({ at, heights: [heightOf(delegated), heightOf(own)] })),
    [shown],
  );
  const detail = useCallback(
    (index: number) => {
      const moment = shown[index];
      return moment ? (
        <>
          <p className="font-medium">{formatMoney(moment.delegated, EVER_UNIT)} delegated</p>
          <p>{formatMoney(moment.own, EVER_UNIT)} own stake</p>
          <p className="text-muted">{formatAbsolute(moment.at)}</p>
        </>
      ) : null;
    },
    [shown],
  );
  return (
    <>
      <ul aria-hidden className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {LINES.map((line) => (
          <li key={line.label} className="flex items-center gap-1.5">
            <svg viewBox="0 0 20 4" className="h-1 w-5">
              <title>{line.label}</title>
              <path
                d="M0 2H20"
                stroke={line.stroke}
                strokeWidth="2"
                strokeDasharray={"dash" in line ? line.dash : ""}
              />
            </svg>
            {line.label}
          </li>
        ))}
      </ul>
      <StepChart className="h-56" points={points} lines={LINES} tick={tick} detail={detail} />
    </>
  );
}

const heightOf = (amount: bigint) => Number(exactAmount(amount, EVER_UNIT.decimals));
const tick = (height: number) => `${Number(height.toPrecision(3)).toLocaleString("en-US")} EVER`;

const WORDS: Record<PoolEvent["kind"], string> = {
  stake: "Staked",
  thaw: "Began to thaw",
  delegate: "Delegated",
  undelegate: "Undelegated",
  reward: "Reward",
  slash: "Slash",
  cut: "Cut",
};

const COLUMNS: readonly Column<PoolEvent>[] = [
  {
    key: "what",
    header: "What",
    cell: (event) => (
      <span className="inline-flex flex-col items-start py-1">
        <span className={event.kind === "slash" ? "font-medium text-bad" : "font-medium"}>{WORDS[event.kind]}</span>
        <span className="text-xs text-muted">
          <Explained event={event} />
        </span>
      </span>
    ),
  },
  {
    key: "own",
    header: "Own stake",
    align: "right",
    cell: ({ own }) => <Change amount={own} />,
  },
  {
    key: "delegated",
    header: "Delegated",
    align: "right",
    cell: ({ delegated }) => <Change amount={delegated} />,
  },
  { key: "when", header: "When", align: "right", isHiddenOnNarrow: true, cell: ({ at }) => <RelativeTime at={at} /> },
  {
    key: "hash",
    header: "Transaction",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ hash }) => <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />,
  },
];

function Explained({ event }: { event: PoolEvent }) {
  switch (event.kind) {
    case "stake":
    case "thaw":
      return "by the provider";
    case "delegate":
    case "undelegate":
      return `by ${shorten(event.account)}`;
    case "reward":
      return event.cut === 0n ? "for fees" : `the cut of it: ${formatMoney(event.cut, EVER_UNIT)}`;
    case "slash":
      return event.thawing === 0n ? "for a fault" : `and ${formatMoney(-event.thawing, EVER_UNIT)} that thawed`;
    case "cut":
      return (
        <>
          {formatBps(event.cutBps)}, from <RelativeTime at={event.changesAt} />
        </>
      );
  }
}

function Change({ amount }: { amount: bigint }) {
  if (amount === 0n) return <span className="text-faint">—</span>;
  return (
    <span className="whitespace-nowrap">
      {amount > 0n ? "+" : ""}
      <Money amount={amount} token={EVER_UNIT} />
    </span>
  );
}
