"use client";

import { type Delegation, delegatedWorth, gainOf, type Pool, roomOf, withdrawableOf } from "@4ever/sdk/pools";
import type { PoolHistory } from "@4ever/sdk/subgraph/pools";
import { useSearchParams } from "next/navigation";
import { type Address, getAddress, isAddress, isAddressEqual } from "viem";
import { Badge } from "@/components/Badge";
import { ButtonLink } from "@/components/Button";
import { ExitBounty } from "@/components/ExitBounty";
import { Hash } from "@/components/Hash";
import { LoadedItem } from "@/components/LoadedItem";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, PageHeader, Section, Stat, Stats } from "@/components/Section";
import { RowsSkeleton } from "@/components/Skeleton";
import { LoadError, Notice } from "@/components/States";
import { DelegateButton } from "@/features/delegation/DelegateButton";
import { DelegationActions } from "@/features/delegation/DelegationActions";
import { Gain } from "@/features/delegation/Gain";
import { PoolEvents } from "@/features/delegation/PoolEvents";
import { PoolWaiting } from "@/features/delegation/PoolWaiting";
import { Risk } from "@/features/delegation/Risk";
import { Tranches } from "@/features/delegation/Tranches";
import { useCut } from "@/features/delegation/useCut";
import { useDelegations, usePoolHistory } from "@/features/delegation/useDelegation";
import { growthWords, nameOf, provenWords } from "@/features/delegation/words";
import { useChainNow } from "@/lib/chain-clock";
import { explorerLinks } from "@/lib/explorer-links";
import { formatBps, formatCount } from "@/lib/format/count";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** One provider's pool: who stands behind it, what it earned and lost, and the account's own part. */
export function PoolPage() {
  const text = useSearchParams().get("provider") ?? "";
  const provider = isAddress(text, { strict: false }) ? getAddress(text) : undefined;
  return (
    <LoadedItem
      kind="provider"
      what="The pool"
      isNamed={provider !== undefined}
      absent={{
        title: "No such provider",
        hint: "The index knows no stake of this account. What was staked a moment ago appears within seconds.",
      }}
      list={<ButtonLink href="/delegate/">See all providers</ButtonLink>}
      waiting={<PoolWaiting label="Loading the pool" />}
      asked={usePoolHistory(provider)}
    >
      {(history) => <PoolView history={history} />}
    </LoadedItem>
  );
}

function PoolView({ history }: { history: PoolHistory }) {
  const { pool } = history;
  return (
    <>
      <PageHeader
        title={nameOf(pool)}
        badge={pool.isJailed ? <Badge tone="bad">Jailed</Badge> : undefined}
        action={<DelegateButton pool={pool} />}
      >
        What stands behind this provider, what it earned, and what was taken for faults.
      </PageHeader>
      <div className="space-y-6">
        {pool.isJailed ? (
          <Notice tone="bad" title="Jailed">
            It takes no new deals, so that it earns less from now on. What you delegated can be taken out as ever.
          </Notice>
        ) : null}
        <PoolStats pool={pool} />
        <YourPart provider={pool.provider} />
        <PoolEvents history={history} />
        <div className="grid gap-6 lg:items-start lg:grid-cols-2">
          <PoolFacts pool={pool} />
          <Risk />
        </div>
      </div>
    </>
  );
}

function PoolStats({ pool }: { pool: Pool }) {
  const { bps, rise } = useCut(pool.cut);
  return (
    <Stats>
      <Stat label="Own stake" note="falls first for its faults">
        <Money amount={pool.own} token={EVER_UNIT} />
      </Stat>
      <Stat
        label="Delegated"
        note={
          <>
            room for <Money amount={roomOf(pool)} token={EVER_UNIT} />
          </>
        }
      >
        <Money amount={pool.delegated} token={EVER_UNIT} />
      </Stat>
      <Stat
        label="Growth"
        note={
          <>
            rewards to delegators: <Money amount={pool.rewardedPool} token={EVER_UNIT} />
          </>
        }
      >
        {growthWords(pool)}
      </Stat>
      <Stat
        label="Cut of rewards"
        note={
          rise ? (
            <>
              {formatBps(rise.bps)} <RelativeTime at={rise.at} />
            </>
          ) : (
            "a rise needs a notice"
          )
        }
      >
        {formatBps(bps)}
      </Stat>
    </Stats>
  );
}

