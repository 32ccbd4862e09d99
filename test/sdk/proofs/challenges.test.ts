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
  it("is keccak256(abi.encode(seed, set, challenge, attempt)) mod rest", () => {
    for (const [challenge, attempt] of [
      [0, 0],
      [4, 0],
      [2, 77],
    ] as const) {
      const words = [QUESTION.seed, 3n, BigInt(challenge), BigInt(attempt)] as const;
      const hash = keccak256(encodeAbiParameters(parseAbiParameters("bytes32, uint256, uint256, uint256"), words));
      expect(createDraw(QUESTION)(challenge, attempt, 100n)).toBe(BigInt(hash) % 100n);
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

  it("refuses a line whose challenges hit more dead ranges than a proof can name", () => {
    const manyDead = Array.from({ length: 5_000 }, (_, i) => slot(i, BigInt(i), 1, i === 0 ? {} : { removedIn: 1 }));
    const wide = { ...QUESTION, total: 5_000n };
    expect(() => drawChallenges(wide, lineOf(manyDead, wide.total))).toThrow(
      expect.objectContaining({ name: "ProofTooSparse", details: { setId: 3n, deadRanges: 256 } }),
    );
  });

  it("finds the one live leaf among a million million dead ones, with one more draw for each range", () => {
    const vast = { ...QUESTION, total: 2n ** 41n + 1n };
    const slots = [
      slot(0, 0n, 2 ** 40 - 1, { removedIn: 1 }),
      slot(1, 2n ** 40n - 1n, 1),
      slot(2, 2n ** 40n, 2 ** 40 - 1, { addedIn: 10 }),
      slot(3, 2n ** 41n - 1n, 2, { removedIn: 2 }),
    ];
    const { positions, dead } = drawChallenges(vast, lineOf(slots, vast.total));
    expect(positions).toEqual([2n ** 40n - 1n]);
    expect(dead.map((each) => each.slot)).toEqual([0, 2, 3]);
  });

  it("draws every live leaf equally often, wherever the dead ranges lie", () => {
    const slots = [
      slot(0, 0n, 3),
      slot(1, 3n, 40, { removedIn: 1 }),
      slot(2, 43n, 4, { leafCount: 2 }),
      slot(3, 47n, 3),
    ];
    const counts = new Map<bigint, number>();
    const rounds = 2_000;
    for (let i = 0; i < rounds; i++) {
      const question = { ...QUESTION, setId: BigInt(i), total: 50n };
      for (const at of drawChallenges(question, lineOf(slots, 50n)).positions)
        counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => Number(a - b))).toEqual([0n, 1n, 2n, 43n, 44n, 47n, 48n, 49n]);
    // Each of 8 leaves is among the five with a chance of 1 - (7/8)^5; the bounds are five standard deviations away.
    const expected = rounds * (1 - (7 / 8) ** 5);
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(rounds / 4));
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
