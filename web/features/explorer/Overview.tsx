"use client";

import { type NetworkTotals, TOTALS } from "@4ever/sdk/subgraph/details";
import { getHistory, historyQuery, type History as NetworkHistory } from "@4ever/sdk/subgraph/history";
import type { SentToken } from "@4ever/sdk/subgraph/tables/columns";
import { keepPreviousData } from "@tanstack/react-query";
import { Telescope } from "lucide-react";
import { usePathname, useSearchParams } from "next/navigation";
import { useMemo } from "react";
import { Bytes } from "@/components/Bytes";
import { classes } from "@/components/classes";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { Panel, Stat, Stats } from "@/components/Section";
import { BlocksSkeleton, Loading, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { ItemLink } from "@/features/explorer/columns";
import { HistorySection } from "@/features/explorer/HistorySection";
import { picturesOf, provenShare, verdictAt } from "@/features/explorer/history";
import { QueryDisclosure } from "@/features/explorer/QueryDisclosure";
import { useQuestion } from "@/features/explorer/useQuestion";
import { OVERVIEW_HEIGHTS } from "@/features/explorer/words";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatBytes } from "@/lib/format/bytes";
import { formatCount, formatShare, plural } from "@/lib/format/count";
import { usePeriodClock } from "@/lib/periods";
import { useIndex } from "@/lib/subgraph";
import { EVER_UNIT } from "@/lib/tokens";
import { useLiveQuery } from "@/lib/use-live-query";

