import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "viem";
import { HASH_BYTES } from "./batch-hasher.ts";
import { BlockIndex } from "./block-index.ts";
import type { CarIndex } from "./car-index.ts";
import { cidToDigest, digestToCid } from "./cid.ts";
import { PieceError } from "./errors.ts";
import { leafCountOf, pieceTreeOf } from "./tree.ts";

/**
 * The index of a CAR as a file beside it, big endian: magic ‖ digest of the root CID ‖ size (float64, exact up to 2^53) ‖
 * leaves per subtree (uint32) ‖ Merkle root ‖ subtree hashes ‖ block entries.
 */
const MAGIC = new TextEncoder().encode("4ECARI1\n");
const SIZE_AT = MAGIC.length + 32;
const SUBTREE_LEAVES_AT = SIZE_AT + 8;
const ROOT_AT = SUBTREE_LEAVES_AT + 4;
const HEADER_BYTES = ROOT_AT + HASH_BYTES;

/** The index as bytes: 84, plus 32 for each subtree and 45 for each block. */
export function encodeCarIndex({
  rootCid,
  root,
  sizeBytes,
  subtreeLeaves,
  subtreeHashes,
  blocks,
}: CarIndex): Uint8Array {
  const entries = blocks.encode();
  const bytes = new Uint8Array(HEADER_BYTES + subtreeHashes.length + entries.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set(hexToBytes(cidToDigest(rootCid).slice(2)), MAGIC.length);
  view.setFloat64(SIZE_AT, sizeBytes);
  view.setUint32(SUBTREE_LEAVES_AT, subtreeLeaves);
  bytes.set(hexToBytes(root.slice(2)), ROOT_AT);
  bytes.set(subtreeHashes, HEADER_BYTES);
  bytes.set(entries, HEADER_BYTES + subtreeHashes.length);
  return bytes;
}

/** Bytes at the beginning of an encoded index that tell root CID and size. */
export const CAR_INDEX_HEAD_BYTES = SUBTREE_LEAVES_AT;

/** Root CID and size from the first `CAR_INDEX_HEAD_BYTES` bytes of an encoded index. Throws `CarIndexInvalid`. */
export function decodeCarIndexHead(bytes: Uint8Array): Pick<CarIndex, "rootCid" | "sizeBytes"> {
  if (bytes.length < CAR_INDEX_HEAD_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new PieceError("CarIndexInvalid", { problem: "it is not an index of a CAR" });
  }
  const sizeBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(SIZE_AT);
  return { rootCid: digestToCid(hexOf(bytes.subarray(MAGIC.length, SIZE_AT))), sizeBytes };
}

/**
 * Reads what `encodeCarIndex` wrote, and folds the subtree hashes to the root again, so that damage shows here and not in a proof.
 * Throws `CarIndexInvalid`.
 */
export function decodeCarIndex(bytes: Uint8Array): CarIndex {
  const { rootCid, sizeBytes } = decodeCarIndexHead(bytes.subarray(0, bytes.length < HEADER_BYTES ? 0 : HEADER_BYTES));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const subtreeLeaves = view.getUint32(SUBTREE_LEAVES_AT);
  const blocksAt = HEADER_BYTES + Math.ceil(leafCountOf(sizeBytes) / subtreeLeaves) * HASH_BYTES;
  if (!(sizeBytes > 0 && Number.isInteger(Math.log2(subtreeLeaves)) && blocksAt <= bytes.length)) {
    throw new PieceError("CarIndexInvalid", { problem: "its length is wrong" });
  }
  const tree = pieceTreeOf(sizeBytes, subtreeLeaves, bytes.slice(HEADER_BYTES, blocksAt));
  if (tree.root !== hexOf(bytes.subarray(ROOT_AT, HEADER_BYTES))) {
    throw new PieceError("CarIndexInvalid", { problem: "its subtree hashes do not lead to its root" });
  }
  const blocks = BlockIndex.decode(bytes.subarray(blocksAt), sizeBytes);
  if (blocks.get(rootCid) === undefined)
    throw new PieceError("CarIndexInvalid", { problem: "its root is no block of it" });
  return { rootCid, blocks, ...tree };
}

function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
