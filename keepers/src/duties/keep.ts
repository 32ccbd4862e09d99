import { createReadStream } from "node:fs";
import { type CarIndex, cidToDigest, indexCar, isPieceError, type PieceError } from "@4ever/sdk/pieces";
import type { UploadErrorCode } from "@4ever/sdk/uploads";
import type { Hex } from "viem";
import type { DutyHandler } from "./context.ts";

type Refusal = { code: UploadErrorCode; message: string; hint: string };
const AGAIN = "Build the piece again with the SDK, and upload exactly those bytes.";

/** Checks an upload whose parts are all there: hashes of all blocks, one root, all links, Merkle root, leaf count and CID. */
export const verify: DutyHandler<{ kind: "verify"; dealId: bigint; root: Hex }> = async (
  { dealId, root },
  context,
  signal,
) => {
  const { store, incoming, storage } = context;
  const [upload, deal] = await Promise.all([store.upload(dealId, root), store.deal(dealId)]);
  if (upload?.state !== "verifying") return { status: "over", note: "nothing waits to be checked" };
  const path = await incoming.find(dealId, root);
  const refuse = async (refusal: Refusal) => {
    await store.refuseUpload(dealId, root, refusal);
    await incoming.discard(dealId, root);
    return { status: "over" as const, note: refusal.message };
  };
  /** Hands a checked piece over, unless it is there already, and writes down that it is held. */
  const keep = async (index: CarIndex, from?: string) => {
    const refusal = compare(index, root, deal?.firstPiece);
    if (refusal) return await refuse(refusal);
    const result = from === undefined ? undefined : await storage.put(from, index, signal);
    if (result?.put === "full") {
      return await refuse({ code: "size_exceeds_disk", message: result.reason, hint: "Choose another provider." });
    }
    if (result?.put === "unknown") throw new Error("the storage did not take the piece", { cause: result.cause });
    await store.keep(dealId, index);
    return { status: "done" as const, note: `${index.sizeBytes} bytes in ${index.blocks.size} blocks are held` };
  };
  if (!path) {
    // Whole pieces only ever enter the storage, and a crash may have come right after.
    const index = await storage.indexOf(root);
    if (index) return await keep(index);
    const message = "the bytes are gone from the provider's disk";
    return await refuse({ code: "upload_incomplete", message, hint: "Upload the piece again." });
  }

  try {
    const index = await indexCar(createReadStream(path, { highWaterMark: 2 ** 20 }), {
      maxSizeBytes: upload.sizeBytes,
      signal,
    });
    return await keep(index, path);
  } catch (error) {
    signal.throwIfAborted();
    if (!isPieceError(error)) throw error;
    return await refuse(refusalOf(error));
  }
};

function compare(
  index: { root: Hex; leafCount: number; rootCid: Parameters<typeof cidToDigest>[0] },
  root: Hex,
  first: { root: Hex; leafCount: number; cidDigest: Hex } | undefined,
): Refusal | undefined {
  if (index.root !== root) {
    const message = `the bytes have the Merkle root ${index.root}, the token says ${root}`;
    return { code: "root_mismatch", message, hint: AGAIN };
  }
  if (first?.root !== root) return undefined; // a later piece: leaf count and CID come with the signature that adds it
  if (index.leafCount !== first.leafCount) {
    const message = `the bytes have ${index.leafCount} leaves, the deal says ${first.leafCount}`;
    return { code: "leaf_count_mismatch", message, hint: "Cancel the deal and request it with the piece's real size." };
  }
  if (cidToDigest(index.rootCid) !== first.cidDigest) {
    const message = `the CAR's root is ${index.rootCid}, the deal names another one`;
    return { code: "cid_mismatch", message, hint: "Cancel the deal and request it with the piece's real CID." };
  }
  return undefined;
}

function refusalOf(error: PieceError): Refusal {
  const code = error.name === "CarBlockMissing" ? "car_blocks_missing" : "car_invalid";
  return { code, message: error.message, hint: AGAIN };
}

/** Drops an upload whose deal is closed. */
export const forget: DutyHandler<{ kind: "forget"; dealId: bigint; root: Hex }> = async (
  { dealId, root },
  { store, incoming },
) => {
  await incoming.discard(dealId, root);
  await store.dropUpload(dealId, root);
  return { status: "done", note: "the deal is closed" };
};

/** Deletes a piece that no deal and no proof still to come needs. */
export const discard: DutyHandler<{ kind: "discard"; root: Hex }> = async ({ root }, { store, storage }) => {
  // The database first, so that nothing claims to hold what is being deleted.
  if (!(await store.discard(root))) return { status: "over", note: "it is wanted again" };
  const result = await storage.remove(root);
  const note = result.removed === "now" ? "no deal needs it" : `no deal needs it; freed later: ${String(result.cause)}`;
  return { status: "done", note };
};
