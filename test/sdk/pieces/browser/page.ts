import {
  type BrowserPiece,
  buildPieceInWorker,
  openCar,
  relativeFiles,
  removeCar,
  removeOtherCars,
} from "../../../../sdk/src/pieces/worker.ts";

interface Outcome {
  piece?: Pick<
    BrowserPiece,
    "root" | "cid" | "sizeBytes" | "leafCount" | "files" | "skipped" | "blockCount" | "carName"
  >;
  carBytes?: number;
  carDigest?: string;
  error?: { name: string; message: string; details: unknown };
  progress: number[];
  cars: string[];
  elapsedMs: number;
}

async function carsInStorage(): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const names: string[] = [];
  for await (const name of (await root.getDirectoryHandle("pieces", { create: true })).keys()) names.push(name);
  return names.sort();
}

async function sha256Of(file: File): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Builds the chosen directory and tells all that a test wants to know. Aborts after so many progress messages, when told. */
async function build(options: { maxSizeBytes?: number; abortAfter?: number; hash?: boolean } = {}): Promise<Outcome> {
  const input = document.querySelector<HTMLInputElement>("#directory");
  const abort = new AbortController();
  const progress: number[] = [];
  const startedAt = performance.now();
  try {
    if (options.abortAfter === 0) abort.abort(new DOMException("enough", "AbortError"));
    const { tree, ...piece } = await buildPieceInWorker(relativeFiles(input?.files ?? []), {
      maxSizeBytes: options.maxSizeBytes,
      signal: abort.signal,
      onProgress: ({ bytesDone }) => {
        progress.push(bytesDone);
        if (progress.length === options.abortAfter) abort.abort(new DOMException("enough", "AbortError"));
      },
    });
    const elapsedMs = performance.now() - startedAt;
    const car = await openCar(piece.carName);
    const carDigest = options.hash === false ? "" : await sha256Of(car);
    return { piece, carBytes: car.size, carDigest, progress, cars: await carsInStorage(), elapsedMs };
  } catch (error) {
    const { name, message, details } = error as Error & { details?: unknown };
    const elapsedMs = performance.now() - startedAt;
    return { error: { name, message, details }, progress, cars: await carsInStorage(), elapsedMs };
  }
}

/** Megabytes a second of the Merkle root alone, in a worker. */
function hashInWorker(megabytes: number): Promise<{ engine: string; mbPerSecond: number; root: string }> {
  const worker = new Worker(new URL("./hash-worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(megabytes);
  }).finally(() => worker.terminate()) as Promise<{ engine: string; mbPerSecond: number; root: string }>;
}

const pieces = { build, removeCar, removeOtherCars, carsInStorage, hashInWorker };
declare global {
  interface Window {
    pieces: typeof pieces;
  }
}
window.pieces = pieces;
