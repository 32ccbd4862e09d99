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
      const stats = attempt(path, () => lstatSync(join(directory, path), { bigint: true }));
      if (stats.isDirectory()) pending.push(path);
      else if (stats.isFile()) files.push(new ListedFile(directory, path, stats));
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

/** A listed file, with no more of its status than must stay the same. */
class ListedFile implements PieceFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #directory: string;
  readonly #inode: bigint;
  readonly #modifiedNs: bigint;

  constructor(directory: string, path: string, { size, ino, mtimeNs }: BigIntStats) {
    this.path = path;
    this.sizeBytes = Number(size);
    this.#directory = directory;
    this.#inode = ino;
    this.#modifiedNs = mtimeNs;
  }

  /**
   * Reads the file, which must stay what it was when it was listed, from the first byte to after the last. Synchronously: files are
   * read one at a time anyway, and five trips through the thread pool took longer than hashing a file of 64 KiB.
   */
  *open(scratch: Uint8Array): Generator<Uint8Array> {
    const { path } = this;
    // Windows has no O_NOFOLLOW; elsewhere it refuses a link that was put in place of the listed file.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    const file = attempt(path, () => openSync(join(this.#directory, path), flags));
    try {
      this.#expectUnchanged(file);
      let left = this.sizeBytes;
      while (left > 0) {
        const bytesRead = attempt(path, () => readSync(file, scratch, 0, Math.min(scratch.length, left), null));
        if (bytesRead === 0) throw new PieceError("PieceFileChanged", { path });
        left -= bytesRead;
        yield scratch.subarray(0, bytesRead);
      }
      this.#expectUnchanged(file);
    } finally {
      closeSync(file);
    }
  }

  #expectUnchanged(file: number): void {
    const { path } = this;
    const { ino, size, mtimeNs } = attempt(path, () => fstatSync(file, { bigint: true }));
    const isSame = ino === this.#inode && Number(size) === this.sizeBytes && mtimeNs === this.#modifiedNs;
    if (!isSame) throw new PieceError("PieceFileChanged", { path });
  }
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new PieceError("PieceFileUnreadable", { path }, { cause });
  }
}
