import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MIGRATIONS, migrateStore, openStore, type Store } from "../../keepers/src/store/database.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { expectNothingTwice, provenPeriods } from "./helpers/once.ts";
import { spawnKeeper, writeKeeper } from "./helpers/process.ts";
import {
  healthOf,
  isIdle,
  requestFor,
  runUntil,
  smallSite,
  startWorld,
  until,
  upload,
  type World,
} from "./helpers/world.ts";

const SCHEMA = "upgraded";

let world: World;
let store: Store;
beforeAll(async () => {
  world = await startWorld();
  store = openStore(world.postgres.url, SCHEMA, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

/** What a newer version brings: a table, and a column and an index in each that there is. */
async function writeNewerMigrations(): Promise<string> {
  const folder = join(world.directory, "newer-migrations");
  await mkdir(folder);
  await cp(MIGRATIONS, folder, { recursive: true });
  const { rows } = await store.pool.query(
    "select table_name as name from information_schema.tables where table_schema = $1 and table_name not like '\\_\\_%'",
    [SCHEMA],
  );
  const tables = (rows as { name: string }[]).map(({ name }) => name);
  expect(tables).toContain("deals");
  const statements = tables.flatMap((name) => [
    `ALTER TABLE "${name}" ADD COLUMN "newer" text;`,
    `CREATE INDEX "${name}_newer" ON "${name}" USING btree ("newer");`,
  ]);
  const sql = ['CREATE TABLE "newer" ("id" text PRIMARY KEY NOT NULL);', ...statements];
  await writeFile(join(folder, "9999_newer.sql"), sql.join("\n--> statement-breakpoint\n"));
  const file = join(folder, "meta/_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as { entries: { idx: number; when: number }[] };
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: (last?.idx ?? 0) + 1, when: Date.now(), tag: "9999_newer" } as never);
  await writeFile(file, JSON.stringify(journal));
  return folder;
}

it("a newer process changes the tables and takes over while the older one works, a reorganisation included", async () => {
  const { chain } = world;
  const config = await writeKeeper(world, { schema: SCHEMA });
  const older = await spawnKeeper(config);
  const piece = await smallSite(world);
  const { dealId } = await requestFor(world, piece, { termPeriods: 60 });
  await upload(world, older.url, dealId, piece);
  const deal = () => getDeal(chain.reader, { deployment: chain.deployment, dealId });
  await runUntil(chain, [older.url], async () => (await deal()).liveBytes > 0n);
  const { setId } = await deal();
  const provenBy = async (count: number, url: string) => {
    const goal = (await provenPeriods(chain, setId)).length + count;
    await runUntil(chain, [url], async () => (await provenPeriods(chain, setId)).length >= goal);
  };
  await provenBy(1, older.url);

  await migrateStore(store, await writeNewerMigrations());
  const { rows } = await store.pool.query("select count(*)::int as n from chain_undo");
  expect(rows[0].n).toBeGreaterThan(0); // rows to be put back that know nothing of the newer columns
  await chain.reader.request({ method: "anvil_reorg", params: [5, []] } as never);
  await chain.test.mine({ blocks: 1 });
  await until(() => isIdle(chain, older.url));
  await provenBy(1, older.url);
  const afterwards = Number(await chain.reader.getBlockNumber()); // another chain has other seeds: what was proven before is proven anew

  const newer = await spawnKeeper(config);
  await until(async () => (await healthOf(newer.url)).status === "ok");
  const before = await provenPeriods(chain, setId);
  expect(await older.stop()).toBe(0);
  await until(async () => {
    const { leading, status } = await healthOf(newer.url);
    return leading && status === "ok";
  });
  await provenBy(2, newer.url);
  expect(await newer.stop()).toBe(0);

  const after = await provenPeriods(chain, setId);
  const last = before.at(-1) ?? 0;
  expect(after.slice(before.length, before.length + 2)).toEqual([last + 1, last + 2]); // none was missed in between
  await expectNothingTwice(chain, setId, store, afterwards + 1);
});
