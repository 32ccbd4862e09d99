import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Hex } from "viem";
import { createCarFiles } from "../../keepers/src/adapters/storage/car-files.ts";
import { createHttpServer, type HttpLimits } from "../../keepers/src/gateways/http.ts";
import { createFileAnswers } from "../../keepers/src/gateways/ipfs/file-answers.ts";
import { createPlanCache } from "../../keepers/src/gateways/ipfs/plan-cache.ts";
import { createPlanner } from "../../keepers/src/gateways/ipfs/plans.ts";
import { registerGateway } from "../../keepers/src/gateways/ipfs/routes.ts";
import { indexCar } from "../../sdk/src/pieces/index.ts";
import { inChunks } from "../sdk/pieces/car.ts";

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

const CLOCK = { originAt: 0, periodSeconds: 60, proofWindowSeconds: 20, retrySeconds: 10 };

/** A keeper's real HTTP server and gateway over CAR files on disk. Every piece that was kept is served; no chain, no database. */
export async function startGateway(limits?: HttpLimits) {
  const directory = await mkdtemp(join(tmpdir(), "4ever-fuzz-"));
  const storage = createCarFiles(directory);
  await storage.prepare();
  const roots = new Map<string, Hex>();
  const failures: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void failures.push(line) });
  const server = createHttpServer(log, () => {}, limits);
  const epoch = new Int32Array(new SharedArrayBuffer(4));
  const planner = createPlanner({
    content: {
      servedRoot: async (digest) => roots.get(Buffer.from(digest).toString("hex")),
      rootsWith: async () => [],
      anyRoot: async () => undefined,
    },
    storage,
    clock: CLOCK,
    nowAt: () => 1_000,
    epoch,
  });
  const files = createFileAnswers({ cacheBytes: 2 ** 22 });
  server.addHook("onClose", files.stop);
  const plans = createPlanCache(epoch, planner.plan);
  registerGateway(server, { planner, plans, files, storage, contentUrl: "http://{cid}.ipfs.localhost" });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const { port, hostname } = new URL(url);

  return {
    /** What went wrong inside, as the log has it: a stranger's request may be refused, but must break nothing. */
    url,
    failures,

    /** Keeps a CAR, as the ingest would; resolves to its root CID. */
    async keep(bytes: Uint8Array): Promise<string> {
      const index = await indexCar(inChunks(bytes, 65_536), { maxSizeBytes: bytes.length });
      const path = join(directory, "arriving.car");
      await writeFile(path, bytes);
      const { put } = await storage.put(path, index, new AbortController().signal);
      if (put !== "kept") throw new Error(`the piece is ${put}`);
      for (const { cid } of index.blocks) roots.set(Buffer.from(cid.multihash.digest).toString("hex"), index.root);
      return index.rootCid.toString();
    },

    get(
      path: string,
      { host = "localhost", method = "GET", headers = {} as Record<string, string> } = {},
    ): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const call = request(
          { host: hostname, port, path, method, headers: { ...headers, host } },
          async (response) => {
            const body = Buffer.concat(await response.toArray().catch(() => []));
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          },
        );
        call.on("error", reject).end();
      });
    },

    /** Sends bytes as they are; resolves with what came back until the connection ended. */
    raw(bytes: Uint8Array): Promise<string> {
      return new Promise((resolve, reject) => {
        let text = "";
        const socket = createConnection(Number(port), hostname, () => socket.end(bytes));
        socket.on("data", (data) => {
          text += data.toString("latin1");
        });
        socket.on("close", () => resolve(text));
        socket.on("error", (error: NodeJS.ErrnoException) =>
          error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error),
        );
      });
    },

    async stop(): Promise<void> {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
