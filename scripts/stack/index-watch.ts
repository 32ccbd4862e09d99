// How far the index is, and what is done when it stands.
import { setTimeout as delay } from "node:timers/promises";
import type { ManagedProcess } from "./processes.ts";
import { callRpc } from "./rpc.ts";

export type IndexedBlock = { number: number; hash: string };

/** The subgraph failed at what its mappings cannot do: a new start would fail again. */
export class IndexFailed extends Error {
  override name = "IndexFailed";
}

/** The last block that the subgraph at `url` has indexed; undefined while it does not answer. @throws IndexFailed, and what `fetch` throws */
export async function indexedBlock(url: string): Promise<IndexedBlock | undefined> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"query":"{ _meta { block { number hash } hasIndexingErrors } }"}',
    signal: AbortSignal.timeout(5_000),
  });
  const { data } = (await response.json()) as {
    data?: { _meta: { block: IndexedBlock; hasIndexingErrors: boolean } };
  };
  if (data?._meta.hasIndexingErrors) throw new IndexFailed("the subgraph failed while it was indexing");
  return data?._meta.block;
}

/** An index that is so many blocks behind, or fewer, is not said to stand. */
const NEAR_BLOCKS = 5;
const LOOKS = 12;

export type IndexWatch = {
  process: ManagedProcess;
  /** Where graph-node answers for the subgraph. */
  url: string;
  rpcUrl: string;
  stuckAfterMs: number;
  /** Told why, just before the process is ended. */
  onStuck: (why: string) => void;
};

/**
 * Ends graph-node when its index stands while the chain goes on; whoever keeps the process starts it again. Resolves when the process has
 * ended, for whatever reason, or the subgraph has failed, which a new start does not mend; never rejects.
 *
 * When its database ends the connections, graph-node takes the subgraph up again after a while; when writing down that error fails, too,
 * it gives the subgraph up, and goes on answering queries with what it has. Only a new start helps (graph-node issues 4190, 4146).
 */
export async function watchIndex(watch: IndexWatch): Promise<void> {
  const { process: graphNode, url, rpcUrl, stuckAfterMs, onStuck } = watch;
  const ended = new AbortController();
  void graphNode.exited.then(() => ended.abort());
  let last: number | undefined;
  let standsSince = performance.now();
  for (;;) {
    await delay(stuckAfterMs / LOOKS, undefined, { signal: ended.signal }).catch(() => {});
    if (ended.signal.aborted) return;
    const [height, block] = await Promise.all([
      callRpc<string>(rpcUrl, "eth_blockNumber").then(Number, () => undefined),
      indexedBlock(url).catch((error: unknown) => (error instanceof IndexFailed ? error : undefined)),
    ]);
    if (block instanceof IndexFailed) return;
    // A chain that does not answer says nothing about the index; a graph-node that does not answer gets nowhere.
    const isNear = height === undefined || (block !== undefined && block.number >= height - NEAR_BLOCKS);
    const getsOn = block !== undefined && block.number !== last;
    last = block?.number ?? last;
    if (isNear || getsOn) {
      standsSince = performance.now();
      continue;
    }
    if (performance.now() - standsSince < stuckAfterMs) continue;
    if (ended.signal.aborted || graphNode.isStopping) return;
    const seconds = Math.round((performance.now() - standsSince) / 1_000);
    onStuck(`its index stands at block ${last ?? "none"} since ${seconds} s, the chain is at ${height}`);
    process.kill(graphNode.pid, "SIGKILL");
  }
}
