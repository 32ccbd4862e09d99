"use client";

import { keeperInfoOf } from "@4ever/sdk/upload-client";
import type { KeeperInfo } from "@4ever/sdk/uploads";
import { type Address, isAddressEqual } from "viem";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

const TIMEOUT_MS = 6_000;
const REFRESH_MS = 20_000;

/**
 * Whether a provider's keeper answers for it. `foreign`: something answers, but for another provider, market or chain.
 * What a browser cannot reach may still be reachable for others: it is a hint, never evidence.
 */
export type KeeperStatus =
  | { state: "answering"; info: KeeperInfo }
  | { state: "foreign"; info: KeeperInfo }
  | { state: "unreachable"; error: Error };

/** Asks the keeper behind an endpoint who it is. */
export function useKeeper(endpoint: string | undefined, provider: Address | undefined) {
  const { chainId, contracts } = useAppConfig().deployment;
  return useLiveQuery({
    queryKey: ["keeper", endpoint, provider],
    enabled: Boolean(endpoint && provider),
    refetchInterval: REFRESH_MS,
    retry: false,
    queryFn: async ({ signal }): Promise<KeeperStatus> => {
      if (!endpoint || !provider) throw new Error("There is no endpoint to ask.");
      try {
        const info = await keeperInfoOf(endpoint, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        const isOurs =
          info.chainId === chainId &&
          isAddressEqual(info.market, contracts.DealMarket) &&
          isAddressEqual(info.provider, provider);
        return { state: isOurs ? "answering" : "foreign", info };
      } catch (error) {
        signal.throwIfAborted();
        return { state: "unreachable", error: error instanceof Error ? error : new Error(String(error)) };
      }
    },
  });
}

/** Address at which a keeper serves a CID. */
export function contentUrlOf({ contentUrl }: Pick<KeeperInfo, "contentUrl">, cid: string): string {
  return contentUrl.replaceAll("{cid}", cid);
}
