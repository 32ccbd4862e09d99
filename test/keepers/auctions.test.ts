import { erc20Abi, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../keepers/src/chain/contracts.ts";
import { checkAuctions } from "../../keepers/src/commands/checks/auctions.ts";
import { describeStatus } from "../../keepers/src/commands/status.ts";
import { worthOf } from "../../keepers/src/domain/auctions.ts";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { outbox } from "../../keepers/src/store/schema.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { getFeeLot } from "../../sdk/src/fees.ts";
import { erc20PermitAbi, feeRouterAbi, ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { LOCAL_ACCOUNTS, localAccount } from "../helpers/local-chain.ts";
import { runUntil, startWorld, type World } from "./helpers/world.ts";

const TOKEN = 1;
const TEN = 10_000_000n;
/** An EVER is worth a tenth of the token. */
const EVER_PRICE = 100_000n;
const AUCTIONS = {
  everPrices: { "1": `${EVER_PRICE}` },
  maxLotEver: `${parseEther("60")}`,
  minLotEver: `${parseEther("5")}`,
};
const SAME = { role: "watcher", provider: undefined, schema: "auctions", dataDir: "data-auctions", auctions: AUCTIONS };
const WATCHER = localAccount(LOCAL_ACCOUNTS.watcher).address;

let world: World;
let keeper: Keeper;
let store: Store;
beforeAll(async () => {
  world = await startWorld();
  const { deployment } = world.chain;
  await claimFaucet(world.chain.walletOf(10), { deployment });
  await claimFaucet(world.chain.walletOf(10), { deployment, to: WATCHER });
  keeper = await world.start(SAME);
  store = openStore(world.postgres.url, SAME.schema, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

function routerOf() {
  const { FeeRouter } = world.chain.deployment.contracts;
  if (!FeeRouter) throw new Error("no router");
  return FeeRouter;
}

/** Fees come in, as if deals had paid them. */
async function pay(amount: bigint) {
  const { chain } = world;
  const { Ledger, PaymentToken } = chain.deployment.contracts;
  const payer = chain.walletOf(10);
  const send = async (request: object) => {
    const hash = await payer.writeContract(request as never);
    await chain.reader.waitForTransactionReceipt({ hash });
  };
  await send({ address: PaymentToken, abi: erc20PermitAbi, functionName: "approve", args: [Ledger, amount] });
  await send({ address: Ledger, abi: ledgerAbi, functionName: "deposit", args: [routerOf(), TOKEN, amount] });
}

const lot = () => getFeeLot(world.chain.reader, { deployment: world.chain.deployment, tokenId: TOKEN });
const held = (token: `0x${string}`) =>
  world.chain.reader.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [WATCHER] });
const sent = async () =>
  (await store.db.select().from(outbox)).map(({ key }) => key).filter((key) => key.startsWith("bid:"));
const sale = async () => {
  const events = await world.chain.reader.getContractEvents({
    address: routerOf(),
    abi: feeRouterAbi,
    eventName: "LotSold",
    fromBlock: 0n,
  });
  return events.at(-1)?.args;
};

describe("the duty bid", { timeout: 240_000 }, () => {
  it("leaves alone what is worth less than the operator looks at", async () => {
    await pay(100_000n); // worth 0.8 EVER once a fifth is insured
    const { reader } = world.chain;
    const until = (await reader.getBlockNumber()) + 8n;
    await runUntil(world.chain, [keeper.url], async () => (await reader.getBlockNumber()) >= until);
    expect((await lot()).lotId).toBe(0n);
    expect(await sent()).toEqual([]);
  });

  it("collects what makes a lot, waits until its price has fallen, allows one lot's most, and buys for no more than it is worth", async () => {
    const { PaymentToken, EverToken } = world.chain.deployment.contracts;
    const [before, dollars] = [await held(EverToken), await held(PaymentToken)];
    await pay(TEN);
    await runUntil(world.chain, [keeper.url], async () => (await lot()).lotId === 1n);
    const { amount } = await lot();
    const worth = worthOf(amount, EVER_PRICE);
    expect(worth).toBeGreaterThan(parseEther("60")); // the operator's most for one lot binds
    await runUntil(world.chain, [keeper.url], async () => (await lot()).amount === 0n);

    const sold = await sale();
    expect(sold).toMatchObject({ lotId: 1n, buyer: WATCHER, to: WATCHER, amount });
    expect(sold?.price).toBeLessThanOrEqual(parseEther("60"));
    expect(before - (await held(EverToken))).toBe(sold?.price);
    expect((await held(PaymentToken)) - dollars).toBe(amount);
    expect(await sent()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^bid:1:0:collect/),
        expect.stringMatching(/^bid:1:1:approve/),
        expect.stringMatching(/^bid:1:1:buy/),
      ]),
    );
    expect(await sent()).toHaveLength(3);
  });

  it("goes on with the next lot, for what its fees are worth", async () => {
    await pay(TEN / 2n);
    await runUntil(world.chain, [keeper.url], async () => (await sale())?.lotId === 2n);
    const sold = await sale();
    expect(sold?.price).toBeLessThanOrEqual(worthOf(sold?.amount ?? 0n, EVER_PRICE));
  });

  it("is told by status and by the metrics", async () => {
    const { deployment } = world.chain;
    const about = { config: world.config(SAME), deployment, account: WATCHER };
    expect(await describeStatus(about, false)).toContain("buys fees in token 1, for at most 60 EVER a lot");
    expect(JSON.parse(await describeStatus(about, true)).bids).toEqual({
      tokenIds: [1],
      maxLotEver: AUCTIONS.maxLotEver,
    });
    const metrics = await (await fetch(`${keeper.url}/metrics`)).text();
    expect(metrics).toMatch(/^keeper_transactions_total\{kind="bid",status="mined".*\} [1-9]/m);
    expect(metrics).toMatch(/^keeper_ever_balance\{.*\} \d/m);
    expect(metrics).toMatch(/^keeper_bid_state\{token="1",state="empty".*\} 1$/m);
    expect(metrics).toMatch(/^keeper_bid_state\{token="1",state="limited".*\} 0$/m);
    expect(metrics).toMatch(/^keeper_lot_worth_ever\{token="1".*\} 0$/m);
    expect(metrics).toMatch(/^keeper_scrape_failed\{.*\} 0$/m);
  });

  it("is told by doctor, with what is wrong with its means", async () => {
    const { chain } = world;
    const { deployment } = chain;
    const look = (auctions: object, account = WATCHER) =>
      checkAuctions({
        client: createClient(deployment.chainId, chain.rpcUrl),
        config: world.config({ ...SAME, auctions }),
        deployment,
        account,
      });
    expect(await look(AUCTIONS)).toMatchObject({ state: "ok", detail: expect.stringContaining("at most 60 EVER") });
    expect(await look({ ...AUCTIONS, maxLotEver: "1" })).toMatchObject({
      state: "warning",
      advice: expect.stringContaining("Raise auctions.maxLotEver"),
    });
    expect(await look(AUCTIONS, localAccount(90).address)).toMatchObject({
      state: "warning",
      advice: expect.stringContaining("Send EVER to"),
    });
  });
});
