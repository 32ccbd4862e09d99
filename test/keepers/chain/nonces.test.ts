import pg from "pg";
import { pino } from "pino";
import { encodeFunctionData, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../keepers/src/chain/contracts.ts";
import { createNonceGuard, type Foreign } from "../../../keepers/src/chain/nonces.ts";
import { adopt } from "../../../keepers/src/commands/adopt.ts";
import { type Keeper, startKeeper } from "../../../keepers/src/keeper.ts";
import { migrateStore, openStore, type Store } from "../../../keepers/src/store/database.ts";
import { createNonceBook } from "../../../keepers/src/store/nonces.ts";
import { outbox } from "../../../keepers/src/store/schema.ts";
import { getDeal } from "../../../sdk/src/deals.ts";
import { dealMarketAbi } from "../../../sdk/src/generated/abis.ts";
import { LOCAL_ACCOUNTS, localAccount } from "../../helpers/local-chain.ts";
import { requestFor, runUntil, smallSite, startWorld, until, upload, type World } from "../helpers/world.ts";

let world: World;
const stores: Store[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await world?.stop();
});

let nextAccount = 30;

/** An account of its own with a guard that has cleared it, and a book to make others from. */
async function setup() {
  const { chain, postgres } = world;
  const wallet = chain.walletOf(nextAccount++);
  await chain.test.setBalance({ address: wallet.account.address, value: parseEther("10") });
  const store = openStore(postgres.url, `nonces_${nextAccount}`, { onError: () => undefined });
  stores.push(store);
  await migrateStore(store);
  const book = createNonceBook(store.db, wallet.account.address);
  const told: Foreign[] = [];
  const client = createClient(chain.deployment.chainId, chain.rpcUrl);
  const account = wallet.account.address;
  const create = () =>
    createNonceGuard({ client, account, book, periodSeconds: 20, onForeign: (foreign) => told.push(...foreign) });
  const look = async (guard: ReturnType<typeof create>, { laterSeconds = 0 } = {}) => {
    const { number, hash, timestamp } = await chain.reader.getBlock();
    const used = await chain.reader.getTransactionCount({ address: account, blockNumber: number });
    return guard.check(used, { number: Number(number), hash, at: Number(timestamp) + laterSeconds });
  };
  const used = () => chain.reader.getTransactionCount({ address: account });
  const mined = async (send: Promise<`0x${string}`>) => chain.reader.waitForTransactionReceipt({ hash: await send });
  return {
    book,
    told,
    create,
    look,
    used,
    /** What its owner might do by hand. */
    transfer: () => mined(wallet.sendTransaction({ to: account, value: 1n })),
    /** What only a keeper does; whether the contract likes it does not matter. */
    duty: () => {
      const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "expire", args: [4_711n] });
      return mined(wallet.sendTransaction({ to: chain.deployment.contracts.DealMarket, data, gas: 200_000n }));
    },
  };
}

