import type { Blockstore, Pair } from "interface-blockstore";
import type { CID } from "multiformats/cid";
import type { Hex } from "viem";
import { type KeptPiece, requirePiece, type StorageAdapter } from "./adapter.ts";

/** Nothing enters a keeper but through its ingest. */
class BlockstoreReadOnly extends Error {
  override readonly name = "BlockstoreReadOnly";
}

/** The block is in no kept piece. */
export class BlockNotHeld extends Error {
  override readonly name = "NotFoundError"; // what the IPFS libraries look for
}

/** The part of a blockstore that reading UnixFS needs. */
export type BlockReader = Pick<Blockstore, "get" | "has">;

/** Blocks of one open piece. */
export function readerOf(piece: KeptPiece): BlockReader {
  return {
    has: (cid) => piece.index.blocks.get(cid) !== undefined,
    async *get(cid, options) {
      yield await blockOf(piece, cid, options?.signal ?? undefined);
    },
  };
}

async function blockOf({ index, readBytes }: KeptPiece, cid: CID, signal?: AbortSignal): Promise<Uint8Array> {
  const location = index.blocks.get(cid);
  if (!location) throw new BlockNotHeld(`the block ${cid} is not in the piece ${index.root}`);
  return await readBytes(location.offset, location.lengthBytes, signal);
}

/** Finds the kept pieces that hold a block, by the SHA2-256 digest of its multihash. */
export type FindRoots = (digest: Uint8Array) => Promise<Hex[]>;

/** All blocks of all kept pieces as one read-only blockstore. */
export function createPieceBlockstore(open: StorageAdapter["open"], findRoots: FindRoots): Blockstore {
  const refuse = () => {
    throw new BlockstoreReadOnly("blocks come with their piece, through the ingest");
  };
  async function read(cid: CID, signal?: AbortSignal): Promise<Uint8Array> {
    for (const root of await findRoots(cid.multihash.digest)) {
      const opened = await open(root, signal);
      if (opened.found === "missing") continue; // another piece may hold it, too
      await using piece = requirePiece(opened);
      if (piece.index.blocks.get(cid)) return await blockOf(piece, cid, signal);
    }
    throw new BlockNotHeld(`the block ${cid} is in no kept piece`);
  }
  async function* get(cid: CID, options?: { signal?: AbortSignal | null }): AsyncGenerator<Uint8Array> {
    yield await read(cid, options?.signal ?? undefined);
  }
  return {
    has: async (cid) => (await findRoots(cid.multihash.digest)).length > 0,
    get,
    async *getMany(source) {
      for await (const cid of source) yield { cid, bytes: get(cid) } satisfies Pair;
    },
    // biome-ignore lint/correctness/useYield: a keeper's blocks are never listed as a whole
    async *getAll() {
      throw new BlockstoreReadOnly("the blocks of a keeper are not listed");
    },
    put: refuse,
    putMany: refuse,
    delete: refuse,
    deleteMany: refuse,
  };
}
