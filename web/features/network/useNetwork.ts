"use client";

import { NETWORK } from "@/features/network/queries";
import { useAppConfig } from "@/lib/config-context";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** Periods that the picture of proofs shows. */
export const SHOWN_ROUNDS = 48;
const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

/** The network in figures. Sizes are bytes; stake is EVER base units. */
export interface Network {
  providerCount: number;
  activeOfferCount: number;
  offeredBytes: bigint;
  freeBytes: bigint;
  dealCount: number;
  activeDealCount: number;
  livePieceCount: number;
  liveBytes: bigint;
  activeStake: bigint;
  proofCount: number;
  missedCount: number;
}

export interface Round {
  period: number;
  proofCount: number;
  missedCount: number;
}

interface NetworkRow extends Omit<Network, "offeredBytes" | "freeBytes" | "liveBytes" | "activeStake"> {
  offeredBytes: string;
  freeBytes: string;
  liveBytes: string;
  activeStake: string;
}

/** Figures of the whole network, and its latest rounds, oldest first; `network` is null before the first event. */
export function useNetwork() {
  const subgraph = useSubgraph();
  const { chain } = useAppConfig();
  return useLiveQuery({
    queryKey: ["network"],
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    queryFn: async ({ signal }): Promise<{ network: Network | null; rounds: Round[] }> => {
      const { network, rounds } = await subgraph.request<{ network: NetworkRow | null; rounds: Round[] }>({
        document: NETWORK,
        variables: { first: SHOWN_ROUNDS },
        signal,
      });
      return {
        network: network && {
          ...network,
          offeredBytes: BigInt(network.offeredBytes),
          freeBytes: BigInt(network.freeBytes),
          liveBytes: BigInt(network.liveBytes),
          activeStake: BigInt(network.activeStake),
        },
        rounds: rounds.toReversed(),
      };
    },
  });
}
