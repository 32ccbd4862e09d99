import type { TransactionRecord } from "@4ever/sdk/subgraph/transaction";
import type { ReactNode } from "react";
import { Bytes } from "@/components/Bytes";
import { Money } from "@/components/Money";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { EVER_UNIT } from "@/lib/tokens";

/** One thing that a transaction did, and where to see more of it. */
export interface Trace {
  key: string;
  words: ReactNode;
  href?: string;
  place?: string;
}

const DEAL_WORDS: Record<string, string> = {
  REQUESTED: "A deal was requested and paid in advance",
  ACCEPTED: "The provider accepted a deal",
  DECLINED: "The provider declined a deal",
  CANCELLED: "A request was cancelled",
  EXPIRED: "A request was not accepted in time",
  RENEWED: "A deal was renewed",
  CAPACITY_CHANGED: "A deal’s capacity changed",
  SESSION_KEY_CHANGED: "A deal’s session key changed",
  RATE_CHANGED: "A deal’s earning rate changed",
  SETTLED: "A deal was settled",
  ENDING: "A deal’s end was set",
  CLOSED: "A deal’s money was shared out",
  FINISHED: "A deal was finished",
};
/** Told better by the pieces themselves. */
const PIECE_EVENTS = ["PIECE_ADDED", "PIECE_REMOVED"];

/** What a transaction did, as a list; the money that it moved has a table of its own. */
export function tracesOf(record: TransactionRecord): Trace[] {
  const stake = (kind: string, verb: string, rows: TransactionRecord["thaws"]): Trace[] =>
    rows.map(({ id, amount, provider }) => ({
      key: `${kind} ${id}`,
      words: (
        <>
          <Money amount={BigInt(amount)} token={EVER_UNIT} /> {verb}
        </>
      ),
      href: explorerLinks.provider(provider.id),
      place: "Provider",
    }));
  const pieces = (kind: string, verb: string, rows: TransactionRecord["added"]): Trace[] =>
    rows.map(({ id, cid, sizeBytes, deal }) => ({
      key: `${kind} ${id}`,
      words: (
        <>
          A piece of <Bytes bytes={BigInt(sizeBytes)} /> of deal {deal.dealId} {verb}
        </>
      ),
      href: explorerLinks.piece(id),
      place: `Piece ${shorten(cid, 8, 4)}`,
    }));
  return [
    ...record.providers.map(({ id, name }) => ({
      key: `provider ${id}`,
      words: `${name || "A provider"} registered`,
      href: explorerLinks.provider(id),
      place: "Provider",
    })),
    ...record.invites.map(({ id, status, account, issuer }) => ({
      key: `invite ${id}`,
      words: `An invitation of ${shorten(issuer.id)} was ${status === "USED" ? "used" : "revoked"}`,
      href: explorerLinks.account(account ?? issuer.id),
      place: "Account",
    })),
    ...record.offers.map(({ id, offerId, provider }) => ({
      key: `offer ${id}`,
      words: `Offer ${offerId} was published`,
      href: explorerLinks.provider(provider.id),
      place: "Provider",
    })),
    ...record.phases.map(({ id, phase }) => ({ key: `phase ${id}`, words: `The network’s phase became ${phase}` })),
    ...record.approvals.map(({ id, account }) => ({
      key: `approval ${id}`,
      words: "An account let a market lock its money",
      href: explorerLinks.account(account.id),
      place: "Account",
    })),
    ...stake("deposit", "were staked", record.stakeDeposits),
    ...stake("thaw", "began to thaw", record.thaws),
    ...stake("withdrawal", "left the stake", record.stakeWithdrawals),
    ...record.slashes.map(({ id, fromActive, fromThawing, fromDelegated, fromDelegatedThawing, provider }) => ({
      key: `slash ${id}`,
      words: (
        <>
          <Money
            amount={BigInt(fromActive) + BigInt(fromThawing) + BigInt(fromDelegated) + BigInt(fromDelegatedThawing)}
            token={EVER_UNIT}
          />{" "}
          were slashed
        </>
      ),
      href: explorerLinks.provider(provider.id),
      place: "Provider",
    })),
    ...record.rewards.map(({ id, toOwn, toPool, provider }) => ({
      key: `reward ${id}`,
      words: (
        <>
          <Money amount={BigInt(toOwn) + BigInt(toPool)} token={EVER_UNIT} /> were paid as a reward
        </>
      ),
      href: explorerLinks.provider(provider.id),
      place: "Provider",
    })),
    ...record.sets.map(({ id, setId }) => ({
      key: `set ${id}`,
      words: `Proving set ${setId} was opened`,
      href: explorerLinks.set(id),
      place: `Set ${setId}`,
    })),
    ...record.rounds.map(({ id, period }) => ({
      key: `round ${id}`,
      words: `The seed of period ${formatCount(period)} was recorded`,
      href: explorerLinks.round(period),
      place: `Round ${formatCount(period)}`,
    })),
    ...record.proofs.map(({ id, period, provingSet }) => ({
      key: `proof ${id}`,
      words: `Set ${provingSet.setId} was proven for period ${formatCount(period)}`,
      href: explorerLinks.set(provingSet.id),
      place: `Set ${provingSet.setId}`,
    })),
    ...record.missed.map(({ id, period, provingSet, strikes }) => ({
      key: `missed ${id}`,
      words: `Set ${provingSet.setId} was reported to have missed period ${formatCount(period)}: strike ${strikes}`,
      href: explorerLinks.set(provingSet.id),
      place: `Set ${provingSet.setId}`,
    })),
    ...record.dealEvents
      .filter(({ kind }) => !PIECE_EVENTS.includes(kind))
      .map(({ id, kind, deal }) => ({
        key: `deal ${id}`,
        words: DEAL_WORDS[kind] ?? kind,
        href: explorerLinks.deal(deal.dealId),
        place: `Deal ${deal.dealId}`,
      })),
    ...pieces("added", "came under proof", record.added),
    ...pieces("removed", "left", record.removed),
  ];
}
