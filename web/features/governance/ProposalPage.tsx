"use client";

import { Ban, CheckCheck, CircleCheck, Flag, Hourglass, Play, Vote } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { isAddressEqual } from "viem";
import { ButtonLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { LoadedItem } from "@/components/LoadedItem";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, PageHeader, Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { Table } from "@/components/Table";
import { Timeline } from "@/components/Timeline";
import { Ballots } from "@/features/governance/Ballots";
import { Calls } from "@/features/governance/Calls";
import { Description } from "@/features/governance/Description";
import { readDescription } from "@/features/governance/description";
import { PhaseBadge } from "@/features/governance/PhaseBadge";
import { ProposalActions } from "@/features/governance/ProposalActions";
import { ProposalWaiting } from "@/features/governance/ProposalWaiting";
import { type LifeStep, lifeOf, type ProposalPhase, phaseOf, saidWords, tallyOf } from "@/features/governance/proposal";
import { TallyBar } from "@/features/governance/TallyBar";
import { useProposal, useQuorums } from "@/features/governance/useGovernance";
import { useChainNow } from "@/lib/chain-clock";
import { explorerLinks } from "@/lib/explorer-links";
import { formatShare } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

type Proposal = NonNullable<ReturnType<typeof useProposal>["data"]>;

/** One proposal: what it changes in words, its votes, its life, and what the reader can do. */
export function ProposalPage() {
  const text = useSearchParams().get("id") ?? "";
  const proposalId = /^\d{1,78}$/.test(text) && BigInt(text) < 2n ** 256n ? BigInt(text) : undefined;
  return (
    <LoadedItem
      kind="proposal"
      what="The proposal"
      isNamed={proposalId !== undefined}
      absent={{
        title: "There is no such proposal",
        hint: "The index knows none with this number. One that was made a moment ago appears within seconds.",
      }}
      list={<ButtonLink href="/proposals/">See all proposals</ButtonLink>}
      waiting={<ProposalWaiting label="Loading the proposal" />}
      asked={useProposal(proposalId)}
    >
      {(proposal) => <ProposalView proposal={proposal} />}
    </LoadedItem>
  );
}

function ProposalView({ proposal }: { proposal: Proposal }) {
  const { proposalId, description, calls, proposer, proposedAt, snapshotAt } = proposal;
  const nowAt = useChainNow();
  const quorum = useQuorums([snapshotAt]).get(snapshotAt);
  const phase = phaseOf(proposal, { quorum, nowAt });
  return (
    <>
      <PageHeader
        title={readDescription(description).title}
        badge={<PhaseBadge phase={phase} />}
        action={<ProposalActions proposal={proposal} phase={phase} />}
      >
        Proposed by {shorten(proposer)}, <RelativeTime at={proposedAt} />
      </PageHeader>
      <div className="space-y-6">
        <NextStep proposal={proposal} phase={phase} quorum={quorum} />
        <div className="grid gap-6 lg:items-start lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="min-w-0 space-y-6">
            <Calls calls={calls} isOpen={phase !== "executed" && phase !== "canceled"} />
            <Section title="Why">
              <Description text={description} />
            </Section>
          </div>
          <div className="min-w-0 space-y-6">
            <Votes proposal={proposal} phase={phase} quorum={quorum} />
            <Section title="Its life">
              <Timeline label="The life of the proposal" items={lifeOf(proposal, phase, nowAt).map(itemOf)} />
            </Section>
            <Section title="Facts">
              <Facts>
                <Fact label="Number">
                  <Hash text={`${proposalId}`} kind="id" />
                </Fact>
                <Fact label="Proposed by">
                  <Hash text={proposer} kind="address" href={explorerLinks.account(proposer)} />
                </Fact>
                <Fact label="Proposed in">
                  <Hash
                    text={proposal.transactionHash}
                    kind="transaction"
                    href={explorerLinks.transaction(proposal.transactionHash)}
                  />
                </Fact>
              </Facts>
            </Section>
          </div>
        </div>
        <Ballots proposal={proposal} phase={phase} />
      </div>
    </>
  );
}

const ICONS = {
  proposed: Flag,
  voting: Vote,
  ended: CheckCheck,
  queued: Hourglass,
  ready: Play,
  executed: CircleCheck,
  canceled: Ban,
} as const;

function itemOf({ key, at, title, tone }: LifeStep) {
  return { key, at, title, tone, icon: ICONS[key] };
}

/** What can happen next, and who may do it. */
function NextStep({
  proposal,
  phase,
  quorum,
}: {
  proposal: Proposal;
  phase: ProposalPhase | undefined;
  quorum: bigint | undefined;
}) {
  const { snapshotAt, deadlineAt, readyAt, forVotes, againstVotes } = proposal;
  switch (phase) {
    case "pending":
      return (
        <Notice title="The vote has not begun">
          It begins <RelativeTime at={snapshotAt} />, with the votes that everybody has then. Delegate yours before, or
          they do not count.
        </Notice>
      );
    case "active":
      return (
        <Notice title="It is being voted on">
          The vote ends <RelativeTime at={deadlineAt} />, later when the quorum is reached late.
        </Notice>
      );
    case "succeeded":
      return (
        <Notice tone="good" title="It has won">
          Anybody can put it into the timelock now. Then it waits in public before anybody can execute it.
        </Notice>
      );
    case "queued":
      return (
        <Notice title="It waits in the timelock">
          Anybody can execute it <RelativeTime at={readyAt ?? 0} />. Until then nothing of it holds.
        </Notice>
      );
    case "ready":
      return (
        <Notice tone="warn" title="It can be executed">
          It has waited. Anybody can execute it now; there is no end to that.
        </Notice>
      );
    case "defeated":
      return (
        <Notice title="It was defeated">
          {forVotes <= againstVotes
            ? "No more votes were for it than against it."
            : quorum === undefined
              ? "The quorum was missed."
              : "More were for it than against, but too few voted: the quorum was missed."}{" "}
          Nothing of it is done.
        </Notice>
      );
    default:
      return null;
  }
}

function Votes({
  proposal,
  phase,
  quorum,
}: {
  proposal: Proposal;
  phase: ProposalPhase | undefined;
  quorum: bigint | undefined;
}) {
  const { forVotes, againstVotes, abstainVotes, ballots } = proposal;
  const { account } = useWallet();
  const own = account && ballots.filter(({ voter }) => isAddressEqual(voter, account));
  const said = own && saidWords(own, phase);
  const all = forVotes + againstVotes + abstainVotes;
  const { missing } = tallyOf(proposal, quorum);
  const rows = [
    { key: "for", word: "For", votes: forVotes, fill: "bg-good-fill" },
    { key: "against", word: "Against", votes: againstVotes, fill: "bg-bad-fill" },
    { key: "abstain", word: "Abstain", votes: abstainVotes, fill: "bg-line-control" },
  ];
  return (
    <Section title="Votes" flush>
      <div className="px-4 pt-3 pb-4">
        <TallyBar votes={proposal} quorum={quorum} />
        {said ? <p className="mt-2 text-sm font-medium">{said}.</p> : null}
      </div>
      <div className="border-t border-line">
        <Table
          caption="Votes for, against and abstaining"
          rows={rows}
          rowKey={({ key }) => key}
          columns={[
            {
              key: "word",
              header: "Vote",
              cell: ({ word, fill }) => (
                <span className="inline-flex items-center gap-2">
                  <span aria-hidden className={`size-2 rounded-full ${fill}`} />
                  {word}
                </span>
              ),
            },
            {
              key: "votes",
              header: "EVER",
              align: "right",
              cell: ({ votes }) => <Money amount={votes} token={EVER_UNIT} className="font-medium" />,
            },
            { key: "share", header: "Share", align: "right", cell: ({ votes }) => formatShare(votes, all) },
          ]}
        />
      </div>
      <p className="border-t border-line px-4 py-3 text-sm text-muted">
        It wins with more votes for than against, and when those for and abstaining reach the quorum
        {quorum === undefined ? (
          "."
        ) : (
          <>
            {" "}
            of <Money amount={quorum} token={EVER_UNIT} rounding="up" />
            {missing ? (
              <>
                : <Money amount={missing} token={EVER_UNIT} rounding="up" /> are missing.
              </>
            ) : (
              ", which they did."
            )}
          </>
        )}
      </p>
    </Section>
  );
}
