import { keccak256, type PublicClient, parseEventLogs, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkVouchers } from "../../keepers/src/commands/checks/vouchers.ts";
import { describeStatus } from "../../keepers/src/commands/status.ts";
import type { WaitingVoucher } from "../../keepers/src/domain/vouchers.ts";
import type { Keeper } from "../../keepers/src/keeper.ts";
import { pruneChannels } from "../../keepers/src/store/channels.ts";
import { openStore, type Store } from "../../keepers/src/store/database.ts";
import { eq } from "../../keepers/src/store/orm.ts";
import { chainCursor, channelChanges, channels, outbox, vouchers } from "../../keepers/src/store/schema.ts";
import { closeChannel, getChannel, openChannel, termsOf, topUpChannel } from "../../sdk/src/channels/channels.ts";
import { deliverVoucher, receiptOf, VoucherNotTaken } from "../../sdk/src/channels/delivery.ts";
import { encodeVoucher, signVoucher } from "../../sdk/src/channels/vouchers.ts";
import type { Deployment } from "../../sdk/src/deployments.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { usageChannelsAbi } from "../../sdk/src/generated/abis.ts";
import { localAccount } from "../helpers/local-chain.ts";
import { isIdle, runUntil, startWorld, until, type World } from "./helpers/world.ts";

const DOLLAR = 1_000_000n;
const HOSTING = keccak256(toHex("hosting"));
const USE = keccak256(toHex("what was used"));
/** A coin is 3,000 tokens: at a local chain's gas price a redemption costs some cents, and some dollars are worth it. */
const VOUCHERS = { coinPrices: { "1": "3000000000" }, marginSeconds: 30 };
const SAME = { schema: "vouchers", dataDir: "data-vouchers", vouchers: VOUCHERS };

let world: World;
let keeper: Keeper;
let store: Store;
let index = 30; // each story has a payer of its own
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start(SAME);
  store = openStore(world.postgres.url, SAME.schema, { onError: () => undefined });
});
afterAll(async () => {
  await store?.close();
  await world?.stop();
});

/** A channel that pays the keeper's provider, or somebody else. */
async function opened({ payee = world.provider.account.address, amount = 100n * DOLLAR, term = 36_000 } = {}) {
  const { chain } = world;
  const { deployment } = chain;
  const payer = chain.walletOf(index++);
  await claimFaucet(payer, { deployment });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const expiresAt = (await chain.now()) + term;
  const opening = { deployment, payee, serviceId: HOSTING, tokenId: world.token.tokenId, amount, expiresAt };
  const { channelId } = await openChannel(payer, { ...opening, sessionKey: sessionKey.address });
  const read = () => getChannel(chain.reader, { deployment, channelId });
  const terms = termsOf(deployment, await read());
  const sign = (cumulative: bigint, by = sessionKey) => signVoucher(by, terms, { cumulative, usageRoot: USE });
  const give = async (cumulative: bigint, endpoint = keeper.url) =>
    await deliverVoucher(await sign(cumulative), { endpoint });
  const redeemed = async () => (await read()).redeemed;
  return { payer, channelId, read, terms, sign, give, redeemed };
}

async function post(channelId: bigint | string, body: unknown) {
  const response = await fetch(`${keeper.url}/channels/${channelId}/vouchers`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as { error?: { code: string; hint: string } }) };
}

/** Lets blocks pass until the keeper has redeemed so much. */
const runUntilRedeemed = (read: () => Promise<bigint>, sum: bigint) =>
  runUntil(world.chain, [keeper.url], async () => (await read()) === sum);

const redemptions = async () => (await store.db.select().from(outbox)).filter(({ key }) => key.startsWith("redeem:"));
/** Where the keeper's state is that of the newest block. */
const caughtUp = () => until(() => isIdle(world.chain, keeper.url));

async function rollback(depth: number): Promise<void> {
  const request = world.chain.test.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  await request({ method: "anvil_rollback", params: [depth] });
}

