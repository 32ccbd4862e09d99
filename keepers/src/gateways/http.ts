import { MAX_PART_BYTES } from "@4ever/sdk/uploads";
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { isStoreAway } from "../store/away.ts";
import { IngestRefusal } from "./ingest/refusals.ts";
import { CORS_HEADERS } from "./ipfs/headers.ts";
import { VoucherRefusal } from "./vouchers/refusals.ts";

/** What strangers may take of a keeper's time and memory. Milliseconds, bytes, connections. */
export const LIMITS = {
  /** Whole requests that take longer are cut: a part of 64 MiB at 150 kB/s. */
  requestMs: 10 * 60_000,
  headersMs: 20_000,
  /** A connection on which nothing moves, in either direction: longer than an upload's check is waited for. */
  silentMs: 3 * 60_000,
  /** How often requests are looked at that take too long. */
  lookMs: 5_000,
  connections: 10_000,
};
export type HttpLimits = typeof LIMITS;
const JSON_LIMIT_BYTES = 256 * 1024;
/** When somebody may ask again whom the database could not serve: it takes some seconds to start. */
const RETRY_SECONDS = 5;

/** The HTTP server of a keeper: limits, CORS for dashboards, errors as JSON that say what to do. */
export function createHttpServer(
  log: Logger,
  onAnswer: (route: string, status: number) => void,
  limits: HttpLimits = LIMITS,
): FastifyInstance {
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: JSON_LIMIT_BYTES,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    http: { connectionsCheckingInterval: limits.lookMs, headersTimeout: limits.headersMs },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
  });
  server.server.maxConnections = limits.connections;

  // Parts are read as they come, by whoever takes them, and never as a whole.
  server.addContentTypeParser("application/octet-stream", { bodyLimit: MAX_PART_BYTES }, (_request, payload, done) =>
    done(null, payload),
  );

  server.addHook("onRequest", async (request, reply) => {
    reply.headers(CORS_HEADERS);
    if (request.method !== "OPTIONS") return;
    return reply
      .headers({
        "access-control-allow-methods": "GET, HEAD, PUT, POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type, range, if-none-match",
        "access-control-allow-private-network": "true",
        "access-control-max-age": "86400",
      })
      .code(204)
      .send();
  });

  server.addHook("onResponse", async (request, reply) =>
    onAnswer(request.routeOptions.url ?? "none", reply.statusCode),
  );

  server.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof IngestRefusal) {
      // The rest of a refused body is not read: the connection ends with the answer.
      if (request.method === "PUT") reply.header("connection", "close");
      return reply.code(error.status).send({ error: error.problem });
    }
    if (error instanceof VoucherRefusal) return reply.code(error.status).send({ error: error.problem });
    reply.type("application/json; charset=utf-8"); // the answer that failed may have announced another one
    const status = error.statusCode ?? 500;
    if (status < 500) {
      const problem = { code: "internal", message: error.message, hint: "Check the request." };
      return reply.code(status).send({ error: problem });
    }
    request.log.error({ err: error, url: request.url }, "a request failed");
    if (isStoreAway(error)) {
      const problem = {
        code: "internal",
        message: "the provider's database or chain is away",
        hint: "Try again in a moment.",
      };
      return reply.code(503).header("retry-after", RETRY_SECONDS).send({ error: problem });
    }
    const problem = { code: "internal", message: "the provider failed to answer", hint: "Try again in a moment." };
    return reply.code(500).send({ error: problem });
  });

  server.setNotFoundHandler((request, reply) => {
    const problem = { code: "internal", message: `there is nothing at ${request.url}`, hint: "Check the address." };
    return reply.code(404).send({ error: problem });
  });
  return server;
}
