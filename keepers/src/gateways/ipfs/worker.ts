// One thread of the gateway: answers for files of sites out of their CARs, and hands everything else to the keeper's own thread.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { labelOfHost } from "./address.ts";
import { answerFailure, createFileAnswers } from "./file-answers.ts";
import { createForwarder } from "./forwarder.ts";
import { createPlanCache } from "./plan-cache.ts";
import type { Planned } from "./plans.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./workers.ts";

const { listen, innerPort, cacheBytes, epoch, limits } = workerData as WorkerOptions;
const port = parentPort;
if (!port) throw new Error("this is a thread of the gateway, not a program");

const tell = (message: FromWorker) => port.postMessage(message);
const files = createFileAnswers({ cacheBytes });
const forward = createForwarder(innerPort);
let answered = new Map<number, number>();

let lastQuestion = 0;
const questions = new Map<number, (answer: Planned) => void>();
const plans = createPlanCache(epoch, (label, path, knownRoot) => {
  const id = ++lastQuestion;
  tell({ kind: "plan", id, label, path, knownRoot });
  return new Promise((resolve) => questions.set(id, resolve));
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const plan = await planFor(request);
  if (!plan) return forward(request, response);
  await files.answer(request, response, plan);
  answered.set(response.statusCode, (answered.get(response.statusCode) ?? 0) + 1);
}

function planFor({ method, headers, url = "/" }: IncomingMessage) {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const label = labelOfHost(headers.host);
  if (label === undefined || headers.accept?.includes("application/vnd.ipld")) return undefined;
  const [path = "/", query] = url.split("?", 2);
  if (query?.includes("format=")) return undefined;
  return plans.find(label, path);
}

const server = createServer(
  { connectionsCheckingInterval: limits.lookMs, headersTimeout: limits.headersMs, requestTimeout: limits.requestMs },
  (request, response) => {
    serve(request, response).catch((error: unknown) => {
      tell({ kind: "error", error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      answerFailure(response);
    });
  },
);
server.setTimeout(limits.silentMs);
server.maxConnections = limits.connections;

port.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "planned":
      questions.get(message.id)?.(message.answer);
      questions.delete(message.id);
      break;
    case "count":
      tell({ kind: "counts", id: message.id, answered: [...answered] });
      answered = new Map();
      break;
    case "stop":
      server.close();
      server.closeAllConnections();
      void files.stop().finally(() => process.exit()); // of this thread alone
  }
});

server.on("error", (error) => tell({ kind: "failed", error: error.message }));
server.listen({ ...listen, reusePort: true }, () => {
  tell({ kind: "listening", port: (server.address() as AddressInfo).port });
});
