/** Runs inside a Web Worker, which alone may use OPFS's synchronous file access. Its page talks to it through `worker.ts`. */
import { buildPiece } from "./build.ts";
import type { PieceSink } from "./car-stream.ts";
import { PieceError } from "./errors.ts";
import type { PieceFile } from "./file-list.ts";
import { carDirectory } from "./opfs.ts";
import { BLOCK_BYTES } from "./unixfs.ts";
import { type FromWorker, packError, type ToWorker } from "./worker-messages.ts";

/** Every read and every write asks another process: 8 MiB at a time are three times as fast as 1 MiB. */
const TRANSFER_BYTES = 8 * BLOCK_BYTES;
const PROGRESS_EVERY_MS = 100;

/** What only workers have; TypeScript has no types for page and worker in one program. */
declare const FileReaderSync: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
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
    const sink = sinkInto(file);
    const piece = await buildPiece(files.map(toPieceFile), sink, {
      includeHidden,
      maxSizeBytes,
      onProgress: throttled((progress) => scope.postMessage({ kind: "progress", progress })),
      signal: abort.signal,
    });
    sink.finish();
    file.flush();
    isWhole = true;
    return { kind: "done", piece };
  } finally {
    file.close();
    if (!isWhole) await directory.removeEntry(carName);
  }
}

/** Gathers writes that follow each other. `finish` writes what is left. */
function sinkInto(file: SyncAccessHandle): PieceSink & { finish(): void } {
  const gathered = new Uint8Array(TRANSFER_BYTES);
  let start = 0;
  let length = 0;
  const finish = () => {
    writeAll(file, gathered.subarray(0, length), start);
    length = 0;
  };
  return {
    finish,
    write(bytes, position) {
      if (position !== start + length || length + bytes.length > gathered.length) {
        finish();
        start = position;
      }
      gathered.set(bytes, length);
      length += bytes.length;
    },
  };
}

function writeAll(file: SyncAccessHandle, bytes: Uint8Array, position: number): void {
  try {
    // A full storage throws in Chromium; in its private windows the count is a negative error, read as unsigned.
    const count = file.write(bytes, { at: position });
    if (count !== bytes.length) throw new PieceError("PieceStorageFull", { writtenBytes: file.getSize() });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "QuotaExceededError") {
      throw new PieceError("PieceStorageFull", { writtenBytes: file.getSize() }, { cause });
    }
    throw cause;
  }
}

function toPieceFile({ path, file }: { path: string; file: File }): PieceFile {
  return { path, sizeBytes: file.size, open: () => readFile(path, file) };
}

async function* readFile(path: string, file: File): AsyncGenerator<Uint8Array> {
  const reader = new FileReaderSync();
  for (let start = 0; start < file.size; start += TRANSFER_BYTES) {
    const slice = file.slice(start, start + TRANSFER_BYTES);
    let bytes: ArrayBuffer;
    try {
      bytes = reader.readAsArrayBuffer(slice);
    } catch (cause) {
      // NotFoundError when the file is gone; NotReadableError both when it may not be read and when its size or
      // time of modification are no longer those of the choice.
      throw new PieceError("PieceFileUnreadable", { path }, { cause });
    }
    yield new Uint8Array(bytes);
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
