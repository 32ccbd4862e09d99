import { type Address, decodeAbiParameters } from "viem";
import { describe, expect, it } from "vitest";
import { encodePools, MAX_POOLS, PoolsTooMany, sortPools } from "../../../sdk/src/governance/pools.ts";

const at = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;

describe("encodePools", () => {
  it("refuses 17 pools and takes 16", () => {
    const pools = Array.from({ length: MAX_POOLS + 1 }, (_, i) => at(i + 1));
    expect(() => encodePools(pools)).toThrow(PoolsTooMany);
    expect(sortPools(pools.slice(1))).toHaveLength(MAX_POOLS);
  });

  it("names each pool once, in rising order of their numbers", () => {
    const upper: Address = "0x00000000000000000000000000000000000000AB";
    const lower: Address = "0x00000000000000000000000000000000000000ab";
    const [pools] = decodeAbiParameters([{ type: "address[]" }], encodePools([upper, at(0xb), at(0xa), lower]));
    expect(pools.map((pool) => BigInt(pool))).toEqual([0xan, 0xbn, 0xabn]);
  });

  it("is empty without pools: token votes only", () => {
    expect(encodePools([])).toBe("0x");
  });
});
