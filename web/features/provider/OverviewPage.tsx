"use client";

import { ArrowRight, Check, Circle } from "lucide-react";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/Button";
import { Bytes } from "@/components/Bytes";
import { classes } from "@/components/classes";
import { DutyStrip } from "@/components/DutyStrip";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { Meter } from "@/components/Progress";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Section, Stat, Stats } from "@/components/Section";
import { Loading, Skeleton } from "@/components/Skeleton";
import { LoadError, Notice } from "@/components/States";
import { unallocatedOf } from "@/features/provider/coverage";
import { dutyStates, SHOWN_PERIODS } from "@/features/provider/duty-states";
import { Handover } from "@/features/provider/Handover";
import { Identity } from "@/features/provider/Identity";
import { ProviderDeals } from "@/features/provider/ProviderDeals";
import { ProviderGate } from "@/features/provider/ProviderGate";
import { RegisterForm } from "@/features/provider/RegisterForm";
import { useDuties } from "@/features/provider/useDuties";
import type { OperatedProvider, OwnProvider, Phase } from "@/features/provider/useProviderArea";
import { formatBytes } from "@/lib/format/bytes";
import { formatShare, plural } from "@/lib/format/count";
import { useKeeper } from "@/lib/keepers";
import { usePeriodClock } from "@/lib/periods";
import { EVER_UNIT } from "@/lib/tokens";

/** What a provider asks first: what did I earn, what is due, what is wrong. */
export function OverviewPage() {
  return (
    <ProviderGate
      unregistered={({ phase, operated }) => (
        <div className="space-y-6">
          {operated.map((provider) => (
            <KeeperKey key={provider.address} provider={provider} />
          ))}
          <Registration phase={phase} isLater={operated.length > 0} />
        </div>
      )}
    >
      {(provider) => <Overview provider={provider} />}
    </ProviderGate>
  );
}

/** The way in. A keeper's key has its own work to see first, so that the form waits behind a button there. */
function Registration({ phase, isLater }: { phase: Phase; isLater: boolean }) {
  const [isOpen, setOpen] = useState(!isLater);
  if (isOpen) return <RegisterForm phase={phase} />;
  return <Button onClick={() => setOpen(true)}>Register this account as a provider, too</Button>;
}

/** What the key of a keeper can do for its provider: answer requests and give notice, and nothing with money or stake. */
function KeeperKey({ provider }: { provider: OperatedProvider }) {
  return (
    <>
      <Notice title={`You are connected with the operator key of ${provider.name}`}>
        It declines requests and gives notice. Connect as <Hash text={provider.address} kind="address" /> for stake,
        offers and earnings.
      </Notice>
      <ProviderDeals provider={provider} />
    </>
  );
}

function Overview({ provider }: { provider: OwnProvider }) {
  const judged = provider.proofCount + provider.missedCount;
  const capacity = provider.offers.reduce(
    (sum, { isActive, capacityBytes }) => sum + (isActive ? capacityBytes : 0n),
    0n,
  );
  const free = provider.offers.reduce((sum, { isActive, freeBytes }) => sum + (isActive ? freeBytes : 0n), 0n);
  const [first] = provider.earnings;
  return (
    <div className="space-y-6">
      <Setup provider={provider} />
      {provider.isJailed ? (
        <Notice tone="bad" title="Jailed">
          You take no new deals. Running deals go on: prove and they are paid.
        </Notice>
      ) : null}
      <Stats>
        <Stat
          label="Earned"
          note={
            <PageLink className="link" href="/provide/earnings/">
              see earnings
            </PageLink>
          }
        >
          {first ? <Money amount={first.earned} token={first.token} /> : "nothing yet"}
        </Stat>
        <Stat label="Deals under way" note={`${plural(provider.dealCount, "deal")} ever asked for`}>
          {provider.activeDealCount}
        </Stat>
        <Stat
          label="Periods proven"
          note={judged === 0 ? "none was due yet" : `${formatShare(provider.proofCount, judged)} of those judged`}
        >
          {provider.proofCount}
        </Stat>
        <Stat
          label="Strikes"
          note={provider.missedCount === 0 ? "no period was reported as missed" : "periods reported as missed"}
        >
          {provider.missedCount}
        </Stat>
      </Stats>
      <Handover provider={provider} />
      <Duties provider={provider} />
      {provider.operator ? <ProviderDeals provider={{ ...provider, operator: provider.operator }} /> : null}
      <div className="grid gap-6 lg:grid-cols-2">
        <Section
          title="Capacity"
          action={
            <ButtonLink size="sm" href="/provide/offers/">
              Offers
            </ButtonLink>
          }
        >
          <Meter
            used={capacity - free}
            total={capacity}
            words={`${formatBytes(capacity - free)} of ${formatBytes(capacity)} are rented`}
          />
          <div className="mt-4">
            <Facts>
              <Fact label="Under proof">
                <Bytes bytes={provider.liveBytes} />
              </Fact>
              <Fact label="Free">
                <Bytes bytes={free} />
              </Fact>
              <Fact label="Active stake">
                <Money amount={provider.activeStake} token={EVER_UNIT} />
              </Fact>
              <Fact label="Not allocated">
                <Money amount={unallocatedOf(provider)} token={EVER_UNIT} />
              </Fact>
            </Facts>
          </div>
        </Section>
        <Identity provider={provider} />
      </div>
    </div>
  );
}

