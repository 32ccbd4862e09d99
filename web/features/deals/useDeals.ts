"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Address, Hex } from "viem";
import type { BandPeriod } from "@/components/period-cells";
import { bandOf, type Rate } from "@/features/deals/band";
import { type Deal, type DealRow, dealFrom, type EndReason } from "@/features/deals/deal";
import type { DealPiece } from "@/features/deals/pieces";
import { DEAL, DEAL_EVENTS, DEALS, PROVEN_PERIODS, SEEDED_PERIODS } from "@/features/deals/queries";
import { useAppConfig } from "@/lib/config-context";
import { dealEntityId } from "@/lib/deal-id";
import { readAll } from "@/lib/pages";
import { usePeriodClock } from "@/lib/periods";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LISTED = 200;
const LOCAL_REFRESH_MS = 2_000;
const REFRESH_MS = 12_000;

/** Lists follow the chain without being asked. */
function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** The newest deals of a customer, of a provider, or of everybody. */
export function useDeals(scope: { customer: Address } | { provider: Address } | "all" | undefined) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  const where =
    scope === undefined || scope === "all"
      ? {}
      : "customer" in scope
        ? { customer: scope.customer.toLowerCase() }
        : { provider: scope.provider.toLowerCase() };
  return useLiveQuery({
    queryKey: ["deals", where],
    enabled: scope !== undefined,
    refetchInterval,
    queryFn: async ({ signal }): Promise<Deal[]> => {
      const { deals } = await subgraph.request<{ deals: DealRow[] }>({
        document: DEALS,
        variables: { where, first: LISTED },
        signal,
      });
      return deals.map(dealFrom);
    },
  });
}

export interface DealDetail extends Deal {
  pieces: readonly DealPiece[];
  rates: readonly Rate[];
}

interface DetailRow extends DealRow {
  pieces: {
    id: Hex;
    cid: string;
    root: Hex;
    slot: string;
    meta: string;
    sizeBytes: string;
    addedIn: number;
    removedIn: number | null;
    addedAt: string;
  }[];
  rateChanges: { fromPeriod: number; liveBytes: string; unitPrice: string; blockNumber: string; logIndex: string }[];
}

/** One deal by its number in the configured market; null when the index knows none. */
export function useDeal(dealId: bigint | undefined) {
  const subgraph = useSubgraph();
  const { contracts } = useAppConfig().deployment;
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["deal", contracts.DealMarket, dealId?.toString()],
    enabled: dealId !== undefined,
    refetchInterval,
    queryFn: async ({ signal }): Promise<DealDetail | null> => {
      if (dealId === undefined) return null;
      const { deal } = await subgraph.request<{ deal: DetailRow | null }>({
        document: DEAL,
        variables: { id: dealEntityId(contracts.DealMarket, dealId) },
        signal,
      });
      if (!deal) return null;
      const inOrder = deal.rateChanges.toSorted(
        (a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex),
      );
      return {
        ...dealFrom(deal),
        pieces: deal.pieces.map((piece) => ({
          ...piece,
          slot: Number(piece.slot),
          meta: BigInt(piece.meta),
          sizeBytes: BigInt(piece.sizeBytes),
          removedIn: piece.removedIn ?? undefined,
          addedAt: Number(piece.addedAt),
        })),
        rates: inOrder.map(({ fromPeriod, liveBytes, unitPrice }) => ({
          fromPeriod,
          liveBytes: BigInt(liveBytes),
          unitPrice: BigInt(unitPrice),
        })),
      };
    },
  });
}

export type DealEventKind =
  | "REQUESTED"
  | "ACCEPTED"
  | "DECLINED"
  | "CANCELLED"
  | "EXPIRED"
  | "RENEWED"
  | "CAPACITY_CHANGED"
  | "SESSION_KEY_CHANGED"
  | "PIECE_ADDED"
  | "PIECE_REMOVED"
  | "RATE_CHANGED"
  | "SETTLED"
  | "ENDING"
  | "CLOSED"
  | "FINISHED";

interface DealEventRow {
  id: Hex;
  kind: DealEventKind;
  actor: Hex;
  amount: string | null;
  bytes: string | null;
  unitPrice: string | null;
  period: number | null;
  provenPeriods: number | null;
  endReason: EndReason | null;
  sessionKey: Hex | null;
  piece: { cid: string } | null;
  blockNumber: string;
  timestamp: string;
  transactionHash: Hex;
  logIndex: string;
}

