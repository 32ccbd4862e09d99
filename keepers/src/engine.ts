import { type Acting, createActing, payeeOf, type ReportError } from "./acting.ts";
import { ChainChanged, pause } from "./chain/follow.ts";
import type { Parts, State } from "./parts.ts";
import { waitToLead } from "./store/leader.ts";
import { createProjection } from "./store/projection.ts";

/** Rest before a lost lead is sought again. */
const LEAD_AGAIN_MS = 1_000;

/** Seeks the lead, and acts while this process has it. */
export async function createEngine(parts: Parts, state: State) {
  const { config, deployment, account, log, metrics, client, store } = parts;
  const { chainId } = deployment;
  const { signal } = state.stopped;
  const projection = createProjection(store.db, deployment.contracts.DealMarket, payeeOf(parts));
  const genesisHash = (await client.getBlock({ blockNumber: 0n })).hash;
  const reportError = createReporter(parts);
  let acting: Acting | undefined;

  /** Waits to lead, then acts until the keeper stops or the lead is lost. */
  async function lead(onWorking: () => void): Promise<void> {
    const lost = new AbortController();
    let isWaiting = false;
    const leadership = await waitToLead(config.databaseUrl, `keeper ${chainId} ${account.address}`, {
      signal,
      onStandby: async () => {
        onWorking();
        const cursor = await projection.cursor();
        if (cursor && cursor.hash !== state.head().hash) state.moveTo(cursor); // what it serves and takes follows the one that acts
        state.isReady = true;
        if (!isWaiting) log.warn("another process acts with this key; standing by");
        isWaiting = true;
      },
      onLost: (cause) => lost.abort(new Error("the database connection that holds the lead broke", { cause })),
    });
    if (!leadership) return;
    state.isLeading = true;
    state.isReady = false; // until it knows the chain's head
    state.announce();
    metrics.leading.set(1);
    const whileLeading = AbortSignal.any([signal, lost.signal]);
    // Made anew each time: somebody else may have acted meanwhile.
    const actor = createActing(parts, state, { projection, genesisHash, signal: whileLeading, reportError });
    acting = actor;
    try {
      await state.presence?.lead(true);
      await actor.start();
      onWorking();
      await actor.run();
      lost.signal.throwIfAborted();
    } finally {
      acting = undefined;
      state.isLeading = false;
      state.isReady = false;
      state.refusal = undefined;
      metrics.leading.set(0);
      metrics.refusing.set(0);
      await state.presence?.lead(false).catch((error) => reportError("lead", error));
      await actor.stop({ graceful: !lost.signal.aborted });
      await leadership.release();
    }
  }

  return {
    nudge: () => void acting?.plan(),
    busy: () => acting?.busy() ?? [],

    /**
     * Acts whenever it leads, until the keeper stops. A lead that is lost, as when the database restarts, is sought again. Rejects when it
     * cannot go on.
     */
    async run(): Promise<void> {
      const cursor = await projection.cursor();
      if (cursor) state.moveTo(cursor);
      let hasWorked = false;
      while (!signal.aborted) {
        try {
          await lead(() => {
            hasWorked = true;
          });
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof ChainChanged || !hasWorked) throw error;
          reportError("lead", error);
          await pause(LEAD_AGAIN_MS, signal);
        }
      }
    },

    /** Lets running duties see that they should end. */
    stop: () => acting?.abort(),
  };
}

export type Engine = Awaited<ReturnType<typeof createEngine>>;

/** The same error again and again is told once in ten seconds. */
function createReporter({ metrics, log }: Parts): ReportError {
  const said = new Map<string, number>();
  return (where, err, what) => {
    metrics.errors.inc({ where });
    const text = `${where}: ${err instanceof Error ? err.message : String(err)}`;
    const now = performance.now();
    if ((said.get(text) ?? Number.NEGATIVE_INFINITY) > now - 10_000) return;
    if (said.size > 100) said.clear();
    said.set(text, now);
    log.error({ err, where, what }, "something unexpected happened");
  };
}
