import { type ByteArray, bytesToBigInt, bytesToHex, bytesToNumber, type Hex, hexToBytes } from "viem";
import { openingBytes, verifyLeaves } from "../pieces/proof.ts";
import { depthOf } from "../pieces/tree.ts";
import { deadPartOf, drawPositions, type Question, type Range } from "./challenges.ts";
import { decodeMeta, isLive, type SlotRecord } from "./meta.ts";

/** What the contract would say; `position` as in its error `ProofsProofInvalid`. Leaves. */
export type Verdict = { valid: true } | { valid: false; position: bigint };

type Slots = ReadonlyMap<number, SlotRecord>;

/** What is missing at the end reads as zeros, as in calldata. */
class Reader {
  offset = 0;
  readonly bytes: ByteArray;

  constructor(bytes: ByteArray) {
    this.bytes = bytes;
  }

  take(length: number): ByteArray {
    const taken = new Uint8Array(length);
    taken.set(this.bytes.subarray(this.offset, this.offset + length));
    this.offset += length;
    return taken;
  }

  takeSlot(): { slot: number; meta: bigint } {
    return { slot: bytesToNumber(this.take(5)), meta: bytesToBigInt(this.take(32)) };
  }
}

class Refused extends Error {
  readonly position: bigint;
  constructor(position: bigint) {
    super(`refused at ${position}`);
    this.position = position;
  }
}

/**
 * Judges a proof exactly as `PossessionProofs.prove` does, window and bookkeeping apart: for auditors, and for a keeper before it pays
 * for the transaction. Never throws on a wrong proof.
 * @param records The slots of the set, as events tell them.
 */
export function verifyProof(question: Question, proof: Hex, records: readonly SlotRecord[]): Verdict {
  const slots: Slots = new Map(records.map((record) => [record.slot, record]));
  try {
    const reader = new Reader(hexToBytes(proof));
    const dead = readDead(question, reader, slots);
    const positions = draw(question, dead);
    for (let i = 0; i < positions.length; ) i = readPiece(question, reader, slots, positions, i);
    if (reader.offset !== reader.bytes.length) throw new Refused(question.total);
    return { valid: true };
  } catch (error) {
    if (error instanceof Refused) return { valid: false, position: error.position };
    throw error;
  }
}

function readDead({ period }: Question, reader: Reader, slots: Slots): Range[] {
  const ranges: Range[] = [];
  const count = bytesToNumber(reader.take(1));
  for (let i = 0; i < count; i++) {
    const { slot, meta } = reader.takeSlot();
    const root = bytesToHex(reader.take(32));
    const stored = storedIn(slots, slot, meta);
    const range = deadPartOf(decodeMeta(meta), period);
    if (range.from < (ranges.at(-1)?.to ?? 0n) || stored?.root.toLowerCase() !== root) throw new Refused(range.from);
    ranges.push(range);
  }
  return ranges;
}

function draw(question: Question, dead: readonly Range[]): bigint[] {
  const positions = drawPositions(question, (position) =>
    dead.find(({ from, to }) => from <= position && position < to),
  );
  if (positions === undefined) throw new Refused(question.total);
  return positions;
}

/** Checks one piece with all challenges from number `from` on that hit it; returns the number after them. */
function readPiece(
  { period }: Question,
  reader: Reader,
  slots: Slots,
  positions: readonly bigint[],
  from: number,
): number {
  const first = positions[from] as bigint;
  const { slot, meta } = reader.takeSlot();
  const { leafCount, start, ...life } = decodeMeta(meta);
  if (!isLive(life, period)) throw new Refused(first);
  const indices: number[] = [];
  for (const position of positions.slice(from)) {
    if (position < start || position >= start + BigInt(leafCount)) break;
    indices.push(Number(position - start));
  }
  if (indices.length === 0) throw new Refused(first);
  const stream = reader.take(openingBytes(indices, depthOf(leafCount)));
  const stored = storedIn(slots, slot, meta);
  if (stored === undefined || !verifyLeaves({ ...stored, leafCount, indices, stream })) throw new Refused(first);
  return from + indices.length;
}

/** The slot, when it commits to this very meta word. */
function storedIn(slots: Slots, slot: number, meta: bigint): SlotRecord | undefined {
  const stored = slots.get(slot);
  return stored?.meta === meta ? stored : undefined;
}
