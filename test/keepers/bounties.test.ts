import { type Address, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { outbox } from "../../keepers/src/store/schema.ts";
import { getExitBounty, offerExitBounty, suggestExitBounty, takeBackExitBounty } from "../../sdk/src/exit-bounties.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { delegate, getDelegation, listTranches, stake, undelegate } from "../../sdk/src/stakes.ts";
import { isIdle, runUntil, startWorld, until, type World } from "./helpers/world.ts";

const SAME = { schema: "bounties", dataDir: "data-bounties", exits: { worth: 2, leastWei: "1000" } };
const TWENTY = parseEther("20");

let world: World;
let keeper: Keeper;
let store: Store;
let provider: Address; // somebody else's, whom no keeper knows
let index = 30; // each delegator is another one
beforeAll(async () => {
  world = await startWorld();
  const { chain } = world;
  const wallet = chain.walletOf(29);
  provider = wallet.account.address;
  await claimFaucet(wallet, { deployment: chain.deployment });
  await stake(wallet, { deployment: chain.deployment, amount: TWENTY });
  keeper = await world.start(SAME);
  store = openStore(world.postgres.url, SAME.schema, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

const calls = async () => (await store.db.select().from(outbox)).filter(({ key }) => key.startsWith("execute-exit:"));
const thawing = (account: Address) =>
  listTranches(world.chain.reader, { deployment: world.chain.deployment, provider, account });

/** Somebody who thaws twenty EVER, and when it has thawed. */
async function leaver() {
  const { chain } = world;
  const { deployment } = chain;
  const wallet = chain.walletOf(index++);
  const account = wallet.account.address;
  await claimFaucet(wallet, { deployment });
  await delegate(wallet, { deployment, provider, amount: TWENTY });
  const { shares } = await getDelegation(chain.reader, { deployment, provider, delegator: account });
  await undelegate(wallet, { deployment, provider, shares });
  const [tranche] = await thawing(account);
  const promise = (amountWei: bigint) => offerExitBounty(wallet, { deployment, provider, tranche: 0, amountWei });
  return { wallet, account, promise, thawsAt: tranche?.thawsAt ?? 0 };
}

describe("bounties for exits", { timeout: 240_000 }, () => {
  it("are earned at any provider once the stake has thawed, each once; those below their gas are left", async () => {
    const { chain } = world;
    const { deployment } = chain;
    const [rich, poor, silent, wary] = [await leaver(), await leaver(), await leaver(), await leaver()];
    const worthwhile = await suggestExitBounty(chain.reader);
    await rich.promise(worthwhile);
    await poor.promise(1_000n);
    await wary.promise(worthwhile);
    await chain.goTo(rich.thawsAt - 60);
    await until(() => isIdle(chain, keeper.url));
    expect(await calls()).toEqual([]);
    await takeBackExitBounty(wary.wallet, { deployment, provider });

    await chain.goTo(wary.thawsAt);
    await runUntil(chain, [keeper.url], async () => (await thawing(rich.account)).length === 0);
    const bounty = { deployment, provider, account: rich.account };
    expect((await getExitBounty(chain.reader, bounty)).amountWei).toBe(0n);
    for (let blocks = 0; blocks < 10; blocks++) {
      await chain.test.mine({ blocks: 1 });
      await until(() => isIdle(chain, keeper.url));
    }
    for (const { account } of [poor, silent, wary]) expect(await thawing(account)).toHaveLength(1);
    expect((await calls()).map(({ key, status }) => [key, status])).toEqual([
      [`execute-exit:${provider}:${rich.account}:0`, "mined"],
    ]);
  });

  it("are earned again where a reorganisation took the execution out", async () => {
    const { chain } = world;
    const { account, promise, thawsAt } = await leaver();
    await promise(await suggestExitBounty(chain.reader));
    await chain.goTo(thawsAt);
    await runUntil(chain, [keeper.url], async () =>
      (await calls()).some(({ key, status }) => key.includes(account) && status === "mined"),
    );
    const row = (await calls()).find(({ key }) => key.includes(account));
    const height = Number(await chain.reader.getBlockNumber());
    const request = chain.test.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
    await request({ method: "anvil_rollback", params: [height - (row?.blockNumber ?? height) + 1] });
    expect(await thawing(account)).toHaveLength(1);
    await chain.test.mine({ blocks: 1 });
    await runUntil(chain, [keeper.url], async () => (await thawing(account)).length === 0);
    expect((await calls()).filter(({ key }) => key.includes(account))).toHaveLength(1);
  });

  it("of before a start are found by the contract's events", async () => {
    const { chain } = world;
    await keeper.stop();
    const { account, promise, thawsAt } = await leaver();
    await promise(await suggestExitBounty(chain.reader));
    await chain.goTo(thawsAt);
    keeper = await world.start(SAME);
    await runUntil(chain, [keeper.url], async () => (await thawing(account)).length === 0);
  });

  it("are earned by nobody whose configuration does not ask for it", async () => {
    const { chain } = world;
    await keeper.stop();
    keeper = await world.start({ ...SAME, exits: undefined });
    const { account, promise, thawsAt } = await leaver();
    const before = (await calls()).length;
    await promise(await suggestExitBounty(chain.reader));
    await chain.goTo(thawsAt);
    for (let blocks = 0; blocks < 10; blocks++) {
      await chain.test.mine({ blocks: 1 });
      await until(() => isIdle(chain, keeper.url));
    }
    expect(await thawing(account)).toHaveLength(1);
    expect(await calls()).toHaveLength(before);
  });
});
