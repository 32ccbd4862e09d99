import { hostname } from "node:os";
import type { Deployment } from "@4ever/sdk/deployments";
import type { FastifyInstance } from "fastify";
import type { PublicClient } from "viem";
import { createStorage } from "./adapters/storage/create-storage.ts";
import { createIncoming } from "./adapters/storage/incoming.ts";
import { bindContracts, createClient } from "./chain/contracts.ts";
import type { Clock } from "./domain/clock.ts";
import { createEngine } from "./engine.ts";
import { LIMITS } from "./gateways/http.ts";
import type { Planner } from "./gateways/ipfs/plans.ts";
import { createMetrics } from "./metrics.ts";
import { NeedMissing, need } from "./needs.ts";
import { createState, type KeeperOptions, type Parts, type State } from "./parts.ts";
import { createServer, gatewayThreads } from "./server.ts";
import { createContentStore } from "./store/content.ts";
import { type Database, migrateStore, openStore } from "./store/database.ts";
import { announceProcess } from "./store/processes.ts";
import { claimVolume, volumeName } from "./store/volume.ts";

/** Longest rest between two looks whether the storage is to serve its network; whatever changes wakes earlier. */
const STORAGE_WAIT_MS = 10_000;

export type Keeper = {
  /** Where its HTTP server listens. */
  url: string;
  /** Where its own thread listens; another address when threads of the gateway stand before it. */
  ownUrl: string;
  /** Rejects when the keeper cannot go on; resolves after `stop`. */
  done: Promise<void>;
  stop(): Promise<void>;
};

/** Starts a keeper: one process that watches the chain and does what is due. Throws what makes it impossible. */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { config, deployment, account, log } = options;
  await using undo = new AsyncDisposableStack(); // until everything stands
  const metrics = createMetrics({ schema: config.schema, role: config.role });
  const client = createClient(deployment.chainId, config.rpcUrl);
  const store = openStore(config.databaseUrl, config.schema, {
    onError: (err) => log.warn({ err }, "a database connection broke"),
  });
  undo.defer(store.close);
  const content = createContentStore(store.db, config.provider ?? account.address);
  const incoming = createIncoming(config.dataDir);
  const storage = createStorage(config, content.rootsWith);
  const prepare = async () => {
    await incoming.prepare();
    await storage.prepare();
  };
  const [clock] = await Promise.all([
    need(
      "rpcUrl",
      `Check that ${config.rpcUrl} is a node of chain ${deployment.chainId}, and that it runs.`,
      readClock(client, deployment),
    ),
    need(
      "databaseUrl",
      "Check that PostgreSQL runs there, and that this user may create schemas.",
      migrateStore(store),
    ),
    need("dataDir", `Check that this user may write to ${config.dataDir}.`, prepare()),
  ]);
  if (config.provider) await requireVolume(store.db, config.dataDir);

  const parts: Parts = { ...options, metrics, client, clock, store, incoming, storage, content };
  const state = createState(parts);
  const engine = await createEngine(parts, state);
  const { server, planner } = createServer(parts, state, engine);
  undo.defer(() => server.close());
  const { url, ownUrl } = await need(
    "listen",
    "Choose another listen.port, or end what uses this one.",
    listen(parts, state, server, planner),
  );
  const presence = await announceProcess(store.db, {
    url: config.peerUrl ?? peerUrlOf(config.listen.host, url),
    problem: () => state.refusal,
    onError: (err) => log.warn({ err }, "the database does not hear that this process runs"),
  });
  undo.defer(presence.close);
  state.presence = presence;
  const everything = undo.move();
  const adapting = config.provider ? startStorage(parts, state) : Promise.resolve();
  everything.defer(async () => {
    await adapting;
    await storage.stop();
  });
  log.info({ url, role: config.role, account: account.address, provider: config.provider }, "listening");

  const running = engine.run();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      log.info("stopping");
      state.stopped.abort(new Error("the keeper stops"));
      await state.gateway?.stop();
      await server.close();
      engine.stop();
      await running.catch(() => undefined); // what failed has been told by `done`
      await everything.disposeAsync();
      log.info("stopped");
    })();
    return stopping;
  };
  const done = running.then(() => stopping);
  return { url, ownUrl, done, stop };
}

