import { type Hex, keccak256, numberToHex } from "viem";
import { ProofError } from "./errors.ts";

/** What a proving set remembers of a piece. Counts in leaves of 128 bytes, periods absolute. */
export interface Meta {
  /** First position of the range on the set's line. */
  start: bigint;
  /** Length of the range. */
  length: number;
  /** Real leaves of the piece, at most `length`; the rest of the range is dead. */
  leafCount: number;
  addedIn: number;
  /** 0 when nobody removed the piece. */
  removedIn: number;
  dealId: bigint;
}

/** A slot of a proving set, as events tell it. */
export interface SlotRecord {
  slot: number;
  root: Hex;
  meta: bigint;
}

/** From the most significant bit on, as `MetaWord.sol` has it. */
const FIELDS = [
  ["start", 56n],
  ["length", 40n],
  ["leafCount", 40n],
  ["addedIn", 32n],
  ["removedIn", 32n],
  ["dealId", 56n],
] as const satisfies readonly (readonly [keyof Meta, bigint])[];

/** Packs a meta word. Throws `MetaFieldInvalid` for a value that is negative, no integer, or too large for its field. */
export function encodeMeta(meta: Meta): bigint {
  let word = 0n;
  for (const [field, bits] of FIELDS) {
    const value = meta[field];
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new ProofError("MetaFieldInvalid", { field, value: -1n });
    }
    const bigint = BigInt(value);
    if (bigint < 0n || bigint >> bits !== 0n) throw new ProofError("MetaFieldInvalid", { field, value: bigint });
    word = (word << bits) | bigint;
  }
  return word;
}

/** Unpacks a meta word. Never throws. */
export function decodeMeta(word: bigint): Meta {
  return {
    start: BigInt.asUintN(56, word >> 200n),
    length: Number(BigInt.asUintN(40, word >> 160n)),
    leafCount: Number(BigInt.asUintN(40, word >> 120n)),
    addedIn: Number(BigInt.asUintN(32, word >> 88n)),
    removedIn: Number(BigInt.asUintN(32, word >> 56n)),
    dealId: BigInt.asUintN(56, word),
  };
}

/** Whether the piece is part of the proof of `period`: added before it, and not removed before it. */
export function isLive({ addedIn, removedIn }: Pick<Meta, "addedIn" | "removedIn">, period: number): boolean {
  return addedIn < period && (removedIn === 0 || removedIn >= period);
}

/** What the contract stores for a slot: keccak256(root ‖ meta). */
export function commitmentOf({ root, meta }: Pick<SlotRecord, "root" | "meta">): Hex {
  return keccak256(`${root}${numberToHex(meta, { size: 32 }).slice(2)}` as Hex);
}
