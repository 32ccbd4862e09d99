import { describe, expect, it } from "vitest";
import { createPieceHasher } from "../../../sdk/src/pieces/piece-hasher.ts";
import { openingBytes, proveLeaves, provePath, verifyLeaves, verifyPath } from "../../../sdk/src/pieces/proof.ts";
import { depthOf } from "../../../sdk/src/pieces/tree.ts";
import { randomPiece } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";
import { createRandomBytes, naiveLevels } from "./naive-tree.ts";

function setup(piece: Uint8Array, subtreeLeaves = 8) {
  const hasher = createPieceHasher({ subtreeLeaves });
  hasher.update(piece);
  const tree = hasher.finish();
  const reads: [number, number][] = [];
  const readBytes = (startByte: number, lengthBytes: number) => {
    reads.push([startByte, lengthBytes]);
    return piece.slice(startByte, startByte + lengthBytes);
  };
  return { tree, readBytes, reads };
}

const hex = (bytes: Uint8Array | undefined) => `0x${Buffer.from(bytes ?? []).toString("hex")}`;

describe("provePath", () => {
  it("refuses a padding leaf, a negative and a fractional index", async () => {
    const { tree, readBytes } = setup(createRandomBytes(1).bytes(128 * 5));
    for (const index of [5, 7, 8, -1, 1.5]) {
      await expect(provePath({ tree, readBytes, index })).rejects.toMatchObject({
        name: "ProofIndexInvalid",
        details: { index, leafCount: 5 },
      });
    }
  });

  it("refuses to prove from bytes that changed or went missing", async () => {
    const piece = createRandomBytes(2).bytes(128 * 20);
    const { tree } = setup(piece);
    const flipped = piece.slice();
    flipped[128 * 9] = (piece[128 * 9] ?? 0) ^ 1;
    for (const bytes of [flipped, piece.subarray(0, 128 * 9)]) {
      const readBytes = (start: number, length: number) => bytes.slice(start, start + length);
      await expect(provePath({ tree, readBytes, index: 12 })).rejects.toMatchObject({
        name: "PieceBytesChanged",
        details: { startByte: 1024, lengthBytes: 1024 },
      });
    }
  });

  it("gives for every leaf the siblings of the plain definition, and reads one subtree", async () => {
    const random = createRandomBytes(3);
    for (const length of [1, 128, 129, 128 * 7, 128 * 8, 128 * 9 - 5, 128 * 21]) {
      const piece = random.bytes(length);
      const { tree, readBytes, reads } = setup(piece, 4);
      const levels = naiveLevels(piece);
      for (let index = 0; index < tree.leafCount; index++) {
        reads.length = 0;
        const proof = await provePath({ tree, readBytes, index });
        expect(proof.siblings).toEqual(levels.slice(0, -1).map((level, k) => hex(level[(index >> k) ^ 1])));
        expect(verifyPath({ ...tree, ...proof })).toBe(true);
        expect(reads).toHaveLength(1);
      }
    }
  });
});

describe("verifyPath", () => {
  it("is false for another index, leaf, sibling, length or root", async () => {
    const { tree, readBytes } = setup(createRandomBytes(4).bytes(128 * 11));
    const proof = await provePath({ tree, readBytes, index: 6 });
    const good = { ...tree, ...proof };
    const leaf = proof.leaf.slice();
    leaf[0] = (leaf[0] ?? 0) ^ 1;
    expect(verifyPath(good)).toBe(true);
    expect(verifyPath({ ...good, index: 7 })).toBe(false);
    expect(verifyPath({ ...good, index: 11 })).toBe(false);
    expect(verifyPath({ ...good, leaf })).toBe(false);
    expect(verifyPath({ ...good, leaf: proof.leaf.subarray(1) })).toBe(false);
    expect(verifyPath({ ...good, siblings: proof.siblings.slice(1) })).toBe(false);
    expect(verifyPath({ ...good, siblings: [...proof.siblings, "0x00"] })).toBe(false);
    expect(verifyPath({ ...good, siblings: proof.siblings.toReversed() })).toBe(false);
    expect(verifyPath({ ...good, root: `0x${"11".repeat(32)}` })).toBe(false);
    expect(verifyPath({ ...good, leafCount: 40 })).toBe(false);
  });
});

