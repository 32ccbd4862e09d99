import fc from "fast-check";
import { keccak256, toHex } from "viem";
import { describe, expect, it } from "vitest";
import { leafOf, rootOf, treeOf } from "../../../sdk/src/invites/tree.ts";

const leaves = (count: number) => Array.from({ length: count }, (_, i) => keccak256(toHex(i)));

describe("treeOf", () => {
  it("refuses a tree of nothing", () => {
    expect(() => treeOf([])).toThrow(RangeError);
  });

  it("is the leaf itself when there is one", () => {
    const [leaf] = leaves(1);
    expect(treeOf(leaves(1))).toEqual({ root: leaf, proofs: [[]] });
  });

  it("gives each leaf a proof that leads to the root, and to no other leaf's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), (count) => {
        const all = leaves(count);
        const { root, proofs } = treeOf(all);
        for (const [i, leaf] of all.entries()) {
          expect(rootOf(leaf, proofs[i] ?? [])).toBe(root);
          expect(proofs[i]?.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
          const other = all[(i + 1) % count] ?? leaf;
          if (other !== leaf) expect(rootOf(other, proofs[i] ?? [])).not.toBe(root);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("leafOf", () => {
  it("depends on both the place and the invitee", () => {
    const [one, other] = [
      "0x00000000000000000000000000000000000000a1",
      "0x00000000000000000000000000000000000000b2",
    ] as const;
    expect(new Set([leafOf(1, one), leafOf(2, one), leafOf(1, other)]).size).toBe(3);
  });
});
