import type { Address } from "viem";

/** Times its own active stake that a provider may be delegated: the vault's `MAX_DELEGATION_RATIO`. */
const MAX_DELEGATION_RATIO = 8n;
/** What rounding may take from a delegation without anything having happened to it. EVER base units: a millionth of an EVER. */
const ROUNDING = 10n ** 12n;
/** An index of 2^64 is worth one base unit a share. */
const INDEX_BITS = 64n;
const BPS = 10_000n;

/** A provider's stake pool. EVER base units; basis points; Unix seconds. */
export interface Pool {
  provider: Address;
  /** What the provider calls itself; not to be trusted. */
  name: string;
  /** It takes no new deals. */
  isJailed: boolean;
  /** The provider's own active stake. */
  own: bigint;
  ownThawing: bigint;
  /** Delegated to it, active. */
  delegated: bigint;
  delegatedThawing: bigint;
  /** What open cases hold back: own stake first. */
  frozen: bigint;
  /** Ever taken, of all stake behind the provider. */
  slashed: bigint;
  /** Rewards that its own stake, and its delegators, ever got. */
  rewardedOwn: bigint;
  rewardedPool: bigint;
  cut: Cut;
  /** What 2^64 shares are worth. */
  index: bigint;
  epoch: number;
  thawingIndex: bigint;
  thawingEpoch: number;
  provenPeriods: number;
  missedPeriods: number;
}

/** A provider's cut of its delegators' rewards: `bps` until `changesAt`, `nextBps` from then on. */
export interface Cut {
  bps: number;
  nextBps: number;
  changesAt: number;
}

/** The cut at a moment, and the rise that is announced. Basis points; Unix seconds. */
export function cutAt(
  { bps, nextBps, changesAt }: Cut,
  nowAt: number,
): { bps: number; rise?: { bps: number; at: number } } {
  if (nowAt >= changesAt) return { bps: nextBps };
  return { bps, rise: { bps: nextBps, at: changesAt } };
}

/** What can still be delegated to a provider. EVER base units. */
export function roomOf({ own, delegated }: Pick<Pool, "own" | "delegated">): bigint {
  const most = own * MAX_DELEGATION_RATIO;
  return most > delegated ? most - delegated : 0n;
}

/** What delegated EVER gained since the pool began, or since a slash took all of it: rewards less slashes. Basis points, rounded. */
export function growthBps({ index }: Pick<Pool, "index">): number {
  return Number((index * BPS + (1n << (INDEX_BITS - 1n))) >> INDEX_BITS) - Number(BPS);
}

/** Part of the periods in which something was under proof that were proven, 0…1; undefined before the first one. */
export function provenShare({
  provenPeriods,
  missedPeriods,
}: Pick<Pool, "provenPeriods" | "missedPeriods">): number | undefined {
  const all = provenPeriods + missedPeriods;
  return all === 0 ? undefined : provenPeriods / all;
}

/** What an account has delegated to one provider. EVER base units. */
export interface Delegation {
  pool: Pool;
  shares: bigint;
  /** Of the pool when it last changed. */
  epoch: number;
  /** Ever put in, and ever sent to thaw. */
  deposited: bigint;
  undelegated: bigint;
  /** What thaws, oldest first. */
  tranches: readonly DelegatedTranche[];
}

/** Delegated stake that thaws. EVER base units; Unix seconds. */
export interface DelegatedTranche {
  number: number;
  amount: bigint;
  thawsAt: number;
}

/** What shares are worth: nothing once a slash took all of the epoch that they are of. EVER base units, rounded down. */
export function worthOf(shares: bigint, epoch: number, pool: { index: bigint; epoch: number }): bigint {
  return epoch === pool.epoch ? (shares * pool.index) >> INDEX_BITS : 0n;
}

/** What an active delegation is worth now. EVER base units. */
export function delegatedWorth({ shares, epoch, pool }: Pick<Delegation, "shares" | "epoch" | "pool">): bigint {
  return worthOf(shares, epoch, pool);
}

/** What a delegation gained since it began: its part of rewards, less that of slashes. EVER base units; negative for a loss. */
export function gainOf(delegation: Delegation): bigint {
  const gain = delegatedWorth(delegation) + delegation.undelegated - delegation.deposited;
  return gain < 0n && gain > -ROUNDING ? 0n : gain;
}

/** Shares to undelegate for an amount, all of them when it is worth no less: what leaves is the amount, or a base unit more. */
export function sharesFor(amount: bigint, { shares, worth }: { shares: bigint; worth: bigint }): bigint {
  if (amount >= worth) return shares;
  return (amount * shares + worth - 1n) / worth;
}

/** What of a delegation's tranches has thawed, and what of it cases let go: the vault's own figure. EVER base units. */
export function withdrawableOf({ pool, tranches }: Pick<Delegation, "pool" | "tranches">, nowAt: number) {
  const thawed = tranches.filter(({ thawsAt }) => thawsAt <= nowAt).reduce((sum, { amount }) => sum + amount, 0n);
  const own = pool.own + pool.ownThawing;
  const held = pool.frozen > own ? pool.frozen - own : 0n;
  const all = pool.delegated + pool.delegatedThawing;
  const free = all > held ? all - held : 0n;
  return { thawed, withdrawable: thawed < free ? thawed : free };
}