/** One thing that happened to a deal. Money is token base units; what does not belong to the kind is undefined. */
export interface DealEvent {
  id: Hex;
  kind: DealEventKind;
  actor: Address;
  amount: bigint | undefined;
  bytes: bigint | undefined;
  unitPrice: bigint | undefined;
  period: number | undefined;
  provenPeriods: number | undefined;
  endReason: EndReason | undefined;
  cid: string | undefined;
  at: number;
  hash: Hex;
}

const big = (value: string | null) => (value === null ? undefined : BigInt(value));

/** All that happened to a deal, newest first. */
export function useDealEvents(deal: Hex | undefined) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["deal-events", deal],
    enabled: deal !== undefined,
    refetchInterval,
    queryFn: async ({ signal }): Promise<DealEvent[]> => {
      // Pages begin with the block that the last one ended in, so that no event of it is lost; ids take out what came twice.
      const pages = await readAll<DealEventRow>(async (after, first) => {
        const { dealEvents } = await subgraph.request<{ dealEvents: DealEventRow[] }>({
          document: DEAL_EVENTS,
          variables: { deal, fromBlock: after?.blockNumber ?? "0", first },
          signal,
        });
        return dealEvents;
      });
      const rows = [...new Map(pages.map((row) => [row.id, row])).values()];
      const inOrder = rows.sort(
        (a, b) => Number(b.blockNumber) - Number(a.blockNumber) || Number(b.logIndex) - Number(a.logIndex),
      );
      return inOrder.map((row) => ({
        id: row.id,
        kind: row.kind,
        actor: row.actor,
        amount: big(row.amount),
        bytes: big(row.bytes),
        unitPrice: big(row.unitPrice),
        period: row.period ?? undefined,
        provenPeriods: row.provenPeriods ?? undefined,
        endReason: row.endReason ?? undefined,
        cid: row.piece?.cid,
        at: Number(row.timestamp),
        hash: row.transactionHash,
      }));
    },
  });
}

/**
 * The band of a deal that was accepted. Periods that cannot change any more are not asked for again within a visit. While the index
 * fails, `data` is what it said last: `isStale` then says that time has gone on since.
 */
export function useDealBand(deal: DealDetail | undefined) {
  const last = useRef<{ deal: Hex | undefined; periods: BandPeriod[] } | undefined>(undefined);
  const query = useBandQuery(deal);
  useEffect(() => {
    if (query.data) last.current = { deal: deal?.id, periods: query.data };
  }, [query.data, deal?.id]);
  const kept = query.data === undefined && last.current?.deal === deal?.id ? last.current?.periods : undefined;
  return { ...query, data: query.data ?? kept, isStale: kept !== undefined };
}

function useBandQuery(deal: DealDetail | undefined) {
  const subgraph = useSubgraph();
  const clock = usePeriodClock();
  const { current } = clock;
  const { fromPeriod, endPeriod, provingSet, rates } = deal ?? {};
  return useLiveQuery({
    queryKey: [
      "deal-band",
      deal?.id,
      current,
      endPeriod,
      provingSet?.lastProvenPeriod,
      rates?.map(({ fromPeriod: from, liveBytes, unitPrice }) => `${from}:${liveBytes}:${unitPrice}`),
    ],
    enabled: fromPeriod !== undefined && endPeriod !== undefined && provingSet !== undefined && current !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<BandPeriod[]> => {
      if (fromPeriod === undefined || endPeriod === undefined || !provingSet || !rates || current === undefined)
        return [];
      const span = { until: endPeriod };
      const [proofs, rounds] = await Promise.all([
        readAll<{ period: number }>(async (last, first) => {
          const variables = { ...span, set: provingSet.id, after: last?.period ?? fromPeriod - 1, first };
          return (
            await subgraph.request<{ proofs: { period: number }[] }>({ document: PROVEN_PERIODS, variables, signal })
          ).proofs;
        }),
        readAll<{ period: number }>(async (last, first) => {
          const variables = { ...span, after: last?.period ?? fromPeriod - 1, first };
          return (
            await subgraph.request<{ rounds: { period: number }[] }>({ document: SEEDED_PERIODS, variables, signal })
          ).rounds;
        }),
      ]);
      const facts = {
        fromPeriod,
        endPeriod,
        rates,
        proven: new Set(proofs.map(({ period }) => period)),
        seeded: new Set(rounds.map(({ period }) => period)),
        current,
      };
      return bandOf(facts, clock);
    },
  });
}
