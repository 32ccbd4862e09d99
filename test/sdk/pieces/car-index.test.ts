import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { describe, expect, it } from "vitest";
import { carHeader } from "../../../sdk/src/pieces/car-format.ts";
import {
  type CarLimits,
  createPieceHasher,
  decodeCarIndex,
  encodeCarIndex,
  indexCar,
} from "../../../sdk/src/pieces/index.ts";
import { car, concat, header, inChunks, linkBlock, rawBlock, type TestBlock } from "./car.ts";
import { createRandomBytes } from "./naive-tree.ts";

const LIMITS: CarLimits = { maxSizeBytes: 10 * 2 ** 20 };
const index = (bytes: Uint8Array, limits: Partial<CarLimits> = {}, chunk = 1000) =>
  indexCar(inChunks(bytes, chunk), { ...LIMITS, ...limits });

/** A root over two leaves, in the order of our own CARs: leaves first. */
async function setup() {
  const [one, two] = [await rawBlock("one"), await rawBlock(createRandomBytes(1).bytes(3000))];
  const root = await linkBlock([one.cid, two.cid]);
  const blocks = [one, two, root];
  return { one, two, root, blocks, bytes: car([root.cid], blocks) };
}

describe("indexCar, refusing", () => {
  it("what is no CAR, or another version", async () => {
    const { root, bytes } = await setup();
    const pragma = Uint8Array.from(Buffer.from("0aa16776657273696f6e02", "hex"));
    const noCars = [
      Uint8Array.from([0, ...bytes]),
      new TextEncoder().encode("<!doctype html><title>not a CAR, but long enough</title>".repeat(9)),
      concat([pragma, bytes]),
      header([root.cid], 3),
      new Uint8Array(200).fill(0xff),
    ];
    for (const noCar of noCars) await expect(index(noCar)).rejects.toMatchObject({ name: "CarNotV1" });
  });

  it("no root and several roots", async () => {
    const { one, root, blocks } = await setup();
    for (const roots of [[], [root.cid, root.cid], [root.cid, one.cid, one.cid]]) {
      await expect(index(car(roots, blocks))).rejects.toMatchObject({
        name: "CarRootsNotOne",
        details: { roots: roots.length },
      });
    }
  });

  it("a root that is raw, of version 0, or by another hash", async () => {
    const { one, root, blocks } = await setup();
    const digest = root.cid.multihash.digest;
    const roots = [one.cid, CID.createV0(createDigest(0x12, digest)), CID.createV1(0x70, createDigest(0x1e, digest))];
    for (const cid of roots) {
      await expect(index(car([cid], blocks))).rejects.toMatchObject({
        name: "CidUnsupported",
        details: { cid: cid.toString() },
      });
    }
  });

  it("a header that says the right thing in another form", async () => {
    const { root, blocks, bytes } = await setup();
    const canonical = header([root.cid]);
    const padded = concat([Uint8Array.of(58 | 128, 0), canonical.subarray(1), bytes.subarray(59)]);
    await expect(index(padded)).rejects.toMatchObject({ name: "CarNotV1" });
    const otherOrder = concat([
      Uint8Array.of(58, 0xa2),
      canonical.subarray(50),
      canonical.subarray(2, 50),
      bytes.subarray(59),
    ]);
    await expect(index(otherOrder)).rejects.toMatchObject({ name: expect.stringMatching(/^Car(NotV1|Malformed)$/) });
    expect((await index(car([root.cid], blocks))).blocks.size).toBe(3);
  });

  it("every truncation, at any byte", async () => {
    const { bytes } = await setup();
    const sectionEnds = new Set<number>();
    for (let length = 0; length < bytes.length; length++) {
      const failure = await index(bytes.subarray(0, length), {}, 4000).catch((error: unknown) => error);
      const { name } = failure as Error;
      if (name === "CarBlockMissing") sectionEnds.add(length);
      else expect([length, name]).toEqual([length, "CarTruncated"]);
    }
    expect(sectionEnds.size).toBe(3); // after the header and after either leaf, the CAR is well formed but incomplete
  });

  it("bytes behind the last block", async () => {
    const { bytes } = await setup();
    await expect(index(concat([bytes, new Uint8Array(1)]))).rejects.toMatchObject({
      name: "CarMalformed",
      details: { offset: bytes.length },
    });
    const tails: [Uint8Array, string][] = [
      [Uint8Array.of(37), "CarTruncated"],
      [Uint8Array.of(35, ...new Uint8Array(40)), "CarMalformed"],
      [Uint8Array.of(40, ...new Uint8Array(40)), "CarMalformed"],
      [new Uint8Array(10).fill(0xff), "CarMalformed"],
      [
        new TextEncoder().encode("trailing garbage, long enough to be read as a section of 116 bytes".repeat(3)),
        "CarMalformed",
      ],
    ];
    for (const [tail, name] of tails) await expect(index(concat([bytes, tail]))).rejects.toMatchObject({ name });
  });

  it("any single changed bit of the blocks", async () => {
    const { bytes } = await setup();
    const random = createRandomBytes(2);
    for (let round = 0; round < 200; round++) {
      const changed = bytes.slice();
      const at = random.below(bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      await expect(index(changed)).rejects.toMatchObject({ name: expect.stringMatching(/^(Car|Cid|Piece)/) });
    }
  });

  it("a block that does not hash to its CID, by name", async () => {
    const { one, two, root } = await setup();
    const wrong: TestBlock = { cid: two.cid, bytes: one.bytes };
    await expect(index(car([root.cid], [one, wrong, root]))).rejects.toMatchObject({
      name: "CarBlockWrongHash",
      details: { cid: two.cid.toString() },
    });
  });

  it("a missing leaf, a missing root, a missing node in the middle", async () => {
    const { one, two, root } = await setup();
    const middle = await linkBlock([one.cid], "middle");
    const top = await linkBlock([middle.cid, two.cid]);
    const cases: [CID, TestBlock[], CID][] = [
      [root.cid, [one, root], two.cid],
      [root.cid, [one, two], root.cid],
      [top.cid, [one, two, top], middle.cid],
      [root.cid, [], root.cid],
    ];
    for (const [rootCid, blocks, missing] of cases) {
      await expect(index(car([rootCid], blocks))).rejects.toMatchObject({
        name: "CarBlockMissing",
        details: { cid: missing.toString(), missing: 1 },
      });
    }
  });

  it("a raw block in the place of the dag-pb block that is linked, since its links would go unseen", async () => {
    const { one, two, root } = await setup();
    const disguised: TestBlock = { cid: CID.createV1(0x55, root.cid.multihash), bytes: root.bytes };
    await expect(index(car([root.cid], [one, two, disguised]))).rejects.toMatchObject({ name: "CarBlockMissing" });
  });

  it("blocks and links with other codecs or hashes", async () => {
    const { one, two, root } = await setup();
    const cbor = CID.createV1(0x71, one.cid.multihash);
    const identity = CID.createV1(0x55, createDigest(0x00, one.bytes));
    await expect(index(car([root.cid], [{ cid: cbor, bytes: one.bytes }, two, root]))).rejects.toMatchObject({
      name: "CarMalformed",
    });
    for (const cid of [cbor, identity]) {
      const parent = await linkBlock([cid]);
      await expect(index(car([parent.cid], [parent]))).rejects.toMatchObject({
        name: "CidUnsupported",
        details: { cid: cid.toString() },
      });
    }
  });

  it("a dag-pb block that cannot be decoded", async () => {
    const bytes = Uint8Array.of(0xff, 0xff, 0xff);
    const { cid } = await rawBlock(bytes);
    const broken = { cid: CID.createV1(0x70, cid.multihash), bytes };
    await expect(index(car([broken.cid], [broken]))).rejects.toMatchObject({ name: "CarMalformed" });
  });

  it("more bytes, larger blocks and more blocks than allowed, exactly from one past", async () => {
    const { two, bytes } = await setup();
    await index(bytes, { maxSizeBytes: bytes.length, maxBlockBytes: two.bytes.length, maxBlocks: 3 });
    await expect(index(bytes, { maxSizeBytes: bytes.length - 1 })).rejects.toMatchObject({
      name: "PieceTooLarge",
      details: { maxBytes: bytes.length - 1 },
    });
    await expect(index(bytes, { maxBlockBytes: two.bytes.length - 1 })).rejects.toMatchObject({
      name: "PieceBlockTooLarge",
      details: { sizeBytes: two.bytes.length, maxBytes: two.bytes.length - 1 },
    });
    await expect(index(bytes, { maxBlocks: 2 })).rejects.toMatchObject({
      name: "PieceTooManyBlocks",
      details: { maxBlocks: 2 },
    });
  });

  it("a flood of links to nothing, before it fills the memory", async () => {
    const { one } = await setup();
    const digests = createRandomBytes(3);
    const links = Array.from({ length: 500 }, () => CID.createV1(0x55, createDigest(0x12, digests.bytes(32))));
    const root = await linkBlock(links);
    await expect(index(car([root.cid], [root, one]), { maxBlocks: 400 })).rejects.toMatchObject({
      name: "PieceTooManyBlocks",
      details: { blocks: 501, maxBlocks: 400 },
    });
  });

  it("an endless block length without reading on", async () => {
    const { root } = await setup();
    let pulled = 0;
    async function* endless() {
      yield header([root.cid]);
      yield Uint8Array.of(0xff, 0xff, 0xff, 0x7f); // 256 MiB
      for (; ; pulled++) yield new Uint8Array(2 ** 16);
    }
    await expect(indexCar(endless(), LIMITS)).rejects.toMatchObject({ name: "PieceBlockTooLarge" });
    expect(pulled).toBe(0);
  });

  it("nothing when the signal says stop, and closes the source", async () => {
    const { bytes } = await setup();
    const abort = new AbortController();
    let isClosed = false;
    async function* source() {
      try {
        yield bytes.subarray(0, 100);
        abort.abort(new Error("enough"));
        yield bytes.subarray(100);
      } finally {
        isClosed = true;
      }
    }
    await expect(indexCar(source(), { ...LIMITS, signal: abort.signal })).rejects.toThrow("enough");
    expect(isClosed).toBe(true);
  });

  it("hands on what the source throws", async () => {
    const { bytes } = await setup();
    async function* source() {
      yield bytes.subarray(0, 100);
      throw new Error("connection reset");
    }
    await expect(indexCar(source(), LIMITS)).rejects.toThrow("connection reset");
  });
});

describe("indexCar", () => {
  it("gives every block's place, the root and the tree, whatever the chunks", async () => {
    const { root, blocks, bytes } = await setup();
    const hasher = createPieceHasher();
    hasher.update(bytes);
    const tree = hasher.finish();
    for (const chunk of [1, 2, 7, 59, 100, bytes.length]) {
      const found = await index(bytes, {}, chunk);
      expect(found).toMatchObject({ ...tree });
      expect(found.rootCid.toString()).toBe(root.cid.toString());
      expect([...found.blocks].map(({ cid }) => cid.toString())).toEqual(blocks.map(({ cid }) => cid.toString()));
      for (const { cid, bytes: block } of blocks) {
        const { offset, lengthBytes } = found.blocks.get(cid) ?? { offset: 0, lengthBytes: 0 };
        expect(bytes.slice(offset, offset + lengthBytes)).toEqual(block);
      }
    }
  });

  it("takes blocks in any order, unlinked and doubled ones, and the empty block", async () => {
    const { one, two } = await setup();
    const empty = await rawBlock("");
    const root = await linkBlock([one.cid, empty.cid]);
    const found = await index(car([root.cid], [root, one, two, one, empty]));
    expect(found.blocks.size).toBe(4);
    expect(found.blocks.get(empty.cid)?.lengthBytes).toBe(0);
    const { offset = 0 } = found.blocks.get(one.cid) ?? {};
    expect(offset).toBeLessThan(found.blocks.get(two.cid)?.offset ?? 0);
  });

  it("finds a block under its other codec, and no block under another hash", async () => {
    const { one, root, bytes } = await setup();
    const { blocks } = await index(bytes);
    expect(blocks.get(CID.createV1(0x55, root.cid.multihash))).toEqual(blocks.get(root.cid));
    expect(blocks.get(CID.createV1(0x70, one.cid.multihash))).toEqual(blocks.get(one.cid));
    expect(blocks.get(CID.createV1(0x55, createDigest(0x1e, one.cid.multihash.digest)))).toBeUndefined();
    expect(blocks.get((await rawBlock("absent")).cid)).toBeUndefined();
  });

  it("agrees with the CBOR library on the header", async () => {
    const { root } = await setup();
    expect(carHeader(root.cid.bytes)).toEqual(header([root.cid]));
  });
});

describe("encodeCarIndex and decodeCarIndex", () => {
  it("give back the same index", async () => {
    const { blocks, bytes } = await setup();
    const found = await index(bytes, { subtreeLeaves: 4 });
    const { blocks: decodedBlocks, rootCid, ...tree } = decodeCarIndex(encodeCarIndex(found));
    const { blocks: _, rootCid: expectedCid, ...expectedTree } = found;
    expect(tree).toEqual(expectedTree);
    expect(rootCid.toString()).toBe(expectedCid.toString());
    for (const { cid } of blocks) expect(decodedBlocks.get(cid)).toEqual(found.blocks.get(cid));
  });

  it("refuse what is cut, extended, foreign or damaged", async () => {
    const { bytes } = await setup();
    const encoded = encodeCarIndex(await index(bytes, { subtreeLeaves: 4 }));
    const damaged = (at: number) => encoded.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    const bad = [
      new Uint8Array(),
      bytes,
      encoded.subarray(0, 60),
      encoded.subarray(0, -1),
      encoded.subarray(0, -45),
      concat([encoded, encoded.subarray(-45)]),
      damaged(0), // magic
      damaged(20), // digest of the root
      damaged(41), // size
      damaged(60), // Merkle root
      damaged(100), // a subtree hash
      damaged(encoded.length - 13), // codec of the last block
      damaged(encoded.length - 8), // offset of the last block
    ];
    for (const [i, wrong] of bad.entries()) {
      expect(() => decodeCarIndex(wrong), `case ${i}`).toThrow(expect.objectContaining({ name: "CarIndexInvalid" }));
    }
  });

  it("carry ten thousand blocks", async () => {
    const leaves = await Promise.all(Array.from({ length: 10_000 }, (_, i) => rawBlock(`${i}`)));
    const root = await linkBlock(leaves.map(({ cid }) => cid));
    const found = await index(car([root.cid], [...leaves, root]), {}, 65_536);
    const decoded = decodeCarIndex(encodeCarIndex(found));
    expect(decoded.blocks.size).toBe(10_001);
    for (const { cid } of [leaves[0], leaves[9999], root].filter((block) => block !== undefined)) {
      expect(decoded.blocks.get(cid)).toEqual(found.blocks.get(cid));
    }
  });
});
