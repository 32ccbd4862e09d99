import { getCompileCacheDir } from "node:module";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { Hex } from "viem";
import type { HttpLimits } from "../http.ts";
import type { Epoch, Planned, Planner } from "./plans.ts";

type Listen = { host: string; port: number };
export type WorkerOptions = {
  listen: Listen;
  /** Port of the keeper's own thread, on this machine. */
  innerPort: number;
  cacheBytes: number;
  epoch: Epoch;
  limits: HttpLimits;
};
export type ToWorker =
  | { kind: "planned"; id: number; answer: Planned }
  | { kind: "count"; id: number }
  | { kind: "stop" };
export type FromWorker =
  | { kind: "listening"; port: number }
  | { kind: "failed"; error: string }
  | { kind: "error"; error: string }
  | { kind: "plan"; id: number; label: string; path: string; knownRoot: Hex | undefined }
  | { kind: "counts"; id: number; answered: [status: number, count: number][] };

type Options = {
  count: number;
  listen: Listen;
  innerPort: number;
  /** Bytes that hot files may take, all threads together. */
  cacheBytes: number;
  epoch: Epoch;
  limits: HttpLimits;
  planner: Planner;
  log: Logger;
  /** Answers that threads gave themselves since they were last asked. */
  onAnswers: (status: number, count: number) => void;
};

const AGAIN_MS = 500;
const COUNT_MS = 1_000;

export type GatewayWorkers = {
  port: number;
  /** Threads that listen now. */
  alive(): number;
  /** Adds up what the threads answered, through `onAnswers`. */
  collect(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts threads that share one port: the kernel hands each connection to one of them. A thread that dies is started again. Throws when the
 * port is taken.
 */
export async function startGatewayWorkers(options: Options): Promise<GatewayWorkers> {
  const { count, listen, log, planner, epoch, innerPort, limits, onAnswers } = options;
  await requireFree(listen);
  const cacheBytes = Math.floor(options.cacheBytes / count);
  const threads = new Map<number, Worker>();
  const listening = new Set<number>();
  const waiting = new Map<number, () => void>();
  let sharedPort = listen.port; // 0 until the first one has chosen
  let isStopping = false;
  let lastCount = 0;

  function start(slot: number): Promise<void> {
    const workerData: WorkerOptions = { listen: { ...listen, port: sharedPort }, innerPort, cacheBytes, epoch, limits };
    const worker = new Worker(entry(), { eval: true, workerData, name: `gateway-${slot}` });
    threads.set(slot, worker);
    const say = (message: ToWorker) => worker.postMessage(message);
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromWorker) => {
        switch (message.kind) {
          case "listening":
            listening.add(slot);
            sharedPort = message.port;
            return resolve();
          case "failed":
            reject(new Error(message.error));
            return void worker.terminate(); // it would wait for ever
          case "error":
            return log.error({ err: message.error, slot }, "a request failed in a thread of the gateway");
          case "plan":
            return void planner
              .plan(message.label, message.path, message.knownRoot)
              .catch((err) => {
                log.error({ err }, "the gateway could not look something up");
                return "none" as const; // the keeper's own thread then says what is wrong
              })
              .then((answer) => say({ kind: "planned", id: message.id, answer }));
          case "counts":
            for (const [status, answers] of message.answered) onAnswers(status, answers);
            return waiting.get(message.id)?.();
        }
      });
      worker.on("error", (err) => log.error({ err, slot }, "a thread of the gateway broke"));
      worker.on("exit", () => {
        const hasListened = listening.delete(slot);
        reject(new Error("a thread of the gateway ended before it listened"));
        if (hasListened) startAgain(slot);
      });
    });
  }

  function startAgain(slot: number): void {
    setTimeout(() => {
      if (isStopping) return;
      start(slot).catch((err) => {
        log.error({ err, slot }, "a thread of the gateway does not start");
        startAgain(slot);
      });
    }, AGAIN_MS);
  }

  async function stop(): Promise<void> {
    isStopping = true;
    const ended = [...threads.values()].map((worker) => {
      const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      worker.postMessage({ kind: "stop" } satisfies ToWorker);
      return worker.threadId === -1 ? undefined : exit;
    });
    await Promise.all(ended);
  }

  try {
    await start(0);
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 1)));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    port: sharedPort,
    alive: () => listening.size,

    async collect() {
      await Promise.all(
        [...listening].map((slot) => {
          const id = ++lastCount;
          return new Promise<void>((resolve) => {
            const done = () => {
              clearTimeout(timer);
              waiting.delete(id);
              resolve();
            };
            const timer = setTimeout(done, COUNT_MS); // one that is busy tells it the next time
            waiting.set(id, done);
            threads.get(slot)?.postMessage({ kind: "count", id } satisfies ToWorker);
          });
        }),
      );
    },

    stop,
  };
}

/**
 * What a thread runs: first the compile cache of its process, which it does not take over by itself. Without one it loads a compiler for our
 * TypeScript, a dozen megabytes each.
 */
function entry(): string {
  const cache = getCompileCacheDir();
  const enable = `require("node:module").enableCompileCache(${JSON.stringify(cache && dirname(cache))});`;
  return `${cache === undefined ? "" : enable} import(${JSON.stringify(new URL("./worker.ts", import.meta.url).href)});`;
}

/** Threads share their port with anybody of the same user who shares it, too: two keepers on one port would never notice. */
async function requireFree({ host, port }: Listen): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once("error", reject).listen({ host, port }, resolve));
  await new Promise<void>((resolve) => probe.close(() => resolve()));
}
