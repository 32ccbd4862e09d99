// Speed of the gateway beside nginx on the same files: `npm run bench:gateway` writes bench/gateway.json.
// A real keeper with a running deal serves a site out of its CAR; nginx serves the same directory. `wrk` asks both in turn, over 64 connections
// that stay open, while the chain makes a block a second. Needs nginx and wrk (Debian: nginx-light, wrk), and some three minutes.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnKeeper, writeKeeper } from "../test/keepers/helpers/process.ts";
import { buildSite, requestFor, runUntil, startWorld, until, upload } from "../test/keepers/helpers/world.ts";
import { machine, median, report, rounded } from "./report.ts";

const CONNECTIONS = 64;
const ROUNDS = 3;
const SECONDS = 5;
const FIRST_BYTES = 500;
const MIB = 2 ** 20;
const SIZES = [
  { name: "4KiB", bytes: 4_096, files: 16 },
  { name: "100KiB", bytes: 102_400, files: 16, atLeast: 0.5 },
  { name: "10MiB", bytes: 10 * MIB, files: 2, atLeast: 0.5 },
];
const AT_MOST_FIRST_BYTE_MS = 3;

type Side = { url: string; host: string };
type Load = { requestsPerSecond: number; p50Ms: number; errors: number };

for (const tool of ["nginx", "wrk"]) {
  if (spawnSync(tool, ["-v"]).error)
    throw new Error(`There is no ${tool}. Install it: apt-get install nginx-light wrk`);
}
const home = await mkdtemp(join(tmpdir(), "bench-gateway-"));
await using ending = new AsyncDisposableStack();
ending.defer(() => rm(home, { recursive: true, force: true }));
const world = await startWorld();
ending.defer(() => world.stop());
const paths = (name: string, files: number) => Array.from({ length: files }, (_, i) => `${name}/${i}.bin`);
const files = Object.fromEntries(
  SIZES.flatMap(({ name, bytes, files }) => paths(name, files).map((path) => [path, randomBytes(bytes)])),
);
const keeper = await startGateway();
const nginx = await startNginx();
const results = [];
for (const size of SIZES) results.push(await measure(size));
report("gateway.json", results, {
  machine: machine({ peer: peer() }),
  connections: CONNECTIONS,
  rounds: ROUNDS,
  secondsEach: SECONDS,
});

function peer(): string {
  // It tells its version where others tell errors.
  return spawnSync("nginx", ["-v"], { encoding: "utf8" }).stderr.trim().replace("nginx version: ", "");
}

/** A provider's keeper as an operator runs it, with the site under a running deal. */
async function startGateway(): Promise<Side> {
  const overrides = { schema: "bench", gateway: {}, logLevel: "info", pollMs: 300 };
  const process = await spawnKeeper(await writeKeeper(world, overrides));
  ending.defer(async () => void (await process.stop()));
  const site = await buildSite(world, files);
  const { dealId } = await requestFor(world, site, { termPeriods: 2_000, capacityBytes: 64n * BigInt(MIB) });
  await upload(world, process.url, dealId, site);
  const side = { url: process.url, host: `${site.cid}.ipfs.localhost` };
  await runUntil(
    world.chain,
    [process.url],
    async () => (await fetchOnce(side, paths("4KiB", 1)[0] ?? "")).status === 200,
  );
  const blocks = setInterval(() => void world.chain.test.mine({ blocks: 1 }).catch(() => undefined), 1_000);
  ending.defer(() => clearInterval(blocks));
  return side;
}

async function startNginx(): Promise<Side> {
  const root = join(home, "root");
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  const port = await freePort();
  const config = `
    daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes auto;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    events { worker_connections 4096; }
    http {
      access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; gzip off; keepalive_requests 100000000;
      open_file_cache max=1000; default_type application/octet-stream;
      client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
      uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
      server { listen 127.0.0.1:${port} reuseport; root ${root}; }
    }`;
  await writeFile(join(home, "nginx.conf"), config);
  const server = spawn("nginx", ["-c", join(home, "nginx.conf"), "-e", join(home, "error.log")], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  ending.defer(async () => {
    server.kill("SIGTERM");
    await ended;
  });
  const side = { url: `http://127.0.0.1:${port}`, host: "localhost" };
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`nginx ended: ${await readFile(join(home, "error.log"), "utf8")}`);
    return await fetchOnce(side, paths("4KiB", 1)[0] ?? "").then(
      ({ status }) => status === 200,
      () => false,
    );
  });
  return side;
}

