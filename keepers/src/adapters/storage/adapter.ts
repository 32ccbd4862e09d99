import type { Hex } from "viem";

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

/** A way to make kept pieces available on a network. Adding one: a file beside this one, and a line in the factory of `keeper.ts`. */
export type StorageAdapter = {
  readonly network: string;
  readonly capabilities: {
    /** Serves single blocks by CID to other nodes of the network. */
    servesBlocks: boolean;
    /** Multiaddresses or URLs on which it does. */
    addresses: readonly string[];
  };
  status(): AdapterStatus;
  /** Reads a block of a kept piece the way the network would, and checks its hash. Throws only when `signal` aborts. */
  probe(root: Hex | undefined, signal: AbortSignal): Promise<ProbeResult>;
  stop(): Promise<void>;
};
