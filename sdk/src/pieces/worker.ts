/** The browser's side of building a piece: a thin client of the Web Worker that does the work. For the page, not for the worker. */
import type { BuildOptions, BuiltPiece } from "./build.ts";
import { carDirectory } from "./opfs.ts";
import { type FromWorker, type ToWorker, unpackError } from "./worker-messages.ts";

/** A file with its path relative to the chosen directory. */
export interface ChosenFile {
  path: string;
  file: File;
}

/** A piece whose CAR lies in the browser's private file system under `carName`, until `removeCar`. */
export interface BrowserPiece extends BuiltPiece {
  carName: string;
}

/**
 * The files of `<input webkitdirectory>` with paths relative to the chosen directory, its own name left out.
 * A file that was chosen by itself keeps its name.
 */
export function relativeFiles(files: Iterable<File>): ChosenFile[] {
  return Array.from(files, (file) => {
    const path = file.webkitRelativePath;
    return { path: path === "" ? file.name : path.slice(path.indexOf("/") + 1), file };
  });
}

/**
 * Builds a piece in a Web Worker, in constant memory, into the browser's private file system. On failure or abort nothing is left.
 * Progress comes at most ten times a second.
 * Throws `PieceError`s as `buildPiece` does, or the signal's reason.
 */
export async function buildPieceInWorker(
  files: readonly ChosenFile[],
  { includeHidden = false, maxSizeBytes = Number.MAX_SAFE_INTEGER, onProgress, signal }: BuildOptions = {},
): Promise<BrowserPiece> {
  signal?.throwIfAborted();
  const carName = `${crypto.randomUUID()}.car`;
  const worker = new Worker(new URL("./worker-entry.ts", import.meta.url), { type: "module", name: "piece" });
  const post = (message: ToWorker) => worker.postMessage(message);
  const abort = () => post({ kind: "abort" });
  try {
    const piece = await new Promise<BuiltPiece>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.kind === "progress") onProgress?.(data.progress);
        else if (data.kind === "done") resolve(data.piece);
        else reject(unpackError(data.failure));
      };
      worker.onerror = ({ message, error }) => reject(new Error(`The worker failed: ${message}`, { cause: error }));
      worker.onmessageerror = () => reject(new Error("The worker sent what cannot be read"));
      signal?.addEventListener("abort", abort);
      post({ kind: "build", files: [...files], carName, includeHidden, maxSizeBytes });
    });
    if (signal?.aborted) await removeCar(carName); // finished before the abort arrived there
    signal?.throwIfAborted();
    return { ...piece, carName };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    worker.terminate();
  }
}

/** The CAR as a file, to upload by `slice`. Rejects with `NotFoundError` when the browser has discarded it. */
export async function openCar(carName: string): Promise<File> {
  const handle = await (await carDirectory()).getFileHandle(carName);
  return handle.getFile();
}

/** Frees the space of a CAR; one that is gone already is no error. */
export async function removeCar(carName: string): Promise<void> {
  const directory = await carDirectory();
  await directory.removeEntry(carName).catch(unlessNamed("NotFoundError"));
}

/**
 * Frees the space of every CAR but the named ones: those of uploads that will never go on, and of pages that were closed while
 * building. One that another page is building right now stays.
 */
export async function removeOtherCars(keep: Iterable<string>): Promise<void> {
  const kept = new Set(keep);
  const directory = await carDirectory();
  for await (const name of directory.keys()) {
    if (!kept.has(name)) {
      await directory.removeEntry(name).catch(unlessNamed("NotFoundError", "NoModificationAllowedError"));
    }
  }
}

function unlessNamed(...names: string[]) {
  return (error: unknown) => {
    if (!(error instanceof DOMException && names.includes(error.name))) throw error;
  };
}
