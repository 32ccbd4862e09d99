"use client";

import { getFeeLot } from "@4ever/sdk/fees";
import { useQueries } from "@tanstack/react-query";
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

/** How the lot of a token is asked for. */
function useLotQuery() {
  const client = useClient();
  const { deployment } = useAppConfig();
  const refetchInterval = useRefreshMs();
  return (tokenId: number) => ({
    queryKey: ["fee-lot", tokenId],
    enabled: client !== undefined,
    refetchInterval,
    queryFn: async () => {
      if (!client) throw new Error("There is no client for the configured chain.");
      return getFeeLot(client, { deployment, tokenId });
    },
  });
}

/** What of a token is for sale, as the chain says it now. */
export function useLot(tokenId: number) {
  return useLiveQuery(useLotQuery()(tokenId));
}

/** Whether the lots of all these tokens have come, or could not be read: only then is it known how high they are on the page. */
export function useLotsSettled(tokenIds: readonly number[]): boolean {
  const queryOf = useLotQuery();
  return useQueries({ queries: tokenIds.map(queryOf) }).every(({ isPending }) => !isPending);
}
