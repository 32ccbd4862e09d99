import { erc20Abi, type Hex, parseEventLogs, toFunctionSelector } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { outbox } from "../../keepers/src/store/schema.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { ledgerAbi, possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { periodAt, startOf } from "../../sdk/src/periods.ts";
import { setOperator } from "../../sdk/src/providers.ts";
import { LOCAL_ACCOUNTS } from "../helpers/local-chain.ts";
import { MIB } from "../helpers/story.ts";
import { startRpcProxy } from "./helpers/proxy.ts";
import { healthOf, requestFor, runUntil, smallSite, startWorld, until, upload, type World } from "./helpers/world.ts";

const SELECTORS = {
  settle: toFunctionSelector("settle(uint256)"),
  withdraw: toFunctionSelector("withdraw(address,uint32,uint256)"),
};
const SAME = { schema: "duties", dataDir: "data-duties" };
/** Somebody who has nothing yet. */
const PAYOUT = privateKeyToAccount(`0x${"77".repeat(32)}`).address;

let world: World;
let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
let keeper: Keeper;
let store: Store;
beforeAll(async () => {
  world = await startWorld();
  proxy = await startRpcProxy(world.chain.rpcUrl);
  keeper = await world.start({ ...SAME, rpcUrl: proxy.url, accept: { maxDealBytes: Number(20n * MIB) } });
  store = openStore(world.postgres.url, SAME.schema, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
  await proxy?.stop();
});

const deal = (dealId: bigint) => getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });
const setOf = (setId: number) =>
  world.chain.reader.readContract({
    address: world.chain.deployment.contracts.PossessionProofs,
    abi: possessionProofsAbi,
    functionName: "setOf",
    args: [BigInt(setId)],
  });

/** A deal with its piece under proof. */
async function running(options?: Parameters<typeof requestFor>[2]): Promise<bigint> {
  const piece = await smallSite(world);
  const { dealId } = await requestFor(world, piece, options);
  await upload(world, keeper.url, dealId, piece);
  await runUntil(world.chain, [keeper.url], async () => {
    const { status, liveBytes } = await deal(dealId);
    return status === "active" && liveBytes > 0n;
  });
  return dealId;
}

/** Outbox rows whose keys begin so, in the order in which they were asked for. */
async function callsOf(prefix: string) {
  const rows = await store.db.select().from(outbox).orderBy(outbox.id);
  return rows.filter(({ key }) => key.startsWith(prefix));
}

/** Mines a block a second later, and waits until the keeper has seen it; it may be busy with something that the test holds back. */
async function tick(): Promise<void> {
  const { test, reader } = world.chain;
  await test.increaseTime({ seconds: 1 });
  await test.mine({ blocks: 1 });
  const height = Number(await reader.getBlockNumber());
  await until(async () => (await healthOf(keeper.url)).head.number >= height);
}

/**
 * Keeps a kind of call from the node while periods end and the same is due again, then lets it through. Resolves with the calls that the
 * keeper made of it.
 */
async function heldOverPeriods(selector: Hex, prefix: string) {
  const { chain } = world;
  const { parameters } = chain.deployment;
  const known = (await callsOf(prefix)).length;
  proxy.setGate((passing) => (passing.selector === selector ? "drop" : "pass"));
  while ((await callsOf(prefix)).every(({ status }, i) => i < known || status !== "sent")) await tick();
  await chain.goTo(startOf(parameters, periodAt(parameters, await chain.now()) + 2));
  while ((await healthOf(keeper.url)).busy.filter((key) => key.startsWith(prefix)).length < 2) await tick();

  proxy.setGate(() => "pass");
  while ((await callsOf(prefix)).slice(known).some(({ status }) => status === "queued" || status === "sent"))
    await tick();
  return (await callsOf(prefix)).slice(known);
}

describe("requests that do not fit", { timeout: 120_000 }, () => {
  it("are declined at once, before anything was uploaded, and the customer has everything back", async () => {
    const { dealId } = await requestFor(world, await smallSite(world), { capacityBytes: 30n * MIB });
    await runUntil(world.chain, [keeper.url], async () => (await deal(dealId)).status === "declined");
    expect(await deal(dealId)).toMatchObject({ left: 0n, earned: 0n });
  });
});

describe("money", { timeout: 240_000 }, () => {
  it("is settled by one transaction, also when the next period closes before it is mined", async () => {
    const dealId = await running({ termPeriods: 40 });
    const made = await heldOverPeriods(SELECTORS.settle, `settle:${dealId}:`);
    expect(made.map(({ status }) => status)).toEqual(["mined"]);
    expect((await deal(dealId)).earned).toBeGreaterThan(0n);
  });

  it("goes to the payout address once, from a set whose operator became the provider itself", async () => {
    const { chain, provider, token } = world;
    const { deployment, reader } = chain;
    const dealId = await running({ termPeriods: 40 });
    const { setId } = await deal(dealId);
    await keeper.stop();
    const { account } = provider;
    await setOperator(provider, { deployment, operator: account.address });
    const payout = { address: PAYOUT, thresholds: { [token.tokenId]: "1" } };
    keeper = await world.start({ ...SAME, rpcUrl: proxy.url, payout }, LOCAL_ACCOUNTS.providers[0]);

    await runUntil(chain, [keeper.url], async () => (await setOf(setId)).operator === account.address);
    const made = await heldOverPeriods(SELECTORS.withdraw, "withdraw:");
    // Others follow only when more was earned meanwhile; a second one for the same money would have been refused.
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set(["mined"]));
    const receipts = await Promise.all(made.map(({ hash }) => reader.getTransactionReceipt({ hash: hash ?? "0x" })));
    const logs = receipts.flatMap((receipt) => receipt.logs);
    const moved = parseEventLogs({ abi: ledgerAbi, logs, eventName: "Withdrawn" }).map(({ args }) => args);
    const paid = await reader.readContract({
      address: token.address,
      abi: erc20Abi,
      functionName: "balanceOf",
      args: [PAYOUT],
    });
    expect(moved.every(({ account: from, to }) => from === account.address && to === PAYOUT)).toBe(true);
    expect(moved.reduce((sum, { amount }) => sum + amount, 0n)).toBe(paid);
    expect(paid).toBeGreaterThan(0n);

    // What comes together later is another call.
    await runUntil(chain, [keeper.url], async () => {
      const mined = (await callsOf("withdraw:")).filter(({ status }) => status === "mined");
      return mined.length > made.length;
    });
  });
});

describe("outages", { timeout: 240_000 }, () => {
  it("of the database end no keeper: it seeks the lead again, and goes on", async () => {
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece);
    await world.postgres.restart();
    await until(async () => {
      const { status, leading } = await healthOf(keeper.url);
      return status === "ok" && leading;
    });
    await upload(world, keeper.url, dealId, piece);
    await runUntil(world.chain, [keeper.url], async () => (await deal(dealId)).liveBytes > 0n);
  });

  it("of the node are waited out: what was asked for meanwhile is done once it answers again", async () => {
    const piece = await smallSite(world);
    proxy.setGone(true);
    const { dealId } = await requestFor(world, piece);
    await until(async () =>
      (await fetch(`${keeper.url}/metrics`).then((answer) => answer.text())).includes('where="follow"'),
    );
    proxy.setGone(false);
    await upload(world, keeper.url, dealId, piece);
    await runUntil(world.chain, [keeper.url], async () => (await deal(dealId)).liveBytes > 0n);
  });
});
