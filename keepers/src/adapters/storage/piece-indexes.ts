import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CarIndex, decodeCarIndex, encodeCarIndex } from "@4ever/sdk/pieces";
import type { Hex } from "viem";
import { syncDirectory, writeDurably } from "./files.ts";

/** Indexes that stay in memory; each takes some 150 bytes a block. */
const CACHED_INDEXES = 32;
const NAME = /^(0x[0-9a-f]{64})\.index$/;

/** The indexes of kept pieces, as `<root>.index` in one directory, whole or not there. */
export function createPieceIndexes(directory: string) {
  const cached = new Map<Hex, Promise<CarIndex>>();
  const path = (root: Hex) => join(directory, `${root}.index`);

  return {
    path,

    /** The index of a piece; undefined when there is none. Throws for a damaged one. */
    async read(root: Hex): Promise<CarIndex | undefined> {
      const known = cached.get(root);
      cached.delete(root); // the one used last is the one to go last
      const index = known ?? readFile(path(root)).then(decodeCarIndex);
      cached.set(root, index);
      const oldest = cached.keys().next().value;
      if (cached.size > CACHED_INDEXES && oldest) cached.delete(oldest);
      try {
        return await index;
      } catch (error) {
        if (cached.get(root) === index) cached.delete(root);
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },

    /** Writes an index down so that it lasts. Safe to repeat. */
    async write(index: CarIndex): Promise<void> {
      await writeDurably(path(index.root), encodeCarIndex(index));
      await syncDirectory(directory);
    },

    async remove(root: Hex): Promise<void> {
      cached.delete(root);
      await rm(path(root), { force: true });
    },

    /** Roots of all pieces with an index. */
    async roots(): Promise<Hex[]> {
      return (await readdir(directory)).flatMap((name) => (NAME.exec(name)?.[1] as Hex | undefined) ?? []);
    },
  };
}
