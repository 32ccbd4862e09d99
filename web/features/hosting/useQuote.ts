"use client";

import { quote } from "@4ever/sdk/offers";
import { useClient } from "wagmi";
import type { LiveOffer } from "@/features/hosting/offer";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

const REFRESH_MS = 15_000;

/** What the market itself would lock for a deal now: the price that counts. Token base units. */
export function useQuote(offer: LiveOffer | undefined, capacityBytes: bigint, termPeriods: number) {
  const client = useClient();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["quote", offer?.offerId, capacityBytes.toString(), termPeriods],
    enabled: client !== undefined && offer !== undefined && capacityBytes > 0n && termPeriods > 0,
    refetchInterval: REFRESH_MS,
    queryFn: async () => {
      if (!client || !offer) throw new Error("There is no offer to ask for a price.");
      const { locked, unitPrice } = await quote(client, {
        deployment,
        offerId: offer.offerId,
        capacityBytes,
        termPeriods,
      });
      return { locked, unitPrice };
    },
  });
}
