import type { Block, PublicClient } from "viem";

/**
 * The first block at or after a moment, and its parent; undefined when the newest block is earlier. Steps back in growing strides, then
 * halves: some twenty requests for a day of blocks.
 * @param at Unix seconds.
 */
export async function firstBlockAt(
  client: PublicClient,
  at: number,
): Promise<{ block: Block; parent: Block } | undefined> {
  let late = await client.getBlock({ blockTag: "latest" });
  if (late.number === null || Number(late.timestamp) < at) return undefined;

  let early = late;
  for (let stride = 1n; Number(early.timestamp) >= at; stride *= 2n) {
    late = early;
    if (late.number === 0n) return undefined; // nothing lies before the genesis block
    early = await client.getBlock({ blockNumber: late.number > stride ? late.number - stride : 0n });
  }
  while (late.number - early.number > 1n) {
    const middle = await client.getBlock({ blockNumber: (late.number + early.number) / 2n });
    if (Number(middle.timestamp) >= at) late = middle;
    else early = middle;
  }
  return { block: late, parent: early };
}
