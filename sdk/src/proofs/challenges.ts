import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToBigInt, type Hex, hexToBytes, numberToBytes } from "viem";
import { ProofError } from "./errors.ts";
import { decodeMeta, isLive, type Meta, type SlotRecord } from "./meta.ts";

/** Challenges per proof, as `SetProof.sol` has it. */
export const CHALLENGES = 5;

/** Most dead ranges that a proof can name. */
export const MAX_DEAD_RANGES = 255;

/** Draws after which we give up: on chain they would take the gas of a whole block. */
export const MAX_DRAWS = 65_536;

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

/** One draw of one challenge: the position on the line on which it falls. */
export type DrawPosition = (challenge: number, attempt: number) => bigint;

/** keccak256(abi.encode(seed, setId, challenge, attempt)) mod total, ready for many draws. */
export function createDraw({ seed, setId, total }: Omit<Question, "period">): DrawPosition {
  const words = new Uint8Array(128);
  words.set(hexToBytes(seed));
  words.set(numberToBytes(setId, { size: 32 }), 32);
  const view = new DataView(words.buffer);
  return (challenge, attempt) => {
    view.setUint32(92, challenge);
    view.setUint32(124, attempt);
    return bytesToBigInt(keccak_256(words)) % total;
  };
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

/** Whether the position shows a leaf that the proof of `period` covers. */
export function isAnswerable({ range }: LineSlot, position: bigint, period: number): boolean {
  return isLive(range, period) && position < range.start + BigInt(range.leafCount);
}

/**
 * Draws all challenges, again while one falls on a dead range; equal ones are merged.
 * Throws `ProofNothingLive` when that could never end, `ProofTooSparse` when it takes too long, `ProofLineBroken` when the known slots
 * leave a gap.
 * @param line From `lineOf`.
 */
export function drawChallenges(question: Question, line: readonly LineSlot[]): Draw {
  const { setId, period } = question;
  if (!line.some(({ range }) => isLive(range, period))) throw new ProofError("ProofNothingLive", { setId, period });

  const draw = createDraw(question);
  const positions = new Set<bigint>();
  const dead = new Set<LineSlot>();
  let draws = 0;
  for (let challenge = 0; challenge < CHALLENGES; challenge++) {
    for (let attempt = 0; ; attempt++) {
      if (++draws > MAX_DRAWS || dead.size > MAX_DEAD_RANGES) {
        throw new ProofError("ProofTooSparse", { setId, draws, deadRanges: dead.size });
      }
      const position = draw(challenge, attempt);
      const slot = slotAt(line, position);
      if (slot === undefined) throw new ProofError("ProofLineBroken", { setId, position });
      if (isAnswerable(slot, position, period)) {
        positions.add(position);
        break;
      }
      dead.add(slot);
    }
  }
  return {
    positions: [...positions].sort((a, b) => (a < b ? -1 : 1)),
    dead: [...dead].sort((a, b) => (a.range.start < b.range.start ? -1 : 1)),
  };
}