describe("a nonce guard", () => {
  it("refuses an account that was used before this database knew it, whatever it was used for", async () => {
    const { create, look, transfer, book } = await setup();
    await transfer();
    const guard = create();
    expect(await look(guard)).toMatchObject({ may: false, reason: expect.stringContaining("knows of none") });
    expect(guard.isCleared()).toBe(false);
    await book.adopt(1, null);
    expect(await look(guard)).toEqual({ may: true });
  });

  it("refuses when it arrives and a keeper's call was made meanwhile, and names it", async () => {
    const { create, look, duty, told } = await setup();
    expect(await look(create())).toEqual({ may: true });
    const { transactionHash } = await duty();
    const refusal = await look(create());
    expect(refusal).toMatchObject({ may: false, reason: expect.stringContaining("expire in block") });
    expect(refusal).toMatchObject({ reason: expect.stringContaining(transactionHash) });
    expect(told).toEqual([]);
  });

  it("counts a long absence as an arrival", async () => {
    const { create, look, duty } = await setup();
    const guard = create();
    await look(guard);
    await duty();
    expect(await look(guard, { laterSeconds: 60 })).toMatchObject({ may: false });
  });

  it("goes on, and tells once, when a keeper's call is made while it watches", async () => {
    const { create, look, duty, told } = await setup();
    const guard = create();
    await look(guard);
    await duty();
    expect(await look(guard)).toEqual({ may: true });
    expect(await look(guard)).toEqual({ may: true });
    expect(told).toMatchObject([{ nonce: 0, kind: "duty" }]);
  });

  it("refuses that soon after an operator vouched for the account", async () => {
    const { create, look, duty, book } = await setup();
    const { timestamp } = await world.chain.reader.getBlock();
    await book.adopt(0, Number(timestamp));
    const guard = create();
    await look(guard);
    await duty();
    expect(await look(guard)).toMatchObject({ may: false });
  });

  it("never minds what an owner sends by hand", async () => {
    const { create, look, transfer, told } = await setup();
    await look(create());
    await transfer();
    await transfer();
    expect(await look(create())).toEqual({ may: true });
    expect(told.map(({ nonce, kind }) => [nonce, kind])).toEqual([
      [1, "other"],
      [0, "other"],
    ]);
    expect(await look(create())).toEqual({ may: true });
    expect(told).toHaveLength(2);
  });
});

describe("two databases with one key", { timeout: 240_000 }, () => {
  const operator = localAccount(LOCAL_ACCOUNTS.operators[0]);
  const refusalOf = async ({ url }: Keeper) => {
    const answer = (await (await fetch(`${url}/healthz`)).json()) as { status: string; refusal?: string };
    return answer.status === "refusing" && answer.refusal;
  };

  it("the second refuses and says so, the first goes on, and a takeover is possible once the first has ended", async () => {
    const { chain, postgres } = world;
    const { deployment } = chain;
    const first = await world.start();
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 60 });
    await upload(world, first.url, dealId, piece);
    const deal = () => getDeal(chain.reader, { deployment, dealId });
    await runUntil(chain, [first.url], async () => (await deal()).liveBytes > 0n);

    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query("create database elsewhere");
    await admin.end();
    const databaseUrl = Object.assign(new URL(postgres.url), { pathname: "/elsewhere" }).href;
    const config = world.config({ databaseUrl, schema: "elsewhere" });
    const start = () => startKeeper({ config, deployment, account: operator, log: pino({ level: "silent" }) });
    const second = await start();
    const store = openStore(databaseUrl, "elsewhere", { onError: () => undefined });
    stores.push(store);
    try {
      await chain.test.mine({ blocks: 1 });
      expect(await until(() => refusalOf(second))).toContain("knows of none");
      const settled = async () => (await deal()).earned > 0n;
      await runUntil(chain, [first.url], settled); // periods go by: recorded, proven, settled by the first
      expect(await store.db.select().from(outbox)).toEqual([]);
      const metrics = await (await fetch(`${second.url}/metrics`)).text();
      expect(metrics).toMatch(/^keeper_refusing\{.*\} 1$/m);

      // An operator is wrong about the first one: the second notices within periods, and the first has not stopped.
      expect((await adopt({ config, deployment, account: operator.address }, true)).isDone).toBe(true);
      await chain.test.mine({ blocks: 1 });
      await until(async () => (await refusalOf(second)) === false);
      await runUntil(chain, [first.url], () => refusalOf(second));
      expect(await refusalOf(first)).toBe(false);

      await first.stop();
      const { findings } = await adopt({ config, deployment, account: operator.address }, false);
      expect(findings.join()).toContain("used");
      await adopt({ config, deployment, account: operator.address }, true);
      const before = await chain.reader.getTransactionCount({ address: operator.address });
      await runUntil(chain, [second.url], async () => {
        const count = await chain.reader.getTransactionCount({ address: operator.address });
        return count > before + 1;
      });
      expect(await refusalOf(second)).toBe(false);
    } finally {
      await second.stop();
    }
  });
});
