import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../helpers/until.ts";

/** A Kubo of this test's own, on free ports and without a network; `config` sets fields of its configuration. */
export async function startKubo(binary: string, config: Record<string, unknown> = {}) {
  const repository = await mkdtemp(join(tmpdir(), "4ever-kubo-"));
  const env = { ...process.env, IPFS_PATH: repository };
  const run = (...args: string[]) => execFileSync(binary, args, { env, stdio: ["ignore", "pipe", "pipe"] }).toString();
  run("init", "--empty-repo", "--profile=unixfs-v1-2025,test");
  for (const [field, value] of Object.entries({ "Addresses.Swarm": [], ...config }))
    run("config", "--json", field, JSON.stringify(value));
  const daemon = spawn(binary, ["daemon", "--offline"], { env, stdio: "ignore" });
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  const api = await until(async () => {
    if (daemon.exitCode !== null) throw new Error(`Kubo ended with ${daemon.exitCode} before it listened`);
    const [, , host, , port] = (await readFile(join(repository, "api"), "utf8").catch(() => "")).trim().split("/");
    const url = `http://${host}:${port}`;
    if (port === undefined) return undefined;
    return await fetch(`${url}/api/v0/version`, { method: "POST" }).then(
      ({ ok, status }) => (ok || status === 403) && url, // one that wants a password is up
      () => undefined,
    );
  });
  return {
    api,
    /** Lines of what a command of the daemon's API answers. */
    async ask(path: string): Promise<Record<string, unknown>[]> {
      const text = await (await fetch(`${api}/api/v0/${path}`, { method: "POST" })).text();
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    },
    async stop(): Promise<void> {
      daemon.kill("SIGTERM");
      await ended;
      await rm(repository, { recursive: true, force: true });
    },
  };
}

/** What stands between a keeper and its Kubo, and may change what the one says to the other. */
export async function startKuboProxy(target: string) {
  /** Answers instead of Kubo; undefined lets the call through. */
  let instead: ((path: string) => { status: number; body: string } | "silence" | undefined) | undefined;
  let cutAfterBytes = Number.POSITIVE_INFINITY;
  const server = createServer((incoming, outgoing) => {
    const answer = instead?.(incoming.url ?? "");
    if (answer === "silence") return void outgoing.destroy();
    if (answer) return void outgoing.writeHead(answer.status).end(answer.body);
    const { method, url, headers } = incoming;
    const onward = request(new URL(url ?? "/", target), { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    let passed = 0;
    incoming.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      if (passed <= cutAfterBytes) return;
      onward.destroy();
      outgoing.destroy();
    });
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerInstead(next: typeof instead): () => void {
      instead = next;
      return () => {
        instead = undefined;
      };
    },
    /** Breaks connections on which so much was sent. */
    cutAfter(bytes: number): void {
      cutAfterBytes = bytes;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
