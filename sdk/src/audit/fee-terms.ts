import { readContract } from "viem/actions";
import type { ProtocolClient } from "../client.ts";
import type { Deployment } from "../deployments.ts";
import { everTokenAbi, feeRouterAbi, rewardPoolAbi } from "../generated/abis.ts";

/** What is fixed for ever in the code of the router and of the reward pool. EVER base units; seconds; Unix seconds. */
export interface FeeTerms {
  epochOriginAt: number;
  epochSeconds: number;
  halfLifeSeconds: number;
  floorPrice: bigint;
  /** Of any lot: all the EVER that can exist. */
  mostPrice: bigint;
  shareDelaySeconds: number;
  /** Undefined where nothing is emitted. */
  emission: { first: bigint; halvingEpochs: bigint } | undefined;
}

/** Constants that no event tells; undefined for a deployment without auctions. Rejects with what the node answers. */
export async function readFeeTerms(
  client: ProtocolClient,
  { contracts }: Deployment,
  blockNumber: bigint,
): Promise<FeeTerms | undefined> {
  const { FeeRouter, RewardPool, EverToken } = contracts;
  if (!FeeRouter) return undefined;
  const router = { address: FeeRouter, abi: feeRouterAbi, blockNumber } as const;
  const [origin, seconds, halfLife, floorPrice, shareDelay, mostPrice] = await Promise.all([
    readContract(client, { ...router, functionName: "EPOCH_ORIGIN" }),
    readContract(client, { ...router, functionName: "EPOCH_SECONDS" }),
    readContract(client, { ...router, functionName: "HALF_LIFE_SECONDS" }),
    readContract(client, { ...router, functionName: "FLOOR_PRICE" }),
    readContract(client, { ...router, functionName: "SHARE_DELAY_SECONDS" }),
    readContract(client, { address: EverToken, abi: everTokenAbi, functionName: "CAP", blockNumber }),
  ]);
  const pool = { address: RewardPool ?? FeeRouter, abi: rewardPoolAbi, blockNumber } as const;
  const emission = RewardPool && {
    first: await readContract(client, { ...pool, functionName: "FIRST_EMISSION" }),
    halvingEpochs: await readContract(client, { ...pool, functionName: "HALVING_EPOCHS" }),
  };
  return {
    epochOriginAt: Number(origin),
    epochSeconds: Number(seconds),
    halfLifeSeconds: Number(halfLife),
    floorPrice,
    mostPrice,
    shareDelaySeconds: Number(shareDelay),
    emission,
  };
}

/** The epoch that runs at a moment. Unix seconds. */
export function epochAt({ epochOriginAt, epochSeconds }: FeeTerms, at: number): bigint {
  return BigInt(Math.floor((at - epochOriginAt) / epochSeconds));
}
