/**
 * The Merkle tree of a piece. Our choice, and the contract verifies the same:
 * - The piece is cut into 128-byte leaves, the last one filled with zero bytes. leaf hash = keccak256(0x00 ‖ leaf).
 * - The number of leaves is rounded up to a power of two with padding leaves *whose hash is* bytes32(0); no preimage is hashed for them.
 * - node = keccak256(0x01 ‖ left ‖ right), over padding like over anything else, so a subtree of padding alone is a constant per level.
 * - depth = ceil(log2(leafCount)); one leaf has depth 0 and its leaf hash is the root. Only indices < leafCount can be challenged.
 * - A path is the siblings from the leaf upwards; bit k of the index says whether the node at level k is the right one of its pair.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Hex } from "viem";
import { BATCH_LEAVES, HASH_BYTES, hashNode, LEAF_BYTES, sharedBatchHasher } from "./batch-hasher.ts";
import { PieceError } from "./errors.ts";

/** What a provider keeps to prove a piece later without hashing all of it again. */
export interface PieceTree {
  /** Merkle root, as on chain. */
  readonly root: Hex;
  readonly sizeBytes: number;
  /** Real leaves, without padding: ceil(sizeBytes / 128). */
  readonly leafCount: number;
  /** Leaves under each stored hash, a power of two. */
  readonly subtreeLeaves: number;
  /** 32 bytes per subtree, in order; a piece of at most one subtree has its root here. */
  readonly subtreeHashes: Uint8Array;
}

/** Leaves per stored hash unless told otherwise: 8,192 leaves are 1 MiB. */
export const DEFAULT_SUBTREE_LEAVES = BATCH_LEAVES;

/** Real leaves of a piece of `sizeBytes` bytes. */
export function leafCountOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / LEAF_BYTES);
}

/** Levels between a leaf and the root: ceil(log2(leafCount)). */
export function depthOf(leafCount: number): number {
  let depth = 0;
  for (let capacity = 1; capacity < leafCount; capacity *= 2) depth++;
  return depth;
}

/** The level at which two leaves are siblings: the highest bit in which their indices differ. */
export function meetingLevel(left: number, right: number): number {
  let level = -1;
  for (let [a, b] = [left, right]; a !== b; a = Math.floor(a / 2), b = Math.floor(b / 2)) level++;
  return level;
}

const paddingHashes: Uint8Array[] = [new Uint8Array(HASH_BYTES)];

/** The hash of a subtree of 2^level padding leaves. */
export function paddingHash(level: number): Uint8Array {
  let hash = paddingHashes[level];
  if (hash === undefined) {
    const below = paddingHash(level - 1);
    hash = hashNode(below, below);
    paddingHashes[level] = hash;
  }
  return hash;
}

/** Every level of the subtree over `data` (at most 1 MiB), leaves first, the single top hash last. Padding is left out. */
export function subtreeLevels(data: Uint8Array, height: number): Uint8Array[] {
  const hasher = sharedBatchHasher();
  let hashes = hasher.leaves(data);
  const levels = [hashes.slice()];
  for (let level = 0; level < height; level++) {
    hashes = hasher.nodes(hashes, paddingHash(level));
    levels.push(hashes.slice());
  }
  return levels;
}

/** Every level above the stored subtrees, the stored ones first, the root last. Padding is left out. */
export function upperLevels(subtreeHashes: Uint8Array, from: number, to: number): Uint8Array[] {
  const levels = [subtreeHashes];
  let hashes = subtreeHashes;
  for (let level = from; level < to; level++) {
    hashes = parentsOf(hashes, level);
    levels.push(hashes);
  }
  return levels;
}

function parentsOf(hashes: Uint8Array, level: number): Uint8Array {
  const hasher = sharedBatchHasher();
  const parents = new Uint8Array(Math.ceil(hashes.length / (2 * HASH_BYTES)) * HASH_BYTES);
  const batchBytes = BATCH_LEAVES * HASH_BYTES;
  for (let start = 0; start < hashes.length; start += batchBytes) {
    parents.set(hasher.nodes(hashes.subarray(start, start + batchBytes), paddingHash(level)), start / 2);
  }
  return parents;
}

/** Collects subtrees in any order and closes them to a tree. Keeps 32 bytes per subtree and nothing else. */
export class SubtreeCollector {
  readonly subtreeLeaves: number;
  readonly subtreeBytes: number;
  #hashes = new Uint8Array(64 * HASH_BYTES);

  constructor(subtreeLeaves: number = DEFAULT_SUBTREE_LEAVES) {
    const isPowerOfTwo = Number.isInteger(Math.log2(subtreeLeaves));
    if (!isPowerOfTwo || subtreeLeaves < 1 || subtreeLeaves > BATCH_LEAVES) {
      throw new RangeError(`subtreeLeaves must be a power of two up to ${BATCH_LEAVES}, not ${subtreeLeaves}`);
    }
    this.subtreeLeaves = subtreeLeaves;
    this.subtreeBytes = subtreeLeaves * LEAF_BYTES;
  }

  /** Hashes one subtree. Only the last may be short; the only one of a piece reaches no higher than the piece itself. */
  set(index: number, data: Uint8Array, isOnlyOne = false): void {
    const hasher = sharedBatchHasher();
    const height = depthOf(isOnlyOne ? leafCountOf(data.length) : this.subtreeLeaves);
    let hashes = hasher.leaves(data);
    for (let level = 0; level < height; level++) hashes = hasher.nodes(hashes, paddingHash(level));
    const start = index * HASH_BYTES;
    if (start + HASH_BYTES > this.#hashes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#hashes.length, start + HASH_BYTES));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hashes, start);
  }

  /** The tree over all subtrees; each must have been set. Throws `PieceEmpty` for no bytes. */
  close(sizeBytes: number): PieceTree {
    const subtrees = Math.ceil(sizeBytes / this.subtreeBytes);
    return pieceTreeOf(sizeBytes, this.subtreeLeaves, this.#hashes.slice(0, subtrees * HASH_BYTES));
  }
}

/** Folds stored subtree hashes to the tree of the piece. Throws `PieceEmpty` for no bytes. */
export function pieceTreeOf(sizeBytes: number, subtreeLeaves: number, subtreeHashes: Uint8Array): PieceTree {
  if (sizeBytes === 0) throw new PieceError("PieceEmpty", { skipped: 0 });
  const leafCount = leafCountOf(sizeBytes);
  const depth = depthOf(leafCount);
  const top = upperLevels(subtreeHashes, Math.min(depthOf(subtreeLeaves), depth), depth).at(-1) ?? subtreeHashes;
  return { root: `0x${bytesToHex(top)}`, sizeBytes, leafCount, subtreeLeaves, subtreeHashes };
}
