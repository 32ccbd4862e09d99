import { availableParallelism } from "node:os";
import type { FastifyInstance } from "fastify";
import type { StorageAdapter } from "./adapters/storage/adapter.ts";
import type { KeeperConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { createHttpServer } from "./gateways/http.ts";
import { forwardUploads } from "./gateways/ingest/forward.ts";
import { createReceiver } from "./gateways/ingest/receive.ts";
import { registerIngest } from "./gateways/ingest/routes.ts";
import { createFileAnswers } from "./gateways/ipfs/file-answers.ts";
import { createPlanCache } from "./gateways/ipfs/plan-cache.ts";
import { createPlanner, type Planner } from "./gateways/ipfs/plans.ts";
import { registerGateway } from "./gateways/ipfs/routes.ts";
import { registerVouchers } from "./gateways/vouchers/routes.ts";
import { registerGauges } from "./gauges.ts";
import type { Parts, State } from "./parts.ts";
import { createVoucherStore } from "./store/channels.ts";
import { createUploadStore } from "./store/uploads.ts";

/** A node that has not answered for so long makes the keeper unhealthy. */
const SILENT_MS = 30_000;

/** The HTTP side of a keeper: health and metrics; for a provider also its ingest and its gateway. */
export function createServer(
  parts: Parts,
  state: State,
  engine: Engine,
): { server: FastifyInstance; planner: Planner } {
  const { config, deployment, account, log, metrics, clock, store, incoming, storage } = parts;
  const server = createHttpServer(log, (route, status) => metrics.requests.inc({ route, status }));

  server.get("/healthz", async (_request, reply) => {
    const database = await store.pool.query("select 1").then(
      () => "ok",
      (error: Error) => error.message,
    );
    const { number, at } = state.head();
    const silentMs = Math.round(performance.now() - state.answeredAt);
    const isWell = database === "ok" && (!state.isLeading || silentMs < SILENT_MS);
    const threads = state.gateway && { threads: state.gateway.alive() };
    const isHealthy = isWell && state.isReady && threads?.threads !== 0 && state.refusal === undefined;
    return reply.code(isHealthy ? 200 : 503).send({
      status: isHealthy ? "ok" : !isWell ? "failing" : state.refusal === undefined ? "starting" : "refusing",
      ...(state.refusal !== undefined && { refusal: state.refusal }),
      role: config.role,
      account: account.address,
      leading: state.isLeading,
      head: { number, at },
      chainSilentMs: silentMs,
      database,
      busy: engine.busy(),
      ...(threads && { gateway: threads }),
      adapters: config.provider ? [describe(storage)] : [],
    });
  });

  // For who starts processes and sends them requests: one that stands by, or may not send, still serves.
  server.get("/livez", () => ({ status: "ok" }));
  server.get("/readyz", async (_request, reply) => {
    const isReady =
      state.isReady &&
      (await store.pool.query("select 1").then(
        () => true,
        () => false,
      ));
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ok" : "starting" });
  });

  registerGauges(parts, state);
  server.get("/metrics", async (_request, reply) => {
    await Promise.all([metrics.beforeScrape(), state.gateway?.collect()]);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  const nowAt = () => state.head().at;
  const planner = createPlanner({ content: parts.content, storage, clock, nowAt, epoch: state.epoch });

  if (config.provider) {
    const uploadStore = createUploadStore(store.db);
    const receiver = createReceiver({
      store: uploadStore,
      incoming,
      storage,
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
      nowAt,
      nextChange: state.nextChange,
      isLeading: () => state.isLeading,
      onDue: engine.nudge,
    });
    forwardUploads(server, {
      isLeading: () => state.isLeading,
      leaderUrl: async () => await state.presence?.leaderUrl(),
      nextChange: state.nextChange,
    });
    const { UsageChannels } = deployment.contracts;
    if (config.vouchers && UsageChannels) {
      registerVouchers(server, {
        chainId: deployment.chainId,
        channels: UsageChannels,
        provider: config.provider,
        store: createVoucherStore(store.db),
        policy: config.vouchers,
        nowAt,
        nextChange: state.nextChange,
        onDue: engine.nudge,
        onVoucher: (result) => metrics.vouchers.inc({ result }),
      });
    }
    // Where threads serve, this one has only what they do not keep.
    const cacheBytes = gatewayThreads(config) === 0 ? config.gateway.cacheBytes : 0;
    const files = createFileAnswers({ cacheBytes });
    server.addHook("onClose", files.stop);
    const plans = createPlanCache(state.epoch, planner.plan);
    registerGateway(server, { planner, plans, files, storage, contentUrl: contentUrlOf(config) });
  }
  return { server, planner };
}

/** Threads that serve content before the keeper's own one. Sharing a port is for systems whose kernel then spreads connections. */
export function gatewayThreads({ provider, gateway }: Pick<KeeperConfig, "provider" | "gateway">): number {
  if (!provider) return 0;
  if (gateway.workers !== undefined) return gateway.workers;
  const cores = availableParallelism();
  return cores > 1 && process.platform === "linux" ? cores : 0;
}

function describe({ name, network, capabilities, status }: StorageAdapter) {
  return { name, network, ...capabilities, ...status() };
}

/** Where content is read: by default a subdomain of `localhost` on the port of the public address. */
function contentUrlOf({ contentUrl, publicUrl }: Pick<KeeperConfig, "contentUrl" | "publicUrl">): string {
  if (contentUrl !== undefined) return contentUrl;
  const { protocol, hostname, port } = new URL(publicUrl);
  const host = /^(127\.|\[::1\]|localhost$)/.test(hostname) ? "localhost" : hostname;
  return `${protocol}//{cid}.ipfs.${host}${port && `:${port}`}`;
}
