import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  CAR_INDEX_HEAD_BYTES,
  type CarIndex,
  decodeCarIndex,
  decodeCarIndexHead,
  encodeCarIndex,
} from "@4ever/sdk/pieces";
import type { CID } from "multiformats/cid";
import type { Hex } from "viem";
import { type KeptPiece, PieceDamaged, type StorageAdapter, StorageUnreachable } from "./adapter.ts";
import { isDiskFull, readFully, syncDirectory, writeDurably } from "./files.ts";
import { encodeLayout, type Layout, readLayout } from "./kubo-layout.ts";
import { createKuboRpc, type KuboRpc } from "./kubo-rpc.ts";
import { createPieceIndexes } from "./piece-indexes.ts";
import { createProbing, readBlockOf } from "./probing.ts";
import { createTurns } from "./turns.ts";

type Options = {
  dataDir: string;
  /** Address of Kubo's RPC API. */
  api: string;
  rpc?: KuboRpc;
};

/** Blocks that one read asks for at a time. */
const PARALLEL_BLOCKS = 8;
const USAGE_MS = 5_000;
const LEAVING = /^(0x[0-9a-f]{64})\.leaving$/;

/**
 * IPFS, by a Kubo beside the keeper. The blocks of pieces are in Kubo alone, below a pin of each piece's root; on this machine stays what puts
 * the exact CAR together again: index and layout, some 85 bytes a block. Proofs and gateways read blocks out of Kubo, each checked by its hash.
 *
 * `<root>.leaving` is written before anything enters Kubo and outlives what leaves it, so that a crash or an absence of Kubo never
 * leaves bytes there that nobody will free.
 */
export function createKuboAdapter({ dataDir, api, rpc = createKuboRpc(api) }: Options): StorageAdapter {
  const directory = join(dataDir, "kubo");
  const indexes = createPieceIndexes(directory);
  const layoutPath = (root: Hex) => join(directory, `${root}.layout`);
  const leavingPath = (root: Hex) => join(directory, `${root}.leaving`);
  const layouts = new WeakMap<CarIndex, Promise<Layout>>();
  const held = new Map<Hex, { rootCid: CID; sizeBytes: number }>();
  const inTurn = createTurns<Hex>();
  let addresses: readonly string[] = [];

  function layoutOf(index: CarIndex): Promise<Layout> {
    const layout = layouts.get(index) ?? readLayout(layoutPath(index.root), index);
    layouts.set(index, layout);
    layout.catch(() => layouts.delete(index));
    return layout;
  }

  /** Takes out of Kubo what only this piece needed. Throws when Kubo does not answer. */
  async function free(root: Hex): Promise<void> {
    if (await indexes.read(root)) return await rm(leavingPath(root), { force: true }); // it came after all
    const index = await readFile(leavingPath(root)).then(decodeCarIndex, ignoreMissing);
    const layout = index && (await readLayout(layoutPath(root), index).catch(ignoreMissing));
    if (index && layout) {
      const isShared = [...held.values()].some(({ rootCid }) => rootCid.equals(index.rootCid));
      if (!layout.wasPinned && !isShared) await rpc.unpin(index.rootCid);
      await rpc.removeBlocks(Array.from(index.blocks, ({ cid }) => cid)); // those that no pin holds came, too
    }
    await rm(layoutPath(root), { force: true });
    await rm(leavingPath(root), { force: true });
  }

  /** Frees what earlier calls could not. Throws when Kubo does not answer. */
  async function sweep(): Promise<void> {
    for (const name of await readdir(directory)) {
      const root = LEAVING.exec(name)?.[1] as Hex | undefined;
      if (root) await inTurn(root, () => free(root));
    }
  }

  async function take(path: string, index: CarIndex, signal: AbortSignal): Promise<void> {
    const { root, rootCid, sizeBytes } = index;
    const isOurs = [...held.values()].some((other) => other.rootCid.equals(rootCid));
    // What still waits to leave was pinned by us, whatever Kubo says now.
    const earlier = await readLayout(layoutPath(root), index).catch(ignoreMissing);
    const wasPinned = earlier ? earlier.wasPinned : !isOurs && (await rpc.isPinned(rootCid, signal));
    await writeDurably(layoutPath(root), await encodeLayout(path, index, wasPinned));
    await writeDurably(leavingPath(root), encodeCarIndex(index));
    await syncDirectory(directory);
    await rpc.importCar(path, rootCid, sizeBytes, signal);
    signal.throwIfAborted();
    await indexes.write(index);
    held.set(root, { rootCid, sizeBytes });
    await rm(leavingPath(root), { force: true });
  }

  const opening: Pick<StorageAdapter, "open"> = {
    async open(root) {
      try {
        const index = await indexes.read(root);
        if (!index) return { found: "missing", reason: `the piece ${root} is not held` };
        const layout = await layoutOf(index);
        const frame = await open(layoutPath(root), "r");
        return { found: "held", piece: { index, ...readerOf(rpc, index, layout, frame) } };
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === "ENOENT") return { found: "missing", reason: `the layout of the piece ${root} is gone` };
        return { found: "unknown", cause };
      }
    },
  };
  const probing = createProbing(indexes.read, readBlockOf(opening));

  return {
    name: "kubo",
    network: "ipfs",
    capabilities: {
      servesBlocks: true,
      get addresses() {
        return addresses;
      },
    },
    status: probing.status,
    ...opening,
    indexOf: indexes.read,

    async prepare() {
      await mkdir(directory, { recursive: true });
    },

    async recover() {
      for (const name of await readdir(directory)) {
        if (name.endsWith(".partial")) await rm(join(directory, name), { force: true });
      }
      held.clear();
      for (const root of await indexes.roots()) held.set(root, await readHead(indexes.path(root)));
      await sweep().catch(() => undefined); // Kubo may come later than we do: each probe sweeps again
    },

    async start() {
      addresses = await rpc.addresses();
    },

    async stop() {},

    put: (path, index, signal) =>
      inTurn(index.root, async () => {
        signal.throwIfAborted();
        const { root, sizeBytes } = index;
        try {
          if (!(await indexes.read(root))) {
            const { usedBytes, mostBytes } = await rpc.repository(signal);
            if (usedBytes + sizeBytes > mostBytes)
              return { put: "full", reason: `Kubo's repository has ${usedBytes} of at most ${mostBytes} bytes` };
            await take(path, index, signal);
          }
          await rm(path, { force: true });
          return { put: "kept" };
        } catch (cause) {
          await free(root).catch(() => undefined); // the next sweep does
          signal.throwIfAborted();
          if (isDiskFull(cause)) return { put: "full", reason: `the disk of ${directory} is full` };
          return { put: "unknown", cause };
        }
      }),

    remove: (root) =>
      inTurn(root, async () => {
        await rename(indexes.path(root), leavingPath(root)).catch(ignoreMissing);
        await indexes.remove(root);
        await syncDirectory(directory);
        held.delete(root);
        try {
          await free(root);
          return { removed: "now" };
        } catch (cause) {
          return { removed: "later", cause };
        }
      }),

    async usage() {
      let usedBytes = 0;
      for (const { sizeBytes } of held.values()) usedBytes += sizeBytes;
      try {
        const repository = await rpc.repository(AbortSignal.timeout(USAGE_MS));
        return { usedBytes, freeBytes: Math.max(0, repository.mostBytes - repository.usedBytes) };
      } catch {
        return { usedBytes, freeBytes: undefined }; // whoever takes a piece finds out again
      }
    },

    async probe(root, signal) {
      try {
        const version = await rpc.version(signal);
        if (root === undefined) probing.note("unverified", `Kubo ${version} answers; there is no piece to probe yet`);
        await sweep();
      } catch (cause) {
        signal.throwIfAborted();
        probing.note("degraded", String(cause));
        return { verdict: "unknown", cause };
      }
      return await probing.probe(root, signal);
    },
  };
}

