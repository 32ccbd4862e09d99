import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Deployment } from "@4ever/sdk/deployments";
import type { FastifyInstance } from "fastify";
import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { type LocalAccount, type PublicClient, parseGwei } from "viem";
import { type CarStore, createCarStore } from "./adapters/storage/car-store.ts";
import { firstBlockAt } from "./chain/blocks.ts";
import { bindContracts, createClient } from "./chain/contracts.ts";
import { revertOf } from "./chain/reverts.ts";
import { createSender, type Sender } from "./chain/send.ts";
import { type BlockRef, createWatcher } from "./chain/watch.ts";
import type { KeeperConfig } from "./config.ts";
import { type Clock, periodAt } from "./domain/clock.ts";
import { type Duty, dutyKey } from "./domain/duty.ts";
import { answer } from "./duties/answer.ts";
import type { DutyContext } from "./duties/context.ts";
import { abandon, expire, report } from "./duties/guard.ts";
import { discard, forget, verify } from "./duties/keep.ts";
import { finish, settle, withdraw } from "./duties/money.ts";
import { addFirst, addLater, remove, syncOperator } from "./duties/pieces.ts";
import { prove } from "./duties/prove.ts";
import { createRecord } from "./duties/record.ts";
import { createRunner, type Runner } from "./duties/runner.ts";
import { createHttpServer } from "./gateways/http.ts";
import { createReceiver } from "./gateways/ingest/receive.ts";
import { registerIngest } from "./gateways/ingest/routes.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { migrateStore, openStore, type Store } from "./store/database.ts";
import { dueDuties } from "./store/due.ts";
import { createDutyStore } from "./store/duty-store.ts";
import { lead } from "./store/leader.ts";
import { createOutbox } from "./store/outbox.ts";
import { createProjection, prunePeriods } from "./store/projection.ts";
import { createUploadStore } from "./store/uploads.ts";

/** Periods whose seeds and proofs stay in the database. */
const KEPT_PERIODS = 256;
/** Blocks between two looks at what changes slowly: the key's balance, old periods. */
const SLOW_BLOCKS = 50;
/** A node that has not answered for so long makes the keeper unhealthy. */
const SILENT_MS = 30_000;
const SHUTDOWN_MS = 10_000;

type Options = { config: KeeperConfig; deployment: Deployment; account: LocalAccount; log: Logger };

export type Keeper = {
  /** Where its HTTP server listens. */
  url: string;
  /** Rejects when the keeper cannot go on; resolves after `stop`. */
  done: Promise<void>;
  stop(): Promise<void>;
};

/** Starts a keeper: one process that watches the chain and does what is due. Throws what makes it impossible. */
export async function startKeeper({ config, deployment, account, log }: Options): Promise<Keeper> {
  const metrics = createMetrics({ schema: config.schema, role: config.role });
  const client = createClient(deployment.chainId, config.rpcUrl);
  const clock = await readClock(client, deployment);
  const store = openStore(config.databaseUrl, config.schema, {
    onError: (err) => log.warn({ err }, "an idle database connection broke"),
  });
  await migrateStore(store);
  const cars = createCarStore(config.dataDir);
  await cars.prepare();

  const parts = { config, deployment, account, log, metrics, client, clock, store, cars };
  const state = createState(parts);
  const engine = await createEngine(parts, state);
  const server = createServer(parts, state, engine);
  const url = await server.listen({ host: config.listen.host, port: config.listen.port });
  log.info({ url, role: config.role, account: account.address, provider: config.provider }, "listening");

  const failed = Promise.withResolvers<never>();
  const running = engine.run((error) => failed.reject(error));
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      log.info("stopping");
      state.stopped.abort(new Error("the keeper stops"));
      await server.close();
      await engine.stop();
      await running.catch(() => undefined); // what failed has been told by `done`
      await store.close();
      log.info("stopped");
    })();
    return stopping;
  };
  const done = Promise.race([running, failed.promise]).then(() => stopping);
  return { url, done, stop };
}

