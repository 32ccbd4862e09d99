"use client";

import { Landmark, ListFilter, Unplug } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/Button";
import { LoadedRows } from "@/components/LoadedRows";
import { PageLink } from "@/components/PageLink";
import { RelativeTime } from "@/components/RelativeTime";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { Tabs } from "@/components/Tabs";
import { CouncilStanding } from "@/features/governance/CouncilStanding";
import { readDescription } from "@/features/governance/description";
import { PauseNotice } from "@/features/governance/PauseNotice";
import { PhaseBadge } from "@/features/governance/PhaseBadge";
import {
  FILTERS,
  type FilterName,
  isFilter,
  type ProposalPhase,
  phaseOf,
  saidWords,
} from "@/features/governance/proposal";
import { TallyBar } from "@/features/governance/TallyBar";
import { useProposals, useQuorums, useSaid } from "@/features/governance/useGovernance";
import { YourVotes } from "@/features/governance/YourVotes";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Proposals that are asked for at once. */
const PAGE = 50;
const MOST = 1_000;

type Proposal = NonNullable<ReturnType<typeof useProposals>["data"]>[number];
type Row = Proposal & {
  phase: ProposalPhase | undefined;
  quorum: bigint | undefined;
  /** What the reader said of it. */
  said: string | undefined;
};

/** What the network decides on, and how it stands; what the reader may say. */
export function ProposalsPage() {
  const { contracts } = useAppConfig().deployment;
  if (!contracts.EverGovernor) {
    return (
      <div className="rounded border border-line bg-surface">
        <EmptyState icon={Unplug} title="This network has no governor">
          Its contracts are older than it. Its timelock and council decide; the explorer shows what they did.
        </EmptyState>
      </div>
    );
  }
  return <Everything />;
}

function Everything() {
  const { data, error } = useProposals(PAGE);
  return (
    <div className="space-y-6">
      <PauseNotice />
      <YourVotes />
      <Proposals />
      {/* Below what has a height of its own only once it is there. */}
      {data || error ? <CouncilStanding /> : null}
    </div>
  );
}

function Proposals() {
  const router = useRouter();
  const pathname = usePathname();
  const asked = useSearchParams().get("state");
  const view = isFilter(asked) ? asked : "all";
  const views: readonly ("all" | FilterName)[] = ["all", "open", "waiting", "over"];
  return (
    <Tabs
      label="Which proposals"
      value={view}
      onChange={(value) => router.replace(value === "all" ? pathname : `${pathname}?state=${value}`, { scroll: false })}
      tabs={views.map((value) => ({
        value,
        label: value === "all" ? "All" : FILTERS[value].label,
        content: <ProposalTable view={value} />,
      }))}
    />
  );
}

function ProposalTable({ view }: { view: "all" | FilterName }) {
  const [first, setFirst] = useState(PAGE);
  const asked = useProposals(first);
  const nowAt = useChainNow();
  const { account } = useWallet();
  const { data: ballots } = useSaid(account);
  const quorums = useQuorums(asked.data?.map(({ snapshotAt }) => snapshotAt) ?? []);
  const rows = asked.data?.map((proposal): Row => {
    const quorum = quorums.get(proposal.snapshotAt);
    const phase = phaseOf(proposal, { quorum, nowAt });
    const own = ballots?.filter(({ proposalId }) => proposalId === proposal.proposalId);
    return { ...proposal, quorum, phase, said: own && saidWords(own, phase) };
  });
  const phases: readonly ProposalPhase[] | undefined = view === "all" ? undefined : FILTERS[view].phases;
  const shown = phases ? rows?.filter(({ phase }) => phase !== undefined && phases.includes(phase)) : rows;
  const hasMore = asked.data !== undefined && asked.data.length >= first && first < MOST;
  return (
    <div className="rounded border border-line bg-surface">
      <LoadedRows
        what="The proposals"
        asked={{ ...asked, data: shown }}
        empty={
          asked.data?.length ? (
            <EmptyState icon={ListFilter} title="No proposal stands so">
              {hasMore ? "None of the newest; older ones were not looked at." : "Look at all of them."}
            </EmptyState>
          ) : (
            <EmptyState
              icon={Landmark}
              title="Nothing was proposed yet"
              action={<ButtonLink href="/proposals/new/">Propose a change</ButtonLink>}
            >
              A proposal appears here with its votes, what it changes, and when it can be executed.
            </EmptyState>
          )
        }
      >
        {(found) => (
          <Table
            caption="Proposals, newest first"
            columns={COLUMNS}
            rows={found}
            rowKey={({ proposalId }) => `${proposalId}`}
          />
        )}
      </LoadedRows>
      {hasMore ? (
        <div className="border-t border-line px-4 py-3 text-center">
          <Button size="sm" onClick={() => setFirst(first + PAGE)}>
            Show older ones
          </Button>
        </div>
      ) : null}
    </div>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    key: "proposal",
    header: "Proposal",
    cell: ({ proposalId, description, phase, calls, quorum, said, ...votes }) => (
      <span className="flex max-w-md min-w-44 flex-col items-start gap-0.5 py-1">
        <PageLink className="link font-medium wrap-anywhere" href={explorerLinks.proposal(proposalId)}>
          {readDescription(description).title}
        </PageLink>
        <span className="line-clamp-2 text-xs text-muted wrap-anywhere">
          {calls[0]?.sentence}
          {calls.length > 1 ? ` And ${calls.length - 1} more.` : ""}
        </span>
        <span className="mt-1 flex w-full flex-col items-start gap-2 md:hidden">
          <PhaseBadge phase={phase} />
          <span className="w-full">
            <TallyBar votes={votes} quorum={quorum} isShort />
          </span>
          {said ? <span className="text-xs">{said}</span> : null}
        </span>
      </span>
    ),
  },
  { key: "state", header: "State", isHiddenOnNarrow: true, cell: ({ phase }) => <PhaseBadge phase={phase} /> },
  {
    key: "votes",
    header: "Votes",
    isHiddenOnNarrow: true,
    cell: (row) => (
      <div className="w-64">
        <TallyBar votes={row} quorum={row.quorum} isShort />
        {row.said ? <p className="mt-0.5 text-xs">{row.said}</p> : null}
      </div>
    ),
  },
  { key: "next", header: "Next", align: "right", cell: (row) => <Next row={row} /> },
];

/** What comes next, or what came last. */
function Next({ row }: { row: Row }) {
  const { phase, snapshotAt, deadlineAt, readyAt, executedAt, canceledAt } = row;
  const told = (word: string, at: number | undefined) => (
    <span className="inline-flex flex-col items-end">
      <span>{word}</span>
      {at === undefined ? null : <RelativeTime at={at} className="text-xs text-muted" />}
    </span>
  );
  if (phase === "pending") return told("Voting begins", snapshotAt);
  if (phase === "active") return told("Voting ends", deadlineAt);
  if (phase === "succeeded") return told("Queue it", undefined);
  if (phase === "queued") return told("Executable", readyAt);
  if (phase === "ready") return told("Execute it", undefined);
  if (phase === "executed") return told("Executed", executedAt);
  if (phase === "canceled") return told("Withdrawn", canceledAt);
  return told("Voting ended", deadlineAt);
}
