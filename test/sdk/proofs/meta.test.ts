import { encodePacked, type Hex, keccak256 } from "viem";
import { describe, expect, it } from "vitest";
import { commitmentOf, decodeMeta, encodeMeta, isLive, type Meta } from "../../../sdk/src/proofs/meta.ts";
import { createRandom } from "../../helpers/random.ts";

const EMPTY: Meta = { start: 0n, length: 0, leafCount: 0, addedIn: 0, removedIn: 0, dealId: 0n };

describe("encodeMeta", () => {
  const cases: [keyof Meta, Meta[keyof Meta]][] = [
    ["start", 2n ** 56n],
    ["start", -1n],
    ["length", 2 ** 40],
    ["leafCount", 2 ** 40],
    ["leafCount", 1.5],
    ["addedIn", 2 ** 32],
    ["removedIn", -1],
    ["dealId", 2n ** 56n],
    ["length", Number.NaN],
  ];
  for (const [field, value] of cases) {
    it(`refuses ${field} ${value}`, () => {
      expect(() => encodeMeta({ ...EMPTY, [field]: value })).toThrow(
        expect.objectContaining({ name: "MetaFieldInvalid", details: expect.objectContaining({ field }) }),
      );
    });
  }

  it("puts each field at its place: the vector of the contract", () => {
    const meta = { start: 0x11n, length: 0x22, leafCount: 0x33, addedIn: 0x44, removedIn: 0x55, dealId: 0x66n };
    expect(encodeMeta(meta)).toBe(0x00000000000011_0000000022_0000000033_00000044_00000055_00000000000066n);
  });

  it("is undone by decodeMeta at every border and for random words", () => {
    const full = {
      start: 2n ** 56n - 1n,
      length: 2 ** 40 - 1,
      leafCount: 2 ** 40 - 1,
      addedIn: 2 ** 32 - 1,
      removedIn: 2 ** 32 - 1,
      dealId: 2n ** 56n - 1n,
    };
    expect(encodeMeta(full)).toBe(2n ** 256n - 1n);
    expect(decodeMeta(2n ** 256n - 1n)).toEqual(full);
    expect(decodeMeta(0n)).toEqual(EMPTY);
    const random = createRandom(1);
    for (let i = 0; i < 200; i++) {
      const word = BigInt(
        keccak256(
          `0x${random(2 ** 31)
            .toString(16)
            .padStart(8, "0")}`,
        ),
      );
      expect(encodeMeta(decodeMeta(word))).toBe(word);
    }
  });
});

describe("isLive", () => {
  const cases: [addedIn: number, removedIn: number, period: number, live: boolean][] = [
    [5, 0, 4, false],
    [5, 0, 5, false],
    [5, 0, 6, true],
    [5, 5, 5, false],
    [5, 5, 6, false],
    [5, 8, 7, true],
    [5, 8, 8, true],
    [5, 8, 9, false],
  ];
  for (const [addedIn, removedIn, period, live] of cases) {
    it(`is ${live} in period ${period} for a piece added in ${addedIn} and ${removedIn === 0 ? "never removed" : `removed in ${removedIn}`}`, () => {
      expect(isLive({ addedIn, removedIn }, period)).toBe(live);
    });
  }
});

describe("commitmentOf", () => {
  it("hashes root and meta as two words, whatever the root's letters", () => {
    const root: Hex = `0x${"aB".repeat(32)}`;
    expect(commitmentOf({ root, meta: 7n })).toBe(keccak256(encodePacked(["bytes32", "uint256"], [root, 7n])));
  });
});
