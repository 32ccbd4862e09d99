import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNDO_DEPTH_BLOCKS } from "../../keepers/src/chain/follow.ts";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { chainCursor, chainUndo, deals, outbox, pieces } from "../../keepers/src/store/schema.ts";
import { end } from "../../sdk/src/deal-ends.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { startOf } from "../../sdk/src/periods.ts";
import { CUSTOMER } from "../helpers/story.ts";
import { requestFor, runUntil, smallSite, startWorld, until, upload, type World, waitIdle } from "./helpers/world.ts";

let world: World;
let keeper: Keeper;
let store: Store;
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start({ schema: "reorganised" });
  store = openStore(world.postgres.url, "reorganised", { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

/** Replaces the last blocks by as many empty ones. */
async function reorg(depth: number): Promise<void> {
  const request = world.chain.test.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  await request({ method: "anvil_reorg", params: [depth, []] });
}

/** Takes the last blocks away, so that the chain is shorter than what was seen. */
async function rollback(depth: number): Promise<void> {
  const request = world.chain.test.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  await request({ method: "anvil_rollback", params: [depth] });
}

/** Whether the keeper's state is that of the newest block. */
async function isCaughtUp(): Promise<boolean> {
  const [cursor] = await store.db.select().from(chainCursor);
  const { hash } = await world.chain.reader.getBlock();
  return cursor?.blockHash === hash;
}

/** The outbox's rows of these keys, once all of them are mined. */
async function minedRows(keys: readonly string[]) {
  const rows = await store.db.select().from(outbox).orderBy(outbox.nonce);
  const found = rows.filter(({ key, status }) => keys.includes(key) && status === "mined");
  return found.length === keys.length ? found : undefined;
}

const deal = (dealId: bigint) => getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });
const isAdded = async (dealId: bigint) => {
  const { status, liveBytes } = await deal(dealId);
  return status === "active" && liveBytes > 0n;
};

describe("a keeper on a chain that is reorganised", { timeout: 180_000 }, () => {
  it("accepts and adds again what a reorg of three blocks took out, with the same transactions", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 30 });
    await runUntil(world.chain, [keeper.url], async () => (await store.db.select().from(deals)).length > 0);
    await world.chain.test.mine({ blocks: 1 });
    await upload(world, keeper.url, dealId, piece);
    const keys = [`accept:${dealId}`, `add:${dealId}:0`];
    const before = await until(() => minedRows(keys));

    await reorg(3);
    expect(await isAdded(dealId)).toBe(false);
    await runUntil(world.chain, [keeper.url], () => isAdded(dealId));

    const after = await until(() => minedRows(keys));
    expect(after.map(({ nonce, hash }) => ({ nonce, hash }))).toEqual(
      before.map(({ nonce, hash }) => ({ nonce, hash })),
    );
    expect(await store.db.select().from(pieces)).toHaveLength(1);
  });

  it("goes back with a chain that lost its tail, and on with what replaces it", async () => {
    const piece = await smallSite(world);
    await runUntil(world.chain, [keeper.url], isCaughtUp);
    const known = (await store.db.select().from(deals)).length;
    const { dealId } = await requestFor(world, piece);
    await until(async () => (await store.db.select().from(deals)).length === known + 1);

    await rollback(3);
    await until(async () => (await store.db.select().from(deals)).length === known);
    await until(isCaughtUp);
    expect(await store.db.select().from(chainUndo)).not.toHaveLength(0);

    const again = await requestFor(world, piece);
    expect(again.dealId).toBe(dealId);
    await upload(world, keeper.url, dealId, piece);
    await runUntil(world.chain, [keeper.url], () => isAdded(dealId));
  });

  it("keeps the bytes of a request that was taken back, for the chain that has it again", async () => {
    const { chain } = world;
    const piece = await smallSite(world);
    const { dealId, hash } = await requestFor(world, piece);
    const { nonce, gas, input, to, value } = await chain.reader.getTransaction({ hash });
    await upload(world, keeper.url, dealId, piece);
    await runUntil(chain, [keeper.url], () => isAdded(dealId));
    const head = Number(await chain.reader.getBlockNumber());
    const { blockNumber } = await chain.reader.getTransactionReceipt({ hash });

    await rollback(head - Number(blockNumber) + 1);
    await runUntil(chain, [keeper.url], isCaughtUp);
    await chain.test.mine({ blocks: UNDO_DEPTH_BLOCKS / 2 });
    await runUntil(chain, [keeper.url], isCaughtUp);
    await expect(deal(dealId)).rejects.toThrow();
    await waitIdle(chain, keeper.url);

    await chain.walletOf(CUSTOMER).sendTransaction({ nonce, gas, data: input, to, value });
    await runUntil(chain, [keeper.url], () => isAdded(dealId));
    const response = await fetch(`${keeper.url}/ipfs/${piece.cid}?format=car`);
    expect(Buffer.from(await response.arrayBuffer()).equals(await readFile(piece.path))).toBe(true);
  });

  it("leaves pieces under proof while what ended their deal can be taken back", async () => {
    const { chain } = world;
    const { parameters } = chain.deployment;
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 30 });
    await upload(world, keeper.url, dealId, piece);
    await runUntil(chain, [keeper.url], () => isAdded(dealId));
    const height = Number(await chain.reader.getBlockNumber());
    await end(chain.walletOf(CUSTOMER), { deployment: chain.deployment, dealId });
    const { endPeriod } = await deal(dealId);
    await chain.goTo(startOf(parameters, endPeriod + 1));
    await runUntil(chain, [keeper.url], isCaughtUp);
    await runUntil(chain, [keeper.url], async () => (await deal(dealId)).status === "finished");

    await rollback(Number(await chain.reader.getBlockNumber()) - height);
    await runUntil(chain, [keeper.url], isCaughtUp);
    await chain.test.mine({ blocks: 3 });
    await runUntil(chain, [keeper.url], isCaughtUp);
    expect(await isAdded(dealId)).toBe(true);
  });

  it("has the same state afterwards as one that reads everything anew", async () => {
    await runUntil(world.chain, [keeper.url], isCaughtUp);
    const second = await world.start({ schema: "fresh", role: "watcher", provider: undefined });
    const fresh = openStore(world.postgres.url, "fresh", { onError: () => undefined });
    try {
      await until(async () => {
        const [[a], [b]] = await Promise.all([
          store.db.select().from(chainCursor),
          fresh.db.select().from(chainCursor),
        ]);
        return a?.blockHash === b?.blockHash;
      });
      const [ours, theirs] = await Promise.all([store.db.select().from(deals), fresh.db.select().from(deals)]);
      const byId = <T extends { dealId: bigint }>(rows: T[]) => rows.sort((a, b) => Number(a.dealId - b.dealId));
      expect(byId(ours)).toEqual(byId(theirs));
      const [slots, others] = await Promise.all([store.db.select().from(pieces), fresh.db.select().from(pieces)]);
      expect(slots.sort((a, b) => a.slot - b.slot)).toEqual(others.sort((a, b) => a.slot - b.slot));
    } finally {
      await second.stop();
      await fresh.close();
    }
  });
});