describe("proveLeaves", () => {
  it("refuses no, unsorted, doubled and padding indices", async () => {
    const { tree, readBytes } = setup(createRandomBytes(5).bytes(128 * 6));
    for (const indices of [[], [2, 1], [3, 3], [0, 6]]) {
      await expect(proveLeaves({ tree, readBytes, indices })).rejects.toMatchObject({ name: "ProofIndexInvalid" });
      expect(verifyLeaves({ ...tree, indices, stream: new Uint8Array() })).toBe(false);
    }
  });

  it("lists leaves and siblings in the order of the contract's stack machine", async () => {
    const piece = createRandomBytes(6).bytes(128 * 8);
    const { tree, readBytes } = setup(piece);
    const [l0 = [], l1 = []] = naiveLevels(piece);
    const leaf = (i: number) => piece.slice(128 * i, 128 * (i + 1));
    const expected = [
      leaf(1), // climbs with sibling 0 to level 1, waits for the neighbour that it meets there
      l0[0],
      leaf(2), // climbs with sibling 3 to level 1, joins leaf 1; waits at level 2
      l0[3],
      leaf(6), // climbs with sibling 7, then with node 2 of level 1, joins at level 2: the root
      l0[7],
      l1[2],
    ];
    expect(hex(await proveLeaves({ tree, readBytes, indices: [1, 2, 6] }))).toBe(
      hex(Uint8Array.from(expected.flatMap((part) => [...(part ?? [])]))),
    );
  });

  it("needs 128 bytes a leaf and nothing else when every leaf is asked", async () => {
    const piece = createRandomBytes(7).bytes(128 * 16);
    const { tree, readBytes } = setup(piece);
    const stream = await proveLeaves({ tree, readBytes, indices: [...Array(16).keys()] });
    expect(hex(stream)).toBe(hex(piece));
  });

  it("is accepted for random sets, and refused with any one byte changed, added or cut", async () => {
    const random = createRandomBytes(8);
    for (let round = 0; round < 60; round++) {
      const piece = random.bytes(1 + random.below(128 * 70));
      const { tree, readBytes, reads } = setup(piece, 2 ** random.below(5));
      const wanted = new Set(Array.from({ length: 1 + random.below(6) }, () => random.below(tree.leafCount)));
      const indices = [...wanted].sort((a, b) => a - b);
      const stream = await proveLeaves({ tree, readBytes, indices });
      const { root, leafCount } = tree;
      expect(verifyLeaves({ root, leafCount, indices, stream })).toBe(true);
      expect(reads.length).toBe(new Set(indices.map((index) => Math.floor(index / tree.subtreeLeaves))).size);

      const changed = stream.slice();
      const at = random.below(stream.length);
      changed[at] = (changed[at] ?? 0) ^ (1 + random.below(255));
      expect(verifyLeaves({ root, leafCount, indices, stream: changed })).toBe(false);
      expect(verifyLeaves({ root, leafCount, indices, stream: stream.subarray(0, -32) })).toBe(false);
      expect(verifyLeaves({ root, leafCount, indices, stream: Uint8Array.from([...stream, 0]) })).toBe(false);
    }
  });
});

describe("openingBytes", () => {
  it("is the length of what proveLeaves gives, for any choice of leaves", async () => {
    const random = createRandom(42);
    for (let i = 0; i < 60; i++) {
      const piece = randomPiece(1 + random(70), random);
      const indices = [...new Set(Array.from({ length: 1 + random(5) }, () => random(piece.leafCount)))];
      indices.sort((a, b) => a - b);
      expect((await piece.open(indices)).length).toBe(openingBytes(indices, depthOf(piece.leafCount)));
    }
  });
});
