import { mkdir, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "viem";

/** Uploads on their way, as sparse files on this machine's disk, until they are checked and a storage adapter takes them. */
export function createIncoming(dataDir: string) {
  const directory = join(dataDir, "incoming");
  const path = (dealId: bigint, root: Hex) => join(directory, `${dealId}-${root}.part`);

  return {
    path,

    async prepare(): Promise<void> {
      await mkdir(directory, { recursive: true });
    },

    /** Path of what has come of an upload; undefined when nothing has. */
    async find(dealId: bigint, root: Hex): Promise<string | undefined> {
      const file = path(dealId, root);
      return (await allocatedBytes(file)) === undefined ? undefined : file;
    },

    async discard(dealId: bigint, root: Hex): Promise<void> {
      await rm(path(dealId, root), { force: true });
    },

    usage: () => usageOf(directory),
  };
}

export type Incoming = ReturnType<typeof createIncoming>;

/** Bytes that the files of a directory take, and those free on its disk. */
export async function usageOf(directory: string): Promise<{ usedBytes: number; freeBytes: number }> {
  let usedBytes = 0;
  for (const name of await readdir(directory)) usedBytes += (await allocatedBytes(join(directory, name))) ?? 0;
  const { bavail, bsize } = await statfs(directory);
  return { usedBytes, freeBytes: bavail * bsize };
}

/** What a file takes, not what a sparse one pretends; undefined when it is not there: files come and go while we look. */
async function allocatedBytes(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).blocks * 512;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
