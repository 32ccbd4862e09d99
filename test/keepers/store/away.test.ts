import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isStoreAway } from "../../../keepers/src/store/away.ts";
import { openStore, type Store } from "../../../keepers/src/store/database.ts";
import { startPostgres, type TestPostgres } from "../helpers/postgres.ts";

let postgres: TestPostgres;
let store: Store;
beforeAll(async () => {
  postgres = await startPostgres();
  store = openStore(postgres.url, "public", { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop();
});

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("isStoreAway", () => {
  it("is not so for a statement that is wrong", async () => {
    expect(isStoreAway(await failureOf(store.db.execute(sql`select 1 / 0`)))).toBe(false);
    expect(isStoreAway(await failureOf(store.db.execute(sql`selct`)))).toBe(false);
  });

  it.each([undefined, "ECONNREFUSED", new Error("disk"), new AggregateError([new Error("disk")])])(
    "is not so for something else: %s",
    (error) => {
      expect(isStoreAway(error)).toBe(false);
    },
  );

  it("is so where nobody listens", async () => {
    const gone = openStore("postgres://nobody@127.0.0.1:1/none", "public", { onError: () => undefined });
    expect(isStoreAway(await failureOf(gone.db.execute(sql`select 1`)))).toBe(true);
    expect(isStoreAway(await failureOf(gone.db.transaction((tx) => tx.execute(sql`select 1`))))).toBe(true);
    await gone.close();
  });

  it("is so when the server ends the connection", async () => {
    const asked = store.db.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
    expect(isStoreAway(await failureOf(asked))).toBe(true);
  });
});
