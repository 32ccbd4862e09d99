import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readFully } from "../../adapters/storage/files.ts";
import { ByteCache } from "./byte-cache.ts";
import { headOf } from "./headers.ts";
import type { FilePlan } from "./plans.ts";
import type { ByteRange } from "./ranges.ts";

/** Bytes of a large file that are read at a time; two such buffers for each answer. */
const CHUNK_BYTES = 2 ** 18;
/** Files that are read as a whole, and kept when they are asked for again: up to this share of the cache. */
const MOST_OF_CACHE = 1 / 4;
/** Files so small are kept at once; larger ones when they were asked for twice. */
const SMALL_BYTES = 2 ** 16;
/** What is written before the rest of a large file. */
const FIRST_BYTES = 2 ** 17;
/** A CAR stays open for so long after its last use: while it is open its space is not free. */
const IDLE_MS = 2_000;
/** Files of whose first use we know. */
const MAX_SEEN = 4_096;

type OpenCar = { file: Promise<FileHandle>; users: number; timer?: NodeJS.Timeout };
type Part = { position: number; length: number };

/** Answers for files out of CARs on this machine's disk, the hot ones out of memory. One for each thread. */
export function createFileAnswers({ cacheBytes }: { cacheBytes: number }) {
  const hot = new ByteCache<Buffer>(cacheBytes);
  const warming = new Map<string, Promise<Buffer>>();
  const seen = new Map<string, true>();
  const opened = new Map<string, OpenCar>();

  function openCar(path: string): OpenCar {
    const entry: OpenCar = { file: open(path, "r"), users: 0 };
    opened.set(path, entry);
    entry.file.catch(() => opened.delete(path)); // whoever asks next tries again
    return entry;
  }

  /** Runs with a CAR open, which others may use at the same time. */
  async function withCar<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const entry = opened.get(path) ?? openCar(path);
    clearTimeout(entry.timer);
    entry.users++;
    try {
      return await use(await entry.file);
    } finally {
      entry.users--;
      if (entry.users === 0) entry.timer = setTimeout(() => close(path), IDLE_MS).unref();
    }
  }

  function close(path: string): void {
    const entry = opened.get(path);
    if (!entry || entry.users > 0) return;
    opened.delete(path);
    entry.file.then(
      (file) => file.close(),
      () => undefined, // it never was open
    );
  }

  async function readWhole({ car, extents, sizeBytes }: FilePlan): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    await withCar(car, async (file) => {
      let filled = 0;
      for (const { position, length } of partsOf(extents, { from: 0, to: sizeBytes }, sizeBytes)) {
        await readFully(file, bytes.subarray(filled, filled + length), position);
        filled += length;
      }
    });
    return bytes;
  }

  /** Brings a file into memory, once for all who wait for it. */
  function heat(plan: FilePlan): Promise<Buffer> {
    const { cid } = plan;
    const reading = warming.get(cid) ?? readWhole(plan);
    warming.set(cid, reading);
    const finish = () => warming.delete(cid);
    reading.then((bytes) => {
      hot.set(cid, bytes, bytes.length);
      finish();
    }, finish);
    return reading;
  }

  /** Whether a file is worth its memory: it is small, or was asked for before. */
  function isHot({ cid, sizeBytes }: FilePlan): boolean {
    if (sizeBytes > cacheBytes * MOST_OF_CACHE) return false;
    if (sizeBytes <= SMALL_BYTES || seen.has(cid)) return true;
    seen.set(cid, true);
    const oldest = seen.keys().next().value;
    if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest);
    return false;
  }

  async function stream(response: ServerResponse, { car, extents }: FilePlan, range: ByteRange): Promise<void> {
    await withCar(car, async (file) => {
      const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
      const written: Promise<void>[] = [Promise.resolve(), Promise.resolve()];
      let turn = 0;
      for (const { position, length } of partsOf(extents, range, CHUNK_BYTES)) {
        const buffer = buffers[turn]?.subarray(0, length);
        await written[turn]; // its bytes are on their way, so that others may take their place
        if (response.destroyed || !buffer) return;
        await readFully(file, buffer, position);
        written[turn] = new Promise((resolve) => response.write(buffer, () => resolve()));
        turn = 1 - turn;
      }
      await Promise.all(written);
      response.end();
    });
  }

  return {
    /** Answers a GET or HEAD for a file; resolves once all of the answer is written, or nobody waits for it any more. Throws when the CAR cannot be read. */
    async answer(request: IncomingMessage, response: ServerResponse, plan: FilePlan): Promise<void> {
      const { status, headers, range } = headOf(plan, request.headers);
      if (request.method === "HEAD" || range.from === range.to) {
        response.writeHead(status, headers).end();
        return;
      }
      let bytes = hot.get(plan.cid);
      if (!bytes && isHot(plan)) bytes = await heat(plan);
      if (bytes) {
        response.writeHead(status, headers);
        // The first bytes go out by themselves: whoever waits for them does not wait for the kernel to take all the rest.
        const first = Math.min(range.to, range.from + FIRST_BYTES);
        if (first < range.to) response.write(bytes.subarray(range.from, first));
        response.end(bytes.subarray(first < range.to ? first : range.from, range.to));
        return;
      }
      response.writeHead(status, headers);
      await stream(response, plan, range);
    },

    async stop(): Promise<void> {
      for (const { timer } of opened.values()) clearTimeout(timer);
      await Promise.allSettled([...opened.values()].map(async ({ file }) => (await file).close()));
      opened.clear();
    },
  };
}

export type FileAnswers = ReturnType<typeof createFileAnswers>;

/** Says that a file could not be read, or breaks off an answer that has begun: half of one must not look whole. */
export function answerFailure(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(500, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" });
  response.end("The provider failed to answer. Try again in a moment.");
}

/** The parts of a CAR that a range of a file is made of, none longer than `mostBytes`. */
function* partsOf(extents: Float64Array, { from, to }: ByteRange, mostBytes: number): Generator<Part> {
  let start = 0;
  for (let i = 0; i < extents.length && start < to; i += 2) {
    const [offset = 0, length = 0] = [extents[i], extents[i + 1]];
    const end = Math.min(to, start + length);
    for (let at = Math.max(from, start); at < end; at += mostBytes) {
      yield { position: offset + at - start, length: Math.min(mostBytes, end - at) };
    }
    start += length;
  }
}
