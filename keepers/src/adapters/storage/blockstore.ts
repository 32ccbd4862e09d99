import type { Blockstore, Pair } from "interface-blockstore";
import type { CID } from "multiformats/cid";
import type { Hex } from "viem";
import type { CarStore, OpenCar } from "./car-store.ts";

/** Nothing enters a keeper but through its ingest. */
export class BlockstoreReadOnly extends Error {
  override readonly name = "BlockstoreReadOnly";
}

/** The block is in no kept piece. */
export class BlockNotHeld extends Error {
  override readonly name = "NotFoundError"; // what the IPFS libraries look for
}

/** The part of a blockstore that reading UnixFS needs. */
export type BlockReader = Pick<Blockstore, "get" | "has">;

/** Blocks of one open CAR. */
export function readerOf({ index, readBytes }: OpenCar): BlockReader {
  return {
    has: (cid) => index.blocks.get(cid) !== undefined,
    async *get(cid) {
      yield await blockOf(index, readBytes, cid);
    },
  };
}

async function blockOf(index: OpenCar["index"], readBytes: OpenCar["readBytes"], cid: CID): Promise<Uint8Array> {
  const location = index.blocks.get(cid);
  if (!location) throw new BlockNotHeld(`the block ${cid} is not in the piece ${index.root}`);
  const bytes = await readBytes(location.offset, location.lengthBytes);
  if (bytes.length !== location.lengthBytes) throw new Error(`the file of the piece ${index.root} is too short`);
  return Uint8Array.from(bytes);
}

/** Finds the kept pieces that hold a block, by the SHA2-256 digest of its multihash. */
export type FindRoots = (digest: Uint8Array) => Promise<Hex[]>;

/** All blocks of all kept CARs as one read-only blockstore. */
export function createCarBlockstore(cars: CarStore, findRoots: FindRoots): Blockstore {
  const refuse = () => {
    throw new BlockstoreReadOnly("blocks come with their piece, through the ingest");
  };
  async function read(cid: CID): Promise<Uint8Array> {
    for (const root of await findRoots(cid.multihash.digest)) {
      await using car = await cars.open(root);
      if (car.index.blocks.get(cid)) return await blockOf(car.index, car.readBytes, cid);
    }
    throw new BlockNotHeld(`the block ${cid} is in no kept piece`);
  }
  async function* get(cid: CID): AsyncGenerator<Uint8Array> {
    yield await read(cid);
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
