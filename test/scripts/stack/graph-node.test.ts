import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { gndBinary, indexDatabaseName, prepareDatabase } from "../../../scripts/stack/graph-node.ts";
import { allocatePorts } from "../../../scripts/stack/ports.ts";
import { removePostgres, startPostgres } from "../../../scripts/stack/postgres.ts";
import { createProcessTable } from "../../../scripts/stack/processes.ts";
import { callRpc, readBlock } from "../../../scripts/stack/rpc.ts";
import { startTestStack, testDirectory } from "./directory.ts";

describe("gndBinary", () => {
  it("is what GND_BIN names", () => {
    expect(gndBinary({ GND_BIN: "/opt/gnd" })).toBe("/opt/gnd");
  });
});

describe("indexDatabaseName", () => {
  it("is another for another chain, another build and another place", () => {
    const dir = testDirectory();
    const build = (name: string, text: string) => {
      mkdirSync(join(dir, name), { recursive: true });
      writeFileSync(join(dir, name, "mapping.wasm"), text);
      return join(dir, name);
    };
    const first = indexDatabaseName("0x01", build("a", "1"));
    expect(indexDatabaseName("0x01", build("a", "1"))).toBe(first);
    const others = [indexDatabaseName("0x02", build("a", "1")), indexDatabaseName("0x01", build("b", "1"))];
    others.push(indexDatabaseName("0x01", build("a", "2")));
    expect(new Set([first, ...others]).size).toBe(4);
  });
});

describe("prepareDatabase", () => {
  it("gives an empty database in place of one, or beside one, whose removal was cut off", async () => {
    const dir = testDirectory();
    const { port } = await allocatePorts({ port: 0 });
    const postgres = await startPostgres(createProcessTable(dir), { dir, port, isDurable: false });
    onTestFinished(async () => {
      await postgres.process.stop();
      removePostgres(dir);
    });
    for (const name of ["graph_ours", "graph_other"]) {
      await postgres.ensureDatabase(name);
      await postgres.query("postgres", `comment on database ${name} is 'deployed'`);
    }
    await postgres.query("graph_ours", "create table left_over ()");
    await postgres.query("postgres", "update pg_database set datconnlimit = -2 where datname like 'graph%'");
    await expect(postgres.query("graph_ours", "select 1")).rejects.toThrow(/invalid database/);

    const nowhere = "http://127.0.0.1:9"; // the chain is not asked about a database that cannot be read
    expect(await prepareDatabase(postgres, "graph_ours", nowhere)).toBe(false);
    const { rows } = await postgres.query("graph_ours", "select relname from pg_class where relname = 'left_over'");
    expect(rows).toEqual([]);
    expect(await postgres.hasDatabase("graph_other")).toBe(false);
  });
});

type Meta = { number: number; hash: string };

async function startIndex(dir: string) {
  const stack = await startTestStack({ dir, parts: ["chain", "contracts", "index"] });
  const url = stack.subgraphUrl ?? "";
  async function query<Data>(text: string): Promise<Data> {
    const body = JSON.stringify({ query: text });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return ((await response.json()) as { data: Data }).data;
  }
  const databases = await stack.postgres.query(
    "postgres",
    "select datname from pg_database where datname like 'graph%'",
  );
  return {
    ...stack,
    query,
    /** graph-node's number of our deployment: another one when it was read anew. */
    async deployment() {
      const [database = ""] = databases.rows.map(({ datname }) => datname as string);
      const { rows } = await stack.postgres.query(
        database,
        "select id from deployment_schemas where subgraph like '%graph/build/subgraph.yaml'",
      );
      return rows.map(({ id }) => id as number);
    },
    databaseNames: databases.rows.map(({ datname }) => datname as string),
    head: async () => (await query<{ _meta: { block: Meta } }>("{ _meta { block { number hash } } }"))._meta.block,
  };
}

