import type { Block } from "viem";
import type { DutyContext } from "./context.ts";

/** Finds the first block at or after a moment. */
export type FindBlock = (at: number) => Promise<{ block: Block } | undefined>;
/** Blocks whose events are asked for, both included. */
type Range = { fromBlock: bigint; toBlock: bigint };

/** Most blocks per log query. */
const RANGE_BLOCKS = 2_000;
/** Blocks that are read once more, in case a reorganisation put something into them. */
const READ_AGAIN_BLOCKS = 256;

/**
 * Reads what is new on the chain, range by range. At a start it looks back two spans of the unbonding, which is one span longer than anybody has had
 * to wait.
 */
export function createLookBack(findBlock: FindBlock) {
  let readTo: number | undefined;

  return async (context: DutyContext, read: (range: Range) => Promise<void>): Promise<void> => {
    const head = context.head();
    const unbonding = Number(await context.contracts.stake.read.UNBONDING_SECONDS());
    const first = async () => Number((await findBlock(head.at - 2 * unbonding))?.block.number ?? 0);
    const start = readTo === undefined ? await first() : Math.max(0, readTo - READ_AGAIN_BLOCKS);
    for (let from = start; from <= head.number; from += RANGE_BLOCKS) {
      const to = Math.min(from + RANGE_BLOCKS - 1, head.number);
      await read({ fromBlock: BigInt(from), toBlock: BigInt(to) });
      readTo = to;
    }
  };
}
