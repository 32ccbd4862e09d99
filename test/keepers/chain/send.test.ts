import { type Address, encodeFunctionData, parseEther, parseGwei, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../keepers/src/chain/contracts.ts";
import type { BlockRef } from "../../../keepers/src/chain/follow.ts";
import type { Call } from "../../../keepers/src/chain/outbox.ts";
import { createSender, type Outcome } from "../../../keepers/src/chain/send.ts";
import { migrateStore, openStore, type Store } from "../../../keepers/src/store/database.ts";
import { createOutbox } from "../../../keepers/src/store/outbox.ts";
import { createProjection } from "../../../keepers/src/store/projection.ts";
import { dealMarketAbi, faucetAbi } from "../../../sdk/src/generated/abis.ts";
import { type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";
import { startPostgres, type TestPostgres } from "../helpers/postgres.ts";
import { startRpcProxy } from "../helpers/proxy.ts";
import { until } from "../helpers/world.ts";

let chain: LocalChain;
let postgres: TestPostgres;
let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
const stores: Store[] = [];

beforeAll(async () => {
  [chain, postgres] = await Promise.all([startLocalChain(), startPostgres()]);
  proxy = await startRpcProxy(chain.rpcUrl);
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await proxy.stop();
  await chain.stop();
  await postgres.stop();
});

let nextAccount = 12;

/** A sender with an account and an outbox of its own. `again` makes another one on the same outbox, as after a restart. */
async function setup() {
  const account = localAccount(nextAccount++);
  await chain.test.setBalance({ address: account.address, value: parseEther("10") });
  proxy.setGate(() => "pass");
  await chain.test.setAutomine(true);
  const store = openStore(postgres.url, `outbox_${nextAccount}`, { onError: () => undefined });
  stores.push(store);
  await migrateStore(store);
  const outbox = createOutbox(store.db, account.address);
  const errors: string[] = [];
  const create = (options: { maxFeePerGasWei?: bigint; bumpAfterBlocks?: number } = {}) =>
    createSender({
      client: createClient(chain.deployment.chainId, proxy.url),
      account,
      chainId: chain.deployment.chainId,
      outbox,
      maxFeePerGasWei: parseGwei("500"),
      onError: (error) => errors.push(String(error)),
      ...options,
    });
  return { account, outbox, store, errors, create, sender: create() };
}

const head = async (): Promise<BlockRef> => {
  const { number, hash, timestamp } = await chain.reader.getBlock();
  return { number: Number(number), hash, at: Number(timestamp) };
};

let nextRecipient = 1n;
/** A harmless call to somebody who has never been called. */
function call(key: string, change: Partial<Call> = {}): Call {
  const to = toHex(0xc0ffee_0000n + nextRecipient++, { size: 20 }) as Address;
  return { key, to, data: "0x01", label: key, priority: 5, ...change };
}

type Sender = ReturnType<typeof createSender>;
const never = new AbortController().signal;

/** Submits, and ticks until it is through. */
async function submit(sender: Sender, calls: Call): Promise<Outcome> {
  let outcome: Outcome | undefined;
  const submitted = sender
    .submit(calls, never, () => void head().then(sender.tick))
    .then((result) => {
      outcome = result;
    });
  await until(async () => {
    await sender.tick(await head());
    return outcome;
  });
  await submitted;
  return outcome as Outcome;
}

const mine = () => chain.test.mine({ blocks: 1 });
const nonceOf = (address: Address) => chain.reader.getTransactionCount({ address });
/** The node answers before it has mined: waits until the account has used so many nonces. */
const hasUsed = (address: Address, nonces: number) => until(async () => (await nonceOf(address)) === nonces);

describe("a sender", () => {
  it("sends a call once, however often it is asked for", async () => {
    const { account, sender } = await setup();
    const wanted = call("once");
    const first = await submit(sender, wanted);
    expect(first.status).toBe("mined");
    expect(await submit(sender, wanted)).toEqual(first);
    expect(await Promise.all([sender.submit(wanted, never), sender.submit(wanted, never)])).toEqual([first, first]);
    expect(await nonceOf(account.address)).toBe(1);
  });

  it("sends nothing that the contract would refuse, and tells the contract's reason", async () => {
    const { account, sender, outbox } = await setup();
    const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "expire", args: [4_711n] });
    const refused = await submit(sender, call("refused", { to: chain.deployment.contracts.DealMarket, data }));
    expect(refused).toMatchObject({ status: "refused", error: "MarketStatusInvalid(4711, 0)" });
    expect(await nonceOf(account.address)).toBe(0);
    expect(await outbox.find("refused")).toMatchObject({ nonce: null, hash: null });

    expect((await submit(sender, call("refused"))).status).toBe("mined"); // what was refused may be asked for again
  });

  it("does not send what would come too late", async () => {
    const { sender, account } = await setup();
    const { at } = await head();
    expect(await submit(sender, call("late", { notAfter: at }))).toEqual({ status: "late" });
    expect(await nonceOf(account.address)).toBe(0);
  });

  it("sends the urgent first, each with its own nonce", async () => {
    const { sender, outbox } = await setup();
    await outbox.enqueue(call("can wait", { priority: 9 }));
    await outbox.enqueue(call("urgent", { priority: 0 }));
    await outbox.enqueue(call("normal", { priority: 5 }));
    await sender.tick(await head());
    const nonces = await Promise.all(
      ["urgent", "normal", "can wait"].map(async (key) => (await outbox.find(key))?.nonce),
    );
    expect(nonces).toEqual([0, 1, 2]);
  });

  it("tells why a call failed that was included all the same", async () => {
    const { sender, outbox, account } = await setup();
    await chain.test.setAutomine(false);
    const to = chain.deployment.contracts.Faucet as Address;
    const data = encodeFunctionData({ abi: faucetAbi, functionName: "claim", args: [account.address] });
    await outbox.enqueue(call("claim", { to, data }));
    await sender.tick(await head());
    // Somebody claims for the account first, in the same block.
    const other = chain.walletOf(11);
    await other.sendTransaction({
      to,
      data,
      gas: 300_000n,
      maxPriorityFeePerGas: parseGwei("9"),
      maxFeePerGas: parseGwei("99"),
    });
    await mine();
    await sender.tick(await head());
    const failed = await outbox.find("claim");
    expect(failed?.status).toBe("reverted");
    expect(failed?.error).toMatch(/^FaucetTooSoon/);
  });
});

