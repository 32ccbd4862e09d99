import fc from "fast-check";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { identity } from "multiformats/hashes/identity";
import { describe, expect, it } from "vitest";
import { indexCar, isPieceError } from "../../sdk/src/pieces/index.ts";
import { car, header, inChunks, linkBlock, rawBlock, section, type TestBlock, varint } from "../sdk/pieces/car.ts";
import { bytes, holds, mutate, mutation } from "./property.ts";

const MAX = 2 ** 20;

/** What became of bytes that somebody sent: an index, or the name of a refusal. Anything else that is thrown is a bug, and thrown on. */
async function judge(source: Uint8Array, limits: Partial<Parameters<typeof indexCar>[1]> = {}, chunk = 4_096) {
  try {
    return { index: await indexCar(inChunks(source, chunk), { maxSizeBytes: MAX, ...limits }) };
  } catch (error) {
    if (!isPieceError(error)) throw error;
    return { refusal: error.name };
  }
}

type Shape = { leaves: Uint8Array[]; links: number[][]; order: number };
const shape: fc.Arbitrary<Shape> = fc.record({
  leaves: fc.array(bytes(300), { minLength: 1, maxLength: 6 }),
  links: fc.array(fc.array(fc.nat(40), { maxLength: 5 }), { maxLength: 6 }),
  order: fc.nat(),
});

/** A CAR of blocks of which each links to earlier ones, rotated, so that the root comes anywhere. */
async function build({
  leaves,
  links,
  order,
}: Shape): Promise<{ root: TestBlock; blocks: TestBlock[]; bytes: Uint8Array }> {
  const blocks: TestBlock[] = await Promise.all(leaves.map(rawBlock));
  for (const [i, numbers] of links.entries()) {
    const chosen = numbers.flatMap((number) => blocks[number % blocks.length]?.cid ?? []);
    blocks.push(await linkBlock(chosen, `${i}`));
  }
  const root = await linkBlock(blocks.map(({ cid }) => cid));
  const all = [...blocks, root];
  const turned = [...all.slice(order % all.length), ...all.slice(0, order % all.length)];
  return { root, blocks: turned, bytes: car([root.cid], turned) };
}

