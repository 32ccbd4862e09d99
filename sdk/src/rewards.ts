import { type Address, parseEventLogs } from "viem";
import { readContract } from "viem/actions";
import { type ActionOptions, eventMissing, explained, logsOf, type ProtocolClient, type Sent, send } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { feeRouterAbi, rewardPoolAbi } from "./generated/abis.ts";
import { formatEver } from "./units.ts";

const EVER = { money: formatEver };

/** This deployment is older than the rewards. */
export class RewardsMissing extends Error {
  override readonly name = "RewardsMissing";
  constructor() {
    super("This deployment pays no rewards. Use one that does.");
  }
}

function contractOf({ contracts }: Deployment) {
  if (!contracts.RewardPool) throw new RewardsMissing();
  return { address: contracts.RewardPool, abi: rewardPoolAbi } as const;
}

/** What a provider's fees in one token earn in one epoch. */
export interface RewardOptions {
  deployment: Deployment;
  provider: Address;
  epoch: bigint;
  tokenId: number;
}

/** A reward. */
export interface Reward {
  /** Recorded and not claimed yet. Token base units. */
  fees: bigint;
  /** EVER base units; a forecast while the epoch runs. */
  reward: bigint;
  /** Whether it can be claimed. */
  isDue: boolean;
}

/** The running epoch, and when the next one begins: Unix seconds. Throws `ProtocolError`. */
export async function getEpoch(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
): Promise<{ epoch: bigint; endsAt: number }> {
  const { FeeRouter } = deployment.contracts;
  if (!FeeRouter) throw new RewardsMissing();
  const router = { address: FeeRouter, abi: feeRouterAbi } as const;
  const [epoch, origin, seconds] = await explained({}, () =>
    Promise.all([
      readContract(client, { ...router, functionName: "currentEpoch" }),
      readContract(client, { ...router, functionName: "EPOCH_ORIGIN" }),
      readContract(client, { ...router, functionName: "EPOCH_SECONDS" }),
    ]),
  );
  return { epoch, endsAt: Number(origin + (epoch + 1n) * seconds) };
}

/** What a provider's recorded fees earn. Throws `ProtocolError`. */
export async function getReward(client: ProtocolClient, options: RewardOptions): Promise<Reward> {
  const { deployment, provider, epoch, tokenId } = options;
  const pool = contractOf(deployment);
  const args = [provider, epoch, tokenId] as const;
  const [fees, reward, running] = await Promise.all([
    explained({}, () => readContract(client, { ...pool, functionName: "feesOf", args })),
    explained({}, () => readContract(client, { ...pool, functionName: "rewardOf", args })),
    getEpoch(client, { deployment }),
  ]);
  return { fees, reward, isDue: reward > 0n && epoch < running.epoch };
}

/** Ended epochs that are looked back on unless somebody says otherwise: half a year of weeks. */
const LOOK_BACK_EPOCHS = 26;

/** A reward that can be claimed. EVER base units. */
export interface DueReward {
  epoch: bigint;
  tokenId: number;
  reward: bigint;
}

/** Rewards of the latest ended epochs that a provider can claim, the oldest first. Throws `ProtocolError`. */
export async function listDueRewards(
  client: ProtocolClient,
  options: { deployment: Deployment; provider: Address; tokenIds: readonly number[]; epochs?: number },
): Promise<DueReward[]> {
  const { deployment, provider, tokenIds, epochs = LOOK_BACK_EPOCHS } = options;
  const pool = contractOf(deployment);
  const { epoch: running } = await getEpoch(client, { deployment });
  const count = running < BigInt(epochs) ? Number(running) : epochs;
  const asked = Array.from({ length: count }, (_, i) => running - BigInt(count - i)).flatMap((epoch) =>
    tokenIds.map((tokenId) => ({ epoch, tokenId })),
  );
  const found = await explained({}, () =>
    Promise.all(
      asked.map(async ({ epoch, tokenId }): Promise<DueReward> => {
        const args = [provider, epoch, tokenId] as const;
        return { epoch, tokenId, reward: await readContract(client, { ...pool, functionName: "rewardOf", args }) };
      }),
    ),
  );
  return found.filter(({ reward }) => reward > 0n);
}

/** What paid fees: one deal or one channel. */
export type FeeSource = { dealKey: bigint; channelId?: undefined } | { channelId: bigint; dealKey?: undefined };

/**
 * Counts what a deal or a channel paid in fees since the last time, in the running epoch, for its provider. Anybody may; sweep the fee
 * before. Returns the token base units that were counted: 0 when there was nothing new. Throws `ProtocolError`.
 */
export async function recordFees(
  client: ProtocolClient,
  options: ActionOptions & FeeSource,
): Promise<Sent & { amount: bigint }> {
  const pool = contractOf(options.deployment);
  const sent =
    options.dealKey === undefined
      ? await send(client, { ...pool, functionName: "recordChannel", args: [options.channelId] }, options)
      : await send(client, { ...pool, functionName: "recordDeal", args: [options.dealKey] }, options);
  const logs = logsOf(sent.receipt, pool.address);
  const [event] = parseEventLogs({ abi: pool.abi, eventName: "FeesRecorded", logs });
  return { ...sent, amount: event?.args.amount ?? 0n };
}

/**
 * Mints a provider's reward for one ended epoch and token into the vault, where it is shared with the delegators. Anybody may. Returns
 * EVER base units. Throws `ProtocolError`.
 */
export async function claimReward(
  client: ProtocolClient,
  options: ActionOptions & RewardOptions,
): Promise<Sent & { amount: bigint }> {
  const { provider, epoch, tokenId } = options;
  const pool = contractOf(options.deployment);
  const sent = await send(client, { ...pool, functionName: "claim", args: [provider, epoch, tokenId] }, options, EVER);
  const logs = logsOf(sent.receipt, pool.address);
  const [event] = parseEventLogs({ abi: pool.abi, eventName: "RewardClaimed", logs });
  if (!event) throw eventMissing(sent.receipt, "RewardClaimed");
  return { ...sent, amount: event.args.amount };
}