/** The clock that the contracts share; the deployment's file must agree. */
async function readClock(client: PublicClient, { contracts, parameters, chainId }: Deployment): Promise<Clock> {
  const actualId = await client.getChainId();
  if (actualId !== chainId)
    throw new Error(`rpcUrl: the node is on chain ${actualId}, the deployment on chain ${chainId}`);
  const { beacon } = bindContracts(client, contracts);
  const [origin, period, window, retry] = await Promise.all([
    beacon.read.ORIGIN(),
    beacon.read.PERIOD_SECONDS(),
    beacon.read.PROOF_WINDOW_SECONDS(),
    beacon.read.RETRY_SECONDS(),
  ]);
  if (Number(origin) !== parameters.originAt || Number(period) !== parameters.periodSeconds) {
    throw new Error("deployment.parameters: origin or period are not those of the beacon");
  }
  return {
    originAt: Number(origin),
    periodSeconds: Number(period),
    proofWindowSeconds: Number(window),
    retrySeconds: Number(retry),
  };
}

type Parts = Options & { metrics: Metrics; client: PublicClient; clock: Clock; store: Store; cars: CarStore };

/** What engine and server share while the keeper runs. */
function createState({ metrics }: Parts) {
  const heads = new EventEmitter().setMaxListeners(0);
  const stopped = new AbortController();
  let head: BlockRef = { number: 0, hash: "0x", at: 0 };
  return {
    stopped,
    isLeading: false,
    answeredAt: performance.now(),
    head: () => head,
    moveTo(next: BlockRef): void {
      head = next;
      metrics.headBlock.set(next.number);
      metrics.headSeconds.set(next.at);
      heads.emit("head");
    },
    /** Resolves with the next head, at the latest after `ms`. */
    async nextHead(ms: number): Promise<void> {
      const signal = AbortSignal.any([AbortSignal.timeout(ms), stopped.signal]);
      await once(heads, "head", { signal }).catch(() => undefined); // late is an answer too
    },
  };
}

type State = ReturnType<typeof createState>;

