/** Runs inside a Web Worker, which alone may use OPFS's synchronous file access. Its page talks to it through `worker.ts`. */
import { buildPiece } from "./build.ts";
import { PieceError } from "./errors.ts";
import type { PieceFile } from "./file-list.ts";
import { carDirectory } from "./opfs.ts";
import { BLOCK_BYTES } from "./unixfs.ts";
import { type FromWorker, packError, type ToWorker } from "./worker-messages.ts";

/** Asking the browser for a part of a file has a price of its own; 8 MiB at a time make it small. */
const READ_BYTES = 8 * BLOCK_BYTES;
const PROGRESS_EVERY_MS = 100;

/** The part of OPFS's interface that is used here; TypeScript declares it only for workers, and this program has the page's types. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
type SyncFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccessHandle> };

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
};
const abort = new AbortController();

scope.onmessage = ({ data }) => {
  if (data.kind === "abort") abort.abort();
  else
    build(data).then(
      (message) => scope.postMessage(message),
      (error: unknown) => scope.postMessage({ kind: "failed", failure: packError(error) }),
    );
};

async function build({
  files,
  carName,
  includeHidden,
  maxSizeBytes,
}: Extract<ToWorker, { kind: "build" }>): Promise<FromWorker> {
  const directory = await carDirectory();
  const handle = (await directory.getFileHandle(carName, { create: true })) as SyncFileHandle;
  const file = await handle.createSyncAccessHandle();
  let isWhole = false;
  try {
    file.truncate(0);
    const piece = await buildPiece(files.map(toPieceFile), sinkInto(file), {
      includeHidden,
      maxSizeBytes,
      onProgress: throttled((progress) => scope.postMessage({ kind: "progress", progress })),
      signal: abort.signal,
    });
    file.flush();
    isWhole = true;
    return { kind: "done", piece };
  } finally {
    file.close();
    if (!isWhole) await directory.removeEntry(carName);
  }
}

function sinkInto(file: SyncAccessHandle) {
  let writtenBytes = 0;
  return {
    write(bytes: Uint8Array, position: number) {
      try {
        const count = file.write(bytes, { at: position });
        if (count < bytes.length) throw new PieceError("PieceStorageFull", { writtenBytes });
      } catch (cause) {
        if (cause instanceof DOMException && cause.name === "QuotaExceededError") {
          throw new PieceError("PieceStorageFull", { writtenBytes }, { cause });
        }
        throw cause;
      }
      writtenBytes += bytes.length;
    },
  };
}

function toPieceFile({ path, file }: { path: string; file: File }): PieceFile {
  return { path, sizeBytes: file.size, open: () => readFile(path, file) };
}

async function* readFile(path: string, file: File): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.size; start += READ_BYTES) {
    const bytes = await readSlice(path, file, start);
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES);
  }
}

async function readSlice(path: string, file: File, start: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(start, start + READ_BYTES).arrayBuffer());
  } catch (cause) {
    // Browsers compare size and time of modification with those at the choice, and say NotReadableError for both
    // a changed file and a forbidden one; NotFoundError when it is gone.
    throw new PieceError("PieceFileUnreadable", { path }, { cause });
  }
}

function throttled<T extends { filesDone: number; filesTotal: number }>(post: (progress: T) => void) {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress: T) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < PROGRESS_EVERY_MS && progress.filesDone < progress.filesTotal) return;
    lastMs = nowMs;
    post(progress);
  };
}
