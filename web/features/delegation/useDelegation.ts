"use client";

import { getPoolHistory, listDelegations, listPools } from "@4ever/sdk/subgraph/pools";
import type { Address } from "viem";
import { useAppConfig } from "@/lib/config-context";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** Pools that the list shows. */
export const LISTED = 200;
const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** Pools of registered providers, those with the most stake of their own first. */
export function usePools() {
  const index = useIndex();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["pools", index.url],
    refetchInterval,
    queryFn: ({ signal }) => listPools(index, { first: LISTED }, signal),
  });
}

/** A pool with what changed it; null when the index knows no such provider. */
export function usePoolHistory(provider: Address | undefined) {
  const index = useIndex();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["pool-history", index.url, provider],
    enabled: provider !== undefined,
    refetchInterval,
    queryFn: async ({ signal }) => {
      if (!provider) throw new Error("No provider is named.");
      return (await getPoolHistory(index, { provider }, signal)) ?? null;
    },
  });
}

/** What the account has delegated, or thaws. */
export function useDelegations(account: Address | undefined) {
  const index = useIndex();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["delegations", index.url, account],
    enabled: account !== undefined,
    refetchInterval,
    queryFn: async ({ signal }) => {
      if (!account) throw new Error("No account is connected.");
      return await listDelegations(index, { delegator: account }, signal);
    },
  });
}
