import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { LEAF_BYTES, leafCountOf } from "@4ever/sdk/pieces";
import { MAX_PART_BYTES, type UploadGrant, type UploadProblem, type UploadStatus } from "@4ever/sdk/uploads";
import type { Hex } from "viem";
import type { StorageAdapter } from "../../adapters/storage/adapter.ts";
import { isDiskFull } from "../../adapters/storage/files.ts";
import type { Incoming } from "../../adapters/storage/incoming.ts";
import type { IngestDeal, UploadRow, UploadStore } from "../../store/uploads.ts";
import { IngestRefusal } from "./refusals.ts";

/** Parts of one piece under way at a time. */
const MAX_PARALLEL_PARTS = 8;
/** Space that uploads leave free on the disk. Bytes. */
const DISK_RESERVE_BYTES = 256 * 2 ** 20;
/** A connection that sends nothing for so long is dropped. */
const IDLE_MS = 30_000;

type Range = [from: number, to: number];

type Options = {
  store: UploadStore;
  incoming: Incoming;
  storage: Pick<StorageAdapter, "usage">;
  /** Bytes that all pieces and uploads may take together. */
  quotaBytes: number | undefined;
  onReceived: (bytes: number) => void;
  /** All parts of an upload are there. */
  onWhole: () => void;
};

/**
 * Takes parts of pieces in any order, several at a time. A part counts once it is on disk. Parts never overlap one that is being written,
 * and what is there is not written again: so when the last byte is there nobody writes any more, and what is checked stays as it is.
 */
export function createReceiver({ store, incoming, storage, quotaBytes, onReceived, onWhole }: Options) {
  const writing = new Map<string, Range[]>();
  let admitting: Promise<unknown> = Promise.resolve();

  /** Whether the piece that a token grants may come at all. Throws `IngestRefusal`. */
  async function admit({ root, sizeBytes }: UploadGrant, deal: IngestDeal): Promise<UploadRow> {
    if (sizeBytes === 0n || sizeBytes > deal.capacityBytes) {
      const message = `the piece has ${sizeBytes} bytes, the deal's capacity is ${deal.capacityBytes}`;
      throw new IngestRefusal("size_exceeds_capacity", message, "Make the piece smaller or the capacity larger.");
    }
    const size = Number(sizeBytes);
    const isFirst = root === deal.firstPiece.root;
    if (isFirst && leafCountOf(size) !== deal.firstPiece.leafCount) {
      const message = `${size} bytes are ${leafCountOf(size)} leaves, the deal's first piece has ${deal.firstPiece.leafCount}`;
      throw new IngestRefusal("size_mismatch", message, "Sign the token for the piece's exact length.");
    }
    if (!isFirst && deal.status === "requested") {
      const message = `the deal's first piece is ${deal.firstPiece.root}, not ${root}`;
      throw new IngestRefusal(
        "piece_unexpected",
        message,
        "Upload the first piece; later ones follow once the deal is accepted.",
      );
    }
    const known = await store.find(deal.dealId, root);
    if (known && known.state !== "refused") {
      if (known.sizeBytes === size) return known;
      const message = `the upload has ${known.sizeBytes} bytes, this token says ${size}`;
      throw new IngestRefusal("size_mismatch", message, "Sign the token for the piece's exact length.");
    }
    // One after the other: two that begin at once would both find the same room.
    const begun = admitting.then(async () => {
      await requireCapacity(deal, root, sizeBytes);
      await requireDisk(size);
      return await store.begin(deal.dealId, root, size);
    });
    admitting = begun.catch(() => undefined);
    return await begun;
  }

  async function requireCapacity(deal: IngestDeal, root: Hex, sizeBytes: bigint): Promise<void> {
    const taken = deal.liveBytes + (await store.pendingBytes(deal.dealId, root));
    const needed = taken + BigInt(leafCountOf(Number(sizeBytes)) * LEAF_BYTES);
    if (needed <= deal.capacityBytes || root === deal.firstPiece.root) return;
    const message = `with this piece the deal holds ${needed} bytes, its capacity is ${deal.capacityBytes}`;
    throw new IngestRefusal("size_exceeds_capacity", message, "Remove a piece, or change the deal's capacity.");
  }

  async function requireDisk(size: number): Promise<void> {
    const [disk, kept, expected] = await Promise.all([incoming.usage(), storage.usage(), store.expectedBytes()]);
    const usedBytes = disk.usedBytes + kept.usedBytes;
    // A storage that does not answer now is asked again when it is to take the piece.
    const freeBytes = Math.min(disk.freeBytes, kept.freeBytes ?? disk.freeBytes);
    const isOverQuota = quotaBytes !== undefined && usedBytes + expected + size > quotaBytes;
    if (!isOverQuota && size + expected + DISK_RESERVE_BYTES <= freeBytes) return;
    const message = "the provider has no room for this piece now";
    throw new IngestRefusal("size_exceeds_disk", message, "Try later, or cancel and choose another provider.");
  }

  /** The range of a part, or a refusal. */
  function rangeOf(from: number, length: number | undefined, size: number): Range {
    if (length === undefined || !Number.isSafeInteger(length)) {
      const message = "the part's Content-Length is missing";
      throw new IngestRefusal("part_length_unknown", message, "Send each part with its length, not as a stream.");
    }
    if (length > MAX_PART_BYTES) {
      const message = `the part has ${length} bytes, at most ${MAX_PART_BYTES} are taken at once`;
      throw new IngestRefusal("part_too_large", message, "Send smaller parts.");
    }
    if (length === 0 || !Number.isSafeInteger(from) || from < 0 || from + length > size) {
      const message = `the part [${from}, ${from + length}) is outside of the piece's ${size} bytes`;
      throw new IngestRefusal("part_out_of_range", message, "Ask for the status, and send what is missing.");
    }
    return [from, from + length];
  }

  return {
    /** Takes one part. Throws `IngestRefusal`. */
    async receive(
      deal: IngestDeal,
      grant: UploadGrant,
      part: { from: number; length: number | undefined; body: AsyncIterable<Uint8Array> },
    ): Promise<UploadRow> {
      const { root } = grant;
      const upload = await admit(grant, deal);
      const range = rangeOf(part.from, part.length, upload.sizeBytes);
      const key = `${deal.dealId}:${root}`;
      const active = writing.get(key) ?? [];
      if (active.length >= MAX_PARALLEL_PARTS) {
        throw new IngestRefusal("rate_limited", `${active.length} parts are under way`, "Send fewer parts at a time.");
      }
      if (active.some((other) => overlaps(other, range))) {
        const message = `a part that overlaps [${range[0]}, ${range[1]}) is under way`;
        throw new IngestRefusal("part_busy", message, "Wait until it is through, then ask for the status.");
      }
      writing.set(key, [...active, range]);
      try {
        // Asked again now that nobody else can write here: a part that was just through may have completed the piece.
        const now = (await store.find(deal.dealId, root)) ?? upload;
        if (now.state !== "receiving" || covers(now.received, range)) {
          await drain(part.body);
          return now;
        }
        await writePart(incoming.path(deal.dealId, root), range, part.body);
        const after = await store.receive(deal.dealId, root, ...range);
        onReceived(range[1] - range[0]);
        if (after?.state === "verifying") onWhole();
        return after ?? upload;
      } finally {
        const left = (writing.get(key) ?? []).filter((other) => other !== range);
        if (left.length > 0) writing.set(key, left);
        else writing.delete(key);
      }
    },

    async statusOf(dealId: bigint, root: Hex, sizeBytes: number): Promise<UploadStatus> {
      const [row, isAdded, refusal] = await Promise.all([
        store.find(dealId, root),
        store.isAdded(dealId, root),
        store.additionRefusal(dealId, root),
      ]);
      const base = { dealId: dealId.toString(), root };
      if (!row) return { ...base, state: isAdded ? "added" : "absent", sizeBytes, received: [] };
      const { state, received, error } = row;
      const isWhole = state === "held" || state === "verifying";
      return {
        ...base,
        state: isAdded ? "added" : state,
        sizeBytes: row.sizeBytes,
        received: isWhole ? [[0, row.sizeBytes]] : received,
        ...(state === "refused" && error && { error }),
        ...(state === "held" && !isAdded && refusal !== undefined && { error: piecesRefused(refusal) }),
      };
    },
  };
}

