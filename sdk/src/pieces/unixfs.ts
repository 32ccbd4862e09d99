import { type ImporterOptions, importer, type WritableStorage } from "ipfs-unixfs-importer";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import { RAW } from "./cid.ts";

/** Bytes of a file's block in the profile unixfs-v1-2025. */
export const BLOCK_BYTES = 2 ** 20;

/** A file or directory as its parent links to it. */
export interface UnixFsNode {
  cid: CID;
  /** Bytes of its block and all below, each counted as often as it is linked: UnixFS's `Tsize`. */
  sizeBytes: bigint;
}

/** Stores one block under the bytes of its CID. */
export type PutBlock = (cid: Uint8Array, block: Uint8Array) => Promise<void>;

const NOTHING = new Uint8Array();

/** @see https://github.com/ipfs/specs/pull/499 */
const OPTIONS: ImporterOptions = { profile: "unixfs-v1-2025", fileImportConcurrency: 1, blockWriteConcurrency: 1 };

/**
 * Imports a file, one block at a time, so that blocks come in the same order every time. The content is already cut by `cutBlocks`,
 * and a block is hashed and put before the next is asked for: it need not outlive that.
 */
export async function importFile(content: AsyncIterable<Uint8Array>, put: PutBlock): Promise<UnixFsNode> {
  const leaves = importBlocks(content, put);
  const [first, second] = [await leaves.next(), await leaves.next()];
  if (first.done) throw new TypeError("a file has at least one block, which may be empty");
  if (second.done) return first.value; // the importer would do the same, but leave far more garbage per file
  const options: ImporterOptions = {
    ...OPTIONS,
    async *bufferImporter() {
      // The importer looks at a block again only to give a file a mode or a time, which ours never have.
      const resultOf = ({ cid, sizeBytes }: UnixFsNode) => ({ cid, size: sizeBytes, block: NOTHING });
      for (const leaf of [first.value, second.value]) yield async () => resultOf(leaf);
      for await (const leaf of leaves) yield async () => resultOf(leaf);
    },
    treeBuilder: (files) => files,
  };
  return last(importer([{ content: [] }], storageOf(put), options));
}

async function* importBlocks(
  content: AsyncIterable<Uint8Array>,
  put: PutBlock,
): AsyncGenerator<UnixFsNode, undefined, undefined> {
  for await (const block of content) {
    const cid = CID.createV1(RAW, await sha256.digest(block));
    await put(cid.bytes, block);
    yield { cid, sizeBytes: BigInt(block.length) };
  }
}

/**
 * Imports one directory over nodes that are there already, sharded when its block would pass 256 KiB. The importer's own trees
 * weigh only links to files, and so leave a directory of very many directories whole, where Kubo shards it.
 */
export async function importDirectory(
  entries: AsyncIterable<UnixFsNode & { name: string }>,
  put: PutBlock,
): Promise<UnixFsNode> {
  const options: ImporterOptions = {
    ...OPTIONS,
    wrapWithDirectory: true,
    async *dagBuilder() {
      for await (const { name, cid, sizeBytes } of entries) yield async () => ({ cid, path: name, size: sizeBytes });
    },
  };
  return last(importer([], storageOf(put), options)); // after the entries, which it tells again
}

async function last(results: ReturnType<typeof importer>): Promise<UnixFsNode> {
  let node: UnixFsNode | undefined;
  for await (const { cid, size } of results) node = { cid, sizeBytes: size };
  if (node === undefined) throw new TypeError("the UnixFS importer gave nothing");
  return node;
}

function storageOf(put: PutBlock): WritableStorage {
  return {
    async put(cid, block) {
      if (!(block instanceof Uint8Array)) throw new TypeError("the UnixFS importer stores byte arrays");
      await put(cid.bytes, block);
      return cid;
    },
  };
}

/**
 * Cuts chunks of any size into blocks. A block that lies within one chunk is handed on as it is, others are put together in
 * `gather`, which has the size of a block; each is good until the next is asked for. No bytes are one empty block.
 */
export async function* cutBlocks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  gather: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  let filled = 0;
  let isEmpty = true;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; ) {
      const taken = Math.min(BLOCK_BYTES - filled, chunk.length - start);
      const part = chunk.subarray(start, start + taken);
      start += taken;
      isEmpty = false;
      if (taken === BLOCK_BYTES) {
        yield part;
        continue;
      }
      gather.set(part, filled);
      filled += taken;
      if (filled === BLOCK_BYTES) {
        yield gather;
        filled = 0;
      }
    }
  }
  if (filled > 0 || isEmpty) yield gather.subarray(0, filled);
}