/** Listens: on its own thread, or behind threads that share the port and serve content. */
async function listen(
  { config, log, metrics }: Parts,
  state: State,
  server: FastifyInstance,
  planner: Planner,
): Promise<{ url: string; ownUrl: string }> {
  const count = gatewayThreads(config);
  if (count === 0) {
    const url = await server.listen(config.listen);
    return { url, ownUrl: url };
  }
  const ownUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  const innerPort = Number(new URL(ownUrl).port);
  const { epoch } = state;
  const onAnswers = (status: number, count: number) => metrics.requests.inc({ route: "site", status }, count);
  const { startGatewayWorkers } = await import("./gateways/ipfs/workers.ts");
  state.gateway = await startGatewayWorkers({
    count,
    listen: config.listen,
    innerPort,
    cacheBytes: config.gateway.cacheBytes,
    epoch,
    limits: LIMITS,
    planner,
    log,
    onAnswers,
  });
  const { host } = config.listen;
  const name = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  return { url: `http://${name}:${state.gateway.port}`, ownUrl };
}

/**
 * Starts what makes kept pieces available on networks, once the keeper is ready: what an engine loads may take as long as all the rest, and
 * holds the process meanwhile.
 */
async function startStorage({ storage, log }: Parts, state: State): Promise<void> {
  try {
    while (!state.isReady) {
      await state.nextChange(STORAGE_WAIT_MS);
      if (state.stopped.signal.aborted) return;
    }
    await storage.start();
  } catch (err) {
    log.error({ err }, "the storage does not serve to its network; sites are served all the same");
  }
}

/** Pieces in another place could not be proven from here. Throws `NeedMissing`. */
async function requireVolume(db: Database, dataDir: string): Promise<void> {
  const verdict = await claimVolume(db, await volumeName(dataDir));
  if (verdict.isShared) return;
  throw new NeedMissing(
    `dataDir: the database tells of ${verdict.pieces} pieces that are in another place (${verdict.known}), this one is ${verdict.name}. ` +
      "Give all processes of a keeper the same volume, or bring the pieces here; when they are lost for good: 4ever-keeper adopt.",
  );
}

/** Where other processes reach this one: by the name of its machine, when it listens everywhere. */
function peerUrlOf(host: string, url: string): string {
  return host === "0.0.0.0" || host === "::" ? `http://${hostname()}:${new URL(url).port}` : url;
}

/** The clock that the contracts share; the deployment's file must agree. */
async function readClock(client: PublicClient, { contracts, parameters, chainId }: Deployment): Promise<Clock> {
  const actualId = await client.getChainId();
  if (actualId !== chainId)
    throw new NeedMissing(
      `rpcUrl: the node is on chain ${actualId}, the deployment on chain ${chainId}. Set rpcUrl to a node of that chain, or deployment to the file of this one.`,
    );
  const { beacon } = bindContracts(client, contracts);
  const [origin, period, window, retry] = await Promise.all([
    beacon.read.ORIGIN(),
    beacon.read.PERIOD_SECONDS(),
    beacon.read.PROOF_WINDOW_SECONDS(),
    beacon.read.RETRY_SECONDS(),
  ]);
  if (Number(origin) !== parameters.originAt || Number(period) !== parameters.periodSeconds) {
    throw new NeedMissing(
      "deployment: origin or period are not those of the beacon. Use the file that was written when this very chain was deployed to.",
    );
  }
  return {
    originAt: Number(origin),
    periodSeconds: Number(period),
    proofWindowSeconds: Number(window),
    retrySeconds: Number(retry),
  };
}