function piecesRefused(reason: string): UploadProblem {
  return { code: "pieces_refused", message: reason, hint: "Sign the pieces again with the deal's next nonce." };
}

export type Receiver = ReturnType<typeof createReceiver>;

const overlaps = (a: Range, b: Range) => a[0] < b[1] && b[0] < a[1];
const covers = (received: readonly Range[], [from, to]: Range) => received.some(([a, b]) => a <= from && to <= b);

async function writePart(path: string, [from, to]: Range, body: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o640);
  let at = from;
  try {
    for await (const chunk of withIdleLimit(body)) {
      if (at + chunk.length > to) break;
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
        done += bytesWritten;
      }
      at += chunk.length;
    }
  } catch (cause) {
    if (isDiskFull(cause)) {
      throw new IngestRefusal(
        "size_exceeds_disk",
        "the provider's disk is full",
        "Try later, or choose another provider.",
      );
    }
    if (!isBroken(cause)) throw cause;
  }
  if (at !== to) {
    const message = `the part ended after ${at - from} of ${to - from} bytes`;
    throw new IngestRefusal("part_truncated", message, "Send the part again.");
  }
  await file.datasync();
}

/** A slow sender may take its time, a silent one may not. */
async function* withIdleLimit(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    while (true) {
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(Object.assign(new Error("idle"), { code: "ETIMEDOUT" })), IDLE_MS);
      });
      const next = await Promise.race([chunks.next(), idle]).finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of withIdleLimit(body));
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
const isBroken = (error: unknown) =>
  ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "ETIMEDOUT", "ABORT_ERR"].includes(codeOf(error) ?? "");
