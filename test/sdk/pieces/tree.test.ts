import { describe, expect, it } from "vitest";
import { createPieceHasher } from "../../../sdk/src/pieces/piece-hasher.ts";
import { depthOf, leafCountOf, paddingHash, pieceTreeOf } from "../../../sdk/src/pieces/tree.ts";
import { createRandomBytes, naiveRoot } from "./naive-tree.ts";

function treeOf(piece: Uint8Array, subtreeLeaves?: number, chunk = piece.length) {
  const hasher = createPieceHasher({ subtreeLeaves });
  for (let start = 0; start < piece.length; start += chunk) hasher.update(piece.subarray(start, start + chunk));
  return hasher.finish();
}

describe("createPieceHasher", () => {
  it("refuses no bytes", () => {
    expect(() => createPieceHasher().finish()).toThrow(expect.objectContaining({ name: "PieceEmpty" }));
  });

  it("refuses a subtree that is no power of two or larger than a batch", () => {
    for (const subtreeLeaves of [0, 3, 0.5, 16384])
      expect(() => createPieceHasher({ subtreeLeaves })).toThrow(RangeError);
  });

  it("agrees with the plain definition around every power of two", () => {
    const random = createRandomBytes(1);
    for (const leaves of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33]) {
      for (const cut of [0, 1, 127]) {
        const piece = random.bytes(128 * leaves - cut);
        expect(treeOf(piece, 4).root).toBe(naiveRoot(piece));
        expect(treeOf(piece).root).toBe(naiveRoot(piece));
      }
    }
  });

  it("gives one root whatever the chunks and the subtree size", () => {
    const random = createRandomBytes(2);
    for (let round = 0; round < 40; round++) {
      const piece = random.bytes(1 + random.below(6000));
      const expected = naiveRoot(piece);
      const tree = treeOf(piece, 2 ** random.below(6), 1 + random.below(900));
      expect(tree.root).toBe(expected);
      expect(tree).toMatchObject({ sizeBytes: piece.length, leafCount: Math.ceil(piece.length / 128) });
      expect(pieceTreeOf(tree.sizeBytes, tree.subtreeLeaves, tree.subtreeHashes)).toEqual(tree);
    }
  });

  it("agrees over several full subtrees, exactly full ones included", () => {
    const random = createRandomBytes(3);
    const seed = random.bytes(4096);
    const piece = new Uint8Array(3 * 2 ** 20).map((_, i) => (seed[i % 4096] ?? 0) ^ (i >> 12));
    for (const length of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 * 2 ** 20, piece.length]) {
      const part = piece.subarray(0, length);
      expect(treeOf(part, undefined, 700_001).root).toBe(treeOf(part, 64).root);
      expect(treeOf(part).subtreeHashes.length).toBe(32 * Math.ceil(length / 2 ** 20));
    }
  });

  it("tells apart a short last leaf and one with real zeros only by the leaf count", () => {
    const short = treeOf(Uint8Array.of(1, 2, 3));
    const filled = treeOf(Uint8Array.of(1, 2, 3, 0));
    expect(short.root).toBe(filled.root);
    expect(short.leafCount).toBe(1);
    expect(treeOf(new Uint8Array(128 * 3)).root).not.toBe(treeOf(new Uint8Array(128 * 4)).root);
  });
});

describe("depthOf and leafCountOf", () => {
  it("round up", () => {
    expect([1, 2, 3, 4, 5, 8192, 8193, 2 ** 40 + 1].map(depthOf)).toEqual([0, 1, 2, 2, 3, 13, 14, 41]);
    expect([1, 128, 129, 2 ** 30].map(leafCountOf)).toEqual([1, 1, 2, 2 ** 23]);
  });
});

describe("paddingHash", () => {
  it("starts at bytes32(0), not at the hash of a leaf", () => {
    expect(paddingHash(0)).toEqual(new Uint8Array(32));
    expect(Buffer.from(paddingHash(1)).toString("hex")).toBe(
      "c07a1e8b7e0057673fdc2affe190d8a960c5fe615663f27b7ce84f3d93ef92a6",
    );
  });
});
