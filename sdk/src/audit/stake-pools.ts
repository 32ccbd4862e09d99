// The arithmetic of the vault's pools, as contracts/libraries/StakePool.sol has it. Amounts are EVER base units, indexes are base units per
// share times 2^64.
import { least } from "./stream.ts";

const ONE = 2n ** 64n;
const LEAST_INDEX = 2n ** 40n;
const VIRTUAL_TOKENS = 10n ** 15n;

/** What shares of a pool are worth, and in which epoch they count. */
export interface Pool {
  index: bigint;
  epoch: number;
}

/** What a slash takes from where. */
export interface SlashParts {
  fromActive: bigint;
  fromThawing: bigint;
  fromDelegated: bigint;
  fromDelegatedThawing: bigint;
}

/** A pool that nothing happened to. */
export const newPool = (): Pool => ({ index: ONE, epoch: 0 });

export const sharesFor = (amount: bigint, { index }: Pool) => (amount * ONE) / index;

export const worthOf = (shares: bigint, { index }: Pool) => (shares * index) / ONE;

/** The pool after a reward; `tokens` is what it held before. */
export function rewarded({ index, epoch }: Pool, tokens: bigint, added: bigint): Pool {
  return { index: (index * (tokens + VIRTUAL_TOKENS + added)) / (tokens + VIRTUAL_TOKENS), epoch };
}

/** The pool after a slash; `tokens` is what it held before. */
export function slashed(pool: Pool, tokens: bigint, taken: bigint): Pool {
  if (taken === 0n || tokens === 0n) return pool;
  const index = (pool.index * (tokens - taken)) / tokens;
  return index < LEAST_INDEX ? { index: ONE, epoch: pool.epoch + 1 } : { index, epoch: pool.epoch };
}

/** How the vault splits a slash: own active stake, own thawing stake, then both parts of the pool in proportion. */
export function splitSlash(
  amount: bigint,
  held: { active: bigint; thawing: bigint; delegated: bigint; delegatedThawing: bigint },
): SlashParts {
  const fromActive = least(amount, held.active);
  const fromThawing = least(amount - fromActive, held.thawing);
  const pool = held.delegated + held.delegatedThawing;
  const fromPool = least(amount - fromActive - fromThawing, pool);
  const fromDelegated = pool === 0n ? 0n : (fromPool * held.delegated) / pool;
  return { fromActive, fromThawing, fromDelegated, fromDelegatedThawing: fromPool - fromDelegated };
}
