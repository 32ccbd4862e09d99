import { type PieceTree, SubtreeCollector } from "./tree.ts";

/** Takes the bytes of a piece in order, in chunks of any size, and gives its tree. */
export interface PieceHasher {
  update(bytes: Uint8Array): void;
  /** The tree over everything so far. Throws `PieceEmpty` when that is nothing. The hasher is spent afterwards. */
  finish(): PieceTree;
}

/**
 * Hashes a piece as a stream, in constant memory: one subtree, and 32 bytes for each one finished.
 * @param options.subtreeLeaves Leaves per stored hash, a power of two of at most 8,192 (the default, 1 MiB). Smaller ones
 * make a later proof cheaper and what is stored larger.
 */
export function createPieceHasher({ subtreeLeaves }: { subtreeLeaves?: number } = {}): PieceHasher {
  const subtrees = new SubtreeCollector(subtreeLeaves);
  const { subtreeBytes } = subtrees;
  const buffer = new Uint8Array(subtreeBytes);
  let buffered = 0;
  let finished = 0;

  // A full subtree is hashed only when a further byte arrives: the only one of a piece has a height of its own.
  const flush = (data: Uint8Array) => subtrees.set(finished++, data);

  return {
    update(bytes) {
      let start = 0;
      while (start < bytes.length) {
        if (buffered === subtreeBytes) {
          flush(buffer);
          buffered = 0;
        }
        if (buffered === 0 && bytes.length - start > subtreeBytes) {
          flush(bytes.subarray(start, start + subtreeBytes));
          start += subtreeBytes;
          continue;
        }
        const taken = Math.min(subtreeBytes - buffered, bytes.length - start);
        buffer.set(bytes.subarray(start, start + taken), buffered);
        buffered += taken;
        start += taken;
      }
    },
    finish() {
      const sizeBytes = finished * subtreeBytes + buffered;
      if (buffered > 0) subtrees.set(finished, buffer.subarray(0, buffered), finished === 0);
      return subtrees.close(sizeBytes);
    },
  };
}
