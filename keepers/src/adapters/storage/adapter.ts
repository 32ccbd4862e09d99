import type { CarIndex } from "@4ever/sdk/pieces";
import type { Hex } from "viem";

/** A kept piece, open for reading. */
export type KeptPiece = AsyncDisposable & {
  index: CarIndex;
  /**
   * Exactly these bytes of the piece's CAR, in a buffer of the caller's own. Throws `PieceDamaged` when the backend has them no more or has
   * others, `StorageUnreachable` when that could not be found out, and the signal's reason.
   */
  readBytes(startByte: number, lengthBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Path of the CAR, where it is one local file that may be read at any offset until it is removed. */
  file?: string;
};

/** What looking for a piece found. `unknown` is never evidence that it is missing. */
export type Opened =
  | { found: "held"; piece: KeptPiece }
  | { found: "missing"; reason: string }
  | { found: "unknown"; cause: unknown };

/** What became of a piece that was handed over. Unless it is `kept`, nothing of it is held, and its file is where it was. */
export type PutResult = { put: "kept" } | { put: "full"; reason: string } | { put: "unknown"; cause: unknown };

/** Whether the space is free. `later`: the piece is held no more, and its space is freed once the backend answers again. */
export type RemoveResult = { removed: "now" } | { removed: "later"; cause: unknown };

export type StorageUsage = {
  /** Bytes that our pieces take. */
  usedBytes: number;
  /** Bytes that are left; undefined when the backend could not be asked. */
  freeBytes: number | undefined;
};

/** What one probe found. `unknown` is never evidence against anybody. */
export type ProbeResult =
  | { verdict: "held"; latencyMs: number }
  | { verdict: "missing"; reason: string }
  | { verdict: "unknown"; cause: unknown };

/**
 * How an adapter stands: `active` its last probe succeeded, `degraded` it failed, `retired` the network no longer offers this,
 * `unverified` no probe was made yet.
 */
export type AdapterState = "active" | "degraded" | "retired" | "unverified";

export type AdapterStatus = {
  state: AdapterState;
  /** Unix milliseconds of the last probe; undefined before the first. */
  probedAtMs: number | undefined;
  /** What the last probe found, or why there is none. */
  detail: string;
};

/**
 * Where a keeper's pieces are: it takes checked pieces, gives any bytes of them back for proofs and gateways, and frees them.
 * What every adapter must do is what `test/keepers/adapters/storage/suite.ts` asks; `docs/adapters.md` tells how to add one.
 */
export type StorageAdapter = {
  /** Its name in the configuration. */
  readonly name: string;
  /** The network, or class of storage, on which the pieces are then available. */
  readonly network: string;
  readonly capabilities: {
    /** Serves single blocks by CID to other nodes of the network. */
    servesBlocks: boolean;
    /** Multiaddresses or URLs on which it does. */
    addresses: readonly string[];
  };
  status(): AdapterStatus;

  /** Makes its place. Throws when there can be no place. */
  prepare(): Promise<void>;
  /** Clears what a crash has left half done: for the one process that acts, before its first put. */
  recover(): Promise<void>;
  /** Begins to serve to the network, which may load much; pieces are taken and read before. */
  start(): Promise<void>;
  stop(): Promise<void>;

  /**
   * Takes a checked CAR over: once `kept` it lasts over a crash, and the file at `path` is gone. Safe to repeat, also for a piece that is held.
   * Throws only the signal's reason; then, too, nothing of it is held.
   */
  put(path: string, index: CarIndex, signal: AbortSignal): Promise<PutResult>;
  open(root: Hex, signal?: AbortSignal): Promise<Opened>;
  /** The index of a held piece, without asking the backend for any of its bytes; undefined when it is not held. Throws for a damaged index. */
  indexOf(root: Hex): Promise<CarIndex | undefined>;
  /** Holds a piece no more, and frees what no other piece needs. Safe to repeat. */
  remove(root: Hex): Promise<RemoveResult>;
  usage(): Promise<StorageUsage>;
  /**
   * Reads a random block of a kept piece the way the network would, and checks its hash; without a root it may look at the backend alone.
   * Throws only when `signal` aborts.
   */
  probe(root: Hex | undefined, signal: AbortSignal): Promise<ProbeResult>;
};

/** Bytes of a kept piece are gone, or are others than those that were put. */
export class PieceDamaged extends Error {
  override readonly name = "PieceDamaged";
}

/** The backend did not answer, so nothing is known about a piece. */
export class StorageUnreachable extends Error {
  override readonly name = "StorageUnreachable";
}

/** An opened piece. Throws `PieceDamaged` or `StorageUnreachable`: for who can only try again later. */
export function requirePiece(opened: Opened): KeptPiece {
  switch (opened.found) {
    case "held":
      return opened.piece;
    case "missing":
      throw new PieceDamaged(opened.reason);
    case "unknown":
      throw new StorageUnreachable("the storage could not be asked for a piece", { cause: opened.cause });
  }
}
