import { type Address, getAddress, type Hash, type Hex } from "viem";
import { type DelegatedTranche, type Delegation, type Pool, worthOf } from "../pools.ts";
import type { Query, Subgraph } from "./client.ts";

/** What graph-node sends of a pool. */
interface SentPool {
  id: Hex;
  name: string;
  jailed: boolean;
  activeStake: string;
  thawingStake: string;
  delegatedStake: string;
  delegatedThawingStake: string;
  frozenStake: string;
  slashedStake: string;
  rewardedStake: string;
  rewardedDelegation: string;
  cutBps: number;
  nextCutBps: number;
  cutChangesAt: string;
  poolIndex: string;
  poolEpoch: number;
  thawingPoolIndex: string;
  thawingPoolEpoch: number;
  proofCount: number;
  missedCount: number;
}

const POOL_FIELDS = `id name jailed activeStake thawingStake delegatedStake delegatedThawingStake frozenStake slashedStake
  rewardedStake rewardedDelegation cutBps nextCutBps cutChangesAt poolIndex poolEpoch thawingPoolIndex thawingPoolEpoch
  proofCount missedCount`;

function poolFrom(row: SentPool): Pool {
  return {
    provider: getAddress(row.id),
    name: row.name,
    isJailed: row.jailed,
    own: BigInt(row.activeStake),
    ownThawing: BigInt(row.thawingStake),
    delegated: BigInt(row.delegatedStake),
    delegatedThawing: BigInt(row.delegatedThawingStake),
    frozen: BigInt(row.frozenStake),
    slashed: BigInt(row.slashedStake),
    rewardedOwn: BigInt(row.rewardedStake),
    rewardedPool: BigInt(row.rewardedDelegation),
    cut: { bps: row.cutBps, nextBps: row.nextCutBps, changesAt: Number(row.cutChangesAt) },
    index: BigInt(row.poolIndex),
    epoch: row.poolEpoch,
    thawingIndex: BigInt(row.thawingPoolIndex),
    thawingEpoch: row.thawingPoolEpoch,
    provenPeriods: row.proofCount,
    missedPeriods: row.missedCount,
  };
}

/** Pools of registered providers, those with the most stake of their own first. */
export async function listPools(
  subgraph: Subgraph,
  { first = 100 }: { first?: number } = {},
  signal?: AbortSignal,
): Promise<Pool[]> {
  const { providers } = await subgraph.ask(POOLS, { first }, signal);
  return providers.map(poolFrom);
}
export const POOLS: Query<{ first: number }, { providers: SentPool[] }> = {
  document: `query Pools($first: Int!) {
    providers(first: $first, orderBy: activeStake, orderDirection: desc, where: { registeredAt_not: null }) { ${POOL_FIELDS} }
  }`,
};

type PoolEventBody =
  | { kind: "stake" | "thaw"; own: bigint; delegated: 0n }
  | { kind: "delegate" | "undelegate"; own: 0n; delegated: bigint; account: Address }
  | { kind: "reward"; own: bigint; delegated: bigint; cut: bigint }
  | { kind: "slash"; own: bigint; delegated: bigint; thawing: bigint }
  | { kind: "cut"; own: 0n; delegated: 0n; cutBps: number; changesAt: number };

/** Something that changed a pool. EVER base units, negative for what left; Unix seconds. */
export type PoolEvent = { id: Hex; at: number; hash: Hash } & PoolEventBody;

/** Most events of each kind that a history tells. */
const HISTORY = 200;

/** A pool and what changed it, the newest first; undefined when the index knows no such provider. */
export interface PoolHistory {
  pool: Pool;
  events: readonly PoolEvent[];
  /** Whether there are older events that are not in it. */
  isCut: boolean;
}

