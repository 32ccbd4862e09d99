import { bytesToHex, type Hex, hexToBytes, size, slice } from "viem";
import { describe, expect, it } from "vitest";
import { buildProof, challengedPieces } from "../../../sdk/src/proofs/build.ts";
import type { Question } from "../../../sdk/src/proofs/challenges.ts";
import { encodeMeta, type SlotRecord } from "../../../sdk/src/proofs/meta.ts";
import { verifyProof } from "../../../sdk/src/proofs/verify.ts";
import { type OpenablePiece, randomPiece, readerOf, uniformPiece } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";

const random = createRandom(42);

/** Pieces one after the other on a line, live in period 10; every third is dead. */
function setOf(pieces: readonly OpenablePiece[], seed: number): { question: Question; slots: SlotRecord[] } {
  let start = 0n;
  const slots = pieces.map(({ root, leafCount }, slot) => {
    const removedIn = slot % 3 === 2 ? 7 : 0;
    const meta = encodeMeta({ start, length: leafCount, leafCount, addedIn: 3, removedIn, dealId: 1n });
    start += BigInt(leafCount);
    return { slot, root, meta };
  });
  const seedHex: Hex = `0x${seed.toString(16).padStart(54, "0")}0000000000`;
  return { question: { seed: seedHex, setId: 1n, period: 10, total: start }, slots };
}

describe("buildProof", () => {
  it("refuses an opening that does not lead to the root, and names the slot", async () => {
    const pieces = [randomPiece(9, random), randomPiece(12, random)];
    const { question, slots } = setOf(pieces, 1);
    const [honest] = pieces as [OpenablePiece];
    const readPiece = async ({ indices }: { indices: number[] }) => {
      const bytes = await honest.open(indices.map((index) => index % 9));
      return bytes.with(0, (bytes[0] ?? 0) ^ 1);
    };
    await expect(buildProof({ ...question, slots, readPiece })).rejects.toMatchObject({
      name: "ProofOpeningInvalid",
      details: { setId: 1n },
    });
  });

  it("lets what the reader throws through", async () => {
    const { question, slots } = setOf([randomPiece(9, random)], 1);
    const lost = new Error("the disk is gone");
    const reading = buildProof({ ...question, slots, readPiece: () => Promise.reject(lost) });
    await expect(reading).rejects.toBe(lost);
  });

  it("asks for each piece once, with the leaves that were hit", async () => {
    const pieces = [randomPiece(3, random), randomPiece(40, random), randomPiece(5, random), randomPiece(2, random)];
    const { question, slots } = setOf(pieces, 77);
    const asked: number[] = [];
    const read = readerOf(pieces);
    await buildProof({
      ...question,
      slots,
      readPiece: (challenge) => {
        asked.push(challenge.slot);
        expect(challenge.indices).toEqual([...new Set(challenge.indices)].sort((a, b) => a - b));
        return read(challenge);
      },
    });
    expect(asked).toEqual(challengedPieces(question, slots).map(({ slot }) => slot));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("gives what verifyProof takes, for random sets", async () => {
    for (let round = 0; round < 40; round++) {
      const pieces = Array.from({ length: 1 + random(6) }, () => randomPiece(1 + random(33), random));
      const { question, slots } = setOf(pieces, round);
      const proof = await buildProof({ ...question, slots, readPiece: readerOf(pieces) });
      expect(verifyProof(question, proof, slots)).toEqual({ valid: true });
      expect(verifyProof(question, proof, slots.toReversed())).toEqual({ valid: true });
    }
  });

  it("proves a piece of 1 GiB in about four thousand bytes", async () => {
    const piece = uniformPiece(2 ** 23, "a GiB");
    const { question, slots } = setOf([piece], 5);
    const proof = await buildProof({ ...question, slots, readPiece: readerOf([piece]) });
    expect(size(proof)).toBeGreaterThan(3_500);
    expect(size(proof)).toBeLessThan(4_400);
    expect(verifyProof(question, proof, slots)).toEqual({ valid: true });
  });
});

describe("verifyProof", () => {
  const pieces = [5, 9, 4, 17].map((leaves) => randomPiece(leaves, random));
  const { question, slots } = setOf(pieces, 9);
  const build = () => buildProof({ ...question, slots, readPiece: readerOf(pieces) });

  it("refuses each single byte changed, and each length but the right one", async () => {
    const proof = hexToBytes(await build());
    for (let i = 0; i < proof.length; i++) {
      const changed = bytesToHex(proof.with(i, (proof[i] ?? 0) ^ 0x80));
      expect(verifyProof(question, changed, slots).valid, `byte ${i}`).toBe(false);
    }
    for (let length = 0; length < proof.length; length += 7) {
      expect(verifyProof(question, bytesToHex(proof.subarray(0, length)), slots).valid).toBe(false);
    }
    expect(verifyProof(question, `${bytesToHex(proof)}00`, slots)).toEqual({ valid: false, position: question.total });
  });

  it("refuses the same proof for another seed, set, total or state of the set", async () => {
    const proof = await build();
    const others: Question[] = [
      { ...question, seed: `0x${"77".repeat(27)}0000000000` },
      { ...question, setId: 2n },
      { ...question, total: question.total - 1n },
    ];
    for (const other of others) expect(verifyProof(other, proof, slots).valid).toBe(false);
    expect(verifyProof(question, proof, []).valid).toBe(false);
    const moved = slots.map((record) => ({ ...record, meta: record.meta + (1n << 88n) }));
    expect(verifyProof(question, proof, moved).valid).toBe(false);
  });

  it("refuses a proof that calls the whole line dead", () => {
    const dead = [{ ...slots[0], meta: (slots[0] as SlotRecord).meta | (1n << 56n) } as SlotRecord];
    const [{ meta, root }] = dead as [SlotRecord];
    const proof = `0x01${"00".repeat(5)}${meta.toString(16).padStart(64, "0")}${slice(root, 0).slice(2)}` as Hex;
    expect(verifyProof({ ...question, total: 5n }, proof, dead)).toEqual({ valid: false, position: 5n });
  });
});
