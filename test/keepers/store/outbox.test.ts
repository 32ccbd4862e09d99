import { type Hex, pad, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attempt, Call } from "../../../keepers/src/chain/outbox.ts";
import { migrateStore, openStore, type Store } from "../../../keepers/src/store/database.ts";
import { createOutbox, pruneOutbox } from "../../../keepers/src/store/outbox.ts";
import { outboxAttempts } from "../../../keepers/src/store/schema.ts";
import { startPostgres, type TestPostgres } from "../helpers/postgres.ts";

const ACCOUNT = pad("0xac", { size: 20 });

let postgres: TestPostgres;
let store: Store;
beforeAll(async () => {
  postgres = await startPostgres();
  store = openStore(postgres.url, "outbox", { onError: () => undefined });
  await migrateStore(store);
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop();
});

const call = (key: string): Call => ({ key, to: ACCOUNT, data: "0xda7a", label: key, priority: 5 });
const attempt = (hash: Hex): Attempt => ({
  hash,
  raw: "0x5161",
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
  signedAtBlock: 1,
});

describe("pruneOutbox", () => {
  it("forgets the bytes of calls that were mined so long ago that no reorganisation is undone there, and nothing else", async () => {
    const outbox = createOutbox(store.db, ACCOUNT);
    const keys = ["old", "young", "under way"];
    for (const [nonce, key] of keys.entries()) {
      const { id } = await outbox.enqueue(call(key));
      const hash = toHex(nonce + 1, { size: 32 });
      await outbox.sign(id, nonce, 21_000, attempt(hash));
      const blockNumber = { old: 10, young: 11 }[key];
      if (blockNumber !== undefined) await outbox.finish(id, "mined", { hash, blockNumber, gasUsed: 21_000 });
    }
    await pruneOutbox(store.db, 10);

    const kept = await store.db.select({ hash: outboxAttempts.hash }).from(outboxAttempts);
    expect(kept.map(({ hash }) => Number(hash)).sort()).toEqual([2, 3]);
    expect(await outbox.find("old")).toMatchObject({ status: "mined", blockNumber: 10, data: "0x" });
    expect(await outbox.find("young")).toMatchObject({ status: "mined", blockNumber: 11, data: "0xda7a" });
    expect(await outbox.enqueue(call("old"))).toMatchObject({ status: "mined" }); // it happened, and does not happen again

    // The whole chain is read anew: what is kept is sent again as it is, what is not may be asked for again.
    await outbox.rewind(-1);
    expect((await outbox.sent()).map(({ key }) => key)).toEqual(["young", "under way"]);
    expect(await outbox.find("old")).toMatchObject({ status: "refused", nonce: null });
    expect(await outbox.enqueue(call("old"))).toMatchObject({ status: "queued", data: "0xda7a" });
  });
});
