"use client";

import { ACCEPTANCE } from "@/features/hosting/queries";
import { useAppConfig } from "@/lib/config-context";
import { dealEntityId } from "@/lib/deal-id";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

export type Accepted = { state: "waiting" } | { state: "accepted" } | { state: "over"; word: string };

const REFRESH_MS = 1_500;

/** Follows a request until the provider has accepted it and its piece is under proof, or until it is over. */
export function useAccepted(dealId: bigint): Accepted {
  const subgraph = useSubgraph();
  const { DealMarket } = useAppConfig().deployment.contracts;
  const { data } = useLiveQuery<Accepted>({
    queryKey: ["acceptance", dealId.toString()],
    refetchInterval: ({ state }) => (state.data?.state === "waiting" || !state.data ? REFRESH_MS : false),
    queryFn: async ({ signal }) => {
      const { deal } = await subgraph.request<{ deal: { status: string; pieceCount: number } | null }>({
        document: ACCEPTANCE,
        variables: { id: dealEntityId(DealMarket, dealId) },
        signal,
      });
      if (!deal || deal.status === "REQUESTED") return { state: "waiting" };
      if (deal.status === "ACTIVE" || deal.status === "ENDING") {
        return deal.pieceCount > 0 ? { state: "accepted" } : { state: "waiting" };
      }
      return { state: "over", word: deal.status.toLowerCase() };
    },
  });
  return data ?? { state: "waiting" };
}
