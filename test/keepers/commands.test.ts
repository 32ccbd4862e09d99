import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../keepers/src/config.ts";
import { decryptKeystore } from "../../sdk/src/node/keystore.ts";
import { LOCAL_ACCOUNTS } from "../helpers/local-chain.ts";
import { spawnKeeper, writeKeeper } from "./helpers/process.ts";
import { healthOf, startWorld, until, type World } from "./helpers/world.ts";

const MAIN = join(import.meta.dirname, "../../keepers/src/main.ts");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

/** Runs the command as an operator does. */
function run(...args: string[]): Promise<{ code: number; output: string }> {
  const { KEEPER_PASSWORD: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

type Check = { name: string; state: string; detail: string; advice?: string };
const doctor = async (config: string) => {
  const { code, output } = await run("doctor", "--json", "--config", config);
  const checks = JSON.parse(output) as Check[];
  return { code, of: (name: string) => checks.find((check) => check.name === name) };
};

describe("configuration", () => {
  const complete = () => ({ ...world.config(), maxFeePerGasGwei: 1 });
  it.each([
    ["rpcUrl", { rpcUrl: "no url" }],
    ["schema", { schema: "Bad-Name" }],
    ["listen.port", { listen: { host: "127.0.0.1", port: 70_000 } }],
    ["provider", { provider: undefined }],
    ["keystore, signer", { signer: { url: "http://127.0.0.1:9000", address: `0x${"11".repeat(20)}` } }],
    ["signer.tls", { keystore: undefined, signer: { url: "http://h", address: `0x${"11".repeat(20)}`, tls: {} } }],
  ])("names %s when it is wrong", (field, change) => {
    expect(() => parseConfig({ ...complete(), ...change }, "/")).toThrow(field);
  });
  it("lets the environment stand above the file", () => {
    const { listen, schema } = parseConfig(complete(), "/", { KEEPER_PORT: "7199", KEEPER_SCHEMA: "other" });
    expect([listen.port, schema]).toEqual([7_199, "other"]);
  });
});

describe("4ever-keeper", { timeout: 120_000 }, () => {
  it("init writes a key and a configuration for the owner's eyes, and overwrites nothing", async () => {
    const deployment = join(world.directory, "deployment.json");
    await writeFile(deployment, JSON.stringify(world.chain.deployment));
    const config = join(world.directory, "new", "keeper.json");
    const args = ["init", "-c", config, "--rpc", world.chain.rpcUrl, "--deployment", deployment];
    const all = [...args, "--database", world.postgres.url, "--provider", world.provider.account.address];
    const { code, output } = await run(...all);
    expect(code, output).toBe(0);
    const folder = join(config, "..");
    const [keystore, password] = await Promise.all(
      ["keystore.json", "password"].map((name) => readFile(join(folder, name), "utf8")),
    );
    const { address } = await decryptKeystore(keystore ?? "", (password ?? "").trim());
    expect(output).toContain(address);
    for (const name of ["keeper.json", "keystore.json", "password"]) {
      expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
    }
    expect(await run(...all)).toMatchObject({ code: 1, output: expect.stringContaining("nothing was overwritten") });

    const { code: failed, of } = await doctor(config);
    expect(failed).toBe(1);
    expect(of("gas")).toMatchObject({ state: "failed", advice: expect.stringContaining(address) });
    expect(of("registration")).toMatchObject({ state: "failed", advice: expect.stringContaining("operator") });
  });

  it("doctor is content with a provider that has everything, and tells what a dead node or database is", async () => {
    const config = await writeKeeper(world, { publicUrl: "http://127.0.0.1:9000" });
    const { code, of } = await doctor(config);
    expect({
      code,
      bad: ["signer", "node", "contracts", "gas", "registration", "endpoint", "stake", "allowance", "database"].map(
        (n) => of(n)?.state,
      ),
    }).toEqual({ code: 0, bad: Array(9).fill("ok") });
    const broken = await writeKeeper(world, {
      rpcUrl: "http://127.0.0.1:1",
      databaseUrl: "postgresql://nobody:x@127.0.0.1:1/none",
    });
    const { code: failed, of: brokenOf } = await doctor(broken);
    expect([failed, brokenOf("node")?.state, brokenOf("database")?.state]).toEqual([1, "failed", "failed"]);
  });

  it("doctor names a signer that does not answer", async () => {
    const signer = {
      url: "http://127.0.0.1:1",
      address: world.chain.walletOf(LOCAL_ACCOUNTS.operators[0]).account.address,
    };
    const config = await writeKeeper(world, { keystore: undefined, signer });
    const { code, of } = await doctor(config);
    expect([code, of("signer")?.state]).toEqual([1, "failed"]);
    expect(of("signer")).toMatchObject({ advice: expect.stringContaining("signer.url") });
  });

  it("doctor names a Kubo that does not answer, and says nothing of one that is not configured", async () => {
    const storage = { adapter: "kubo", api: "http://127.0.0.1:1" };
    const { code, of } = await doctor(await writeKeeper(world, { storage }));
    expect([code, of("storage")]).toEqual([
      1,
      {
        name: "storage",
        state: "failed",
        detail: "Kubo's version did not answer at http://127.0.0.1:1",
        advice: expect.stringContaining("storage.api"),
      },
    ]);
    expect((await doctor(await writeKeeper(world))).of("storage")).toBeUndefined();
  });

  it.each([
    ["rpcUrl", { rpcUrl: "http://127.0.0.1:1" }, "is a node of chain 31337, and that it runs"],
    ["databaseUrl", { databaseUrl: "postgresql://nobody:x@127.0.0.1:1/none" }, "Check that PostgreSQL runs there"],
  ])("start says what to do when %s leads nowhere", async (field, change, advice) => {
    const config = await writeKeeper(world, { logLevel: "silent", ...change });
    const { code, output } = await run("start", "--config", config);
    expect(code).toBe(1);
    expect(output).toContain(`NeedMissing: ${field}: `);
    expect(output).toContain(advice);
  });

  it("start stands by while another process acts, status tells what is so, SIGTERM ends it cleanly", async () => {
    const config = await writeKeeper(world);
    const first = await spawnKeeper(config);
    // Not well before it acts, and knows the chain's head.
    const well = await until(async () => {
      const health = await healthOf(first.url);
      return health.status === "ok" && health;
    });
    expect({ leading: well.leading, hasHead: well.head.number > 0 }).toEqual({ leading: true, hasHead: true });
    const second = await spawnKeeper(config);
    await until(async () => (await healthOf(second.url)).status === "ok"); // standing by is well, too
    expect((await healthOf(second.url)).leading).toBe(false);

    const { output } = await run("status", "--json", "--config", config);
    const processes = [
      { url: first.url, isLeading: true, isAlive: true, problem: null },
      { url: second.url, isLeading: false, isAlive: true, problem: null },
    ];
    const status = { role: "provider", deals: [], held: { pieces: 0 }, due: [], missedPeriods: 0, processes };
    expect(JSON.parse(output)).toMatchObject(status);
    const { of } = await doctor(config);
    const looks = ["signer", "database", "processes", "outbox", "nonces", "pieces", "proofs", "adapters"];
    expect(looks.map((name) => [name, of(name)?.state])).toEqual(looks.map((name) => [name, "ok"]));
    expect(of("processes")?.detail).toContain(`2 run, ${first.url} leads`);
    expect((await fetch(`${first.url}/metrics`).then((answer) => answer.text())).includes("keeper_leading")).toBe(true);

    expect(await first.stop()).toBe(0);
    await until(async () => (await healthOf(second.url)).leading);
    expect(await second.stop()).toBe(0);
  });
});
