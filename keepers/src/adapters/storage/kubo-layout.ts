import { open } from "node:fs/promises";
import type { CarIndex } from "@4ever/sdk/pieces";
import { openPieceFile } from "@4ever/sdk/pieces/node";
import { code as DAG_PB, decode as decodeDagPb } from "@ipld/dag-pb";
import { readFully } from "./files.ts";

/** How the file begins; then one byte of flags, a bit for each block of the piece, and the frame. */
const MAGIC = Buffer.from("4EKUBO1\n");
const FLAG_PINNED_BEFORE = 1;
/** Bytes that are copied at a time. */
const CHUNK_BYTES = 2 ** 20;

/** Blocks of a piece that are in Kubo, in the order of the CAR; parallel lists. */
export type Layout = {
  /** Whether the root was pinned before the piece came, by somebody else. */
  wasPinned: boolean;
  /** Numbers of the blocks in the piece's index. */
  numbers: Uint32Array;
  starts: Float64Array;
  ends: Float64Array;
  /** Bytes of such blocks before each one, and after the last. */
  before: Float64Array;
  /** Where the frame begins in its file. */
  frameAt: number;
};

/**
 * What Kubo does not keep of a CAR: the frame, that is everything between its blocks, and blocks that do not hang below its root, which a pin
 * would not hold. Some 40 bytes for each block of a usual piece. With it, any bytes of the CAR can be put together again from Kubo's blocks.
 */
export async function encodeLayout(carPath: string, index: CarIndex, wasPinned: boolean): Promise<Uint8Array> {
  const isStored = await blocksBelowRoot(carPath, index);
  const bits = new Uint8Array(Math.ceil(index.blocks.size / 8));
  for (const number of isStored) bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7));
  const flags = Uint8Array.of(wasPinned ? FLAG_PINNED_BEFORE : 0);
  const parts: Uint8Array[] = [MAGIC, flags, bits];
  const { starts, ends } = placesOf(index, bits);
  await using car = await openPieceFile(carPath);
  for (let k = 0, from = 0; k <= starts.length; k++) {
    const to = starts[k] ?? index.sizeBytes;
    for (let at = from; at < to; at += CHUNK_BYTES)
      parts.push(Uint8Array.from(await car.readBytes(at, Math.min(CHUNK_BYTES, to - at))));
    from = ends[k] ?? to;
  }
  return Buffer.concat(parts);
}

/** Reads what `encodeLayout` made, the frame left out. Throws when the file is missing or none. */
export async function readLayout(path: string, index: CarIndex): Promise<Layout> {
  await using file = await open(path, "r");
  const head = Buffer.alloc(MAGIC.length + 1 + Math.ceil(index.blocks.size / 8));
  await readFully(file, head, 0);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error(`${path} is no layout of a piece in Kubo`);
  const wasPinned = ((head[MAGIC.length] ?? 0) & FLAG_PINNED_BEFORE) !== 0;
  return { wasPinned, ...placesOf(index, head.subarray(MAGIC.length + 1)), frameAt: head.length };
}

function placesOf({ blocks }: CarIndex, bits: Uint8Array): Omit<Layout, "wasPinned" | "frameAt"> {
  const numbers: number[] = [];
  for (let number = 0; number < blocks.size; number++)
    if (((bits[number >> 3] ?? 0) >> (number & 7)) & 1) numbers.push(number);
  const [starts, ends] = [new Float64Array(numbers.length), new Float64Array(numbers.length)];
  const before = new Float64Array(numbers.length + 1);
  for (const [k, number] of numbers.entries()) {
    const { offset, lengthBytes } = blocks.at(number);
    starts[k] = offset;
    ends[k] = offset + lengthBytes;
    before[k + 1] = (before[k] ?? 0) + lengthBytes;
  }
  return { numbers: Uint32Array.from(numbers), starts, ends, before };
}

/** Numbers of the blocks that a recursive pin of the root holds. */
async function blocksBelowRoot(carPath: string, { blocks, rootCid }: CarIndex): Promise<Set<number>> {
  await using car = await openPieceFile(carPath);
  const numbers = new Map<number, number>();
  for (let number = 0; number < blocks.size; number++) numbers.set(blocks.at(number).offset, number);
  const found = new Set<number>();
  const pending = [rootCid];
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    const place = blocks.get(cid);
    const number = place && numbers.get(place.offset);
    if (!place || number === undefined || found.has(number)) continue;
    found.add(number);
    if (cid.code !== DAG_PB) continue;
    for (const { Hash } of decodeDagPb(await car.readBytes(place.offset, place.lengthBytes)).Links) pending.push(Hash);
  }
  return found;
}