/** The way from a registration to the first deal; gone once every step is done. */
function Setup({ provider }: { provider: OwnProvider }) {
  const keeper = useKeeper(provider.endpoint, provider.address);
  const steps = [
    { title: "Register", isDone: true, href: "/provide/", text: "The account is a provider." },
    {
      title: "Stake",
      isDone: provider.activeStake > 0n,
      href: "/provide/stake/",
      text: "Pledge EVER behind what you sell.",
    },
    {
      title: "Allocate",
      isDone: provider.allocations.some(({ amount }) => amount > 0n),
      href: "/provide/stake/",
      text: "Say which service the stake backs.",
    },
    {
      title: "Offer",
      isDone: provider.offers.some(({ isActive }) => isActive),
      href: "/provide/offers/",
      text: "Publish capacity and a price.",
    },
    {
      title: "Run the keeper",
      isDone: keeper.data?.state === "answering",
      href: undefined,
      text:
        keeper.data?.state === "foreign"
          ? "Something else answers at your endpoint."
          : "It does not answer at your endpoint yet.",
    },
  ];
  if (keeper.data === undefined || steps.every(({ isDone }) => isDone)) return null;
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <Section title="Until the first deal">
      <ol className="grid gap-4 sm:grid-cols-5">
        {steps.map(({ title, isDone, href, text }) => (
          <li key={title} className="flex gap-2.5 sm:flex-col">
            <span
              className={classes(
                "inline-flex size-6 shrink-0 items-center justify-center rounded-full border",
                isDone ? "border-transparent bg-good-soft text-good" : "border-line-strong text-faint",
              )}
            >
              {isDone ? <Check aria-hidden className="size-3.5" /> : <Circle aria-hidden className="size-2.5" />}
            </span>
            <div className="min-w-0">
              <p className="font-medium">
                {title}
                <span className="sr-only">{isDone ? " – done" : " – to do"}</span>
              </p>
              {isDone ? null : <p className="text-sm text-muted">{text}</p>}
              {next?.title === title && href ? (
                <PageLink className="link mt-1 inline-flex items-center gap-1 text-sm font-medium" href={href}>
                  Do it now <ArrowRight aria-hidden className="size-3.5" />
                </PageLink>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
      {next?.title === "Run the keeper" ? (
        <p className="mt-4 border-t border-line pt-4 text-sm text-muted">
          On the machine behind <span className="font-mono text-ink">{provider.endpoint}</span>:{" "}
          <code className="rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-ink">4ever-keeper init</code>, then{" "}
          <code className="rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-ink">4ever-keeper start</code>.
        </p>
      ) : null}
    </Section>
  );
}

function Duties({ provider }: { provider: OwnProvider }) {
  const clock = usePeriodClock();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useDuties(provider.address);
  const { current } = clock;
  return (
    <Section
      title="Your latest periods"
      description={
        data?.dueAt !== undefined && data.isDue && current !== undefined && !data.proven.has(current - 1) ? (
          <>
            The proof of period {current - 1} is due <RelativeTime at={data.dueAt} />.
          </>
        ) : (
          "One proof per period over everything that you hold."
        )
      }
    >
      {error && !data ? (
        <LoadError
          what="Your proofs"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : data && current !== undefined ? (
        <DutyStrip shown={SHOWN_PERIODS} periods={dutyStates(data, current, clock)} />
      ) : (
        <Loading label="Loading proofs">
          <Skeleton className="h-16" />
        </Loading>
      )}
    </Section>
  );
}
