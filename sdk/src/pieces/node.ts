import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { type BuildOptions, type BuiltPiece, buildPiece } from "./build.ts";
import type { PieceSink } from "./car-stream.ts";
import { PieceError } from "./errors.ts";
import { listFiles } from "./node-files.ts";
import type { PieceReader } from "./proof.ts";

/**
 * Turns a directory into a CAR file and its Merkle root in one pass. The file appears under its name only when it is whole; on
 * failure nothing is left. Throws `PieceError`s (see `buildPiece` and `listFiles`), `PieceSourceInvalid`, `PieceOutputInside`,
 * or the signal's reason.
 */
export async function buildPieceFromDirectory(
  directory: string,
  carPath: string,
  options: BuildOptions = {},
): Promise<BuiltPiece> {
  const source = await directoryOf(directory);
  const target = join(await realpath(dirname(resolve(carPath))), basename(carPath));
  if (isInside(source, target)) throw new PieceError("PieceOutputInside", { path: carPath });

  const listing = await listFiles(source, options);
  if (listing.files.length === 0) throw new PieceError("PieceEmpty", { skipped: listing.skipped.length });
  const partial = `${target}.partial`;
  try {
    const piece = await writeFile(partial, (sink) =>
      buildPiece(listing.files, sink, { ...options, includeHidden: true }),
    );
    await rename(partial, target);
    return { ...piece, skipped: listing.skipped };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** A piece on disk, to prove from. */
export interface PieceFileReader extends AsyncDisposable {
  /** For `proveLeaves`; gives fewer bytes than asked where the file ends too early, which a proof then reports. */
  readBytes: PieceReader;
  close(): Promise<void>;
}

/** Opens a CAR file for `proveLeaves` and `provePath`. */
export async function openPieceFile(carPath: string): Promise<PieceFileReader> {
  const file = await open(carPath, "r");
  const close = () => file.close();
  return {
    async readBytes(startByte, lengthBytes) {
      const bytes = new Uint8Array(lengthBytes);
      let filled = 0;
      while (filled < lengthBytes) {
        const { bytesRead } = await file.read(bytes, filled, lengthBytes - filled, startByte + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function directoryOf(path: string): Promise<string> {
  try {
    const source = await realpath(path);
    if ((await stat(source)).isDirectory()) return source;
  } catch (cause) {
    throw new PieceError("PieceSourceInvalid", { path }, { cause });
  }
  throw new PieceError("PieceSourceInvalid", { path });
}

function isInside(directory: string, file: string): boolean {
  const way = relative(directory, file);
  return way !== ".." && !way.startsWith(`..${sep}`) && resolve(directory, way) === file;
}

async function writeFile<T>(path: string, write: (sink: PieceSink) => Promise<T>): Promise<T> {
  await using file = await open(path, "w");
  let writtenBytes = 0;
  return await write({
    async write(bytes, position) {
      try {
        for (let done = 0; done < bytes.length; ) {
          done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
        }
      } catch (cause) {
        if (isStorageFull(cause)) throw new PieceError("PieceStorageFull", { writtenBytes }, { cause });
        throw cause;
      }
      writtenBytes += bytes.length;
    },
  });
}

function isStorageFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