/** Everything that acts: watcher, sender, planner and workers, once this process leads. */
async function createEngine(parts: Parts, state: State) {
  const { config, deployment, account, log, metrics, client, clock, store } = parts;
  const { contracts: addresses, chainId } = deployment;
  const { signal } = state.stopped;
  const projection = createProjection(store.db, addresses.DealMarket);
  const sender = createSender({
    client,
    account,
    chainId,
    outbox: createOutbox(store.db, account.address),
    maxFeePerGasWei: parseGwei(config.maxFeePerGasGwei.toString()),
    onSent: ({ key, label, nonce }, { hash }) => log.debug({ key, nonce, hash }, `sent: ${label}`),
    onFinished: ({ key, label }, outcome) => {
      const kind = key.split(":")[0] ?? key;
      metrics.transactions.inc({ kind, status: outcome.status });
      if ("mined" in outcome) metrics.gas.inc({ kind }, outcome.mined.gasUsed);
      log.info({ key, ...outcome }, `${outcome.status}: ${label}`);
    },
    onError: (err, row) => reportError("send", err, row?.label),
  });
  const boss = new PgBoss({
    connectionString: config.databaseUrl,
    schema: `${config.schema}_jobs`,
    max: 4,
    application_name: config.schema,
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
  });
  boss.on("error", (error) => reportError("queue", error));

  const said = new Map<string, number>();
  /** The same error again and again is told once in ten seconds. */
  function reportError(where: string, err: unknown, what?: string): void {
    metrics.errors.inc({ where });
    const text = `${where}: ${err instanceof Error ? err.message : String(err)}`;
    const now = performance.now();
    if ((said.get(text) ?? Number.NEGATIVE_INFINITY) > now - 10_000) return;
    if (said.size > 100) said.clear();
    said.set(text, now);
    log.error({ err, where, what }, "something unexpected happened");
  }

  const context = createContext(parts, state, sender);
  const runner = createRunner({
    boss,
    context,
    epoch: randomUUID(),
    handlers: {
      record: createRecord((at) => firstBlockAt(client, at)),
      prove,
      answer,
      "add-first": addFirst,
      add: addLater,
      remove,
      "sync-operator": syncOperator,
      settle,
      finish,
      expire,
      abandon,
      report,
      withdraw,
      verify,
      forget,
      discard,
    },
    onResult: (duty, result, ms) => {
      metrics.duties.inc({ kind: duty.kind, status: result.status });
      metrics.dutySeconds.observe({ kind: duty.kind }, ms / 1_000);
      const level = result.status === "refused" ? "warn" : result.status === "done" ? "info" : "debug";
      log[level]({ duty: dutyKey(duty), ms }, `${result.status}: ${result.note}`);
    },
    onError: (duty, error) => {
      metrics.duties.inc({ kind: duty.kind, status: "failed" });
      reportError("duty", error, dutyKey(duty));
    },
  });

  let planning = false;
  let isPlanWanted = false;
  /** Queues what is due; calls while one runs are merged into one more run. */
  async function plan(): Promise<void> {
    isPlanWanted = true;
    if (planning) return;
    planning = true;
    try {
      while (isPlanWanted && !signal.aborted) {
        isPlanWanted = false;
        await runner.plan(await allDue(parts, state.head()));
      }
    } catch (error) {
      if (!signal.aborted) reportError("plan", error);
    } finally {
      planning = false;
    }
  }

  async function slowly({ number, at }: BlockRef): Promise<void> {
    if (number % SLOW_BLOCKS !== 0) return;
    await prunePeriods(store.db, periodAt(clock, at) - KEPT_PERIODS);
    metrics.balance.set(Number(await client.getBalance({ address: account.address })));
  }

  const watcher = createWatcher({
    client,
    addresses: [addresses.DealMarket, addresses.DealPayments, addresses.PossessionProofs, addresses.RandomBeacon],
    identity: { chainId, genesisHash: (await client.getBlock({ blockNumber: 0n })).hash, market: addresses.DealMarket },
    startBlock: deployment.startBlock,
    store: projection,
    pollMs: config.pollMs,
    onHead: (head) => {
      state.moveTo(head);
      void sender.tick(head);
      void plan();
      slowly(head).catch((error) => reportError("housekeeping", error));
    },
    onRewind: async (from, to) => {
      metrics.rewinds.inc();
      log.warn({ from: from.number, to: to?.number ?? "the beginning" }, "the chain was reorganised");
      await sender.rewound(to?.number ?? -1);
    },
    onAnswer: () => {
      state.answeredAt = performance.now();
    },
    onError: (error) => reportError("watch", error),
  });

  return {
    nudge: () => void plan(),
    busy: () => runner.busy(),

    /** Waits to lead, then acts until the keeper stops. Rejects when it cannot go on. */
    async run(onLost: (error: Error) => void): Promise<void> {
      const cursor = await projection.cursor();
      if (cursor) state.moveTo(cursor);
      const leadership = await lead(config.databaseUrl, `keeper ${chainId} ${account.address}`, {
        signal,
        onWaiting: () => log.warn("another process acts with this key; standing by"),
        onLost: (cause) => onLost(new Error("the database connection that holds the lead broke", { cause })),
      });
      if (!leadership) return;
      state.isLeading = true;
      metrics.leading.set(1);
      try {
        await boss.start();
        await runner.start();
        await watcher.run(signal);
      } finally {
        state.isLeading = false;
        await stopWorkers(boss, runner);
        await leadership.release();
      }
    },

    async stop(): Promise<void> {
      runner.stop();
    },
  };
}

type Engine = Awaited<ReturnType<typeof createEngine>>;

