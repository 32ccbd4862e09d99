import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";
import { describe, expect, it } from "vitest";
import { createDraw, drawChallenges, lineOf, type Question } from "../../../sdk/src/proofs/challenges.ts";
import { encodeMeta, type Meta, type SlotRecord } from "../../../sdk/src/proofs/meta.ts";

const ROOT: Hex = `0x${"11".repeat(32)}`;
const QUESTION: Question = { seed: `0x${"5a".repeat(27)}0000000000`, setId: 3n, period: 10, total: 100n };

/** A slot that is live in period 10 unless said otherwise. */
function slot(number: number, start: bigint, length: number, change: Partial<Meta> = {}): SlotRecord {
  const meta = encodeMeta({ start, length, leafCount: length, addedIn: 5, removedIn: 0, dealId: 1n, ...change });
  return { slot: number, root: ROOT, meta };
}

describe("createDraw", () => {
  it("is keccak256(abi.encode(seed, set, challenge, attempt)) mod total", () => {
    for (const [challenge, attempt] of [
      [0, 0],
      [4, 0],
      [2, 77],
    ] as const) {
      const words = [QUESTION.seed, 3n, BigInt(challenge), BigInt(attempt)] as const;
      const hash = keccak256(encodeAbiParameters(parseAbiParameters("bytes32, uint256, uint256, uint256"), words));
      expect(createDraw(QUESTION)(challenge, attempt)).toBe(BigInt(hash) % 100n);
    }
  });
});

describe("drawChallenges", () => {
  it("refuses a set without anything live: empty, all dead, or all too young", () => {
    for (const slots of [[], [slot(0, 0n, 100, { removedIn: 9 })], [slot(0, 0n, 100, { addedIn: 10 })]]) {
      expect(() => drawChallenges(QUESTION, lineOf(slots, 100n))).toThrow(
        expect.objectContaining({ name: "ProofNothingLive", details: { setId: 3n, period: 10 } }),
      );
    }
  });

  it("refuses slots that leave a gap where a challenge falls: they are older than the total", () => {
    expect(() => drawChallenges(QUESTION, lineOf([slot(0, 0n, 1)], 100n))).toThrow(
      expect.objectContaining({ name: "ProofLineBroken" }),
    );
  });

  it("refuses a line of which too little is live to be proven within a block", () => {
    const vast = { ...QUESTION, total: 2n ** 40n };
    const oneDead = [slot(0, 0n, 1), slot(1, 1n, 2 ** 40 - 1, { removedIn: 1 })];
    expect(() => drawChallenges(vast, lineOf(oneDead, vast.total))).toThrow(
      expect.objectContaining({ name: "ProofTooSparse", details: expect.objectContaining({ deadRanges: 1 }) }),
    );
    const manyDead = Array.from({ length: 5_000 }, (_, i) => slot(i, BigInt(i), 1, i === 0 ? {} : { removedIn: 1 }));
    const wide = { ...QUESTION, total: 5_000n };
    expect(() => drawChallenges(wide, lineOf(manyDead, wide.total))).toThrow(
      expect.objectContaining({ name: "ProofTooSparse", details: expect.objectContaining({ deadRanges: 256 }) }),
    );
  });

  it("gives distinct rising positions, and merges equal ones", () => {
    const { positions, dead } = drawChallenges(QUESTION, lineOf([slot(0, 0n, 100)], 100n));
    expect(dead).toEqual([]);
    expect(positions.length).toBeGreaterThan(1);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => Number(a - b)));
    const single = { ...QUESTION, total: 1n };
    expect(drawChallenges(single, lineOf([slot(0, 0n, 1)], 1n)).positions).toEqual([0n]);
  });

  it("draws again off dead ranges, young pieces and the rest of a reused range, and names each once", () => {
    const slots = [
      slot(7, 60n, 20, { leafCount: 1 }), // the rest of its range is dead
      slot(2, 0n, 40, { removedIn: 9 }),
      slot(0, 40n, 20),
      slot(4, 80n, 20, { addedIn: 10 }),
      slot(9, 100n, 50), // entered after the period
    ];
    for (let i = 0; i < 50; i++) {
      const question = { ...QUESTION, setId: BigInt(i) };
      const { positions, dead } = drawChallenges(question, lineOf(slots, 100n));
      for (const position of positions) expect(position >= 40n && position <= 60n).toBe(true);
      const numbers = dead.map((each) => each.slot);
      expect([2, 7, 4].filter((number) => numbers.includes(number))).toEqual(numbers);
    }
  });
});
