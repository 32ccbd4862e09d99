import { copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CarIndex } from "@4ever/sdk/pieces";
import { openPieceFile } from "@4ever/sdk/pieces/node";
import type { Hex } from "viem";
import { PieceDamaged, type StorageAdapter } from "./adapter.ts";
import { isDiskFull, syncDirectory } from "./files.ts";
import { usageOf } from "./incoming.ts";
import { createPieceIndexes } from "./piece-indexes.ts";
import { createTurns } from "./turns.ts";

/** The part of an adapter that keeps bytes. */
export type CarFiles = Pick<StorageAdapter, "prepare" | "recover" | "put" | "open" | "indexOf" | "remove" | "usage">;

/**
 * Pieces as CAR files on this machine's disk: `<root>.car` with `<root>.index` beside it. A kept file never changes. Its bytes were checked
 * when it came and are not hashed again at each read: from then on the disk is trusted, proofs and probes notice when it should not be.
 */
export function createCarFiles(dataDir: string): CarFiles {
  const directory = join(dataDir, "pieces");
  const indexes = createPieceIndexes(directory);
  const inTurn = createTurns<Hex>();
  const carPath = (root: Hex) => join(directory, `${root}.car`);

  /** Moves a file to its place, also from another disk. */
  async function move(path: string, root: Hex, signal: AbortSignal): Promise<void> {
    const partial = `${carPath(root)}.partial`;
    try {
      await sync(path);
      signal.throwIfAborted();
      await rename(path, carPath(root));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      await copyFile(path, partial);
      await sync(partial);
      signal.throwIfAborted();
      await rename(partial, carPath(root));
      await rm(path);
    } finally {
      await rm(partial, { force: true });
    }
  }

  return {
    async prepare() {
      await mkdir(directory, { recursive: true });
    },

    async recover() {
      const names = new Set(await readdir(directory));
      for (const name of names) {
        const isHalf = name.endsWith(".index") ? !names.has(name.replace(/index$/, "car")) : name.endsWith(".partial");
        if (isHalf) await rm(join(directory, name), { force: true });
      }
    },

    put: (path, index, signal) =>
      inTurn(index.root, async () => {
        signal.throwIfAborted();
        const { root } = index;
        if ((await indexes.read(root)) && (await lengthOf(carPath(root))) === index.sizeBytes) {
          await rm(path, { force: true });
          return { put: "kept" };
        }
        try {
          await indexes.write(index); // first, so that a CAR that is there has one
          await move(path, root, signal);
          await syncDirectory(directory);
          return { put: "kept" };
        } catch (cause) {
          if ((await lengthOf(carPath(root))) === undefined) await indexes.remove(root);
          signal.throwIfAborted();
          if (isDiskFull(cause)) return { put: "full", reason: `the disk of ${directory} is full` };
          return { put: "unknown", cause };
        }
      }),

    async open(root) {
      try {
        const index = await indexes.read(root);
        if (!index) return { found: "missing", reason: `the piece ${root} is not held` };
        const reader = await openPieceFile(carPath(root));
        return { found: "held", piece: { index, file: carPath(root), ...readerOf(reader, index) } };
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === "ENOENT") return { found: "missing", reason: `the file of the piece ${root} is gone` };
        return { found: "unknown", cause };
      }
    },

    indexOf: (root) => indexes.read(root),

    remove: (root) =>
      inTurn(root, async () => {
        // The index last, so that a crash in between leaves what `recover` clears.
        await rm(carPath(root), { force: true });
        await indexes.remove(root);
        return { removed: "now" };
      }),

    usage: () => usageOf(directory),
  };
}

function readerOf(file: Awaited<ReturnType<typeof openPieceFile>>, { root }: CarIndex) {
  return {
    async readBytes(startByte: number, lengthBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
      signal?.throwIfAborted();
      const bytes = await file.readBytes(startByte, lengthBytes);
      if (bytes.length !== lengthBytes) throw new PieceDamaged(`the file of the piece ${root} is too short`);
      return bytes;
    },
    [Symbol.asyncDispose]: file.close,
  };
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, "r+");
  await file.sync();
}

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    await using file = await open(path, "r");
    return (await file.stat()).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
