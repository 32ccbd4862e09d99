/**
 * The bytes of a CARv1: a header, then sections of varint(length) ‖ CID ‖ block.
 * @see https://ipld.io/specs/transport/car/carv1/
 */
import { hexToBytes } from "@noble/hashes/utils.js";

/** Bytes of every CID inside a piece: version, codec, hash code, hash length, 32 bytes of digest. */
export const CID_BYTES = 36;

/** Most bytes of one block: what IPFS peers hand over in one message. @see https://specs.ipfs.tech/bitswap-protocol/#block-sizes */
export const MAX_BLOCK_BYTES = 2 * 2 ** 20;

/** Our choice: most blocks of a piece. A keeper's index of that many takes some 150 MB of memory and 45 MB on disk. */
export const MAX_BLOCKS = 2 ** 20;

/** varint(58), then CBOR: a map of 2, "roots": [tag 42 of 37 bytes, the first of them 0 … */
const HEADER_START = hexToBytes("3aa265726f6f747381d82a582500");
/** … "version": 1. */
const HEADER_END = hexToBytes("6776657273696f6e01");

/** Bytes of the header with one CIDv1 root. */
export const CAR_HEADER_BYTES = HEADER_START.length + CID_BYTES + HEADER_END.length;

/** The header of a CARv1 with one root, given as the 36 bytes of its CID. */
export function carHeader(rootCid: Uint8Array): Uint8Array {
  const header = new Uint8Array(CAR_HEADER_BYTES);
  header.set(HEADER_START);
  header.set(rootCid, HEADER_START.length);
  header.set(HEADER_END, HEADER_START.length + CID_BYTES);
  return header;
}

/** Bytes of the longest length of a section: of a block of up to 256 MiB. */
const MAX_VARINT_BYTES = 4;

/** What stands before the bytes of a block. */
export function sectionPrefix(cid: Uint8Array, blockBytes: number): Uint8Array {
  const prefix = new Uint8Array(MAX_VARINT_BYTES + cid.length);
  let length = 0;
  let rest = cid.length + blockBytes;
  for (; rest > 127; rest = Math.floor(rest / 128)) prefix[length++] = (rest % 128) | 128;
  prefix[length++] = rest;
  prefix.set(cid, length);
  return prefix.subarray(0, length + cid.length);
}