describe("what is not taken", { timeout: 120_000 }, () => {
  it("is what is no voucher, of no channel of ours, above the cap, of another key, or not more than before", async () => {
    const { channelId, sign, give } = await opened();
    const foreign = await opened({ payee: localAccount(70).address });
    const hex = encodeVoucher(await sign(DOLLAR));
    const refusal = async (id: bigint | string, body: unknown) => {
      const { status, error } = await post(id, body);
      expect(error?.hint).not.toBe("");
      return [status, error?.code];
    };
    expect(await refusal(channelId, {})).toEqual([422, "voucher_malformed"]);
    expect(await refusal(channelId, { voucher: hex.slice(0, -2) })).toEqual([422, "voucher_malformed"]);
    expect(await refusal(channelId, { voucher: hex, more: "x".repeat(2_000) })).toEqual([413, "internal"]);
    expect(await refusal("x1", { voucher: hex })).toEqual([404, "channel_unknown"]);
    const toOther = encodeVoucher(await foreign.sign(DOLLAR));
    expect(await refusal(foreign.channelId, { voucher: toOther })).toEqual([404, "channel_unknown"]);
    expect(await refusal(channelId, { voucher: toOther })).toEqual([422, "voucher_malformed"]);
    const above = encodeVoucher(await sign(101n * DOLLAR));
    expect(await refusal(channelId, { voucher: above })).toEqual([409, "voucher_above_cap"]);
    const forged = encodeVoucher(await sign(DOLLAR, privateKeyToAccount(generatePrivateKey())));
    expect(await refusal(channelId, { voucher: forged })).toEqual([403, "voucher_signature_foreign"]);
    expect((await receiptOf(channelId, { endpoint: keeper.url })).kept).toBe("0");

    expect(await give(10_000n)).toMatchObject({ added: "10000", kept: "10000", redeemed: "0" });
    const again = give(10_000n);
    await expect(again).rejects.toThrow(VoucherNotTaken);
    await expect(again).rejects.toMatchObject({ code: "voucher_not_higher", kept: 10_000n });
    await expect(give(9_999n)).rejects.toMatchObject({ code: "voucher_not_higher" });
    expect(await give(10_001n)).toMatchObject({ added: "1", kept: "10001" });
    expect(await store.db.select().from(vouchers).where(eq(vouchers.channelId, channelId))).toHaveLength(1);
  });

  it("is a voucher of a channel that is closed, or of a token without a price", async () => {
    const { deployment } = world.chain;
    const { channelId, give } = await opened();
    await closeChannel(world.provider, { deployment, channelId });
    await caughtUp();
    await expect(give(DOLLAR)).rejects.toMatchObject({ code: "channel_over" });

    const other = await world.start({ schema: "other_token", vouchers: { coinPrices: { "2": "1" } } }, 71);
    const { give: giveTo } = await opened();
    await expect(giveTo(DOLLAR, other.url)).rejects.toMatchObject({ code: "token_not_taken" });
    await other.stop();
  });

  it("counts each unit once, whatever comes at the same time", async () => {
    const { channelId, give } = await opened();
    await caughtUp();
    const sums = Array.from({ length: 12 }, (_, i) => BigInt(i + 1) * 100n);
    const answers = await Promise.allSettled(sums.map((sum) => give(sum)));
    const added = answers.flatMap((answer) => (answer.status === "fulfilled" ? [BigInt(answer.value.added)] : []));
    expect(added.reduce((sum, each) => sum + each, 0n)).toBe(1_200n);
    expect((await receiptOf(channelId, { endpoint: keeper.url })).kept).toBe("1200");
  });
});