interface SentEvent {
  id: Hex;
  timestamp: string;
  transactionHash: Hash;
}
interface SentHistory {
  stakeDeposits: (SentEvent & { from: Hex; amount: string; shares: string | null })[];
  thaws: (SentEvent & { account: Hex; amount: string })[];
  rewards: (SentEvent & { toOwn: string; toPool: string; cut: string })[];
  slashes: (SentEvent & {
    fromActive: string;
    fromThawing: string;
    fromDelegated: string;
    fromDelegatedThawing: string;
  })[];
  cutChanges: (SentEvent & { cutBps: number; changesAt: string })[];
}

/** A provider's pool with its history. Addresses in any case. */
export async function getPoolHistory(
  subgraph: Subgraph,
  { provider }: { provider: Address },
  signal?: AbortSignal,
): Promise<PoolHistory | undefined> {
  const variables = { id: provider.toLowerCase() as Hex, first: HISTORY };
  const { provider: found } = await subgraph.ask(POOL_HISTORY, variables, signal);
  if (!found) return undefined;
  const pool = poolFrom(found);
  const lists = [found.stakeDeposits, found.thaws, found.rewards, found.slashes, found.cutChanges];
  const fullFrom = lists.flatMap((list) => (list.length === HISTORY ? [Number(list.at(-1)?.timestamp)] : []));
  // A kind that was cut off says nothing of the time before its last event: the others go no further back either.
  const from = Math.max(0, ...fullFrom);
  const events = eventsOf(found).filter(({ at }) => at >= from);
  events.sort((a, b) => b.at - a.at);
  return { pool, events, isCut: fullFrom.length > 0 };
}
export const POOL_HISTORY: Query<{ id: Hex; first: number }, { provider: (SentPool & SentHistory) | null }> = {
  document: `query PoolHistory($id: ID!, $first: Int!) {
    provider(id: $id) {
      ${POOL_FIELDS}
      stakeDeposits(first: $first, orderBy: timestamp, orderDirection: desc) { id from amount shares timestamp transactionHash }
      thaws(first: $first, orderBy: timestamp, orderDirection: desc) { id account amount timestamp transactionHash }
      rewards(first: $first, orderBy: timestamp, orderDirection: desc) { id toOwn toPool cut timestamp transactionHash }
      slashes(first: $first, orderBy: timestamp, orderDirection: desc) {
        id fromActive fromThawing fromDelegated fromDelegatedThawing timestamp transactionHash
      }
      cutChanges(first: $first, orderBy: timestamp, orderDirection: desc) { id cutBps changesAt timestamp transactionHash }
    }
  }`,
};

function eventsOf(found: SentPool & SentHistory): PoolEvent[] {
  const of = ({ id, timestamp, transactionHash }: SentEvent, body: PoolEventBody): PoolEvent => ({
    ...body,
    id,
    at: Number(timestamp),
    hash: transactionHash,
  });
  return [
    ...found.stakeDeposits.map((row) =>
      row.shares === null
        ? of(row, { kind: "stake", own: BigInt(row.amount), delegated: 0n })
        : of(row, { kind: "delegate", own: 0n, delegated: BigInt(row.amount), account: getAddress(row.from) }),
    ),
    ...found.thaws.map((row) =>
      row.account === found.id
        ? of(row, { kind: "thaw", own: -BigInt(row.amount), delegated: 0n })
        : of(row, { kind: "undelegate", own: 0n, delegated: -BigInt(row.amount), account: getAddress(row.account) }),
    ),
    ...found.rewards.map((row) =>
      of(row, { kind: "reward", own: BigInt(row.toOwn), delegated: BigInt(row.toPool), cut: BigInt(row.cut) }),
    ),
    ...found.slashes.map((row) =>
      of(row, {
        kind: "slash",
        own: -BigInt(row.fromActive),
        delegated: -BigInt(row.fromDelegated),
        thawing: -BigInt(row.fromThawing) - BigInt(row.fromDelegatedThawing),
      }),
    ),
    ...found.cutChanges.map((row) =>
      of(row, { kind: "cut", own: 0n, delegated: 0n, cutBps: row.cutBps, changesAt: Number(row.changesAt) }),
    ),
  ];
}

