import { keccak256, type PublicClient, parseEther, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRewards } from "../../keepers/src/commands/checks/rewards.ts";
import { describeStatus } from "../../keepers/src/commands/status.ts";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { outbox, recordedFees } from "../../keepers/src/store/schema.ts";
import { getChannel, openChannel, redeemVouchers, termsOf } from "../../sdk/src/channels/channels.ts";
import { signVoucher } from "../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { buyLot, collectFees, getFeeLot } from "../../sdk/src/fees.ts";
import { rewardPoolAbi, usageChannelsAbi } from "../../sdk/src/generated/abis.ts";
import { getEpoch, getReward, listDueRewards } from "../../sdk/src/rewards.ts";
import { delegate, getDelegation, getStake, listTranches, thaw, undelegate } from "../../sdk/src/stakes.ts";
import { localAccount } from "../helpers/local-chain.ts";
import { isIdle, runUntil, startWorld, until, type World } from "./helpers/world.ts";

const DOLLAR = 1_000_000n;
const HOSTING = keccak256(toHex("hosting"));
/** A coin is a hundred EVER: rewards of some hundredths of an EVER are worth a local chain's gas. */
const REWARDS = { everPerCoin: parseEther("100").toString(), worth: 1, withdrawFor: "delegators" };
const SAME = { schema: "rewards", dataDir: "data-rewards", rewards: REWARDS };

