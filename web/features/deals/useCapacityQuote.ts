"use client";

import { quoteCapacity } from "@4ever/sdk/deal-actions";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

const REFRESH_MS = 5_000;

/** What a change of a deal's capacity would add to its lock now, by the contracts themselves. */
export function useCapacityQuote(dealId: bigint, capacityBytes: bigint | undefined) {
  const client = useClient();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["capacity-quote", dealId.toString(), capacityBytes?.toString()],
    enabled: client !== undefined && capacityBytes !== undefined && capacityBytes > 0n,
    refetchInterval: REFRESH_MS,
    queryFn: async () => {
      if (!client || capacityBytes === undefined) throw new Error("There is no capacity to ask a price for.");
      return quoteCapacity(client, { deployment, dealId, capacityBytes });
    },
  });
}