describe("redeeming", { timeout: 240_000 }, () => {
  it("waits until it is worth the gas, is told meanwhile, and pays many in one transaction", async () => {
    const { chain } = world;
    const small = await opened();
    await small.give(2n * DOLLAR);
    for (let blocks = 0; blocks < 5; blocks++) {
      await chain.test.mine({ blocks: 1 });
      await caughtUp();
    }
    expect(await small.redeemed()).toBe(0n);
    const settings = world.config(SAME);
    const status = await describeStatus(
      { config: settings, deployment: chain.deployment, account: localAccount(1).address },
      false,
    );
    expect(status).toContain(`redeem the voucher of channel ${small.channelId}, 1980000 base units of token 1, until`);
    const metrics = await (await fetch(`${keeper.url}/metrics`)).text();
    expect(metrics).toMatch(/keeper_vouchers_waiting\{[^}]*\} [1-9]/);
    expect(metrics).toMatch(/keeper_deadline_seconds\{duty="redeem"[^}]*\} \d+/);
    expect(metrics).toMatch(/keeper_vouchers_total\{result="voucher_not_higher"[^}]*\} \d+/);

    const before = (await redemptions()).length;
    const rich = await opened();
    await rich.give(90n * DOLLAR);
    await runUntilRedeemed(rich.redeemed, 90n * DOLLAR);
    const made = (await redemptions()).slice(before);
    expect(made.map(({ status: outcome }) => outcome)).toEqual(["mined"]);
  });

  it("does not wait when the payer closes, nor when the term ends", async () => {
    const { deployment } = world.chain;
    const closing = await opened();
    const ending = await opened({ term: 90 });
    await closing.give(DOLLAR);
    await ending.give(DOLLAR);
    await closeChannel(closing.payer, { deployment, channelId: closing.channelId });
    await runUntilRedeemed(closing.redeemed, DOLLAR);
    expect((await closing.read()).status).toBe("closing");
    await runUntilRedeemed(ending.redeemed, DOLLAR);
    expect((await ending.read()).status).toBe("open");
  });

  it("redeems again what a reorganisation took out, once", async () => {
    const { chain } = world;
    const { channelId, give, redeemed } = await opened();
    await give(80n * DOLLAR);
    await runUntilRedeemed(redeemed, 80n * DOLLAR);
    const [row] = (await redemptions()).filter(({ label }) => label.endsWith(` ${channelId}`));
    const height = Number(await chain.reader.getBlockNumber());
    await rollback(height - (row?.blockNumber ?? height) + 1);
    expect(await redeemed()).toBe(0n);
    await chain.test.mine({ blocks: 1 });
    await runUntilRedeemed(redeemed, 80n * DOLLAR);
    await caughtUp();
    const logs = await chain.reader.getLogs({
      address: chain.deployment.contracts.UsageChannels ?? "0x",
      fromBlock: 0n,
    });
    const paid = parseEventLogs({ abi: usageChannelsAbi, logs, eventName: "VoucherRedeemed" });
    expect(paid.filter(({ args }) => args.channelId === channelId)).toHaveLength(1);
    const refused = parseEventLogs({ abi: usageChannelsAbi, logs, eventName: "VoucherRefused" });
    expect(refused).toEqual([]);
  });

  it("falls back on the voucher below the cap when a top-up is taken out", async () => {
    const { chain } = world;
    const { deployment } = chain;
    const { payer, channelId, give, redeemed, read } = await opened({ amount: DOLLAR });
    await give(900_000n);
    await caughtUp();
    const height = Number(await chain.reader.getBlockNumber());
    await topUpChannel(payer, { deployment, channelId, amount: DOLLAR });
    await caughtUp();
    expect(await give(1_500_000n)).toMatchObject({ added: "600000" });

    await rollback(Number(await chain.reader.getBlockNumber()) - height);
    await chain.test.mine({ blocks: 1 });
    await until(async () => (await receiptOf(channelId, { endpoint: keeper.url })).kept === "900000");
    await closeChannel(payer, { deployment, channelId });
    await runUntilRedeemed(redeemed, 900_000n);
    expect((await read()).locked).toBe(DOLLAR);
  });
});

