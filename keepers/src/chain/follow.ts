import type { Address, Hex, PublicClient } from "viem";
import { type ChainEvent, decodeEvents } from "./events.ts";

/** A block, as far as a keeper needs it. `at` in Unix seconds. */
export type BlockRef = { number: number; hash: Hex; at: number };

/** Which chain and which market the stored state is about. */
export type ChainIdentity = { chainId: number; genesisHash: Hex; market: Address };

/** Where the follower keeps how far it came. Every call is one database transaction. */
export type ChainStore = {
  identity(): Promise<ChainIdentity | undefined>;
  cursor(): Promise<BlockRef | undefined>;
  /** Whether channels are followed and what is stored of them is not of the cursor's block: a version that did not know them moved it. */
  lacksChannels(): Promise<boolean>;
  /** Puts the channels' events up to the cursor in the place of what is stored of them. */
  fillChannels(events: ChainEvent[]): Promise<void>;
  /** Newest first; the blocks among which a reorg can be undone. */
  recentBlocks(): Promise<BlockRef[]>;
  /** Applies the events up to `to`, which becomes the cursor. `recent` are the last blocks of the range that a reorg may still take back. */
  apply(identity: ChainIdentity, range: { to: BlockRef; recent: BlockRef[]; events: ChainEvent[] }): Promise<void>;
  /** Takes back everything after `block`; what was mined after it is under way again. */
  rewindTo(block: BlockRef): Promise<void>;
  /** Forgets all events; what was sent is under way again, what is held stays. */
  forget(): Promise<void>;
};

/** The database was filled from another chain or market. */
export class ChainChanged extends Error {
  override readonly name = "ChainChanged";
}

export type FollowerEvents = {
  /** The state is that of this block now. */
  onHead: (head: BlockRef) => void;
  /** Blocks after `to` are no longer part of the chain; the state went back. */
  onRewind: (from: BlockRef, to: BlockRef | undefined) => Promise<void>;
  onError: (error: unknown) => void;
  /** The node answered, whether or not there was something new. */
  onAnswer?: () => void;
};

/** Depth to which a reorg is undone block by block; a deeper one reads all events again. */
export const UNDO_DEPTH_BLOCKS = 256;

type Options = FollowerEvents & {
  client: PublicClient;
  addresses: readonly Address[];
  /** One of them: `UsageChannels`, when channels are followed. */
  channels?: Address | undefined;
  identity: ChainIdentity;
  /** Height before which nothing of ours happened. */
  startBlock: number;
  store: ChainStore;
  pollMs?: number;
  /** Most blocks per log query. */
  rangeBlocks?: number;
};

/**
 * Follows the chain: applies the events of new blocks in order, and takes back those of blocks that are no longer part of it, also when
 * the chain is shorter than what was seen. `run` ends when `signal` aborts; a failing node is reported and asked again.
 */
