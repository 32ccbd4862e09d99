import { describe, expect, it } from "vitest";
import { arrangeFiles } from "../../../sdk/src/pieces/file-list.ts";
import {
  createPieceHasher,
  decodeCarIndex,
  encodeCarIndex,
  indexCar,
  isPieceError,
  proveLeaves,
  verifyLeaves,
} from "../../../sdk/src/pieces/index.ts";
import { type Draw, forRandom } from "../../helpers/property.ts";
import { car, inChunks, linkBlock, rawBlock, type TestBlock } from "./car.ts";
import { naiveLevels } from "./naive-tree.ts";

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

function drawTree({ below, bytes }: Draw) {
  const piece = bytes(1 + below(128 * 70));
  const hasher = createPieceHasher({ subtreeLeaves: 2 ** below(7) });
  for (let start = 0; start < piece.length; ) {
    const end = start + 1 + below(2000);
    hasher.update(piece.subarray(start, end));
    start = end;
  }
  const tree = hasher.finish();
  const wanted = new Set(Array.from({ length: 1 + below(9) }, () => below(tree.leafCount)));
  return { piece, tree, indices: [...wanted].sort((a, b) => a - b) };
}

/**
 * A proof of several leaves from the definition alone: each leaf in turn climbs, past siblings that hold no wanted leaf, which go
 * into the proof, and past left ones that do, which have come up before; at a right one that does, it waits.
 */
function naiveProof(piece: Uint8Array, indices: readonly number[]): Uint8Array {
  const levels = naiveLevels(piece).slice(0, -1);
  const parts = indices.flatMap((index) => {
    const leaf = new Uint8Array(128);
    leaf.set(piece.subarray(128 * index, 128 * (index + 1)));
    const own: Uint8Array[] = [leaf];
    for (const [level, hashes] of levels.entries()) {
      const sibling = (index >> level) ^ 1;
      const isWanted = indices.some((other) => other >> level === sibling);
      if (!isWanted) own.push(hashes[sibling] ?? new Uint8Array());
      else if (sibling > index >> level) break;
    }
    return own;
  });
  return new Uint8Array(Buffer.concat(parts));
}

describe("a piece's tree and proofs, for any bytes", () => {
  it("are those of the plain definition", async () => {
    await forRandom(150, async (draw) => {
      const { piece, tree, indices } = drawTree(draw);
      expect(tree.root).toBe(`0x${hex(naiveLevels(piece).at(-1)?.[0])}`);
      const readBytes = (start: number, length: number) => piece.slice(start, start + length);
      const stream = await proveLeaves({ tree, readBytes, indices });
      expect(hex(stream)).toBe(hex(naiveProof(piece, indices)));
      expect(verifyLeaves({ ...tree, indices, stream })).toBe(true);
    });
  });

  it("hold for no other bytes, leaves, root or size of the tree", async () => {
    await forRandom(150, async (draw) => {
      const { piece, tree, indices } = drawTree(draw);
      const { root, leafCount } = tree;
      const stream = naiveProof(piece, indices);
      const at = draw.below(stream.length);
      const changed = stream.map((byte, i) => (i === at ? byte ^ (1 + draw.below(255)) : byte));
      expect(verifyLeaves({ root, leafCount, indices, stream: changed })).toBe(false);
      const moved = indices.map((index) => index + 1);
      expect(verifyLeaves({ root, leafCount: leafCount + 1, indices: moved, stream })).toBe(false);
      expect(verifyLeaves({ root: `0x${hex(draw.bytes(32))}`, leafCount, indices, stream })).toBe(false);
      expect(verifyLeaves({ root, leafCount: 4 * leafCount, indices, stream })).toBe(false);
    });
  });
});

/** Blocks of which each links to earlier ones, the root among them, in any order, some twice; and their CAR. */
async function drawCar({ below, bytes }: Draw) {
  const blocks: [TestBlock, ...TestBlock[]] = [await rawBlock(bytes(below(3000)))];
  for (let i = below(30); i > 0; i--) {
    const links = Array.from({ length: below(6) }, () => blocks[below(blocks.length)]?.cid ?? blocks[0].cid);
    blocks.push(below(3) === 0 ? await linkBlock(links, `${i}`) : await rawBlock(bytes(below(400))));
  }
  const root = await linkBlock(blocks.map(({ cid }) => cid));
  const shuffled = [...blocks, root, ...blocks.slice(0, below(3))];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] ?? root, shuffled[i] ?? root];
  }
  return { root, blocks: shuffled, bytes: car([root.cid], shuffled) };
}

