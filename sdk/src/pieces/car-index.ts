import { bytesReader, readHeader } from "@ipld/car/decoder";
import { decode as decodeDagPb, type PBLink } from "@ipld/dag-pb";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { sha256 } from "multiformats/hashes/sha2";
import { BlockIndex, blockKey } from "./block-index.ts";
import { ByteReader } from "./byte-reader.ts";
import { CAR_HEADER_BYTES, CID_BYTES, carHeader, MAX_BLOCK_BYTES, MAX_BLOCKS } from "./car-format.ts";
import { cidProblem, DAG_PB, RAW, SHA2_256 } from "./cid.ts";
import { PieceError } from "./errors.ts";
import { createPieceHasher } from "./piece-hasher.ts";
import type { PieceTree } from "./tree.ts";

/** All that a keeper must know of a CAR to serve its blocks and to prove it. */
export interface CarIndex extends PieceTree {
  rootCid: CID;
  blocks: BlockIndex;
}

/** What a CAR from a stranger may have. */
export interface CarLimits {
  /** Most bytes of the whole CAR. */
  maxSizeBytes: number;
  /** Most bytes of one block; 2 MiB unless told otherwise. */
  maxBlockBytes?: number;
  /** Most distinct blocks, and most links that still wait for their block; 2^20 unless told otherwise. */
  maxBlocks?: number;
  /** Leaves per stored subtree hash, as for `createPieceHasher`. */
  subtreeLeaves?: number;
  signal?: AbortSignal;
}

/** A header that names several roots may be this long, so that it can be refused by name. */
const MAX_HEADER_BYTES = 4096;

/**
 * Reads a CAR once and trusts nothing in it: one dag-pb CIDv1 root, only raw and dag-pb blocks with sha2-256, each block's hash,
 * every link of every dag-pb block present (which is more than every link reachable from the root), nothing behind the last block.
 * Memory holds one block, the index, and 32 bytes per MiB.
 * Throws `CarNotV1`, `CarRootsNotOne`, `CarTruncated`, `CarMalformed`, `CarBlockWrongHash`, `CarBlockMissing`, `CidUnsupported`,
 * `PieceTooLarge`, `PieceBlockTooLarge`, `PieceTooManyBlocks`, the signal's reason, or what the source throws.
 */
export async function indexCar(source: AsyncIterable<Uint8Array>, limits: CarLimits): Promise<CarIndex> {
  const { maxSizeBytes, maxBlockBytes = MAX_BLOCK_BYTES, maxBlocks = MAX_BLOCKS, subtreeLeaves, signal } = limits;
  const hasher = createPieceHasher({ subtreeLeaves });
  const reader = new ByteReader(source, maxSizeBytes, (bytes) => {
    signal?.throwIfAborted();
    hasher.update(bytes);
  });
  try {
    const rootCid = await takeHeader(reader);
    const blocks = new BlockIndex();
    const missing = new Map<string, { codec: number; digest: Uint8Array }>();
    const want = (codec: number, digest: Uint8Array) => {
      if (!blocks.has(codec, digest)) missing.set(blockKey(codec, digest), { codec, digest });
    };
    want(DAG_PB, rootCid.multihash.digest);

    while (!(await reader.isAtEnd())) {
      const { codec, digest, offset, bytes } = await takeBlock(reader, maxBlockBytes);
      blocks.add(codec, digest, { offset, lengthBytes: bytes.length });
      missing.delete(blockKey(codec, digest));
      if (codec === DAG_PB) for (const link of linksOf(bytes, offset)) want(link.code, link.multihash.digest);
      if (blocks.size + missing.size > maxBlocks) {
        throw new PieceError("PieceTooManyBlocks", { blocks: blocks.size + missing.size, maxBlocks });
      }
    }
    for (const { codec, digest } of missing.values()) {
      const cid = CID.createV1(codec, createDigest(SHA2_256, digest)).toString();
      throw new PieceError("CarBlockMissing", { cid, missing: missing.size });
    }
    return { rootCid, blocks, ...hasher.finish() };
  } catch (error) {
    await reader.cancel();
    throw error;
  }
}