async function measure({ name, bytes, files: count, atLeast }: (typeof SIZES)[number]) {
  const all = paths(name, count);
  for (const side of [keeper, nginx]) {
    for (const path of all) {
      const { body } = await fetchOnce(side, path);
      if (!body.equals(files[path] ?? Buffer.alloc(0))) throw new Error(`${side.url} gives other bytes for ${path}`);
    }
  }
  const rounds: { ours: Load; theirs: Load }[] = [];
  for (const side of [keeper, nginx]) await load(side, all, 1); // warm
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? [keeper, nginx] : [nginx, keeper];
    const [one, other] = [await load(first, all, SECONDS), await load(second, all, SECONDS)];
    rounds.push(first === keeper ? { ours: one, theirs: other } : { ours: other, theirs: one });
  }
  const [ours, theirs] = [rounds.map((round) => round.ours), rounds.map((round) => round.theirs)];
  const requestsPerSecond = median(ours.map((load) => load.requestsPerSecond));
  const peerRequestsPerSecond = median(theirs.map((load) => load.requestsPerSecond));
  return {
    operation: `gateway/${name}`,
    requestsPerSecond: rounded(requestsPerSecond),
    peerRequestsPerSecond: rounded(peerRequestsPerSecond),
    mbPerSecond: rounded((requestsPerSecond * bytes) / 1e6),
    shareOfPeer: rounded(requestsPerSecond / peerRequestsPerSecond),
    ...(atLeast !== undefined && { atLeastShareOfPeer: atLeast }),
    p50Ms: rounded(median(ours.map((load) => load.p50Ms))),
    peerP50Ms: rounded(median(theirs.map((load) => load.p50Ms))),
    firstByteMs: rounded(await firstByteMs(keeper, all)),
    peerFirstByteMs: rounded(await firstByteMs(nginx, all)),
    atMostFirstByteMs: AT_MOST_FIRST_BYTE_MS,
    errors: [...ours, ...theirs].reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** As many requests as come through in some seconds, for all paths in turn. */
async function load({ url, host }: Side, all: readonly string[], seconds: number): Promise<Load> {
  const script = join(home, `${host}.lua`);
  const requests = all.map((path) => `wrk.format("GET", "/${path}", headers)`).join(", ");
  await writeFile(
    script,
    `local headers = { ["Host"] = "${host}" }
    local requests, at = {}, 0
    init = function() requests = { ${requests} } end
    request = function() at = at % #requests + 1; return requests[at] end
    done = function(summary, latency)
      local e = summary.errors
      io.write(string.format('RESULT {"requests":%d,"us":%d,"errors":%d,"p50":%d}\\n', summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50)))
    end`,
  );
  const args = ["-t2", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url];
  const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  const output = Buffer.concat(await child.stdout.toArray()).toString();
  const line = /RESULT (.+)/.exec(output)?.[1];
  if (!line) throw new Error(`wrk says:\n${output}`);
  const { requests: answered, us, errors, p50 } = JSON.parse(line) as Record<string, number>;
  return { requestsPerSecond: ((answered ?? 0) * 1e6) / (us ?? 1), p50Ms: (p50 ?? 0) / 1e3, errors: errors ?? 0 };
}

/** Median time from the request to the first byte of its answer, one at a time over one open connection. */
async function firstByteMs(side: Side, all: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let i = 0; i < FIRST_BYTES; i++)
    times.push((await fetchOnce(side, all[i % all.length] ?? "", agent)).firstByteMs);
  agent.destroy();
  return median(times);
}

function fetchOnce({ url, host }: Side, path: string, agent?: Agent) {
  return new Promise<{ status: number; body: Buffer; firstByteMs: number }>((resolve, reject) => {
    const startedAt = performance.now();
    get(new URL(path, url), { headers: { host }, ...(agent && { agent }) }, (response) => {
      const firstByteMs = performance.now() - startedAt;
      response.toArray().then((parts) => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts), firstByteMs });
      }, reject);
    }).on("error", reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
