"use client";

import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { Stat, Stats } from "@/components/Section";
import { Skeleton } from "@/components/Skeleton";
import { Notice } from "@/components/States";
import { DelegateVotesDialog } from "@/features/governance/DelegateVotesDialog";
import { useSettings, useVotes } from "@/features/governance/useGovernance";
import { explorerLinks } from "@/lib/explorer-links";
import { plural } from "@/lib/format/count";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the reader may say: by tokens, by stake pools, and in sum against what proposing takes. */
export function YourVotes() {
  const { account, connect } = useWallet();
  const { data: votes, error } = useVotes(account);
  const { data: settings } = useSettings();
  const [isOpen, setOpen] = useState(false);
  if (!account) {
    return (
      <Notice title="What is your say?" action={<Button onClick={connect}>Connect a wallet</Button>}>
        EVER votes once it is delegated, to its holder too; staked EVER votes in its pool.
      </Notice>
    );
  }
  if (error && !votes) {
    return (
      <Notice tone="warn" title="Your votes could not be read">
        {error.message} The proposals below do not depend on it.
      </Notice>
    );
  }
  const waiting = <Skeleton className="h-7 w-24" />;
  const pooled = votes?.pools.reduce((sum, pool) => sum + pool.votes, 0n) ?? 0n;
  const all = votes ? votes.tokens + pooled : 0n;
  const lacking = settings && votes && settings.proposalThreshold > all ? settings.proposalThreshold - all : 0n;
  const { delegate } = votes ?? {};
  const isOwn = delegate !== undefined && isAddressEqual(delegate, account);
  const idle = votes && !delegate && votes.balance > 0n;
  return (
    <section aria-label="Your votes" className="space-y-3">
      {idle ? (
        <Notice
          tone="warn"
          title="Nobody votes with your EVER"
          action={<Button onClick={() => setOpen(true)}>Delegate your votes</Button>}
        >
          You hold <Money amount={votes.balance} token={EVER_UNIT} />. Tokens vote once they are delegated, to yourself
          too: votes count as of the moment when voting begins.
        </Notice>
      ) : null}
      <Stats>
        <Stat
          label="Your EVER"
          note={
            !votes ? null : !delegate ? (
              "nobody votes with it"
            ) : isOwn ? (
              <Redelegation word="you vote with it" onOpen={() => setOpen(true)} />
            ) : (
              <>
                <Hash text={delegate} kind="address" href={explorerLinks.account(delegate)} />{" "}
                <Redelegation word="votes with it" onOpen={() => setOpen(true)} />
              </>
            )
          }
        >
          {votes ? <Money amount={votes.balance} token={EVER_UNIT} /> : waiting}
        </Stat>
        <Stat label="Token votes" note="delegated to you, by you too">
          {votes ? <Money amount={votes.tokens} token={EVER_UNIT} /> : waiting}
        </Stat>
        <Stat
          label="Stake votes"
          note={
            votes
              ? votes.pools.length > 0
                ? `in ${plural(votes.pools.length, "pool")}`
                : "you have a part in no pool"
              : null
          }
        >
          {votes ? <Money amount={pooled} token={EVER_UNIT} /> : waiting}
        </Stat>
        <Stat
          label="To propose"
          note={
            settings ? (
              <>
                {lacking > 0n ? "missing of" : "it takes"}{" "}
                <Money amount={settings.proposalThreshold} token={EVER_UNIT} />
              </>
            ) : null
          }
        >
          {!votes || !settings ? (
            waiting
          ) : lacking > 0n ? (
            <Money amount={lacking} token={EVER_UNIT} rounding="up" />
          ) : (
            "enough"
          )}
        </Stat>
      </Stats>
      {isOpen && votes ? <DelegateVotesDialog account={account} votes={votes} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function Redelegation({ word, onOpen }: { word: string; onOpen: () => void }) {
  return (
    <>
      {word},{" "}
      <button type="button" className="link" onClick={onOpen}>
        change
      </button>
    </>
  );
}
