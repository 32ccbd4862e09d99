import { randomBytes } from "node:crypto";
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createForwarder } from "../../../keepers/src/gateways/ipfs/forwarder.ts";
import type { Keeper } from "../../../keepers/src/keeper.ts";
import { end } from "../../../sdk/src/deal-ends.ts";
import { CUSTOMER } from "../../helpers/story.ts";
import {
  type BuiltFile,
  buildSite,
  healthOf,
  requestFor,
  runUntil,
  startWorld,
  until,
  upload,
  type World,
} from "../helpers/world.ts";

const FILES = { "index.html": "<h1>Home</h1>", "large.bin": randomBytes(5_000_000), "again.bin": randomBytes(700_000) };
const SAME = { schema: "workers", dataDir: "data-workers", gateway: { workers: 2, cacheBytes: 4_000_000 } };

let world: World;
let keeper: Keeper;
let site: BuiltFile;
let dealId: bigint;
const threads: Worker[] = [];
beforeAll(async () => {
  world = await startWorld();
  process.on("worker", (thread) => threads.push(thread));
  keeper = await world.start(SAME);
  site = await buildSite(world, FILES);
  ({ dealId } = await requestFor(world, site, { termPeriods: 60 }));
  await upload(world, keeper.url, dealId, site); // through a thread, as everything
  await runUntil(world.chain, [keeper.url], async () => (await get("/")).status === 200);
});
afterAll(() => world.stop());

/** Asks on a connection of its own, which the kernel may hand to any thread. */
function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Buffer }> {
  const { port, hostname } = new URL(keeper.url);
  return new Promise((resolve, reject) => {
    const host = `${site.cid}.ipfs.localhost`;
    const call = request({ host: hostname, port, path, agent: false, headers: { host, ...headers } });
    call.on("response", (response) => {
      response
        .toArray()
        .then((parts) => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }), reject);
    });
    call.on("error", reject).end();
  });
}

async function answersOf(route: string): Promise<number> {
  const text = await (await fetch(`${keeper.url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`keeper_requests_total{route="${route}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("threads of the gateway", () => {
  it("give files out of the CAR and out of memory, whole and in part, to many at a time", async () => {
    for (const path of ["large.bin", "again.bin"] as const) {
      const whole = await Promise.all(Array.from({ length: 8 }, () => get(`/${path}`)));
      for (const { status, body } of whole) expect([status, body.equals(FILES[path])]).toEqual([200, true]);
      for (const [from, to] of [
        [0, 1],
        [262_140, 262_150],
        [131_071, 600_000],
        [699_999, 700_000],
      ] as const) {
        const { status, body } = await get(`/${path}`, { range: `bytes=${from}-${to - 1}` });
        expect([status, body.equals(FILES[path].subarray(from, to))], `${path} ${from}-${to}`).toEqual([206, true]);
      }
    }
  });

  it("outlive whoever asks and leaves", async () => {
    const { port, hostname } = new URL(keeper.url);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = connect(Number(port), hostname);
        socket.write(`GET /large.bin HTTP/1.1\r\nhost: ${site.cid}.ipfs.localhost\r\n\r\n`);
        await new Promise((resolve) => socket.once("data", resolve));
        socket.destroy();
      }),
    );
    expect((await get("/large.bin")).body.equals(FILES["large.bin"])).toBe(true);
    expect(await healthOf(keeper.url)).toMatchObject({ status: "ok", gateway: { threads: 2 } });
  });

  it("are counted all together", async () => {
    const before = await answersOf("site");
    await Promise.all(Array.from({ length: 20 }, () => get("/")));
    expect((await answersOf("site")) - before).toBe(20);
  });

  it("are replaced when they die, and leave what is asked meanwhile to each other", async () => {
    const hasAll = async () => (await healthOf(keeper.url)).gateway?.threads === 2;
    // One after the other, so that in the end the replacements serve without those that they stand for.
    for (const thread of threads.slice(0, 2)) {
      const started = threads.length;
      const dead = new Promise((resolve) => thread.once("exit", resolve));
      thread.postMessage(null); // an exception that nobody catches
      await dead;
      for (let i = 0; i < 10; i++) expect((await get("/")).status).toBe(200);
      await until(hasAll);
      expect(threads.length).toBe(started + 1);
    }
    const before = await answersOf("site");
    for (let i = 0; i < 10; i++) expect((await get("/again.bin")).body.equals(FILES["again.bin"])).toBe(true);
    expect((await answersOf("site")) - before).toBe(10);
  });

  it("share their port with no second keeper, which says so", async () => {
    const { port } = new URL(keeper.url);
    const twin = world.start({
      ...SAME,
      schema: "twin",
      dataDir: "twin",
      listen: { host: "127.0.0.1", port: Number(port) },
    });
    await expect(twin).rejects.toThrow(/listen: .*EADDRINUSE.*Choose another listen.port/);
  });

  it("see at once that a deal has ended, although they know the file", async () => {
    const { chain } = world;
    expect((await get("/")).status).toBe(200);
    await end(chain.walletOf(CUSTOMER), { deployment: chain.deployment, dealId });
    await runUntil(chain, [keeper.url], async () => (await get("/")).status === 404);
    expect((await get("/large.bin")).status).toBe(404);
    expect((await get("/again.bin")).status).toBe(404);
  });
});

describe("a request that a thread does not answer itself", () => {
  it("reaches the keeper as it is, and its answer comes back as it is", async () => {
    const info = await (await fetch(`${keeper.url}/`)).json();
    expect(info).toEqual(await (await fetch(`${keeper.ownUrl}/`)).json());
    const refused = await fetch(`${keeper.url}/deals/1/pieces/0x${"1".repeat(64)}`, {
      method: "PUT",
      body: randomBytes(100_000),
      headers: { "content-type": "application/octet-stream" },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("connection")).toBe("close");
    expect(((await refused.json()) as { error: { code: string } }).error.code).toBe("token_missing");
  });

  it("is answered with 502 when nobody is behind", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const forward = createForwarder(port);
    const server = createServer(forward);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(answer.status).toBe(502);
    await new Promise((resolve) => server.close(resolve));
  });
});