describe("a sender that crashed", () => {
  it("sends what was signed and never sent, with the same bytes", async () => {
    const { create, outbox, account } = await setup();
    proxy.setGate(() => "drop");
    await outbox.enqueue(call("signed"));
    await create().tick(await head());
    const [before] = await outbox.sent();
    expect(before?.attempts).toHaveLength(1);
    expect(await nonceOf(account.address)).toBe(0);

    proxy.setGate(() => "pass");
    const restarted = create();
    await restarted.tick(await head());
    await hasUsed(account.address, 1);
    await restarted.tick(await head());
    expect(await outbox.find("signed")).toMatchObject({ status: "mined", hash: before?.attempts[0]?.hash, nonce: 0 });
    expect(await nonceOf(account.address)).toBe(1);
  });

  it("finds what was sent and mined meanwhile, and does not send it again", async () => {
    const { create, outbox, account } = await setup();
    proxy.setGate(() => "swallow");
    await outbox.enqueue(call("swallowed"));
    await create().tick(await head());
    await hasUsed(account.address, 1);
    proxy.setGate(() => "drop");
    const sentBefore = proxy.passed.length;
    await create().tick(await head());
    expect(await outbox.find("swallowed")).toMatchObject({ status: "mined", nonce: 0 });
    expect(proxy.passed).toHaveLength(sentBefore);
    expect(await nonceOf(account.address)).toBe(1);
  });

  it("counts what was mined after a reorg's common block as under way, in one step with the events that go", async () => {
    const { create, outbox, store, account } = await setup();
    const projection = createProjection(store.db, chain.deployment.contracts.DealMarket);
    const { chainId, contracts } = chain.deployment;
    const identity = { chainId, genesisHash: toHex(1, { size: 32 }), market: contracts.DealMarket };
    const common = await head();
    await projection.apply(identity, { to: common, recent: [common], events: [] });
    expect((await submit(create(), call("mined and lost"))).status).toBe("mined");
    const after = await head();
    await projection.apply(identity, { to: after, recent: [after], events: [] });

    await projection.rewindTo(common); // and here the process is killed
    expect(await outbox.find("mined and lost")).toMatchObject({ status: "sent", nonce: 0, hash: null });
    await create().tick(await head());
    expect(await outbox.find("mined and lost")).toMatchObject({ status: "mined", nonce: 0 });
    expect(await nonceOf(account.address)).toBe(1);
  });

  it("does not believe a receipt of a block whose events are not applied: a reorg of that would go unnoticed", async () => {
    const { create, outbox, account } = await setup();
    const applied = await head();
    await outbox.enqueue(call("too new"));
    const sender = create();
    await sender.tick(applied);
    await hasUsed(account.address, 1);
    await sender.tick(applied);
    expect(await outbox.find("too new")).toMatchObject({ status: "sent", nonce: 0 });
    await sender.tick(await head());
    expect(await outbox.find("too new")).toMatchObject({ status: "mined", nonce: 0 });
  });

  it("signs nothing that another process has signed meanwhile", async () => {
    const { create, outbox, account } = await setup();
    const { id } = await outbox.enqueue(call("of two"));
    const rivals = [create(), create({ maxFeePerGasWei: parseGwei("3") })]; // other fees make other bytes
    const now = await head();
    await Promise.all(rivals.map((sender) => sender.tick(now)));
    const [row] = await outbox.sent();
    const attempt = row?.attempts[0];
    if (!row || !attempt) throw new Error("nothing was sent");
    expect(row.attempts).toHaveLength(1);
    await expect(outbox.sign(id, row.nonce + 1, row.gas, attempt)).rejects.toThrow("no longer waits");
    await hasUsed(account.address, row.nonce + 1);
    await create().tick(await head());
    expect(await outbox.find("of two")).toMatchObject({ status: "mined", nonce: row.nonce, hash: attempt.hash });
    expect(await nonceOf(account.address)).toBe(1);
  });
});

