import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PieceError } from "./errors.ts";
import { isHiddenName, type PieceFile, type SkippedEntry } from "./file-list.ts";

/**
 * Lists the files below a directory. Symbolic links are skipped, as browsers do when a folder is chosen: one cannot lead in
 * circles nor publish what lies outside. Sockets, pipes and devices are skipped too, and hidden entries unless asked for.
 * Throws `PieceFileUnreadable` for a directory or file that cannot be looked at, `PiecePathInvalid` for a name that is no UTF-8.
 */
export async function listFiles(
  directory: string,
  { includeHidden = false, signal }: { includeHidden?: boolean; signal?: AbortSignal } = {},
): Promise<{ files: PieceFile[]; skipped: SkippedEntry[] }> {
  const files: PieceFile[] = [];
  const skipped: SkippedEntry[] = [];
  const pending = [""];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const name of await namesIn(directory, parent)) {
      signal?.throwIfAborted();
      const path = parent === "" ? name : `${parent}/${name}`;
      if (!includeHidden && isHiddenName(name)) {
        skipped.push({ path, reason: "hidden" });
        continue;
      }
      const stats = statOf(directory, path);
      if (stats.isDirectory()) pending.push(path);
      else if (stats.isFile()) files.push(createFile(directory, path, stats));
      else skipped.push({ path, reason: stats.isSymbolicLink() ? "symlink" : "special" });
    }
  }
  return { files, skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

async function namesIn(directory: string, parent: string): Promise<string[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let names: Buffer[];
  try {
    names = await readdir(join(directory, parent), { encoding: "buffer" });
  } catch (cause) {
    throw new PieceError("PieceFileUnreadable", { path: parent === "" ? "." : parent }, { cause });
  }
  return names.map((name) => {
    try {
      return decoder.decode(name);
    } catch (cause) {
      const path = `${parent}/${name.toString("latin1")}`;
      throw new PieceError("PiecePathInvalid", { path, problem: "its name is no UTF-8" }, { cause });
    }
  });
}

function statOf(directory: string, path: string): BigIntStats {
  try {
    return lstatSync(join(directory, path), { bigint: true });
  } catch (cause) {
    throw new PieceError("PieceFileUnreadable", { path }, { cause });
  }
}

function createFile(directory: string, path: string, listed: BigIntStats): PieceFile {
  return {
    path,
    sizeBytes: Number(listed.size),
    open: (scratch) => readFile(join(directory, path), path, listed, scratch),
  };
}

/**
 * Reads a file that must stay what it was when it was listed, from the first byte to after the last. Synchronously: files are
 * read one at a time anyway, and five trips through the thread pool took longer than hashing a file of 64 KiB.
 */
function* readFile(location: string, path: string, listed: BigIntStats, scratch: Uint8Array): Generator<Uint8Array> {
  const attempt = <T>(call: () => T): T => {
    try {
      return call();
    } catch (cause) {
      throw new PieceError("PieceFileUnreadable", { path }, { cause });
    }
  };
  // Windows has no O_NOFOLLOW; elsewhere it refuses a link that was put in place of the listed file.
  const file = attempt(() => openSync(location, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)));
  try {
    const expectUnchanged = () => {
      const now = attempt(() => fstatSync(file, { bigint: true }));
      const isSame = now.ino === listed.ino && now.size === listed.size && now.mtimeNs === listed.mtimeNs;
      if (!isSame) throw new PieceError("PieceFileChanged", { path });
    };
    expectUnchanged();
    let left = Number(listed.size);
    while (left > 0) {
      const bytesRead = attempt(() => readSync(file, scratch, 0, Math.min(scratch.length, left), null));
      if (bytesRead === 0) throw new PieceError("PieceFileChanged", { path });
      left -= bytesRead;
      yield scratch.subarray(0, bytesRead);
    }
    expectUnchanged();
  } finally {
    closeSync(file);
  }
}