function YourPart({ provider }: { provider: Address }) {
  const { account } = useWallet();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useDelegations(account);
  if (!account) return null;
  if (!data) {
    return (
      <Section title="Your part" flush>
        {error ? (
          <LoadError
            what="Your part"
            error={error}
            failedAtMs={errorUpdatedAt}
            onRetry={refetch}
            isRetrying={isFetching}
          />
        ) : (
          <RowsSkeleton label="Loading your part" rows={5} />
        )}
      </Section>
    );
  }
  const delegation = data.find(({ pool }) => isAddressEqual(pool.provider, provider));
  if (!delegation || (delegation.shares === 0n && delegation.tranches.length === 0)) {
    return (
      <Section title="Your part">
        <p className="text-muted">Nothing of yours stands behind this provider.</p>
      </Section>
    );
  }
  return <Part delegation={delegation} />;
}

function Part({ delegation }: { delegation: Delegation }) {
  const now = useChainNow();
  const { pool, deposited, tranches } = delegation;
  const { thawed, withdrawable } = withdrawableOf(delegation, now ?? 0);
  return (
    <Section
      title="Your part"
      action={
        <span className="flex flex-wrap gap-2">
          <DelegationActions delegation={delegation} size="sm" />
        </span>
      }
    >
      <div className="space-y-4">
        {withdrawable < thawed ? (
          <Notice tone="warn" title="An open case holds some of it back">
            <Money amount={pool.frozen} token={EVER_UNIT} /> of the stake behind this provider wait for its verdict, the
            provider’s own first. Until then <Money amount={withdrawable} token={EVER_UNIT} /> of yours can be
            withdrawn.
          </Notice>
        ) : null}
        <Facts>
          <Fact label="Worth now">
            <Money amount={delegatedWorth(delegation)} token={EVER_UNIT} className="font-medium" />
          </Fact>
          <Fact label="Put in so far">
            <Money amount={deposited} token={EVER_UNIT} />
          </Fact>
          <Fact label="Rewards less slashes">
            <Gain amount={gainOf(delegation)} />
          </Fact>
          <Fact label="Thawing">
            {tranches.length === 0 ? "nothing" : <Tranches tranches={tranches} />}
            <ExitBounty provider={pool.provider} newest={tranches.at(-1)?.number} />
          </Fact>
          <Fact label="Can be withdrawn">
            <Money amount={withdrawable} token={EVER_UNIT} />
          </Fact>
        </Facts>
      </div>
    </Section>
  );
}

function PoolFacts({ pool }: { pool: Pool }) {
  const judged = pool.provenPeriods + pool.missedPeriods;
  return (
    <Section title="Facts">
      <Facts>
        <Fact label="Provider">
          <Hash text={pool.provider} kind="address" href={explorerLinks.provider(pool.provider)} />
        </Fact>
        <Fact label="Periods proven">
          {judged === 0 ? provenWords(pool) : `${provenWords(pool)} of ${formatCount(judged)} judged`}
        </Fact>
        <Fact label="Slashed so far">
          <Money amount={pool.slashed} token={EVER_UNIT} />
        </Fact>
        <Fact label="Rewards to its own stake">
          <Money amount={pool.rewardedOwn} token={EVER_UNIT} />
        </Fact>
        <Fact label="Own stake that thaws">
          <Money amount={pool.ownThawing} token={EVER_UNIT} />
        </Fact>
        <Fact label="Delegations that thaw">
          <Money amount={pool.delegatedThawing} token={EVER_UNIT} />
        </Fact>
        <Fact label="Held back by open cases">
          <Money amount={pool.frozen} token={EVER_UNIT} />
        </Fact>
      </Facts>
    </Section>
  );
}
