import { type ImporterOptions, importer, type WritableStorage } from "ipfs-unixfs-importer";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import { RAW } from "./cid.ts";

/** Bytes of a file's block in the profile unixfs-v1-2025. */
export const BLOCK_BYTES = 2 ** 20;

const NOTHING = new Uint8Array();

/**
 * Imports files with one wrapping directory, one file and one block at a time, so that blocks come in the same order every time.
 * Each content is already cut by `cutBlocks`, and a block is hashed and put before the next is asked for: it need not outlive that.
 * @see https://github.com/ipfs/specs/pull/499
 */
export function importFiles(
  files: Iterable<{ path: string; content: AsyncIterable<Uint8Array> }>,
  put: (cid: Uint8Array, block: Uint8Array) => Promise<void>,
): ReturnType<typeof importer> {
  const blockstore: WritableStorage = {
    async put(cid, block) {
      if (!(block instanceof Uint8Array)) throw new TypeError("the UnixFS importer stores byte arrays");
      await put(cid.bytes, block);
      return cid;
    },
  };
  const options: ImporterOptions = {
    profile: "unixfs-v1-2025",
    wrapWithDirectory: true,
    fileImportConcurrency: 1,
    blockWriteConcurrency: 1,
    chunker: (blocks) => blocks,
    async *bufferImporter({ content }) {
      for await (const block of content) {
        yield async () => {
          const cid = CID.createV1(RAW, await sha256.digest(block));
          await put(cid.bytes, block);
          // The importer looks at a block again only to give a file a mode or a time, which ours never have.
          return { cid, size: BigInt(block.length), block: NOTHING };
        };
      }
    },
  };
  return importer(files, blockstore, options);
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
