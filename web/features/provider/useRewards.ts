"use client";

import { rewardPoolAbi } from "@4ever/sdk/generated/abis";
import { getEpoch } from "@4ever/sdk/rewards";
import { type IndexedReward, listRewards } from "@4ever/sdk/subgraph/pools";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LISTED = 100;
const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

/** What a provider's fees of one epoch and token earn. `due` is EVER base units; a forecast while the epoch runs. */
export type EpochReward = IndexedReward & { due: bigint; isRunning: boolean };

/** The running epoch, its end in Unix seconds, and the latest epochs in which fees were recorded, the newest first. */
export interface RewardOverview {
  epoch: bigint;
  endsAt: number;
  rewards: readonly EpochReward[];
}

/** Rewards as the index lists them, with what the contract says is due now of those that nobody claimed. */
export function useRewards(provider: Address) {
  const index = useIndex();
  const client = useClient();
  const { chain, deployment } = useAppConfig();
  const { RewardPool: address } = deployment.contracts;
  return useLiveQuery({
    queryKey: ["rewards", index.url, provider],
    enabled: client !== undefined && address !== undefined,
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    queryFn: async ({ signal }): Promise<RewardOverview> => {
      if (!client || !address) throw new Error("This network pays no rewards.");
      const [listed, running] = await Promise.all([
        listRewards(index, { provider, first: LISTED }, signal),
        getEpoch(client, { deployment }),
      ]);
      const rewards = await Promise.all(
        listed.map(async (row): Promise<EpochReward> => {
          const isRunning = row.epoch >= running.epoch;
          if (row.claimed !== undefined) return { ...row, due: 0n, isRunning };
          const args = [provider, row.epoch, row.tokenId] as const;
          const due = await readContract(client, { address, abi: rewardPoolAbi, functionName: "rewardOf", args });
          return { ...row, due, isRunning };
        }),
      );
      return { ...running, rewards };
    },
  });
}