export function createFollower(options: Options) {
  const { client, addresses, identity, startBlock, store, onHead, onRewind, onError } = options;
  const { pollMs = 300, rangeBlocks = 2_000 } = options;
  let cursor: BlockRef | undefined;
  let isLoaded = false;
  let isTold = false;

  async function load(): Promise<void> {
    const stored = await store.identity();
    if (stored && (stored.genesisHash !== identity.genesisHash || stored.market !== identity.market)) {
      throw new ChainChanged(
        `the database was filled from chain ${stored.chainId} (genesis ${stored.genesisHash}, market ${stored.market}), ` +
          `the node is on chain ${identity.chainId} (genesis ${identity.genesisHash}, market ${identity.market}): use another schema, or drop this one`,
      );
    }
    cursor = await store.cursor();
    isLoaded = true;
  }

  /** Reads all events of the channels once, up to the cursor; where that is no longer the chain's, they go back with everything else. */
  async function catchUp(head: BlockRef): Promise<void> {
    if (!cursor || !options.channels || !(await store.lacksChannels())) return;
    const last = Math.min(cursor.number, head.number);
    const events: ChainEvent[] = [];
    for (let from = startBlock; from <= last; from += rangeBlocks) {
      const to = Math.min(from + rangeBlocks - 1, last);
      const range = { fromBlock: BigInt(from), toBlock: BigInt(to) };
      events.push(...decodeEvents(await client.getLogs({ address: options.channels, ...range })));
    }
    await store.fillChannels(events);
  }

  /** The stored block that chain and database share, searched from the newest. */
  async function commonBlock(head: BlockRef): Promise<BlockRef | undefined> {
    for (const block of await store.recentBlocks()) {
      if (block.number > head.number) continue;
      const { hash } = block.number === head.number ? head : await blockAt(block.number);
      if (hash === block.hash) return block;
    }
    return undefined;
  }

  async function blockAt(number: number): Promise<BlockRef & { parentHash: Hex }> {
    const { hash, parentHash, timestamp } = await client.getBlock({ blockNumber: BigInt(number) });
    return { number, hash, parentHash, at: Number(timestamp) };
  }

  async function rewind(from: BlockRef, head: BlockRef): Promise<void> {
    const common = await commonBlock(head);
    if (common) await store.rewindTo(common);
    else await store.forget();
    cursor = common;
    await onRewind(from, common);
  }

  /** Applies the next range; false when the chain changed under it, and the caller should look again. */
  async function advance(head: BlockRef): Promise<boolean> {
    const from = cursor ? cursor.number + 1 : Math.min(startBlock, head.number);
    const to = Math.min(from + rangeBlocks - 1, head.number);
    const firstRecent = Math.max(from, head.number - UNDO_DEPTH_BLOCKS + 1);
    const numbers = Array.from({ length: Math.max(0, to - firstRecent + 1) }, (_, i) => firstRecent + i);
    const [logs, blocks] = await Promise.all([
      client.getLogs({ address: [...addresses], fromBlock: BigInt(from), toBlock: BigInt(to) }),
      Promise.all(numbers.map(blockAt)),
    ]);

    let parent = cursor?.number === firstRecent - 1 ? cursor.hash : undefined;
    for (const block of blocks) {
      if (parent !== undefined && block.parentHash !== parent) return false;
      parent = block.hash;
    }
    const hashes = new Map(blocks.map(({ number, hash }) => [number, hash]));
    const isForeign = logs.some((log) => (hashes.get(Number(log.blockNumber)) ?? log.blockHash) !== log.blockHash);
    if (isForeign) return false;

    const last = blocks.at(-1) ?? (await blockAt(to));
    await store.apply(identity, { to: last, recent: blocks, events: decodeEvents(logs) });
    cursor = { number: last.number, hash: last.hash, at: last.at };
    return true;
  }

  /**
   * Brings the state to the present head. Returns it, or undefined when nothing is new. The first is told even when it is the stored one: what
   * was under way when the process ended goes on without waiting for another block.
   */
  async function step(): Promise<BlockRef | undefined> {
    if (!isLoaded) await load();
    const { number, hash, timestamp } = await client.getBlock({ blockTag: "latest" });
    const head: BlockRef = { number: Number(number), hash, at: Number(timestamp) };
    if (!isTold) await catchUp(head);
    if (cursor?.hash === head.hash && isTold) return undefined;

    if (cursor && cursor.hash !== head.hash) {
      // A node that lost its tail answers with an older block; so does one that lags. Going back costs little and is right for both.
      const isOurs = head.number > cursor.number && (await blockAt(cursor.number)).hash === cursor.hash;
      if (!isOurs) await rewind(cursor, head);
    }
    while (cursor === undefined || cursor.number < head.number) {
      if (!(await advance(head))) return undefined;
    }
    isTold = true;
    return cursor;
  }

  return {
    step,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          const head = await step();
          options.onAnswer?.();
          if (head) onHead(head);
        } catch (error) {
          if (error instanceof ChainChanged) throw error;
          onError(error);
        }
        await pause(pollMs, signal);
      }
    },
  };
}

/** Waits; returns early, without throwing, when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
