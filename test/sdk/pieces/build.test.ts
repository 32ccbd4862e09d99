import { describe, expect, it } from "vitest";
import { buildPiece, createPieceHasher, indexCar, type PieceFile } from "../../../sdk/src/pieces/index.ts";
import { inChunks } from "./car.ts";
import { createRandomBytes } from "./naive-tree.ts";

const MIB = 2 ** 20;

/** A file of bytes that never repeat, in chunks of any size. */
function noise(path: string, sizeBytes: number, chunkBytes = sizeBytes): PieceFile {
  const bytes = new Uint8Array(sizeBytes).map((_, i) => (i ^ (i >> 8) ^ (i >> 16)) & 255);
  return {
    path,
    sizeBytes,
    async *open() {
      for (let start = 0; start < sizeBytes; start += chunkBytes) yield bytes.slice(start, start + chunkBytes);
    },
  };
}

/** A sink in memory that insists on one write at a time. */
function memory() {
  const writes: { position: number; bytes: Uint8Array }[] = [];
  let isWriting = false;
  return {
    async write(bytes: Uint8Array, position: number) {
      expect(isWriting).toBe(false);
      isWriting = true;
      await Promise.resolve();
      writes.push({ position, bytes: bytes.slice() });
      isWriting = false;
    },
    bytes() {
      const all = new Uint8Array(Math.max(...writes.map(({ position, bytes }) => position + bytes.length)));
      for (const { position, bytes } of writes) all.set(bytes, position);
      return all;
    },
    covered: () => writes.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

describe("buildPiece", () => {
  it("hands on what the sink throws, at the first write or a later one", async () => {
    for (const failing of [1, 2, 4]) {
      let writes = 0;
      const failure = new Error(`write ${failing}`);
      const write = async () => {
        if (++writes === failing) throw failure;
      };
      await expect(buildPiece([noise("a", 3 * MIB + 5)], { write })).rejects.toBe(failure);
      expect(writes).toBe(failing);
    }
  });

  it("hands on what a file throws", async () => {
    const failure = new Error("bad sector");
    const broken: PieceFile = {
      path: "b",
      sizeBytes: 10,
      async *open() {
        yield Uint8Array.of(1);
        throw failure;
      },
    };
    await expect(buildPiece([noise("a", 2 * MIB), broken], memory())).rejects.toBe(failure);
  });

  it("refuses a file with more or fewer bytes than announced", async () => {
    for (const difference of [-1, 1, MIB]) {
      const file = { ...noise("a", MIB + 7), sizeBytes: MIB + 7 + difference };
      await expect(buildPiece([file], memory())).rejects.toMatchObject({
        name: "PieceFileChanged",
        details: { path: "a" },
      });
    }
  });

  it("makes no block larger than a file's own, however many directories lie in one", async () => {
    const files = Array.from({ length: 8000 }, (_, i) => noise(`${"x".repeat(240)}${i}/f`, 0));
    const sink = memory();
    const piece = await buildPiece([...files, noise("y", 2 * MIB)], sink);
    const { blocks, root } = await indexCar(inChunks(sink.bytes()), { maxSizeBytes: 2 ** 30 });
    expect(root).toBe(piece.root);
    expect(Math.max(...[...blocks].map(({ lengthBytes }) => lengthBytes))).toBe(MIB);
  });

  it("covers every byte once, whatever the size and the chunks of the files", async () => {
    const random = createRandomBytes(5);
    const sizes = [1, MIB - 200, MIB, 2 * MIB - 300, 3 * MIB + 1];
    for (const sizeBytes of sizes) {
      const roots = new Set<string>();
      for (const chunkBytes of [sizeBytes, MIB, 65_536 + random.below(1000), 3 * MIB]) {
        const sink = memory();
        const piece = await buildPiece([noise("a", sizeBytes, chunkBytes), noise("b", 10)], sink);
        const hasher = createPieceHasher();
        hasher.update(sink.bytes());
        expect(hasher.finish()).toEqual(piece.tree);
        expect(sink.covered()).toBe(piece.sizeBytes);
        roots.add(piece.root);
      }
      expect(roots.size).toBe(1);
    }
  });

  it("gives exact roots when the CAR ends exactly with a chunk", async () => {
    const small = await buildPiece([noise("a", 1000)], memory());
    for (const chunks of [1, 2]) {
      // One file of raw blocks: lengthen it until the CAR is a multiple of a MiB.
      let sizeBytes = chunks * MIB - (small.sizeBytes - 1000) - 400;
      for (let round = 0; round < 4; round++) {
        const { sizeBytes: carBytes } = await buildPiece([noise("a", sizeBytes)], memory());
        sizeBytes += chunks * MIB - carBytes;
      }
      const sink = memory();
      const piece = await buildPiece([noise("a", sizeBytes)], sink);
      expect(piece.sizeBytes).toBe(chunks * MIB);
      const hasher = createPieceHasher();
      hasher.update(sink.bytes());
      expect(hasher.finish()).toEqual(piece.tree);
    }
  });
});