async function takeHeader(reader: ByteReader): Promise<CID> {
  const length = await takeHeaderLength(reader);
  const bytes = Uint8Array.from(await reader.take(length));
  const { roots } = await decodeHeader(bytes);
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new PieceError("CarRootsNotOne", { roots: roots.length });
  const rootCid = CID.decode(root.bytes);
  const problem = cidProblem(rootCid, [DAG_PB]);
  if (problem !== undefined) throw new PieceError("CidUnsupported", { cid: rootCid.toString(), problem });
  const canonical = carHeader(rootCid.bytes).subarray(1);
  if (length !== CAR_HEADER_BYTES - 1 || canonical.some((byte, i) => byte !== bytes[i])) {
    throw new PieceError("CarMalformed", { offset: 0, problem: "the header is not in its one canonical form" });
  }
  return rootCid;
}

async function takeHeaderLength(reader: ByteReader): Promise<number> {
  if (await reader.isAtEnd()) throw new PieceError("CarTruncated", { offset: 0, missingBytes: CAR_HEADER_BYTES });
  let length = 0;
  try {
    length = await reader.takeVarint();
  } catch (cause) {
    if (cause instanceof PieceError && cause.name === "CarMalformed") {
      throw new PieceError("CarNotV1", { problem: "it does not begin with the length of a header" }, { cause });
    }
    throw cause;
  }
  if (length === 0 || length > MAX_HEADER_BYTES) {
    throw new PieceError("CarNotV1", { problem: `a header of ${length} bytes` });
  }
  return length;
}

async function decodeHeader(bytes: Uint8Array): Promise<{ roots: { bytes: Uint8Array }[] }> {
  const withLength = Uint8Array.of(...varint(bytes.length), ...bytes);
  try {
    return await readHeader(bytesReader(withLength), 1);
  } catch (cause) {
    throw new PieceError("CarNotV1", { problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** The library reads the length again; at most 4,096, so at most two bytes. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7];
}

async function takeBlock(reader: ByteReader, maxBlockBytes: number) {
  const start = reader.position;
  const section = await reader.takeVarint();
  if (section < CID_BYTES)
    throw new PieceError("CarMalformed", { offset: start, problem: `a section of ${section} bytes` });
  const lengthBytes = section - CID_BYTES;
  if (lengthBytes > maxBlockBytes) {
    throw new PieceError("PieceBlockTooLarge", { sizeBytes: lengthBytes, maxBytes: maxBlockBytes, offset: start });
  }
  const cid = Uint8Array.from(await reader.take(CID_BYTES));
  const [version, codec = 0, hash, hashBytes] = cid;
  if (version !== 1 || (codec !== DAG_PB && codec !== RAW) || hash !== SHA2_256 || hashBytes !== 32) {
    throw new PieceError("CarMalformed", {
      offset: start,
      problem: "a block without a raw or dag-pb CIDv1 by sha2-256",
    });
  }
  const digest = cid.subarray(4);
  const offset = reader.position;
  const bytes = await reader.take(lengthBytes);
  const actual = await sha256.digest(bytes);
  if (actual.digest.some((byte, i) => byte !== digest[i])) {
    throw new PieceError("CarBlockWrongHash", { cid: CID.decode(cid).toString(), offset });
  }
  return { codec, digest, offset, bytes };
}

function linksOf(bytes: Uint8Array, offset: number): CID[] {
  let links: PBLink[];
  try {
    links = decodeDagPb(bytes).Links;
  } catch (cause) {
    throw new PieceError("CarMalformed", { offset, problem: "a dag-pb block that cannot be decoded" }, { cause });
  }
  return links.map(({ Hash }) => {
    const cid = CID.decode(Uint8Array.from(Hash.bytes)); // a copy: the block's buffer is reused
    const problem = cidProblem(cid);
    if (problem !== undefined) throw new PieceError("CidUnsupported", { cid: cid.toString(), problem });
    return cid;
  });
}