function readerOf(
  rpc: KuboRpc,
  { root, blocks, sizeBytes }: CarIndex,
  { numbers, starts, ends, before, frameAt }: Layout,
  frame: Awaited<ReturnType<typeof open>>,
): Omit<KeptPiece, "index"> {
  return {
    async readBytes(startByte, lengthBytes, signal) {
      const end = startByte + lengthBytes;
      if (end > sizeBytes) throw new RangeError(`the piece ${root} has ${sizeBytes} bytes, not ${end}`);
      const bytes = new Uint8Array(lengthBytes);
      const reads: (() => Promise<void>)[] = [];
      for (let at = startByte, k = firstEndingAfter(ends, startByte); at < end; ) {
        const [start, stop] = [starts[k] ?? sizeBytes, ends[k] ?? sizeBytes];
        const from = at;
        if (start <= at && k < starts.length) {
          at = Math.min(end, stop);
          const target = bytes.subarray(from - startByte, at - startByte);
          const { cid, lengthBytes: blockBytes } = blocks.at(numbers[k++] ?? 0);
          reads.push(async () => {
            const block = await rpc.block(cid, blockBytes, signal);
            target.set(block.subarray(from - start, from - start + target.length));
          });
        } else {
          at = Math.min(end, start);
          const target = bytes.subarray(from - startByte, at - startByte);
          const position = frameAt + from - (before[k] ?? 0);
          reads.push(() => readFrame(frame, target, position, root));
        }
        while (k < ends.length && (ends[k] ?? 0) <= at) k++;
      }
      await inParallel(reads);
      return bytes;
    },
    [Symbol.asyncDispose]: () => frame.close(),
  };
}

async function readFrame(
  frame: Awaited<ReturnType<typeof open>>,
  target: Uint8Array,
  position: number,
  root: Hex,
): Promise<void> {
  try {
    await readFully(frame, target, position);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined)
      throw new PieceDamaged(`the layout of the piece ${root} is too short`, { cause });
    throw new StorageUnreachable(`the layout of the piece ${root} cannot be read`, { cause });
  }
}

async function inParallel(reads: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let read = reads[next++]; read; read = reads[next++]) await read();
  };
  await Promise.all(Array.from({ length: PARALLEL_BLOCKS }, work));
}

/** The first number of a rising list whose value lies behind `position`. */
function firstEndingAfter(ends: Float64Array, position: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function readHead(path: string): Promise<{ rootCid: CID; sizeBytes: number }> {
  await using file = await open(path, "r");
  const head = new Uint8Array(CAR_INDEX_HEAD_BYTES);
  await readFully(file, head, 0);
  return decodeCarIndexHead(head);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
