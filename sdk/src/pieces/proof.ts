import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "viem";
import { HASH_BYTES, hashLeaf, hashNode, LEAF_BYTES } from "./batch-hasher.ts";
import { PieceError } from "./errors.ts";
import { depthOf, meetingLevel, type PieceTree, paddingHash, subtreeLevels, upperLevels } from "./tree.ts";

/** Gives exactly `lengthBytes` bytes of the piece from `startByte`, in a buffer that stays as it is until the next call. */
export type PieceReader = (startByte: number, lengthBytes: number) => Uint8Array | Promise<Uint8Array>;

/** One leaf with its way to the root. */
export interface PathProof {
  index: number;
  /** 128 bytes; the last leaf of a piece is filled with zeros. */
  leaf: Uint8Array;
  /** From the leaf upwards, `depth` of them. */
  siblings: Hex[];
}

/**
 * Proves one leaf by hashing its subtree again.
 * Throws `ProofIndexInvalid` for an index past the real leaves, `PieceBytesChanged` when the bytes are not those of the tree.
 */
export async function provePath(proof: { tree: PieceTree; readBytes: PieceReader; index: number }): Promise<PathProof> {
  const stream = await proveLeaves({ ...proof, indices: [proof.index] });
  const siblings: Hex[] = [];
  for (let start = LEAF_BYTES; start < stream.length; start += HASH_BYTES) {
    siblings.push(`0x${bytesToHex(stream.subarray(start, start + HASH_BYTES))}`);
  }
  return { index: proof.index, leaf: stream.slice(0, LEAF_BYTES), siblings };
}

/** Whether the path leads to the root, the way the contract checks it. Never throws on a wrong proof. */
export function verifyPath({ root, leafCount, index, leaf, siblings }: PathProof & { root: Hex; leafCount: number }) {
  const stream = new Uint8Array(LEAF_BYTES + siblings.length * HASH_BYTES);
  if (leaf.length !== LEAF_BYTES || siblings.some((sibling) => !/^0x[0-9a-f]{64}$/i.test(sibling))) return false;
  stream.set(leaf);
  for (const [level, sibling] of siblings.entries()) {
    stream.set(hexToBytes(sibling.slice(2)), LEAF_BYTES + level * HASH_BYTES);
  }
  return verifyLeaves({ root, leafCount, indices: [index], stream });
}

/**
 * Proves several leaves of one piece at once, each shared sibling left out: per leaf in order its 128 bytes, then the siblings
 * that it needs, in the order in which `verifyLeaves` and the contract consume them.
 * @param proof.indices Leaf indices, strictly ascending.
 * Throws like `provePath`.
 */
export async function proveLeaves({
  tree,
  readBytes,
  indices,
}: {
  tree: PieceTree;
  readBytes: PieceReader;
  indices: readonly number[];
}): Promise<Uint8Array> {
  const wrong = firstWrongIndex(indices, tree.leafCount);
  if (wrong !== undefined) throw new PieceError("ProofIndexInvalid", { index: wrong, leafCount: tree.leafCount });

  const depth = depthOf(tree.leafCount);
  const height = Math.min(depthOf(tree.subtreeLeaves), depth);
  const upper = upperLevels(tree.subtreeHashes, height, depth);
  const parts: Uint8Array[] = [];
  let subtree: Subtree = { number: -1, data: new Uint8Array(), levels: [] };

  const siblingOf = (index: number, level: number) => {
    const position = Math.floor(index / 2 ** level);
    const sibling = position % 2 === 0 ? position + 1 : position - 1;
    const hashes = level < height ? subtree.levels[level] : upper[level - height];
    const first = level < height ? subtree.number * 2 ** (height - level) : 0;
    const start = (sibling - first) * HASH_BYTES;
    const hash = hashes?.slice(start, start + HASH_BYTES);
    return hash?.length === HASH_BYTES ? hash : paddingHash(level);
  };

  for (const { index, climbs } of walk(indices, depth)) {
    const number = Math.floor(index / 2 ** height);
    if (number !== subtree.number) subtree = await readSubtree(tree, readBytes, number, height);
    const leaf = new Uint8Array(LEAF_BYTES);
    const start = (index - number * 2 ** height) * LEAF_BYTES;
    leaf.set(subtree.data.subarray(start, start + LEAF_BYTES));
    parts.push(leaf);
    for (const { from, to } of climbs) {
      for (let level = from; level < to; level++) parts.push(siblingOf(index, level));
    }
  }
  return concatenate(parts);
}

