import { EventEmitter, once } from "node:events";
import type { Deployment } from "@4ever/sdk/deployments";
import type { Logger } from "pino";
import type { LocalAccount, PublicClient } from "viem";
import type { StorageAdapter } from "./adapters/storage/adapter.ts";
import type { Incoming } from "./adapters/storage/incoming.ts";
import type { BlockRef } from "./chain/follow.ts";
import type { KeeperConfig } from "./config.ts";
import type { Clock } from "./domain/clock.ts";
import type { Epoch } from "./gateways/ipfs/plans.ts";
import type { GatewayWorkers } from "./gateways/ipfs/workers.ts";
import type { Metrics } from "./metrics.ts";
import type { ContentStore } from "./store/content.ts";
import type { Store } from "./store/database.ts";
import type { Presence } from "./store/processes.ts";

export type KeeperOptions = { config: KeeperConfig; deployment: Deployment; account: LocalAccount; log: Logger };

/** Everything that a running keeper is made of. */
export type Parts = KeeperOptions & {
  metrics: Metrics;
  client: PublicClient;
  clock: Clock;
  store: Store;
  incoming: Incoming;
  /** Where pieces are. */
  storage: StorageAdapter;
  content: ContentStore;
};

/** What engine and server share while the keeper runs. */
export function createState({ metrics }: Parts) {
  const changes = new EventEmitter().setMaxListeners(0);
  const stopped = new AbortController();
  let head: BlockRef = { number: 0, hash: "0x", at: 0 };
  const epoch: Epoch = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const change = () => {
    Atomics.add(epoch, 0, 1);
    changes.emit("change");
  };
  return {
    stopped,
    /** Rises with each head and announcement. */
    epoch,
    /** Threads that serve content before the keeper's own one, where there are any. */
    gateway: undefined as GatewayWorkers | undefined,
    isLeading: false,
    /** Whether it does its part: as the one that acts, with the state of the chain's head, or as a standby. */
    isReady: false,
    answeredAt: performance.now(),
    /** Why it does not send, though it leads; undefined when all is well. */
    refusal: undefined as string | undefined,
    /** How the other processes of this keeper know of this one; undefined before it listens. */
    presence: undefined as Presence | undefined,
    head: () => head,
    moveTo(next: BlockRef): void {
      head = next;
      metrics.headBlock.set(next.number);
      metrics.headSeconds.set(next.at);
      change();
    },
    /** Something that others may wait for has changed. */
    announce: change,
    /** Resolves with the next head or announcement, at the latest after `ms`. */
    async nextChange(ms: number): Promise<void> {
      const signal = AbortSignal.any([AbortSignal.timeout(Math.ceil(ms)), stopped.signal]);
      await once(changes, "change", { signal }).catch(() => undefined); // late is an answer too
    },
  };
}

export type State = ReturnType<typeof createState>;
