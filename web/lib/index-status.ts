/** Blocks that the index may trail the chain by before the reader is told. */
export const TOLERATED_LAG_BLOCKS = 5;

export type IndexStatus =
  | { state: "loading" }
  | { state: "unreachable"; error: Error; retry: () => void }
  | { state: "failed"; block: number }
  | { state: "behind" | "current"; block: number; head: number; lag: number };

/** Reads a height against the other. Never negative: an index that has seen a newer block than we have is current. */
export function indexStatusOf(block: number, head: number): Extract<IndexStatus, { state: "behind" | "current" }> {
  const lag = Math.max(0, head - block);
  return { state: lag > TOLERATED_LAG_BLOCKS ? "behind" : "current", block, head: Math.max(head, block), lag };
}