describe("what is kept", { timeout: 240_000 }, () => {
  it("survives a restart, also one that finds the channels unread", async () => {
    const { deployment } = world.chain;
    const { payer, channelId, give, redeemed } = await opened();
    await give(DOLLAR);
    await keeper.stop();
    const before = await store.db.select().from(channels).orderBy(channels.channelId);
    const changes = await store.db.select().from(channelChanges).orderBy(channelChanges.blockNumber);
    // As a version that does not know them leaves them.
    await store.db.delete(channels);
    await store.db.delete(channelChanges);
    await store.db.update(chainCursor).set({ channelsHash: null });
    await closeChannel(payer, { deployment, channelId });

    keeper = await world.start(SAME);
    await runUntilRedeemed(redeemed, DOLLAR);
    expect(await store.db.select().from(channels).orderBy(channels.channelId)).toEqual(before);
    const read = await store.db.select().from(channelChanges).orderBy(channelChanges.blockNumber);
    expect(read.slice(0, changes.length)).toEqual(changes);
    const [cursor] = await store.db.select().from(chainCursor);
    expect(cursor?.channelsHash).toBe(cursor?.blockHash);
  });

  it("is taken by a standby as by the one that leads, and redeemed once", async () => {
    const { give, redeemed, channelId } = await opened();
    const standby = await world.start(SAME);
    try {
      await caughtUp();
      expect(await give(70n * DOLLAR, standby.url)).toMatchObject({ kept: "70000000" });
      await runUntilRedeemed(redeemed, 70n * DOLLAR);
      const mine = (await redemptions()).filter(({ label }) => label.endsWith(` ${channelId}`));
      expect(mine.map(({ status }) => status)).toEqual(["mined"]);
    } finally {
      await standby.stop();
    }
  });

  it("is forgotten with a channel that is closed for good, and redemptions but the last", async () => {
    const { deployment } = world.chain;
    const { channelId, give, redeemed } = await opened();
    await give(40n * DOLLAR);
    await runUntilRedeemed(redeemed, 40n * DOLLAR);
    await give(80n * DOLLAR);
    await runUntilRedeemed(redeemed, 80n * DOLLAR);
    await closeChannel(world.provider, { deployment, channelId });
    await caughtUp();
    const { blockNumber: upToBlock = 0 } = (await store.db.select().from(chainCursor))[0] ?? {};
    const kept = () => store.db.select().from(vouchers).where(eq(vouchers.channelId, channelId));
    await pruneChannels(store.db, { upToBlock: upToBlock - 1, nowAt: 0 });
    expect(await kept()).toHaveLength(1);
    await pruneChannels(store.db, { upToBlock, nowAt: 0 });
    expect(await kept()).toEqual([]);
    const changes = await store.db.select().from(channelChanges).where(eq(channelChanges.channelId, channelId));
    expect(changes.map(({ redeemed: sum, isClosed }) => sum ?? isClosed)).toEqual([80n * DOLLAR, true]);
  });
});

describe("doctor", { timeout: 120_000 }, () => {
  const look = (
    vouchersOf: unknown,
    deployment: Deployment = world.chain.deployment,
    waiting: WaitingVoucher[] = [],
  ) => {
    const config = world.config({ vouchers: vouchersOf });
    const account = localAccount(1).address;
    return checkVouchers({ config, deployment, account, client: world.chain.reader as PublicClient }, waiting);
  };

  it("says when the margin is not below the close window, and when what is kept is not redeemed", async () => {
    expect(await look(VOUCHERS)).toMatchObject({ state: "ok" });
    expect(await look({ ...VOUCHERS, marginSeconds: 60 })).toMatchObject({ state: "warning" });
    expect(await look(undefined)).toMatchObject({ state: "ok", detail: "none are taken" });
    expect(await look(undefined, undefined, [{} as WaitingVoucher])).toMatchObject({ state: "failed" });
    const { UsageChannels: _, ...older } = world.chain.deployment.contracts;
    expect(await look(VOUCHERS, { ...world.chain.deployment, contracts: older })).toMatchObject({ state: "warning" });
  });
});

describe("too much at once", { timeout: 120_000 }, () => {
  it("is refused before anything is looked at", async () => {
    const answers = await Promise.all(Array.from({ length: 90 }, () => post("1", { voucher: "0x" })));
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.error?.code).toBe("rate_limited");
  });
});
