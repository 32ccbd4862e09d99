import fc from "fast-check";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { describe, expect, it } from "vitest";
import { buildProof } from "../../sdk/src/proofs/build.ts";
import { drawChallenges, lineOf, type Question } from "../../sdk/src/proofs/challenges.ts";
import { decodeMeta, encodeMeta, type Meta, type SlotRecord } from "../../sdk/src/proofs/meta.ts";
import { verifyProof } from "../../sdk/src/proofs/verify.ts";
import { bytesPiece, readerOf } from "../helpers/proofs.ts";
import { bytes, holds, mutate, mutation } from "./property.ts";

const PERIOD = 50;
const life = fc.record({
  content: bytes(2_000, 1),
  /** Leaves that its range has beyond the piece: it took the place of a longer one. */
  spare: fc.nat(3),
  removedIn: fc.constantFrom(0, 0, 0, PERIOD - 1, PERIOD, PERIOD + 1),
});
const set = fc.record({ lives: fc.array(life, { minLength: 1, maxLength: 6 }), seed: bytes(27, 27) });
type DrawnSet = { lives: { content: Uint8Array; spare: number; removedIn: number }[]; seed: Uint8Array };

const seedOf = (seed: Uint8Array): Hex => `${bytesToHex(seed)}0000000000`;

/** A proving set with its question; undefined when nothing in it is live, or too little to be proven. */
async function proven({ lives, seed }: DrawnSet) {
  const pieces = lives.map(({ content }) => bytesPiece(content));
  let start = 0n;
  const slots = pieces.map(({ root, leafCount }, slot): SlotRecord => {
    const { spare = 0, removedIn = 0 } = lives[slot] ?? {};
    const length = leafCount + spare;
    const meta = encodeMeta({ start, length, leafCount, addedIn: 3, removedIn, dealId: 1n });
    start += BigInt(length);
    return { slot, root, meta };
  });
  const question: Question = { seed: seedOf(seed), setId: 1n, period: PERIOD, total: start };
  try {
    return { question, slots, proof: await buildProof({ ...question, slots, readPiece: readerOf(pieces) }) };
  } catch (error) {
    if (error instanceof Error && /^Proof(NothingLive|TooSparse)$/.test(error.name)) return undefined;
    throw error;
  }
}

describe("the proof codec", () => {
  it("gives what the verifier takes, for any set, and the verifier takes nothing else", async () => {
    await holds(150, [set, fc.array(mutation, { minLength: 1, maxLength: 2 })], async (drawn, changes) => {
      const found = await proven(drawn);
      if (!found) return;
      const { question, slots, proof } = found;
      expect(verifyProof(question, proof, slots)).toEqual({ valid: true });
      const changed = bytesToHex(changes.reduce(mutate, hexToBytes(proof)));
      if (changed !== proof) expect(verifyProof(question, changed, slots).valid).toBe(false);
    });
  });

  it("answers no question that asks for other leaves", async () => {
    await holds(100, [set, bytes(27, 27), fc.boolean()], async (drawn, seed, isOtherSet) => {
      const found = await proven(drawn);
      if (!found) return;
      const { question, slots, proof } = found;
      const other: Question = isOtherSet ? { ...question, setId: 2n } : { ...question, seed: seedOf(seed) };
      const isSame = positionsOf(other, slots).join() === positionsOf(question, slots).join();
      if (!isSame) expect(verifyProof(other, proof, slots).valid).toBe(false);
    });
  });

  it("judges any bytes without throwing, and quickly", async () => {
    await holds(150, [set, bytes(600)], async (drawn, noise) => {
      const found = await proven(drawn);
      if (!found) return;
      expect(verifyProof(found.question, bytesToHex(noise), found.slots).valid).toBe(false);
    });
  });
});

/** The leaves that a question asks for; dead ranges that are named without need do not make another answer of a proof. */
function positionsOf(question: Question, slots: readonly SlotRecord[]): readonly bigint[] {
  return drawChallenges(question, lineOf(slots, question.total)).positions;
}

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const meta: fc.Arbitrary<Meta> = fc.record({
  start: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }),
  length: uint(40),
  leafCount: uint(40),
  addedIn: uint(32),
  removedIn: uint(32),
  dealId: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }),
});

describe("the meta word", () => {
  it("comes back as it was, in both directions", async () => {
    await holds(300, [meta, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })], (fields, word) => {
      expect(decodeMeta(encodeMeta(fields))).toEqual(fields);
      expect(encodeMeta(decodeMeta(word))).toBe(word);
    });
  });

  it("refuses what does not fit into a field", async () => {
    await holds(100, [meta, fc.constantFrom("length", "leafCount", "addedIn", "removedIn")], (fields, name) => {
      for (const value of [-1, 2 ** 40, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => encodeMeta({ ...fields, [name]: value })).toThrow(
          expect.objectContaining({ name: "MetaFieldInvalid" }),
        );
    });
  });
});
