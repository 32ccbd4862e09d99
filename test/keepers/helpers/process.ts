import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bytesToHex, type Hex } from "viem";
import type { KeeperConfig } from "../../../keepers/src/config.ts";
import { encryptKeystore } from "../../../sdk/src/node/keystore.ts";
import { LOCAL_ACCOUNTS, localAccount } from "../../helpers/local-chain.ts";
import type { World } from "./world.ts";

const MAIN = join(import.meta.dirname, "../../../keepers/src/main.ts");
const PASSWORD = "a password of this test";

/** A keeper as an operator runs it: a process of its own, that can be killed. */
export type KeeperProcess = {
  url: string;
  pid: number;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to end; resolves with its exit code. */
  stop(): Promise<number | null>;
};

/** Writes what an operator has: configuration, keystore, deployment. Returns the configuration's path. */
export async function writeKeeper(
  world: World,
  overrides: Partial<Record<keyof KeeperConfig, unknown>> = {},
  accountIndex: number = LOCAL_ACCOUNTS.operators[0],
): Promise<string> {
  const { role, provider, schema, rpcUrl, databaseUrl, settleEveryPeriods, pollMs } = world.config(overrides);
  const directory = join(world.directory, schema);
  await mkdir(directory, { recursive: true });
  const key = localAccount(accountIndex).getHdKey().privateKey;
  if (!key) throw new Error("the test account has no key");
  const config = {
    role,
    ...(provider && { provider }),
    schema,
    rpcUrl,
    databaseUrl,
    settleEveryPeriods,
    pollMs,
    deployment: "deployment.json",
    keystore: { file: "keystore.json", passwordFile: "password" },
    dataDir: "data",
    listen: { host: "127.0.0.1", port: 0 },
    publicUrl: "http://127.0.0.1:9000",
    logLevel: "info",
    gateway: { workers: 0 },
    ...overrides,
  };
  const files: Record<string, string> = {
    "keeper.json": JSON.stringify(config),
    "deployment.json": JSON.stringify(world.chain.deployment),
    "keystore.json": await encryptKeystore(bytesToHex(key) as Hex, PASSWORD, 2 ** 12),
    password: `${PASSWORD}\n`,
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)));
  return join(directory, "keeper.json");
}

/** Starts a keeper from its configuration, its machine's clock ahead by some days, and waits until it listens. */
export async function spawnKeeper(config: string, { daysAhead = 0 } = {}): Promise<KeeperProcess> {
  const errors = openSync(`${config}.errors`, "a");
  const shift = `{ const now = Date.now; Date.now = () => now() + ${daysAhead * 86_400_000};
    globalThis.Date = class extends Date { constructor(...args) { super(...(args.length > 0 ? args : [Date.now()])); } }; }`;
  const ahead = daysAhead === 0 ? [] : ["--import", `data:text/javascript,${encodeURIComponent(shift)}`];
  const args = [...ahead, MAIN, "start", "--config", config];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", errors] });
  const url = await listeningUrl(child, config);
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    url,
    pid: child.pid ?? 0,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

async function listeningUrl(child: ChildProcess, config: string): Promise<string> {
  if (!child.stdout) throw new Error("the keeper has no output");
  const lines = createInterface({ input: child.stdout });
  const log: string[] = [];
  return await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      log.push(line);
      if (process.env.KEEPER_TEST_LOG) console.log(line);
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
      if (msg === "listening" && url) resolve(url);
    });
    child.once("exit", (code) =>
      reject(new Error(`the keeper ended with ${code} before it listened; see ${config}.errors\n${log.join("\n")}`)),
    );
  });
}