describe("graph-node", () => {
  it("goes on where it ended, and reads anew what was not whole when it ended", async () => {
    const dir = testDirectory();
    const first = await startIndex(dir);
    const deployment = await first.deployment();
    expect(deployment).toHaveLength(1);
    await first.stop();

    const second = await startIndex(dir);
    expect(await second.deployment()).toEqual(deployment);
    expect(await second.query("{ services { name } }")).toMatchObject({
      services: expect.arrayContaining([{ name: "hosting" }]),
    });
    const [database] = second.databaseNames;
    await second.postgres.query("postgres", `comment on database ${database} is null`); // as before the first start had ended
    await second.stop();

    const third = await startIndex(dir);
    expect(await third.query("{ services { name } }")).toMatchObject({
      services: expect.arrayContaining([{ name: "hosting" }]),
    });
  });

  it("is started again when it ends by itself, and answers at the same address", async () => {
    const dir = testDirectory();
    const index = await startIndex(dir);
    const deployment = await index.deployment();
    const pidOf = () => {
      const running = JSON.parse(readFileSync(join(dir, "run/processes.json"), "utf8")) as {
        name: string;
        pid: number;
      }[];
      return running.find(({ name }) => name === "graph-node")?.pid ?? 0;
    };
    const killed = pidOf();
    process.kill(killed, "SIGKILL");
    const before = (await readBlock(index.rpcUrl, "latest"))?.number;
    await vi.waitFor(
      async () => {
        expect(pidOf()).not.toBe(killed);
        expect((await index.head()).number).toBeGreaterThan(Number(before));
      },
      { timeout: 60_000 },
    );
    expect(await index.deployment()).toEqual(deployment);
  });

  it("serves the subgraph under its name, and drops an index that is ahead of a chain which lost its end", async () => {
    const dir = testDirectory();
    const state = join(dir, "chain/state.json");
    const early = join(dir, "early.json");

    const first = await startIndex(dir);
    expect(await first.query("{ services { name } }")).toMatchObject({
      services: expect.arrayContaining([{ name: "hosting" }]),
    });
    expect((await fetch(first.subgraphUrl?.replace("4ever", "other") ?? "")).status).toBe(404);
    await first.stop();
    copyFileSync(state, early);

    const second = await startIndex(dir);
    expect(second.databaseNames).toEqual(first.databaseNames);
    await callRpc(second.rpcUrl, "anvil_mine", ["0x64"]);
    await vi.waitFor(async () => expect((await second.head()).number).toBeGreaterThan(100), { timeout: 20_000 });
    const lost = await second.head();
    await second.stop();

    copyFileSync(early, state);
    const third = await startIndex(dir);
    await callRpc(third.rpcUrl, "anvil_mine", ["0x82"]);
    await vi.waitFor(async () => expect((await third.head()).number).toBeGreaterThan(lost.number), { timeout: 20_000 });
    const now = await third.head();
    expect((await readBlock(third.rpcUrl, `0x${now.number.toString(16)}`))?.hash).toBe(now.hash);
    const sameHeight = `{ _meta(block: { number: ${lost.number} }) { block { hash } } services { name } }`;
    const there = await third.query<{ _meta: { block: Meta }; services: unknown[] }>(sameHeight);
    expect(there._meta.block.hash).not.toBe(lost.hash);
    expect(there.services.length).toBeGreaterThan(0);
  });

  it("takes back what a chain lost that ended a few seconds earlier, and reads nothing anew", async () => {
    const dir = testDirectory();
    const state = join(dir, "chain/state.json");
    const early = join(dir, "early.json");

    const first = await startIndex(dir);
    const deployment = await first.deployment();
    await first.stop();
    copyFileSync(state, early);

    const second = await startIndex(dir);
    const before = (await second.head()).number;
    await callRpc(second.rpcUrl, "anvil_mine", ["0x5"]);
    await vi.waitFor(async () => expect((await second.head()).number).toBeGreaterThan(before + 4), { timeout: 20_000 });
    const lost = await second.head();
    await second.stop();

    copyFileSync(early, state);
    const third = await startIndex(dir);
    expect(await third.deployment()).toEqual(deployment);
    const now = await third.head();
    expect(now.number).toBeGreaterThanOrEqual(lost.number);
    expect((await readBlock(third.rpcUrl, `0x${now.number.toString(16)}`))?.hash).toBe(now.hash);
    expect((await readBlock(third.rpcUrl, `0x${lost.number.toString(16)}`))?.hash).not.toBe(lost.hash);
    expect((await third.query<{ services: unknown[] }>("{ services { name } }")).services.length).toBeGreaterThan(0);
  });
});
