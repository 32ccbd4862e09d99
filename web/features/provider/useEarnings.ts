"use client";

import { type Address, getAddress, type Hex } from "viem";
import { EARNING_DEALS, PAYMENTS } from "@/features/provider/queries";
import type { LedgerToken } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { readAll } from "@/lib/pages";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LISTED = 500;
const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

export type EarningStatus = "ACTIVE" | "ENDING" | "FINISHED";

/** A deal as its provider counts it. Money is base units of `token`. */
export interface EarningDeal {
  id: Hex;
  dealId: bigint;
  status: EarningStatus;
  cid: string;
  token: LedgerToken;
  locked: bigint;
  earned: bigint;
  released: bigint;
  paid: bigint;
  fee: bigint;
  fromPeriod: number | undefined;
  settledPeriod: number | undefined;
  endPeriod: number | undefined;
}

interface TokenRow {
  address: Hex;
  symbol: string;
  decimals: number;
  tokenId: string;
}
const tokenFrom = (row: TokenRow): LedgerToken => ({
  ...row,
  address: getAddress(row.address),
  tokenId: Number(row.tokenId),
});

interface DealRow {
  id: Hex;
  dealId: string;
  status: EarningStatus;
  cid: string;
  token: TokenRow;
  locked: string;
  earned: string;
  released: string;
  paid: string;
  fee: string;
  fromPeriod: number | null;
  settledPeriod: number | null;
  endPeriod: number | null;
}

function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** Deals that earn or earned for a provider. */
export function useEarningDeals(provider: Address) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["earning-deals", provider],
    refetchInterval,
    queryFn: async ({ signal }): Promise<EarningDeal[]> => {
      const { deals } = await subgraph.request<{ deals: DealRow[] }>({
        document: EARNING_DEALS,
        variables: { provider: provider.toLowerCase(), first: LISTED },
        signal,
      });
      return deals.map((row) => ({
        ...row,
        dealId: BigInt(row.dealId),
        token: tokenFrom(row.token),
        locked: BigInt(row.locked),
        earned: BigInt(row.earned),
        released: BigInt(row.released),
        paid: BigInt(row.paid),
        fee: BigInt(row.fee),
        fromPeriod: row.fromPeriod ?? undefined,
        settledPeriod: row.settledPeriod ?? undefined,
        endPeriod: row.endPeriod ?? undefined,
      }));
    },
  });
}

/** Money that reached a provider at a moment (Unix seconds). */
export interface Payment {
  at: number;
  amount: bigint;
  token: LedgerToken;
}

interface PaymentRow {
  id: Hex;
  paid: string;
  timestamp: string;
  deal: { token: TokenRow };
}

/** Everything that settling paid to a provider, oldest first. */
export function usePayments(provider: Address) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["payments", provider],
    refetchInterval: refetchInterval * 3,
    queryFn: async ({ signal }): Promise<Payment[]> => {
      // Pages overlap by one second, so that payments of the same moment are not lost; ids take out what came twice.
      const rows = await readAll<PaymentRow>(async (last, first) => {
        const { settlements } = await subgraph.request<{ settlements: PaymentRow[] }>({
          document: PAYMENTS,
          variables: {
            provider: provider.toLowerCase(),
            after: last ? String(Number(last.timestamp) - 1) : "0",
            first,
          },
          signal,
        });
        return settlements;
      });
      return [...new Map(rows.map((row) => [row.id, row])).values()].map(({ paid, timestamp, deal }) => ({
        at: Number(timestamp),
        amount: BigInt(paid),
        token: tokenFrom(deal.token),
      }));
    },
  });
}