/** The network for whoever distrusts it: totals, their course, and the way to every row behind them. */
export function Overview() {
  const { question, data, error, errorUpdatedAt, isFetching, refetch } = useQuestion(TOTALS, {});
  const token = data?.tokens[0];
  if (error && !data) {
    return (
      <Panel>
        <LoadError
          what="The network’s totals"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      </Panel>
    );
  }
  if (!data) return <BlocksSkeleton label="Loading the network’s totals" heights={OVERVIEW_HEIGHTS} />;
  if (!data.network) {
    return (
      <Panel>
        <EmptyState icon={Telescope} title="The network has just begun">
          The index has read no event of it up to block {formatCount(data._meta.block.number)}. Totals and their course
          appear here with the first one.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <>
      <div>
        <Totals network={data.network} tokens={data.tokens} />
        <div className="mt-2 flex flex-wrap items-start justify-between gap-x-4">
          <QueryDisclosure question={question} what="these totals" />
          <p className="tabular py-1.5 text-sm text-muted">As of block {formatCount(data._meta.block.number)}</p>
        </div>
      </div>
      {token ? <History token={token} /> : null}
    </>
  );
}

function Totals({
  network,
  tokens,
}: {
  network: NonNullable<NetworkTotals["network"]>;
  tokens: NetworkTotals["tokens"];
}) {
  return (
    <div className="space-y-3">
      <NetworkStats network={network} />
      {tokens.map((token) => (
        <MoneyStats key={token.tokenId} token={token} />
      ))}
    </div>
  );
}

function NetworkStats({ network }: { network: NonNullable<NetworkTotals["network"]> }) {
  const judged = network.proofCount + network.missedCount;
  return (
    <Stats>
      <Stat
        label="Providers"
        note={
          <>
            backed by <Money amount={BigInt(network.activeStake)} token={EVER_UNIT} />
          </>
        }
      >
        <ItemLink href={explorerLinks.table("providers")}>{formatCount(network.providerCount)}</ItemLink>
      </Stat>
      <Stat
        label="Deals"
        note={`${formatCount(network.activeDealCount)} active, of ${formatBytes(BigInt(network.rentedBytes))}`}
      >
        <ItemLink href={explorerLinks.table("deals")}>{formatCount(network.dealCount)}</ItemLink>
      </Stat>
      <Stat
        label="Under proof"
        note={
          <ItemLink href={explorerLinks.table("pieces", { state: "live" })}>
            {plural(network.livePieceCount, "piece")} in {plural(network.provingSetCount, "set")}
          </ItemLink>
        }
      >
        <Bytes bytes={BigInt(network.liveBytes)} />
      </Stat>
      <Stat
        label="Periods proven"
        note={
          judged === 0 ? (
            "nothing was due yet"
          ) : (
            <ItemLink href={explorerLinks.table("missed")}>
              {formatCount(network.missedCount)} reported as missed
            </ItemLink>
          )
        }
      >
        <ItemLink href={explorerLinks.table("proofs")}>{formatCount(network.proofCount)}</ItemLink>
      </Stat>
    </Stats>
  );
}

function MoneyStats({ token }: { token: NetworkTotals["tokens"][number] }) {
  return (
    <Stats>
      <Stat
        label="Locked now"
        note={
          <ItemLink href={explorerLinks.table("payments", { kind: "lock" })}>
            deposited: <Money amount={BigInt(token.deposited)} token={token} />
          </ItemLink>
        }
      >
        <Money amount={BigInt(token.locked)} token={token} />
      </Stat>
      <Stat label="Earned by proofs" note="gross, in settled periods">
        <Money amount={BigInt(token.earned)} token={token} />
      </Stat>
      <Stat
        label="Paid to providers"
        note={
          <ItemLink href={explorerLinks.table("payments", { kind: "fee" })}>
            fees: <Money amount={BigInt(token.fees)} token={token} />
          </ItemLink>
        }
      >
        <Money amount={BigInt(token.paid)} token={token} />
      </Stat>
      <Stat
        label="Returned to customers"
        note={
          <ItemLink href={explorerLinks.table("payments", { kind: "withdrawal" })}>
            withdrawn: <Money amount={BigInt(token.withdrawn)} token={token} />
          </ItemLink>
        }
      >
        <Money amount={BigInt(token.refunded)} token={token} />
      </Stat>
    </Stats>
  );
}

/** A span of a thousand periods is a large answer, and changes little. */
const LOCAL_HISTORY_REFRESH_MS = 5_000;
const HISTORY_REFRESH_MS = 60_000;

/** Spans that can be looked at, in periods. */
const SPANS = [60, 240, 1_000] as const;

function History({ token }: { token: SentToken }) {
  const pathname = usePathname();
  const asked = Number(useSearchParams().get("periods"));
  const span = SPANS.find((each) => each === asked) ?? SPANS[0];
  const clock = usePeriodClock();
  const to = clock.current;
  const index = useIndex();
  const request = { from: Math.max(0, (to ?? 0) - span + 1), to: to ?? 0, tokenId: Number(token.tokenId) };
  const { isLocal } = useAppConfig().chain;
  const { data, error, errorUpdatedAt, isFetching, refetch } = useLiveQuery<NetworkHistory>({
    queryKey: ["explorer-history", index.url, request],
    enabled: to !== undefined,
    refetchInterval: isLocal ? LOCAL_HISTORY_REFRESH_MS : HISTORY_REFRESH_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => getHistory(index, request, signal),
  });
  return (
    <section aria-labelledby="over-time">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="over-time" className="text-lg font-semibold">
          Over time
        </h2>
        <nav aria-label="Span" className="flex max-w-full gap-1 overflow-x-auto">
          {SPANS.map((each) => (
            <PageLink
              key={each}
              href={each === SPANS[0] ? pathname : `${pathname}?periods=${each}`}
              scroll={false}
              aria-current={each === span ? "true" : undefined}
              className={classes(
                "inline-flex h-7 items-center rounded px-2.5 text-sm whitespace-nowrap pointer-coarse:h-10",
                each === span ? "bg-hover font-medium text-ink" : "text-muted hover:bg-hover hover:text-ink",
              )}
            >
              {clock.spanOf(each)}
            </PageLink>
          ))}
        </nav>
      </div>
      {error && !data ? (
        <Panel>
          <LoadError
            what="The course of the network"
            error={error}
            failedAtMs={errorUpdatedAt}
            onRetry={refetch}
            isRetrying={isFetching}
          />
        </Panel>
      ) : !data ? (
        <Loading label="Loading the course of the network" className="grid gap-4 lg:grid-cols-2">
          {["proof", "share", "capacity", "money"].map((key) => (
            <Skeleton key={key} className="h-80" />
          ))}
        </Loading>
      ) : (
        <Pictures history={data} token={token} />
      )}
      <div className="mt-2">
        <QueryDisclosure question={historyQuery(request)} what="these pictures" />
      </div>
    </section>
  );
}

function Pictures({ history: { points, block, blockAt }, token }: { history: NetworkHistory; token: SentToken }) {
  const clock = usePeriodClock();
  const readAt = verdictAt(points, blockAt ?? 0, clock); // unknown: nothing is judged
  const pictures = useMemo(() => picturesOf(token, readAt, clock), [token, readAt, clock]);
  const { proven, due, open } = provenShare(points, readAt);
  return (
    <>
      <p className="mb-3 text-sm text-muted">
        {due === 0
          ? "Nothing was due in this span."
          : `${formatShare(proven, due)} of ${plural(due, "proof")} that were due in this span were made.`}
        {open > 0 ? ` ${plural(open, "more proof")} can still come: their window is open.` : ""}
      </p>
      <div className="grid gap-4 lg:grid-cols-2">
        {pictures.map((picture) => (
          <HistorySection key={picture.key} picture={picture} points={points} block={block} />
        ))}
      </div>
    </>
  );
}
