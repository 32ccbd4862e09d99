import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToBigInt, type Hex, hexToBytes, numberToBytes } from "viem";
import { ProofError } from "./errors.ts";
import { decodeMeta, isLive, type Meta, type SlotRecord } from "./meta.ts";

/** Challenges per proof, as `SetProof.sol` has it. */
export const CHALLENGES = 5;

/** Most dead ranges that a proof can name. */
export const MAX_DEAD_RANGES = 255;

/** What the proof of one set and period must answer. */
export interface Question {
  /** Seed of the period, as the beacon tells it. */
  seed: Hex;
  setId: bigint;
  /** The period that is proven. */
  period: number;
  /** `totalAt(setId, period)`: length of the line as of the end of the period. Leaves. */
  total: bigint;
}

/** The slots of a line in order of position, with their meta words unpacked. */
export interface LineSlot extends SlotRecord {
  range: Meta;
}

/** Where the challenges fall: what must be opened, and the dead ranges that were hit on the way. Both in order of position. */
export interface Draw {
  /** Positions on the line, distinct and rising. */
  positions: bigint[];
  dead: LineSlot[];
}

/** A part of the line, `to` excluded. Leaves. */
export interface Range {
  from: bigint;
  to: bigint;
}

/** Where one draw of one challenge falls, on a line of `rest` leaves. */
export type DrawPosition = (challenge: number, attempt: number, rest: bigint) => bigint;

/** keccak256(abi.encode(seed, setId, challenge, attempt)) mod rest, ready for many draws. */
export function createDraw({ seed, setId }: Pick<Question, "seed" | "setId">): DrawPosition {
  const words = new Uint8Array(128);
  words.set(hexToBytes(seed));
  words.set(numberToBytes(setId, { size: 32 }), 32);
  const view = new DataView(words.buffer);
  return (challenge, attempt, rest) => {
    view.setUint32(92, challenge);
    view.setUint32(124, attempt);
    return bytesToBigInt(keccak_256(words)) % rest;
  };
}

/**
 * Draws all challenges. A dead range that one of them hits is cut out of the line before the next draw, so that each range costs one
 * more draw at most, however little of the line is live.
 * @param deadAt The dead range that holds a position; undefined for a live position. What it throws is let through.
 * @returns Positions, distinct and rising; undefined when nothing of the line was live.
 */
export function drawPositions(
  question: Omit<Question, "period">,
  deadAt: (position: bigint) => Range | undefined,
): bigint[] | undefined {
  const draw = createDraw(question);
  const positions = new Set<bigint>();
  const cut: Range[] = []; // in order of position
  let rest = question.total;
  for (let challenge = 0; challenge < CHALLENGES; challenge++) {
    for (let attempt = 0; ; attempt++) {
      if (rest === 0n) return undefined;
      let position = draw(challenge, attempt, rest);
      let before = 0;
      for (const { from, to } of cut) {
        if (position < from) break;
        position += to - from;
        before++;
      }
      const range = deadAt(position);
      if (range === undefined) {
        positions.add(position);
        break;
      }
      cut.splice(before, 0, range);
      rest -= range.to - range.from;
    }
  }
  return [...positions].sort((a, b) => (a < b ? -1 : 1));
}

/** The slots that a proof can meet, in order of position: those that began before the end of the period. */
export function lineOf(slots: readonly SlotRecord[], total: bigint): LineSlot[] {
  return slots
    .map((record) => ({ ...record, range: decodeMeta(record.meta) }))
    .filter(({ range }) => range.start < total)
    .sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
}

/** The slot whose range holds `position`; undefined when the line has a gap there. O(log n). */
export function slotAt(line: readonly LineSlot[], position: bigint): LineSlot | undefined {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = line[middle];
    if (candidate !== undefined && candidate.range.start <= position) low = middle + 1;
    else high = middle;
  }
  const found = line[low - 1];
  return found !== undefined && position < found.range.start + BigInt(found.range.length) ? found : undefined;
}

/** The part of a range that no proof of `period` covers: all of it, or what a piece leaves that is shorter than its range. */
export function deadPartOf(range: Meta, period: number): Range {
  const to = range.start + BigInt(range.length);
  return { from: range.start + BigInt(isLive(range, period) ? range.leafCount : 0), to };
}

/**
 * Draws all challenges, again while one falls on a dead range; equal ones are merged.
 * Throws `ProofNothingLive` when that could never end, `ProofTooSparse` when a proof cannot name all dead ranges that were hit,
 * `ProofLineBroken` when the known slots leave a gap.
 * @param line From `lineOf`.
 */
export function drawChallenges(question: Question, line: readonly LineSlot[]): Draw {
  const { setId, period } = question;
  if (!line.some(({ range }) => isLive(range, period))) throw new ProofError("ProofNothingLive", { setId, period });

  const dead: LineSlot[] = [];
  const positions = drawPositions(question, (position) => {
    const slot = slotAt(line, position);
    if (slot === undefined) throw new ProofError("ProofLineBroken", { setId, position });
    const range = deadPartOf(slot.range, period);
    if (position < range.from) return undefined;
    if (dead.push(slot) > MAX_DEAD_RANGES) throw new ProofError("ProofTooSparse", { setId, deadRanges: dead.length });
    return range;
  });
  if (positions === undefined) throw new ProofError("ProofNothingLive", { setId, period });
  return { positions, dead: dead.sort((a, b) => (a.range.start < b.range.start ? -1 : 1)) };
}