let world: World;
let keeper: Keeper;
let store: Store;
let index = 30; // each payer and delegator is another one
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start(SAME);
  store = openStore(world.postgres.url, SAME.schema, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

const poolOf = () => {
  const { RewardPool, UsageChannels } = world.chain.deployment.contracts;
  if (!RewardPool || !UsageChannels) throw new Error("the local deployment has both");
  return { address: RewardPool, abi: rewardPoolAbi, channels: UsageChannels } as const;
};

/** A channel, to the keeper's provider unless to somebody else, of which all was redeemed. Gives its number. */
async function paidChannel(amount: bigint, payee = world.provider.account.address): Promise<bigint> {
  const { chain, token } = world;
  const { deployment } = chain;
  const payer = chain.walletOf(index++);
  await claimFaucet(payer, { deployment });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const { channelId } = await openChannel(payer, {
    deployment,
    payee,
    serviceId: HOSTING,
    tokenId: token.tokenId,
    amount,
    expiresAt: (await chain.now()) + 36_000,
    sessionKey: sessionKey.address,
  });
  const terms = termsOf(deployment, await getChannel(chain.reader, { deployment, channelId }));
  const voucher = await signVoucher(sessionKey, terms, { cumulative: amount, usageRoot: HOSTING });
  await redeemVouchers(payer, { deployment, vouchers: [voucher] });
  return channelId;
}

const recordedOf = (channelId: bigint) => {
  const { channels, ...pool } = poolOf();
  return world.chain.reader.readContract({ ...pool, functionName: "recordedOf", args: [channels, channelId] });
};

/** Sells fees that somebody else's customers paid, nine dollars of them, at the beginning of an epoch. */
async function burnFees(): Promise<void> {
  const { chain, token } = world;
  const channelId = await paidChannel(900n * DOLLAR, localAccount(70).address);
  const { deployment } = chain;
  const buyer = chain.walletOf(index++);
  await claimFaucet(buyer, { deployment });
  const { channels: address } = poolOf();
  const hash = await buyer.writeContract({
    address,
    abi: usageChannelsAbi,
    functionName: "sweepFee",
    args: [channelId],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  await collectFees(buyer, { deployment, tokenId: token.tokenId });
  const { startedAt } = await getFeeLot(chain.reader, { deployment, tokenId: token.tokenId });
  const { endsAt } = await getEpoch(chain.reader, { deployment });
  await chain.goTo(Math.max(endsAt, startedAt + 140));
  const { lotId } = await getFeeLot(chain.reader, { deployment, tokenId: token.tokenId });
  await buyLot(buyer, { deployment, tokenId: token.tokenId, lotId, maxPrice: parseEther("1000") });
}

const callsOf = async (kind: string) =>
  (await store.db.select().from(outbox)).filter(({ key }) => key.startsWith(kind));
const status = async () => {
  const account = localAccount(1).address;
  return describeStatus({ config: world.config(SAME), deployment: world.chain.deployment, account }, false);
};

describe("rewards", { timeout: 240_000 }, () => {
  it("are not fetched for while nothing is burned: the fees wait", async () => {
    const channelId = await paidChannel(20n * DOLLAR);
    for (let blocks = 0; blocks < 30; blocks++) {
      await world.chain.test.mine({ blocks: 1 });
      await until(() => isIdle(world.chain, keeper.url));
    }
    expect(await recordedOf(channelId)).toBe(0n);
    expect(await callsOf("sweep-fee:")).toEqual([]);
  });

  it("come for fees that are swept and recorded once something was burned, and are claimed after the epoch", async () => {
    const { chain, provider, token } = world;
    const { deployment } = chain;
    const channels = [await paidChannel(300n * DOLLAR), await paidChannel(200n * DOLLAR)];
    await burnFees();
    const recorded = () => Promise.all(channels.map(recordedOf));
    await runUntil(chain, [keeper.url], async () => (await recorded()).every((fees) => fees > 0n));
    expect(await recorded()).toEqual([3_000_000n, 2_000_000n]);
    expect((await callsOf("sweep-fee:")).length).toBeGreaterThanOrEqual(2);
    const { epoch } = await getEpoch(chain.reader, { deployment });
    const asked = { deployment, provider: provider.account.address, epoch, tokenId: token.tokenId };
    const { reward } = await getReward(chain.reader, asked);
    expect(reward > 0n).toBe(true);

    const before = await getStake(chain.reader, { deployment, provider: provider.account.address });
    await runUntil(chain, [keeper.url], async () => (await callsOf("claim:")).some((call) => call.status === "mined"));
    const after = await getStake(chain.reader, { deployment, provider: provider.account.address });
    expect(after.active - before.active).toBe(reward);
    expect((await callsOf("claim:")).map(({ key }) => key)).toEqual([`claim:${epoch}:${token.tokenId}`]);
    expect((await callsOf("record-fees:")).map((call) => call.status)).not.toContain("reverted");
  });

  it("are looked for again where a reorganisation took the record out", async () => {
    const { chain } = world;
    const channelId = await paidChannel(500n * DOLLAR);
    await burnFees();
    await runUntil(chain, [keeper.url], async () => (await recordedOf(channelId)) > 0n);
    await runUntil(chain, [keeper.url], async () =>
      (await store.db.select().from(recordedFees)).some(({ id }) => id === channelId),
    );
    const [row] = (await callsOf("record-fees:")).filter(({ label }) => label.endsWith(` ${channelId}`));
    const height = Number(await chain.reader.getBlockNumber());
    const request = chain.test.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
    await request({ method: "anvil_rollback", params: [height - (row?.blockNumber ?? height) + 1] });
    expect(await recordedOf(channelId)).toBe(0n);
    await chain.test.mine({ blocks: 1 });
    await runUntil(chain, [keeper.url], async () => (await recordedOf(channelId)) > 0n);
    expect(await recordedOf(channelId)).toBe(5_000_000n);
  });

  it("that nobody claims are told by status, metrics and doctor", async () => {
    const { chain, provider, token } = world;
    const { deployment } = chain;
    const channelId = await paidChannel(400n * DOLLAR);
    await burnFees();
    await runUntil(chain, [keeper.url], async () => (await recordedOf(channelId)) > 0n);
    await keeper.stop();
    // Recording is over; from now on the keeper finds the gas too dear for a claim.
    const dear = { ...SAME, rewards: { ...REWARDS, everPerCoin: parseEther("1000000000").toString() } };
    const { endsAt } = await getEpoch(chain.reader, { deployment });
    await chain.goTo(endsAt + 1);
    keeper = await world.start(dear);
    const asked = { deployment, provider: provider.account.address, tokenIds: [token.tokenId] };
    const due = await listDueRewards(chain.reader, asked); // of the epoch before, too, where the keeper was stopped first
    await runUntil(chain, [keeper.url], async () => (await status()).includes("can be claimed"));
    for (const { epoch } of due) {
      expect(await status()).toContain(`can be claimed for the fees in token ${token.tokenId} of epoch ${epoch}`);
    }
    expect(due).not.toEqual([]);
    const metrics = await (await fetch(`${keeper.url}/metrics`)).text();
    expect(metrics).toMatch(/keeper_rewards_waiting_ever\{[^}]*\} 0?\.?\d/);
    expect(metrics).toMatch(/keeper_rewards_waiting_epochs\{[^}]*\} 0/);
    expect(await listDueRewards(chain.reader, asked)).toEqual(due);

    const look = (settings: object, waiting: Parameters<typeof checkRewards>[1] = []) =>
      checkRewards(
        {
          config: world.config(settings),
          deployment,
          account: localAccount(1).address,
          client: chain.reader as PublicClient,
        },
        waiting,
      );
    const reward = { epoch: 3n, tokenId: 1, amount: parseEther("2") };
    expect(await look(SAME, [{ ...reward, waitedEpochs: 1 }])).toEqual({
      state: "ok",
      detail: "2 EVER can be claimed",
    });
    expect(await look(SAME, [{ ...reward, waitedEpochs: 2 }])).toMatchObject({ state: "warning" });
    expect(await look({})).toMatchObject({ state: "ok", detail: expect.stringContaining("none are fetched") });

    await keeper.stop();
    keeper = await world.start(SAME);
    await runUntil(chain, [keeper.url], async () => (await listDueRewards(chain.reader, asked)).length === 0);
  });
});

describe("thawed stake", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await keeper.stop(); // whatever the last test left
    keeper = await world.start(SAME);
  });

  it("is paid out to the provider and its delegators, each its own, and dust stays", async () => {
    const { chain, provider: wallet } = world;
    const { deployment } = chain;
    const provider = wallet.account.address;
    const [delegator, small] = [chain.walletOf(index++), chain.walletOf(index++)];
    for (const each of [delegator, small]) {
      await claimFaucet(each, { deployment });
      await delegate(each, { deployment, provider, amount: parseEther("20") });
    }
    const { shares } = await getDelegation(chain.reader, {
      deployment,
      provider,
      delegator: delegator.account.address,
    });
    await undelegate(delegator, { deployment, provider, shares });
    await undelegate(small, { deployment, provider, shares: 1_000n });
    await thaw(wallet, { deployment, amount: parseEther("5") });
    const thawing = (account: typeof provider) => listTranches(chain.reader, { deployment, provider, account });
    const [last] = (await thawing(provider)).slice(-1);
    await chain.goTo((last?.thawsAt ?? 0) - 1);
    await until(() => isIdle(chain, keeper.url));
    expect(await thawing(delegator.account.address)).toHaveLength(1);

    await runUntil(
      chain,
      [keeper.url],
      async () => (await thawing(provider)).length + (await thawing(delegator.account.address)).length === 0,
    );
    expect(await thawing(small.account.address)).toHaveLength(1);
    const paid = await callsOf("withdraw-stake:");
    expect(paid.map((call) => call.status)).toEqual(["mined", "mined"]);
  });
});
