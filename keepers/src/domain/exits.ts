import { over, wait } from "./duty.ts";
import type { ThawedTranche } from "./rewards.ts";

/** Which bounties for exits an operator earns. */
export type ExitPolicy = {
  /** How many times the gas at the moment's price a bounty must be. */
  worth: number;
  /** Bounties below this are left alone. Wei. */
  leastWei: bigint;
};

/** What an account promises for paying out a tranche. */
export type Bounty = { amountWei: bigint; tranche: number };

/** Gas that no execution is cheaper than: `bench/gas.json`, with some room below. What it really uses is asked of the chain. */
export const LEAST_EXIT_GAS = 100_000n;

/** Whether a bounty is worth so much gas. */
export function isWorthExecuting(amountWei: bigint, gas: bigint, gasPriceWei: bigint, policy: ExitPolicy): boolean {
  return amountWei > 0n && amountWei >= policy.leastWei && amountWei >= gas * gasPriceWei * BigInt(policy.worth);
}

/** Whether a bounty can be earned now, as far as the account's tranches tell: a case may hold them back. */
export function decideBounty(
  { amountWei, tranche }: Bounty,
  tranches: readonly (ThawedTranche & { number: number })[],
  nowAt: number,
) {
  if (amountWei === 0n) return over("there is no bounty");
  const named = tranches.find(({ number }) => number === tranche);
  if (!named) return over("it was paid out without its bounty");
  if (named.thawsAt > nowAt) return { ...wait("it thaws"), thawsAt: named.thawsAt };
  return { act: true as const };
}
