"use client";

import { Radio } from "lucide-react";
import { Bytes } from "@/components/Bytes";
import { Money } from "@/components/Money";
import { Section, Stat, Stats } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { ProofBars } from "@/features/network/ProofBars";
import { SHOWN_ROUNDS, useNetwork } from "@/features/network/useNetwork";
import { formatBytes } from "@/lib/format/bytes";
import { formatCount, formatShare, plural } from "@/lib/format/count";
import { EVER_UNIT } from "@/lib/tokens";

/** The network in figures: who provides, what is stored, what is proven. */
export function NetworkOverview() {
  const { data, error, errorUpdatedAt, isFetching, refetch } = useNetwork();
  if (error && !data) {
    return (
      <div className="rounded border border-line bg-surface">
        <LoadError
          what="The network’s figures"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      </div>
    );
  }
  if (!data) {
    return <BlocksSkeleton label="Loading the network" heights={["h-24", "h-52"]} />;
  }
  const { network, rounds } = data;
  if (!network) {
    return (
      <div className="rounded border border-line bg-surface">
        <EmptyState icon={Radio} title="The network has just begun">
          Providers, capacity and proofs appear here with their first events.
        </EmptyState>
      </div>
    );
  }
  const judged = network.proofCount + network.missedCount;
  return (
    <div className="space-y-6">
      <Stats>
        <Stat
          label="Providers"
          note={
            <>
              backed by <Money amount={network.activeStake} token={EVER_UNIT} />
            </>
          }
        >
          {formatCount(network.providerCount)}
        </Stat>
        <Stat
          label="Free capacity"
          note={`of ${formatBytes(network.offeredBytes)} in ${plural(network.activeOfferCount, "offer")}`}
        >
          <Bytes bytes={network.freeBytes} />
        </Stat>
        <Stat
          label="Under proof"
          note={`${plural(network.livePieceCount, "piece")} in ${plural(network.activeDealCount, "deal")}`}
        >
          <Bytes bytes={network.liveBytes} />
        </Stat>
        <Stat
          label="Periods proven"
          note={judged === 0 ? "nothing was due yet" : `${formatShare(network.proofCount, judged)} of those judged`}
        >
          {formatCount(network.proofCount)}
        </Stat>
      </Stats>
      <Section
        title="Proofs, period by period"
        description="Each provider proves everything that it holds, once per period."
      >
        <ProofBars rounds={rounds} shown={SHOWN_ROUNDS} />
      </Section>
    </div>
  );
}
