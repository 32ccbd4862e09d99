"use client";

import type { Address } from "viem";
import { type ProviderDeal, type ProviderDealRow, providerDealFrom } from "@/features/provider/provider-deal";
import { PROVIDER_DEALS } from "@/features/provider/queries";
import { useAppConfig } from "@/lib/config-context";
import type { DealStatus } from "@/lib/deal-phase";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;
/** Deals that the list shows at most. */
export const LISTED_DEALS = 200;

const OPEN: readonly DealStatus[] = ["REQUESTED", "ACTIVE", "ENDING"];
const ALL: readonly DealStatus[] = [...OPEN, "FINISHED", "DECLINED", "CANCELLED", "EXPIRED"];

/** Which deals of a provider are shown: those that still ask for something, or all that ever were. */
export type DealView = "open" | "all";

/** Deals of a provider, newest first. */
export function useProviderDeals(provider: Address, view: DealView) {
  const subgraph = useSubgraph();
  const { chain } = useAppConfig();
  return useLiveQuery({
    queryKey: ["provider-deals", provider, view],
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    queryFn: async ({ signal }): Promise<ProviderDeal[]> => {
      const { deals } = await subgraph.request<{ deals: ProviderDealRow[] }>({
        document: PROVIDER_DEALS,
        variables: {
          provider: provider.toLowerCase(),
          statuses: view === "open" ? OPEN : ALL,
          first: LISTED_DEALS,
        },
        signal,
      });
      return deals.map(providerDealFrom);
    },
  });
}
