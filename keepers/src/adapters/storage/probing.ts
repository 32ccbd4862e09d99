import type { BlockLocation, CarIndex } from "@4ever/sdk/pieces";
import type { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import type { Hex } from "viem";
import { type AdapterStatus, PieceDamaged, type ProbeResult, requirePiece, type StorageAdapter } from "./adapter.ts";

/** Reads one block as the network would: its bytes, not checked yet. Throws `PieceDamaged` when it is gone. */
export type ReadBlock = (
  block: BlockLocation & { cid: CID },
  index: CarIndex,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** Where no network is in between: a block out of the opened piece. */
export function readBlockOf({ open }: Pick<StorageAdapter, "open">): ReadBlock {
  return async ({ offset, lengthBytes }, { root }, signal) => {
    await using piece = requirePiece(await open(root, signal));
    return await piece.readBytes(offset, lengthBytes, signal);
  };
}

/** What all adapters' probes have in common: which block, its hash, the verdict, and the status that follows. */
export function createProbing(indexOf: (root: Hex) => Promise<CarIndex | undefined>, readBlock: ReadBlock) {
  let status: AdapterStatus = { state: "unverified", probedAtMs: undefined, detail: "no probe was made yet" };

  async function look(root: Hex, signal: AbortSignal): Promise<ProbeResult> {
    const startedAt = performance.now();
    const index = await indexOf(root);
    if (!index) return { verdict: "missing", reason: `the piece ${root} is not held` };
    const block = index.blocks.at(Math.floor(Math.random() * index.blocks.size));
    const bytes = await readBlock(block, index, signal);
    const { digest } = await sha256.digest(bytes);
    if (Buffer.compare(digest, block.cid.multihash.digest) !== 0)
      return { verdict: "missing", reason: `the block ${block.cid} of the piece ${root} is damaged` };
    return { verdict: "held", latencyMs: Math.round(performance.now() - startedAt) };
  }

  return {
    status: () => status,

    /** What a look at the backend itself found, where there is no piece to probe. */
    note(state: "degraded" | "unverified", detail: string): void {
      status = { state, probedAtMs: Date.now(), detail };
    },

    async probe(root: Hex | undefined, signal: AbortSignal): Promise<ProbeResult> {
      if (root === undefined) return { verdict: "unknown", cause: new Error("no piece is held") };
      let result: ProbeResult;
      try {
        result = await look(root, signal);
      } catch (cause) {
        signal.throwIfAborted();
        result =
          cause instanceof PieceDamaged ? { verdict: "missing", reason: cause.message } : { verdict: "unknown", cause };
      }
      const state = result.verdict === "held" ? "active" : "degraded";
      status = { state, probedAtMs: Date.now(), detail: describe(root, result) };
      return result;
    },
  };
}

function describe(root: Hex, result: ProbeResult): string {
  switch (result.verdict) {
    case "held":
      return `a random block of ${root} in ${result.latencyMs} ms`;
    case "missing":
      return result.reason;
    case "unknown":
      return String(result.cause);
  }
}
