"use client";

import { getFeeLot } from "@4ever/sdk/fees";
import { useClient } from "wagmi";
import { type AuctionsResponse, auctionsFrom } from "@/features/auctions/auction";
import { AUCTIONS } from "@/features/auctions/queries";
import { useAppConfig } from "@/lib/config-context";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** Sold lots that are listed. */
const LISTED = 100;
const LOCAL_REFRESH_MS = 2_000;
const REFRESH_MS = 12_000;

function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** What becomes of the fees in each token, and the lots that were sold lately. */
export function useAuctions() {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["auctions"],
    refetchInterval,
    queryFn: async ({ signal }) =>
      auctionsFrom(
        await subgraph.request<AuctionsResponse>({ document: AUCTIONS, variables: { first: LISTED }, signal }),
      ),
  });
}

/** What of a token is for sale, as the chain says it now. */
export function useLot(tokenId: number) {
  const client = useClient();
  const { deployment } = useAppConfig();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["fee-lot", tokenId],
    enabled: client !== undefined,
    refetchInterval,
    queryFn: async () => {
      if (!client) throw new Error("There is no client for the configured chain.");
      return getFeeLot(client, { deployment, tokenId });
    },
  });
}
