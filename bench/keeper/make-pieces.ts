// A thread that writes pieces of exactly 1 MiB, one block each, all different and the same in each run; tells their indexes, encoded.
import { createCipheriv, createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { BlockIndex, type CarIndex, createPieceHasher, encodeCarIndex } from "../../sdk/src/pieces/index.ts";
import { car, header, linkBlock, type TestBlock } from "../../test/sdk/pieces/car.ts";

export type MakePieces = { directory: string; seed: number; count: number };

const MIB = 2 ** 20;
const RAW = 0x55;
const SHA2_256 = 0x12;
/** Of a section with a block of less than 2 MiB: its length and the CID. */
const PREFIX_BYTES = 3 + 36;

const { directory, seed, count } = workerData as MakePieces;
const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed + 1), Buffer.alloc(16));
const frameBytes = (await carOf(Buffer.alloc(MIB - 300))).bytes.length - (MIB - 300);
const zeros = Buffer.alloc(MIB - frameBytes);
for (let i = 0; i < count; i++) {
  const { bytes, index } = await carOf(noise.update(zeros));
  if (bytes.length !== MIB) throw new Error(`a piece has ${bytes.length} bytes`);
  const encoded = encodeCarIndex(index);
  await writeFile(join(directory, `${index.root}.car`), bytes);
  await writeFile(join(directory, `${index.root}.index`), encoded);
  parentPort?.postMessage(encoded);
}

async function carOf(content: Uint8Array): Promise<{ bytes: Uint8Array; index: CarIndex }> {
  const digest = createDigest(SHA2_256, Uint8Array.from(createHash("sha256").update(content).digest()));
  const leaf: TestBlock = { cid: CID.createV1(RAW, digest), bytes: content };
  const root = await linkBlock([leaf.cid]);
  const bytes = car([root.cid], [leaf, root]);
  const hasher = createPieceHasher();
  hasher.update(bytes);
  const blocks = new BlockIndex();
  const offset = header([root.cid]).length + PREFIX_BYTES;
  blocks.add(RAW, leaf.cid.multihash.digest, { offset, lengthBytes: content.length });
  const rootAt = bytes.length - root.bytes.length;
  blocks.add(root.cid.code, root.cid.multihash.digest, { offset: rootAt, lengthBytes: root.bytes.length });
  return { bytes, index: { rootCid: root.cid, blocks, ...hasher.finish() } };
}