describe("indexCar, for whatever anybody sends", () => {
  it("refuses random bytes by name, at any place of a CAR", async () => {
    await holds(300, [bytes(200), fc.integer({ min: 1, max: 50 })], async (noise, chunk) => {
      expect(await judge(noise, {}, chunk)).toHaveProperty("refusal");
    });
    const { cid } = await rawBlock("x");
    await holds(200, [bytes(120, 1)], async (noise) => {
      const after = Buffer.concat([header([(await linkBlock([])).cid]), noise]);
      expect(await judge(after)).toHaveProperty("refusal");
      expect(await judge(Buffer.concat([after, section(cid.bytes, noise)]))).toHaveProperty("refusal");
    });
  });

  it("takes a whole one, and never what was changed in it for the same piece", async () => {
    await holds(120, [shape, fc.array(mutation, { minLength: 1, maxLength: 3 })], async (drawn, changes) => {
      const whole = await build(drawn);
      const honest = (await judge(whole.bytes)).index;
      expect(honest?.rootCid.equals(whole.root.cid)).toBe(true);
      const changed = changes.reduce(mutate, whole.bytes);
      if (Buffer.compare(changed, whole.bytes) === 0) return;
      const { index } = await judge(changed);
      // A block may well come twice, or one that nothing needs may go: other bytes, another piece, the same content.
      if (index === undefined) return;
      expect(index.root).not.toBe(honest?.root);
      expect(index.rootCid.equals(whole.root.cid)).toBe(true);
    });
  });

  it("refuses one that ends early, at whatever byte", async () => {
    await holds(60, [shape, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })], async (drawn, part) => {
      const whole = await build(drawn);
      const cut = whole.bytes.slice(0, Math.floor(part * whole.bytes.length));
      const { refusal, index } = await judge(cut);
      expect(refusal ?? (index && "a cut CAR was taken")).toMatch(/^(CarTruncated|CarBlockMissing)$/);
    });
  });

  it("reads no length that it would have to wait or to allocate for", async () => {
    const { cid } = await rawBlock("x");
    const start = header([(await linkBlock([])).cid]);
    await holds(
      100,
      [fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 127 }), fc.boolean()],
      async (count, last, isHeader) => {
        const bomb = [...new Array<number>(count).fill(0xff), last];
        const sent = isHeader ? Uint8Array.from(bomb) : Buffer.concat([start, Uint8Array.from(bomb), cid.bytes]);
        const read: number[] = [];
        async function* endless() {
          yield sent;
          for (;;) {
            read.push(65_536);
            yield new Uint8Array(65_536);
          }
        }
        const outcome = indexCar(endless(), { maxSizeBytes: 4 * MAX });
        await expect(outcome).rejects.toSatisfy((error) => isPieceError(error));
        expect(read.length * 65_536).toBeLessThanOrEqual(4 * MAX + 65_536);
      },
    );
  });

  it("counts links that wait for their block, so that a list of them costs no more memory than blocks may", async () => {
    await holds(10, [fc.integer({ min: 5, max: 400 })], async (count) => {
      const wanted = Array.from({ length: count }, (_, i) => {
        const digest = new Uint8Array(32);
        new DataView(digest.buffer).setUint32(0, i);
        return CID.createV1(0x55, createDigest(0x12, digest));
      });
      const root = await linkBlock(wanted);
      expect(await judge(car([root.cid], [root]), { maxBlocks: 4 })).toEqual({ refusal: "PieceTooManyBlocks" });
      expect(await judge(car([root.cid], [root]))).toEqual({ refusal: "CarBlockMissing" });
    });
  });

  it("goes through a chain of blocks as deep as they come, and through the same block many times", async () => {
    const chain: TestBlock[] = [await rawBlock("the end")];
    for (let i = 0; i < 5_000; i++) chain.push(await linkBlock([(chain.at(-1) as TestBlock).cid]));
    const top = chain.at(-1) as TestBlock;
    expect((await judge(car([top.cid], chain))).index?.blocks.size).toBe(5_001);
    const leaf = await rawBlock("again");
    const root = await linkBlock([leaf.cid]);
    const again = car([root.cid], [root, ...new Array<TestBlock>(10_000).fill(leaf)]);
    expect((await judge(again)).index?.blocks.size).toBe(2);
  });

  it("takes no CID of another kind, be it block, link or root: identity, other hashes, version 0", async () => {
    const leaf = await rawBlock("leaf");
    const kinds = [
      CID.createV1(0x55, identity.digest(new Uint8Array([1, 2, 3]))),
      CID.createV1(0x55, createDigest(0x13, new Uint8Array(64))),
      CID.createV0(createDigest(0x12, new Uint8Array(32)) as never),
      CID.createV1(0x71, leaf.cid.multihash),
      CID.createV1(0x55, createDigest(0x12, new Uint8Array(20))),
    ];
    for (const cid of kinds) {
      const linking = await linkBlock([cid, leaf.cid]);
      expect(await judge(car([linking.cid], [linking, leaf]))).toEqual({ refusal: "CidUnsupported" });
      expect(await judge(car([cid], [leaf]))).toEqual({ refusal: "CidUnsupported" });
      const root = await linkBlock([leaf.cid]);
      const strange = Buffer.concat([car([root.cid], [root, leaf]), section(cid.bytes, new Uint8Array([1, 2, 3]))]);
      expect((await judge(strange)).refusal).toMatch(/^Car(Malformed|Truncated|BlockWrongHash)$/);
    }
  });

  it("refuses a header longer than it takes before it reads it", async () => {
    await holds(50, [fc.integer({ min: 4_097, max: 2 ** 28 - 1 })], async (length) => {
      expect(await judge(Uint8Array.from(varint(length)))).toEqual({ refusal: "CarNotV1" });
    });
  });
});
