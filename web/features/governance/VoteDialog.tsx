"use client";

import { MAX_POOLS } from "@4ever/sdk/governance/pools";
import { castVote, type Support } from "@4ever/sdk/governance/proposals";
import { openBallot } from "@4ever/sdk/governance/votes";
import type { IndexedProposal } from "@4ever/sdk/subgraph/proposals";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { ChoiceRow, TextAreaField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { readDescription } from "@/features/governance/description";
import type { useBallot } from "@/features/governance/useGovernance";
import { useAppConfig } from "@/lib/config-context";
import { shorten } from "@/lib/format/hash";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

const CHOICES: readonly { value: Support; word: string; note: string }[] = [
  { value: "for", word: "For", note: "Counts for it, and for the quorum." },
  { value: "against", word: "Against", note: "Counts against it." },
  { value: "abstain", word: "Abstain", note: "Counts for the quorum only." },
];

/** Casts a ballot: with token votes, once, and with the stake pools that are chosen. */
export function VoteDialog({
  account,
  proposal,
  ballot: found,
  error,
  onClose,
}: {
  account: Address;
  proposal: IndexedProposal;
  ballot: ReturnType<typeof useBallot>["data"];
  error: Error | null;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const [support, setSupport] = useState<Support>();
  const [reason, setReason] = useState("");
  const [leftOut, setLeftOut] = useState<ReadonlySet<Address>>(new Set());
  const [isTried, setTried] = useState(false);
  const { proposalId, description } = proposal;
  const ballot = found && openBallot(found.power, found.cast);
  const pools = ballot?.pools.filter(({ provider }) => !leftOut.has(provider)) ?? [];
  const votes = pools.reduce((sum, pool) => sum + pool.votes, ballot?.tokens ?? 0n);
  const hasCast = found && (found.cast.tokens || found.cast.providers.length > 0);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!support || votes === 0n || !contracts.EverGovernor) return;
    const { word } = CHOICES.find(({ value }) => value === support) ?? { word: "" };
    onClose();
    review({
      key: `proposal/vote/${proposalId}/${account}`,
      title: `Vote ${support === "abstain" ? "to abstain" : support}`,
      sentence: `${word}, with ${formatMoney(votes, EVER_UNIT)}: “${readDescription(description).title}”`,
      action: support === "abstain" ? "Abstain" : `Vote ${support}`,
      costs: [],
      gasLimit: 180_000n + 85_000n * BigInt(pools.length),
      undo: "A ballot cannot be changed. Pools that you left out can be voted with in another one.",
      steps: [{ what: "transaction", title: "Cast the ballot" }],
      to: contracts.EverGovernor,
      run: (client, context) =>
        castVote(client, {
          ...context,
          proposalId,
          support,
          reason: reason.trim(),
          pools: pools.map(({ provider }) => provider),
        }),
      onIndexed: () => {
        void queries.invalidateQueries({ queryKey: ["proposal"] });
        void queries.invalidateQueries({ queryKey: ["proposals"] });
        void queries.invalidateQueries({ queryKey: ["ballot"] });
        void queries.invalidateQueries({ queryKey: ["said"] });
      },
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Vote"
      description="With what you had when voting began. A ballot is public, and cannot be changed."
    >
      {error && !found ? (
        <Notice tone="bad" title="Your votes could not be read">
          {error.message}
        </Notice>
      ) : ballot && ballot.tokens === 0n && ballot.pools.length === 0 ? (
        <Notice tone="warn" title={hasCast ? "You have voted" : "You have no votes on this proposal"}>
          {hasCast
            ? "With everything that you had when voting began."
            : "EVER votes once it is delegated, to yourself too, before voting begins; stake votes in its pool. Delegate for the next proposal."}
        </Notice>
      ) : (
        <Form onSubmit={onSubmit} className="space-y-4">
          <fieldset className="divide-y divide-line overflow-hidden rounded border border-line">
            <legend className="sr-only">Your vote</legend>
            {CHOICES.map(({ value, word, note }) => (
              <ChoiceRow
                key={value}
                name="support"
                value={value}
                isChosen={support === value}
                onChoose={() => setSupport(value)}
              >
                <span className="font-medium">{word}</span>
                <span className="block text-sm text-muted">{note}</span>
              </ChoiceRow>
            ))}
          </fieldset>
          {isTried && !support ? (
            <p role="alert" className="text-sm text-bad">
              Choose how you vote.
            </p>
          ) : null}
          {ballot && (ballot.pools.length > 0 || ballot.tokens > 0n) ? (
            <fieldset className="rounded border border-line">
              <legend className="sr-only">With which votes</legend>
              <p className="flex min-h-10 items-center justify-between gap-4 px-4 py-2 text-sm">
                <span>{found?.cast.tokens ? "Token votes, already cast" : "Token votes"}</span>
                <Money amount={ballot.tokens} token={EVER_UNIT} />
              </p>
              {ballot.pools.map(({ provider, votes: poolVotes, isOwn }) => (
                <label
                  key={provider}
                  className="flex min-h-12 cursor-pointer items-center gap-3 border-t border-line px-4 py-2 text-sm"
                >
                  <input
                    type="checkbox"
                    checked={!leftOut.has(provider)}
                    onChange={() =>
                      setLeftOut((before) => {
                        const after = new Set(before);
                        if (!after.delete(provider)) after.add(provider);
                        return after;
                      })
                    }
                    className="size-4 shrink-0 accent-accent"
                  />
                  <span className="min-w-0 flex-1">
                    {isOwn ? "Your pool" : `Your part at ${found?.names.get(provider) || shorten(provider)}`}
                    <span className="block text-muted">
                      {isOwn
                        ? "All of it that no delegator votes itself."
                        : "Taken out of what its provider votes, now or later."}
                    </span>
                  </span>
                  <Money amount={poolVotes} token={EVER_UNIT} />
                </label>
              ))}
            </fieldset>
          ) : null}
          {ballot && ballot.pools.length > 0 ? (
            <p className="text-sm text-muted">
              A provider votes with its whole pool by default. Whoever delegated to it can override that for its own
              part, before or after.{" "}
              {ballot.left.length > 0
                ? `A ballot names ${MAX_POOLS} pools at most: ${ballot.left.length} more follow in another one.`
                : ""}
            </p>
          ) : null}
          <TextAreaField
            label="Reason"
            rows={2}
            maxLength={2_000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            hint="If you like: it is on chain for good, for everybody to read."
          />
          <Button look="primary" type="submit" className="w-full" disabled={!ballot || votes === 0n}>
            Review the ballot
          </Button>
        </Form>
      )}
    </Dialog>
  );
}