async function stopWorkers(boss: PgBoss, runner: Runner): Promise<void> {
  runner.stop();
  await boss.stop({ graceful: true, timeout: SHUTDOWN_MS });
}

function createContext(parts: Parts, state: State, sender: Sender): DutyContext {
  const { config, deployment, account, client, clock, store, cars } = parts;
  return {
    chainId: deployment.chainId,
    client,
    addresses: deployment.contracts,
    contracts: bindContracts(client, deployment.contracts),
    clock,
    provider: config.provider,
    account: account.address,
    acceptPolicy: config.accept,
    settleEveryPeriods: config.settleEveryPeriods,
    payout: config.payout,
    store: createDutyStore(store.db),
    cars,
    submit: (call, signal) => sender.submit(call, signal, () => void sender.tick(state.head())),
    async preview({ to, data }) {
      try {
        await client.call({ account: account.address, to, data });
        return undefined;
      } catch (error) {
        const revert = revertOf(error);
        if (!revert) throw error;
        return revert.text;
      }
    },
    head: state.head,
  };
}

async function allDue({ config, account, clock, store }: Parts, head: BlockRef): Promise<Duty[]> {
  const self = { provider: config.provider?.toLowerCase() as typeof config.provider, account: account.address };
  const duties = await dueDuties(store.db, { clock, nowAt: head.at, self, policy: config });
  const isOwnAccount = config.provider === account.address;
  if (!config.payout || !isOwnAccount) return duties;
  const period = periodAt(clock, head.at);
  const payouts = Object.keys(config.payout.thresholds).map(
    (tokenId): Duty => ({ kind: "withdraw", tokenId: Number(tokenId), period }),
  );
  return [...duties, ...payouts];
}

function createServer(parts: Parts, state: State, engine: Engine): FastifyInstance {
  const { config, deployment, account, log, metrics, clock, store, cars } = parts;
  const server = createHttpServer(log, (route, status) => metrics.requests.inc({ route, status }));

  server.get("/healthz", async (_request, reply) => {
    const { number, at } = state.head();
    const silentMs = Math.round(performance.now() - state.answeredAt);
    const database = await store.pool.query("select 1").then(
      () => "ok",
      (error: Error) => error.message,
    );
    const isHealthy = database === "ok" && (!state.isLeading || silentMs < SILENT_MS);
    return reply.code(isHealthy ? 200 : 503).send({
      status: isHealthy ? "ok" : "failing",
      role: config.role,
      account: account.address,
      leading: state.isLeading,
      head: { number, at },
      chainSilentMs: silentMs,
      database,
      busy: engine.busy(),
    });
  });

  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  if (config.provider) {
    const uploadStore = createUploadStore(store.db);
    const receiver = createReceiver({
      store: uploadStore,
      cars,
      quotaBytes: config.accept.quotaBytes,
      onReceived: (bytes) => metrics.receivedBytes.inc(bytes),
      onWhole: engine.nudge,
    });
    registerIngest(server, {
      chainId: deployment.chainId,
      market: deployment.contracts.DealMarket,
      proofs: deployment.contracts.PossessionProofs,
      provider: config.provider,
      operator: account.address,
      contentUrl: contentUrlOf(config),
      clock,
      store: uploadStore,
      receiver,
      nowAt: () => state.head().at,
      nextHead: state.nextHead,
      isLeading: () => state.isLeading,
      onDue: engine.nudge,
    });
  }
  return server;
}

/** Where content is read: by default a subdomain of `localhost` on the port of the public address. */
export function contentUrlOf({ contentUrl, publicUrl }: Pick<KeeperConfig, "contentUrl" | "publicUrl">): string {
  if (contentUrl !== undefined) return contentUrl;
  const { protocol, hostname, port } = new URL(publicUrl);
  const host = /^(127\.|\[::1\]|localhost$)/.test(hostname) ? "localhost" : hostname;
  return `${protocol}//{cid}.ipfs.${host}${port && `:${port}`}`;
}