describe("the index of a CAR, for any blocks", () => {
  it("finds each block's bytes, and comes back from its sidecar as it was", async () => {
    await forRandom(60, async (draw) => {
      const { root, blocks, bytes } = await drawCar(draw);
      const limits = { maxSizeBytes: bytes.length, subtreeLeaves: 2 ** draw.below(8) };
      const found = await indexCar(inChunks(bytes, 1 + draw.below(5000)), limits);
      const back = decodeCarIndex(encodeCarIndex(found));
      for (const index of [found, back]) {
        expect(index.rootCid.equals(root.cid)).toBe(true);
        expect(index.blocks.size).toBe(new Set(blocks.map(({ cid }) => cid.toString())).size);
        for (const { cid, bytes: block } of blocks) {
          const { offset, lengthBytes } = index.blocks.get(cid) ?? { offset: 0, lengthBytes: -1 };
          expect(hex(bytes.subarray(offset, offset + lengthBytes))).toBe(hex(block));
        }
      }
      const { blocks: _, rootCid: __, ...tree } = found;
      const { blocks: ___, rootCid: ____, ...sameTree } = back;
      expect(sameTree).toEqual(tree);
      expect([...back.blocks].map(({ cid }) => cid.toString())).toEqual(
        [...found.blocks].map(({ cid }) => cid.toString()),
      );
    });
  });

  it("is refused by name when its sidecar is damaged, or points nowhere outside the CAR", async () => {
    await forRandom(60, async (draw) => {
      const { bytes } = await drawCar(draw);
      const encoded = encodeCarIndex(await indexCar(inChunks(bytes), { maxSizeBytes: bytes.length, subtreeLeaves: 8 }));
      for (let round = 0; round < 40; round++) {
        const at = draw.below(encoded.length);
        const bad = draw.pick([
          encoded.map((byte, i) => (i === at ? byte ^ (1 + draw.below(255)) : byte)),
          encoded.slice(0, at),
          Uint8Array.from([...encoded, ...draw.bytes(1 + draw.below(100))]),
        ]);
        try {
          for (const { offset, lengthBytes } of decodeCarIndex(bad).blocks)
            expect(offset + lengthBytes).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          if (!isPieceError(error, "CarIndexInvalid")) throw error;
        }
      }
    });
  });

  it("is never made of a CAR with any one byte changed", async () => {
    await forRandom(60, async (draw) => {
      const { bytes } = await drawCar(draw);
      const at = draw.below(bytes.length);
      const changed = bytes.map((byte, i) => (i === at ? byte ^ (1 + draw.below(255)) : byte));
      const outcome = await indexCar(inChunks(changed), { maxSizeBytes: bytes.length }).catch(
        (error: unknown) => error,
      );
      expect(isPieceError(outcome)).toBe(true);
    });
  });
});

describe("arrangeFiles, for any names", () => {
  it("sorts by UTF-8 bytes, so that what lies in one directory stands together", async () => {
    const letters = [
      "a",
      "b",
      "-",
      ".",
      "0",
      "é",
      "\uD7FF",
      "\uE000",
      "\uFFFD",
      "\u{10000}",
      "\u{1F600}",
      "\u{10FFFF}",
    ] as const;
    await forRandom(100, ({ below, pick }) => {
      const name = () => `x${Array.from({ length: below(4) }, () => pick(letters)).join("")}`;
      const paths = new Set(
        Array.from({ length: 60 }, () => `${Array.from({ length: below(3) }, () => `${name()}/`).join("")}${name()}.f`),
      );
      const files = [...paths].map((path) => ({ path, sizeBytes: 0, open: () => [] }));
      const sorted = arrangeFiles(files).files.map(({ path }) => path);
      expect(sorted).toEqual(sorted.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(sorted.length).toBe(paths.size);
      const folders = sorted.map((path) => path.split("/")[0]);
      expect(folders.filter((folder, i) => folder !== folders[i - 1]).length).toBe(new Set(folders).size);
    });
  });
});