describe("nonces and fees", () => {
  it("leaves enough gas for a state that makes the call dearer between estimate and inclusion", async () => {
    const { sender, outbox } = await setup();
    const { number } = await head();
    const to = toHex(0xdea1n, { size: 20 });
    const turnsDearAt = number + 2;
    // Stores `block.number > turnsDearAt`: some 20,000 gas more once it is true, as the first change of a deal's bytes in a period.
    await chain.test.setCode({ address: to, bytecode: `0x63${turnsDearAt.toString(16).padStart(8, "0")}43115f5500` });
    proxy.setGate(() => "drop");
    await outbox.enqueue(call("dearer", { to, data: "0x" }));
    await sender.tick(await head());
    expect(await outbox.find("dearer")).toMatchObject({ status: "sent" });
    proxy.setGate(() => "pass");
    for (let i = 0; i < 4; i++) {
      await mine();
      await sender.tick(await head());
    }
    expect(await outbox.find("dearer")).toMatchObject({ status: "mined" });
    expect(await chain.reader.getStorageAt({ address: to, slot: toHex(0, { size: 32 }) })).toBe(toHex(1, { size: 32 }));
  });

  it("raises the fee of what is not included, by enough to replace it, and takes whichever is mined", async () => {
    const { create, outbox } = await setup();
    const sender = create({ bumpAfterBlocks: 2 });
    await chain.test.setAutomine(false);
    await outbox.enqueue(call("slow"));
    await sender.tick(await head());
    const [first] = (await outbox.sent())[0]?.attempts ?? [];
    if (!first) throw new Error("nothing was sent");
    await chain.test.dropTransaction({ hash: first.hash });
    for (let i = 0; i < 4; i++) {
      await mine();
      await sender.tick(await head());
      const open = await outbox.sent();
      if ((open[0]?.attempts.length ?? 0) > 1) break;
    }
    const attempts = (await outbox.sent())[0]?.attempts ?? [];
    expect(attempts.length).toBe(2);
    const [low, high] = attempts;
    if (!low || !high) throw new Error("there is no second try");
    expect(high.maxFeePerGas * 10n).toBeGreaterThanOrEqual(low.maxFeePerGas * 11n);
    expect(high.maxPriorityFeePerGas * 10n).toBeGreaterThanOrEqual(low.maxPriorityFeePerGas * 11n);
    await mine();
    await sender.tick(await head());
    expect(await outbox.find("slow")).toMatchObject({ status: "mined", hash: high.hash });
  });

  it("never pays more than it may", async () => {
    const { create, outbox } = await setup();
    const cap = parseGwei("2");
    const sender = create({ maxFeePerGasWei: cap, bumpAfterBlocks: 1 });
    await chain.test.setAutomine(false);
    await outbox.enqueue(call("capped"));
    await sender.tick(await head());
    for (let i = 0; i < 12; i++) {
      const [open] = await outbox.sent();
      if (!open) break;
      for (const { hash } of open.attempts) await chain.test.dropTransaction({ hash });
      await mine();
      await sender.tick(await head());
    }
    const [open] = await outbox.sent();
    expect(open?.attempts.length).toBeGreaterThan(0);
    for (const { maxFeePerGas } of open?.attempts ?? []) expect(maxFeePerGas).toBeLessThanOrEqual(cap);
  });

  it("takes another nonce when its own went to a transaction from elsewhere", async () => {
    const { create, outbox, account } = await setup();
    const sender = create();
    proxy.setGate(() => "drop");
    await outbox.enqueue(call("robbed"));
    await sender.tick(await head());
    const elsewhere = chain.walletOf(nextAccount - 1);
    await elsewhere.sendTransaction({ to: account.address, value: 1n });
    proxy.setGate(() => "pass");
    for (let i = 0; i < 8; i++) {
      await mine();
      await sender.tick(await head());
    }
    expect(await outbox.find("robbed")).toMatchObject({ status: "mined", nonce: 1 });
  });

  it("fills a gap below what is under way", async () => {
    const { create, outbox, account } = await setup();
    const sender = create();
    const snapshot = await chain.test.snapshot();
    await chain.walletOf(nextAccount - 1).sendTransaction({ to: account.address, value: 1n });
    await hasUsed(account.address, 1);
    proxy.setGate(() => "drop");
    await outbox.enqueue(call("behind a gap"));
    await sender.tick(await head());
    expect((await outbox.sent())[0]?.nonce).toBe(1);
    await chain.test.revert({ id: snapshot }); // the chain loses the transaction from elsewhere
    proxy.setGate(() => "pass");
    for (let i = 0; i < 6; i++) {
      await mine();
      await sender.tick(await head());
    }
    expect(await outbox.find("behind a gap")).toMatchObject({ status: "mined", nonce: 1 });
    expect(await nonceOf(account.address)).toBe(2);
  });

  it("sends again what a reorg took out of the chain", async () => {
    const { create, outbox, account } = await setup();
    const sender = create();
    const snapshot = await chain.test.snapshot();
    const { number } = await head();
    expect((await submit(sender, call("reorganised"))).status).toBe("mined");
    await chain.test.revert({ id: snapshot });
    expect(await nonceOf(account.address)).toBe(0);
    await sender.rewound(number);
    for (let i = 0; i < 3; i++) {
      await mine();
      await sender.tick(await head());
    }
    expect(await outbox.find("reorganised")).toMatchObject({ status: "mined", nonce: 0 });
    expect(await nonceOf(account.address)).toBe(1);
  });

  it("waits for money instead of losing what is asked for", async () => {
    const { create, outbox, account, errors } = await setup();
    const sender = create();
    await chain.test.setBalance({ address: account.address, value: 0n });
    await outbox.enqueue(call("poor"));
    await sender.tick(await head());
    expect(errors.join()).toMatch(/funds|balance/i);
    await chain.test.setBalance({ address: account.address, value: parseEther("1") });
    for (let i = 0; i < 5; i++) {
      await mine();
      await sender.tick(await head());
    }
    expect(await outbox.find("poor")).toMatchObject({ status: "mined" });
  });
});
