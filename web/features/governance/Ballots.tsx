"use client";

import type { IndexedBallot, IndexedPoolBallot } from "@4ever/sdk/subgraph/proposals";
import { CircleMinus, ThumbsDown, ThumbsUp, Vote } from "lucide-react";
import { isAddressEqual } from "viem";
import { Badge } from "@/components/Badge";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { Table } from "@/components/Table";
import { readDescription } from "@/features/governance/description";
import type { ProposalPhase } from "@/features/governance/proposal";
import { explorerLinks } from "@/lib/explorer-links";
import { EVER_UNIT } from "@/lib/tokens";

const SUPPORT = {
  for: { word: "For", tone: "good", icon: ThumbsUp },
  against: { word: "Against", tone: "bad", icon: ThumbsDown },
  abstain: { word: "Abstain", tone: "neutral", icon: CircleMinus },
} as const;

function SupportBadge({ support }: { support: IndexedBallot["support"] }) {
  const { word, tone, icon } = SUPPORT[support];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}

/** How somebody voted; on a narrow screen, where the column of votes has no room, with how many. */
function VoteOnNarrow({ support, votes }: Pick<IndexedBallot, "support" | "votes">) {
  return (
    <span className="flex flex-col items-start gap-1">
      <SupportBadge support={support} />
      <Money amount={votes} token={EVER_UNIT} className="text-xs md:hidden" />
    </span>
  );
}

/** Who voted, how, with what, and why; and what of each stake pool counts. */
export function Ballots({
  proposal: { ballots, poolBallots },
  phase,
}: {
  proposal: { ballots: readonly IndexedBallot[]; poolBallots: readonly IndexedPoolBallot[] };
  phase: ProposalPhase | undefined;
}) {
  return (
    <>
      <Section title="Ballots" flush description="As they were cast, newest first.">
        {ballots.length === 0 ? (
          <EmptyState icon={Vote} title={phase === "pending" ? "The vote has not begun" : "Nobody voted"}>
            Each ballot appears here with its votes and its reason.
          </EmptyState>
        ) : (
          <Table
            caption="Ballots, newest first"
            rows={ballots}
            rowKey={({ id }) => id}
            columns={[
              {
                key: "voter",
                header: "Voter",
                cell: ({ voter, reason, castAt, transactionHash }) => (
                  <span className="flex max-w-md min-w-44 flex-col items-start py-1">
                    <Hash text={voter} kind="address" href={explorerLinks.account(voter)} />
                    {reason ? <span className="text-muted wrap-anywhere">{readDescription(reason).title}</span> : null}
                    <span className="text-xs text-muted md:hidden">
                      <RelativeTime at={castAt} />{" "}
                      <Hash
                        text={transactionHash}
                        kind="transaction"
                        href={explorerLinks.transaction(transactionHash)}
                      />
                    </span>
                  </span>
                ),
              },
              { key: "support", header: "Vote", cell: (ballot) => <VoteOnNarrow {...ballot} /> },
              {
                key: "votes",
                header: "With",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ votes }) => <Money amount={votes} token={EVER_UNIT} className="font-medium" />,
              },
              {
                key: "when",
                header: "When",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ castAt }) => <RelativeTime at={castAt} />,
              },
              {
                key: "hash",
                header: "Transaction",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ transactionHash: hash }) => (
                  <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />
                ),
              },
            ]}
          />
        )}
      </Section>
      {poolBallots.length > 0 ? (
        <Section
          title="Of them by stake pools"
          flush
          description="A provider votes with its whole pool, less what its delegators voted themselves."
        >
          <Table
            caption="Votes of stake pools, the largest first"
            rows={poolBallots}
            rowKey={({ provider, voter }) => provider + voter}
            columns={[
              {
                key: "pool",
                header: "Pool of",
                cell: ({ provider }) => <Hash text={provider} kind="address" href={explorerLinks.provider(provider)} />,
              },
              {
                key: "voter",
                header: "Voted by",
                cell: ({ provider, voter }) =>
                  isAddressEqual(provider, voter) ? (
                    "its provider"
                  ) : (
                    <Hash text={voter} kind="address" href={explorerLinks.account(voter)} />
                  ),
              },
              { key: "support", header: "Vote", cell: (ballot) => <VoteOnNarrow {...ballot} /> },
              {
                key: "votes",
                header: "Counts",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ votes }) => <Money amount={votes} token={EVER_UNIT} className="font-medium" />,
              },
            ]}
          />
        </Section>
      ) : null}
    </>
  );
}
