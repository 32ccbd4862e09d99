"use client";

import type { Deployment } from "@4ever/sdk/deployments";
import { keeperInfoOf } from "@4ever/sdk/upload-client";
import type { KeeperInfo } from "@4ever/sdk/uploads";
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { type Address, isAddressEqual, zeroAddress } from "viem";
import { useAppConfig } from "@/lib/config-context";

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

interface Seat {
  endpoint: string;
  provider: Address;
}

function keeperQuery(deployment: Deployment, { endpoint, provider }: Seat) {
  const { chainId, contracts } = deployment;
  return queryOptions({
    queryKey: ["keeper", endpoint, provider],
    refetchInterval: REFRESH_MS,
    retry: false,
    queryFn: async ({ signal }): Promise<KeeperStatus> => {
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

/** Asks the keeper behind an endpoint who it is. */
export function useKeeper(endpoint: string | undefined, provider: Address | undefined) {
  const { deployment } = useAppConfig();
  const seat = { endpoint: endpoint ?? "", provider: provider ?? zeroAddress };
  return useQuery({ ...keeperQuery(deployment, seat), enabled: Boolean(endpoint && provider) });
}

/** Asks several keepers; states in the order of `seats`, undefined while one is being asked. */
export function useKeeperStates(seats: readonly Seat[]): (KeeperStatus["state"] | undefined)[] {
  const { deployment } = useAppConfig();
  return useQueries({ queries: seats.map((seat) => keeperQuery(deployment, seat)) }).map(({ data }) => data?.state);
}

/** Address at which a keeper serves a CID. */
export function contentUrlOf({ contentUrl }: Pick<KeeperInfo, "contentUrl">, cid: string): string {
  return contentUrl.replaceAll("{cid}", cid);
}