/** Length of what `proveLeaves` gives for `indices` in a tree of `depth` levels. Bytes. */
export function openingBytes(indices: readonly number[], depth: number): number {
  let siblings = depth;
  for (const [i, index] of indices.entries()) {
    const left = indices[i - 1];
    // A further leaf brings the siblings below where it meets its left neighbour, and is itself the one that was missing there.
    if (left !== undefined) siblings += meetingLevel(left, index) - 1;
  }
  return indices.length * LEAF_BYTES + siblings * HASH_BYTES;
}

/** Whether the stream of `proveLeaves` leads to the root and holds nothing else. Never throws on a wrong proof. */
export function verifyLeaves({
  root,
  leafCount,
  indices,
  stream,
}: {
  root: Hex;
  leafCount: number;
  indices: readonly number[];
  stream: Uint8Array;
}): boolean {
  if (firstWrongIndex(indices, leafCount) !== undefined) return false;
  const depth = depthOf(leafCount);
  const waiting: Uint8Array[] = [];
  let at = 0;
  let hash: Uint8Array = new Uint8Array();
  for (const { index, climbs, isLast } of walk(indices, depth)) {
    const siblings = climbs.reduce((sum, { from, to }) => sum + to - from, 0);
    if (at + LEAF_BYTES + siblings * HASH_BYTES > stream.length) return false;
    hash = hashLeaf(stream.subarray(at, at + LEAF_BYTES));
    at += LEAF_BYTES;
    for (const [i, { from, to }] of climbs.entries()) {
      const left = i === 0 ? undefined : waiting.pop();
      if (left !== undefined) hash = hashNode(left, hash);
      for (let level = from; level < to; level++, at += HASH_BYTES) {
        const sibling = stream.subarray(at, at + HASH_BYTES);
        const isRight = Math.floor(index / 2 ** level) % 2 === 1;
        hash = isRight ? hashNode(sibling, hash) : hashNode(hash, sibling);
      }
    }
    if (!isLast) waiting.push(hash);
  }
  return at === stream.length && `0x${bytesToHex(hash)}` === root.toLowerCase();
}

interface Step {
  index: number;
  /** Levels that this leaf climbs with siblings of its own; between two of them it joins the left neighbour that waits there. */
  climbs: { from: number; to: number }[];
  isLast: boolean;
}

/**
 * The order of a proof of several leaves, as a stack machine: a leaf climbs to just below where it meets its right neighbour and
 * waits there; the neighbour, on its way up, joins everyone who waits lower than its own stop. The last leaf goes to the root.
 */
function* walk(indices: readonly number[], depth: number): Generator<Step> {
  const waitingAt: number[] = [];
  for (const [position, index] of indices.entries()) {
    const next = indices[position + 1];
    const stop = next === undefined ? depth : meetingLevel(index, next);
    const climbs: Step["climbs"] = [];
    let level = 0;
    for (let meet = waitingAt.at(-1); meet !== undefined && meet < stop; meet = waitingAt.at(-1)) {
      waitingAt.pop();
      climbs.push({ from: level, to: meet });
      level = meet + 1;
    }
    climbs.push({ from: level, to: stop });
    if (next !== undefined) waitingAt.push(stop);
    yield { index, climbs, isLast: next === undefined };
  }
}

function firstWrongIndex(indices: readonly number[], leafCount: number): number | undefined {
  if (indices.length === 0) return -1;
  return indices.find((index, position) => {
    const previous = indices[position - 1] ?? -1;
    return !Number.isSafeInteger(index) || index <= previous || index >= leafCount;
  });
}

interface Subtree {
  number: number;
  data: Uint8Array;
  levels: Uint8Array[];
}

async function readSubtree(tree: PieceTree, readBytes: PieceReader, number: number, height: number): Promise<Subtree> {
  const startByte = number * tree.subtreeLeaves * LEAF_BYTES;
  const lengthBytes = Math.min(tree.subtreeLeaves * LEAF_BYTES, tree.sizeBytes - startByte);
  const data = await readBytes(startByte, lengthBytes);
  const levels = data.length === lengthBytes ? subtreeLevels(data, height) : [];
  const stored = tree.subtreeHashes.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES);
  // A proof from damaged bytes would fail on chain and cost its gas: better known here.
  if (!levels.at(-1)?.every((byte, i) => byte === stored[i])) {
    throw new PieceError("PieceBytesChanged", { startByte, lengthBytes });
  }
  return { number, data, levels };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
