"use client";

import { type LiveOffer, type LiveOfferRow, liveOfferFrom } from "@/features/hosting/offer";
import { LIVE_OFFERS } from "@/features/hosting/queries";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LISTED = 100;
const REFRESH_MS = 10_000;

/** Offers that take new deals now. */
export function useLiveOffers() {
  const subgraph = useSubgraph();
  return useLiveQuery({
    queryKey: ["live-offers"],
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }): Promise<LiveOffer[]> => {
      const { offers } = await subgraph.request<{ offers: LiveOfferRow[] }>({
        document: LIVE_OFFERS,
        variables: { first: LISTED },
        signal,
      });
      return offers.map(liveOfferFrom);
    },
  });
}
