import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../../keepers/src/store/database.ts";
import { startPostgres, type TestPostgres } from "../helpers/postgres.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

it("gives a connection back on which a transaction could not even begin", async () => {
  const store = openStore(postgres.url, "public", { maxConnections: 1, onError: () => undefined });
  const ended = Promise.withResolvers<void>();
  store.pool.once("acquire", (client) => {
    client.query("select pg_terminate_backend(pg_backend_pid())").catch(() => ended.resolve());
  });
  await expect(store.db.transaction(async (tx) => tx.execute(sql`select 1`))).rejects.toThrow();
  await ended.promise;
  const { rows } = await store.db.transaction((tx) => tx.execute(sql`select 2 as two`)); // the only connection is free
  expect(rows).toEqual([{ two: 2 }]);
  await store.close();
});