interface SentDelegations {
  delegations: { shares: string; epoch: number; deposited: string; undelegated: string; provider: SentPool }[];
  tranches: { number: string; shares: string; epoch: number; thawsAt: string; provider: { id: Hex } }[];
}

/** Everything that an account has delegated, or thaws, the latest change first. At most 1,000 providers. */
export async function listDelegations(
  subgraph: Subgraph,
  { delegator }: { delegator: Address },
  signal?: AbortSignal,
): Promise<Delegation[]> {
  const { delegations, tranches } = await subgraph.ask(
    DELEGATIONS,
    { delegator: delegator.toLowerCase() as Hex },
    signal,
  );
  return delegations.map(({ provider, shares, deposited, undelegated, epoch }) => {
    const pool = poolFrom(provider);
    return {
      pool,
      shares: BigInt(shares),
      epoch,
      deposited: BigInt(deposited),
      undelegated: BigInt(undelegated),
      tranches: tranches
        .filter((tranche) => tranche.provider.id === provider.id)
        .map(
          (tranche): DelegatedTranche => ({
            number: Number(tranche.number),
            amount: worthOf(BigInt(tranche.shares), tranche.epoch, {
              index: pool.thawingIndex,
              epoch: pool.thawingEpoch,
            }),
            thawsAt: Number(tranche.thawsAt),
          }),
        ),
    };
  });
}
export const DELEGATIONS: Query<{ delegator: Hex }, SentDelegations> = {
  document: `query Delegations($delegator: String!) {
    delegations(first: 1000, orderBy: updatedAt, orderDirection: desc, where: { delegator: $delegator }) {
      shares epoch deposited undelegated provider { ${POOL_FIELDS} }
    }
    tranches(first: 1000, orderBy: number, where: { account: $delegator, isOwn: false, shares_gt: "0" }) {
      number shares epoch thawsAt provider { id }
    }
  }`,
};

/** What a provider's fees in one token earned in one epoch, as the index knows it. */
export interface IndexedReward {
  epoch: bigint;
  tokenId: number;
  symbol: string;
  decimals: number;
  /** Recorded fees. Token base units. */
  fees: bigint;
  /** EVER base units; undefined until it was claimed. */
  claimed: bigint | undefined;
  claimTransactionHash: Hash | undefined;
}

interface SentReward {
  id: Hex;
  epoch: string;
  token: { tokenId: string; symbol: string; decimals: number };
  fees: string;
  claimed: string | null;
}

/** Rewards of a provider by epoch and token, the newest first. */
export async function listRewards(
  subgraph: Subgraph,
  { provider, first = 100 }: { provider: Address; first?: number },
  signal?: AbortSignal,
): Promise<IndexedReward[]> {
  const variables = { provider: provider.toLowerCase() as Hex, first };
  const { providerRewards, rewardClaims } = await subgraph.ask(REWARDS, variables, signal);
  const claims = new Map(rewardClaims.map(({ reward, transactionHash }) => [reward.id, transactionHash]));
  return providerRewards.map(({ id, epoch, token, fees, claimed }) => ({
    epoch: BigInt(epoch),
    tokenId: Number(token.tokenId),
    symbol: token.symbol,
    decimals: token.decimals,
    fees: BigInt(fees),
    claimed: claimed === null ? undefined : BigInt(claimed),
    claimTransactionHash: claims.get(id),
  }));
}
export const REWARDS: Query<
  { provider: Hex; first: number },
  { providerRewards: SentReward[]; rewardClaims: { reward: { id: Hex }; transactionHash: Hash }[] }
> = {
  document: `query Rewards($provider: String!, $first: Int!) {
    providerRewards(first: $first, orderBy: epoch, orderDirection: desc, where: { account: $provider }) {
      id epoch token { tokenId symbol decimals } fees claimed
    }
    rewardClaims(first: $first, orderBy: timestamp, orderDirection: desc, where: { account: $provider }) {
      reward { id } transactionHash
    }
  }`,
};
