import { type ClientRequest, type IncomingMessage, request as send } from "node:http";
import { connect, type Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { labelOfHost } from "../ipfs/address.ts";

type Options = {
  isLeading: () => boolean;
  /** Where the process that leads is reached; undefined when there is none. */
  leaderUrl: () => Promise<string | undefined>;
  /** Resolves when something has changed, at the latest after so many milliseconds. */
  nextChange: (ms: number) => Promise<void>;
};

/** One process writes to an upload: two would not see each other's parts. */
const FORWARDED = new Set(["/deals/:dealId/pieces/:root", "/deals/:dealId/pieces/:root/finalise"]);
/** Says that a request came through another process: it is not sent on again. */
const MARK = "x-4ever-forwarded";
const HOP_BY_HOP = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** After the death of the one that leads another follows within a moment; ten times this. */
const WAIT_MS = 500;
const CONNECT_MS = 2_000;
/** As long as an upload's check is waited for. */
const SILENT_MS = 3 * 60_000;

/** Lets a standby take uploads: it hands them on to the process that leads, as they come. */
export function forwardUploads(server: FastifyInstance, { isLeading, leaderUrl, nextChange }: Options): void {
  server.addHook("onRequest", async (request, reply) => {
    if (isLeading() || request.method === "OPTIONS" || !FORWARDED.has(request.routeOptions.url ?? "")) return;
    if (request.headers[MARK] !== undefined || labelOfHost(request.headers.host) !== undefined) return;
    for (let patience = 10; patience > 0 && !isLeading(); patience--) {
      const url = await leaderUrl();
      const socket = url === undefined ? undefined : await connectTo(new URL(url));
      if (socket) return handOn(request, reply, socket);
      await nextChange(WAIT_MS);
    }
    // Leads by now, or answers that it is a standby.
  });
}

/** A connection, or undefined when nobody listens. */
function connectTo({ hostname, port }: URL): Promise<Socket | undefined> {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || 80, timeout: CONNECT_MS });
  return new Promise((resolve) => {
    const fail = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once("connect", () => resolve(socket.off("error", fail).off("timeout", fail).setTimeout(0)));
    socket.once("error", fail).once("timeout", fail);
  });
}

function handOn(request: FastifyRequest, reply: FastifyReply, socket: Socket): FastifyReply {
  const { raw } = request;
  const own = reply.getHeaders();
  reply.hijack();
  const headers = { ...withoutHops(raw.headers), [MARK]: "1", host: raw.headers.host };
  const { method, url: path } = raw;
  const onward = send({ method, path, headers, createConnection: () => socket, timeout: SILENT_MS });
  onward.once("timeout", () => onward.destroy(new Error("the process that leads fell silent")));
  onward.once("response", (answer) => answerWith(request, reply, onward, answer));
  onward.once("error", () => {
    if (reply.raw.headersSent) return void reply.raw.destroy();
    const problem = {
      code: "standby",
      message: "the process of this keeper that takes uploads broke off",
      hint: "Try again in a few seconds.",
    };
    raw.unpipe(onward);
    reply.raw.writeHead(503, {
      ...own,
      "content-type": "application/json; charset=utf-8",
      connection: "close",
    } as Record<string, string>);
    reply.raw.end(JSON.stringify({ error: problem }));
  });
  reply.raw.once("close", () => onward.destroy());
  raw.pipe(onward);
  return reply;
}

function answerWith(
  request: FastifyRequest,
  reply: FastifyReply,
  onward: ClientRequest,
  answer: IncomingMessage,
): void {
  const isLast = answer.headers.connection === "close" && !request.raw.complete;
  if (isLast) request.raw.unpipe(onward); // a refused body is not read on
  reply.raw.writeHead(answer.statusCode ?? 502, {
    ...withoutHops(answer.headers),
    ...(isLast && { connection: "close" }),
  });
  answer.pipe(reply.raw);
  answer.once("error", () => reply.raw.destroy());
}

function withoutHops<T extends Record<string, unknown>>(headers: T): Partial<T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name))) as Partial<T>;
}
