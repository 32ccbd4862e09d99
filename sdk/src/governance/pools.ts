import { type Address, encodeAbiParameters, getAddress, type Hex } from "viem";

/** Most stake pools in one ballot: `EverGovernor.MAX_POOLS`. */
export const MAX_POOLS = 16;

/** A ballot names too many stake pools. */
export class PoolsTooMany extends Error {
  override readonly name = "PoolsTooMany";
  constructor(count: number) {
    super(`A ballot names at most ${MAX_POOLS} stake pools, not ${count}. Vote with the others in a second one.`);
  }
}

/** Each pool once, in the order that the governor asks for. Throws {@link PoolsTooMany}. */
export function sortPools(providers: readonly Address[]): Address[] {
  const sorted = [...new Map(providers.map((provider) => [BigInt(provider), getAddress(provider)]))]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, provider]) => provider);
  if (sorted.length > MAX_POOLS) throw new PoolsTooMany(sorted.length);
  return sorted;
}

/** What a ballot says of its stake pools: empty for token votes only. Throws {@link PoolsTooMany}. */
export function encodePools(providers: readonly Address[]): Hex {
  return providers.length === 0 ? "0x" : encodeAbiParameters([{ type: "address[]" }], [sortPools(providers)]);
}
