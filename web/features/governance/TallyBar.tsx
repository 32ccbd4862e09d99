import type { IndexedProposal } from "@4ever/sdk/subgraph/proposals";
import { tallyOf } from "@/features/governance/proposal";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";

type Votes = Pick<IndexedProposal, "forVotes" | "againstVotes" | "abstainVotes">;

/** Votes against the quorum: a bar that repeats what the words below it say. */
export function TallyBar({
  votes,
  quorum,
  isShort = false,
}: {
  votes: Votes;
  quorum: bigint | undefined;
  isShort?: boolean;
}) {
  const tally = tallyOf(votes, quorum);
  const width = (share: number) => ({ width: `${share * 100}%` });
  return (
    <div className="min-w-0">
      <div aria-hidden className="relative pt-0.5 pb-1">
        <div className="flex h-2 overflow-hidden rounded-full bg-sunken">
          <div className="bg-good-fill" style={width(tally.for)} />
          <div className="bg-line-control" style={width(tally.abstain)} />
          <div className="bg-bad-fill" style={width(tally.against)} />
        </div>
        {tally.quorum === undefined ? null : (
          <div
            className="absolute top-0 h-3.5 w-0.5 -translate-x-1/2 rounded-full bg-ink"
            style={{ left: `${Math.min(tally.quorum * 100, 99.5)}%` }}
          />
        )}
      </div>
      <p className={isShort ? "text-xs text-muted" : "mt-1 text-sm text-muted"}>{tallyWords(votes, quorum, isShort)}</p>
    </div>
  );
}

/** `24M EVER for, 0 against; the quorum is reached`: whole without the bar. */
export function tallyWords(votes: Votes, quorum: bigint | undefined, isShort = false): string {
  const ever = (amount: bigint) => formatMoney(amount, EVER_UNIT);
  const needed = (amount: bigint) => formatMoney(amount, EVER_UNIT, "up"); // both, or more would seem to be missing than it takes
  const { missing } = tallyOf(votes, quorum);
  const cast = isShort
    ? `${ever(votes.forVotes)} for, ${ever(votes.againstVotes)} against`
    : `${ever(votes.forVotes)} for, ${ever(votes.againstVotes)} against, ${ever(votes.abstainVotes)} abstaining`;
  if (missing === undefined || quorum === undefined) return `${cast}. The quorum is taken when voting begins.`;
  if (missing === 0n) return `${cast}. The quorum of ${needed(quorum)} is reached.`;
  return `${cast}. ${needed(missing)} are missing to the quorum of ${needed(quorum)}.`;
}
