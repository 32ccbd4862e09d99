import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CarIndex, decodeCarIndex, encodeCarIndex } from "@4ever/sdk/pieces";
import { openPieceFile, type PieceFileReader } from "@4ever/sdk/pieces/node";
import type { Hex } from "viem";

/** A kept CAR, open for reading. */
export type OpenCar = AsyncDisposable & Pick<PieceFileReader, "readBytes"> & { index: CarIndex };

/** Indexes that stay in memory; each takes some 150 bytes a block. */
const CACHED_INDEXES = 32;

/**
 * CAR files on disk: `pieces/<root>.car` with its index beside it once checked, `incoming/` while parts arrive. A kept file never changes.
 */
export function createCarStore(dataDir: string) {
  const incomingDir = join(dataDir, "incoming");
  const piecesDir = join(dataDir, "pieces");
  const indexes = new Map<Hex, Promise<CarIndex>>();

  const incomingPath = (dealId: bigint, root: Hex) => join(incomingDir, `${dealId}-${root}.part`);
  const carPath = (root: Hex) => join(piecesDir, `${root}.car`);
  const indexPath = (root: Hex) => join(piecesDir, `${root}.index`);

  function indexOf(root: Hex): Promise<CarIndex> {
    const known = indexes.get(root);
    indexes.delete(root); // the one used last is the one to go last
    const index = known ?? readFile(indexPath(root)).then(decodeCarIndex);
    indexes.set(root, index);
    index.catch(() => indexes.delete(root));
    const oldest = indexes.keys().next().value;
    if (indexes.size > CACHED_INDEXES && oldest) indexes.delete(oldest);
    return index;
  }

  return {
    incomingPath,
    carPath,

    async prepare(): Promise<void> {
      await mkdir(incomingDir, { recursive: true });
      await mkdir(piecesDir, { recursive: true });
    },

    /** Path of the bytes of an upload, wherever a crash has left them; undefined when there are none. */
    async findUpload(dealId: bigint, root: Hex): Promise<string | undefined> {
      for (const path of [incomingPath(dealId, root), carPath(root)]) if (await exists(path)) return path;
      return undefined;
    },

    /** Moves checked bytes to their place, index first, so that a file that is there is whole. Safe to repeat. */
    async adopt(path: string, index: CarIndex): Promise<void> {
      const partial = `${indexPath(index.root)}.partial`;
      await writeFile(partial, encodeCarIndex(index), { flush: true });
      await rename(partial, indexPath(index.root));
      if (path !== carPath(index.root)) {
        await using file = await open(path, "r+");
        await file.sync();
        await rename(path, carPath(index.root));
      }
      await syncDirectory(piecesDir);
    },

    /** Opens a kept CAR. Throws when file or index are missing or damaged. */
    async open(root: Hex): Promise<OpenCar> {
      const index = await indexOf(root);
      const file = await openPieceFile(carPath(root));
      return { index, readBytes: file.readBytes, [Symbol.asyncDispose]: file.close };
    },

    indexOf,

    async discard(root: Hex): Promise<void> {
      indexes.delete(root);
      await rm(carPath(root), { force: true });
      await rm(indexPath(root), { force: true });
    },

    async discardUpload(dealId: bigint, root: Hex): Promise<void> {
      await rm(incomingPath(dealId, root), { force: true });
    },

    /** Bytes in use here, and free on the disk. */
    async usage(): Promise<{ usedBytes: number; freeBytes: number }> {
      let usedBytes = 0;
      for (const directory of [incomingDir, piecesDir]) {
        for (const name of await readdir(directory)) {
          const { blocks } = await stat(join(directory, name)).catch(ignoreMissing);
          usedBytes += Math.max(0, blocks) * 512; // what sparse files take, not what they pretend
        }
      }
      const { bavail, bsize } = await statfs(dataDir);
      return { usedBytes, freeBytes: bavail * bsize };
    },
  };
}

export type CarStore = ReturnType<typeof createCarStore>;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing)).blocks >= 0;
}

/** Files come and go while we look. */
function ignoreMissing(error: NodeJS.ErrnoException): { blocks: number } {
  if (error.code === "ENOENT") return { blocks: -1 };
  throw error;
}

/** A rename lasts only once its directory is on disk. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
