import { keccak256, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ChannelsMissing,
  closeChannel,
  getChannel,
  openChannel,
  redeemVouchers,
  setPayout,
  termsOf,
  topUpChannel,
} from "../../../sdk/src/channels/channels.ts";
import { createVoucherBook } from "../../../sdk/src/channels/voucher-book.ts";
import { type Claim, signVoucher, voucherDigest } from "../../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../../sdk/src/faucet.ts";
import { usageChannelsAbi } from "../../../sdk/src/generated/abis.ts";
import { createMemoryStore } from "../../helpers/channel-store.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../../helpers/local-chain.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const TOKEN = 1;
const DOLLAR = 1_000_000n;
const HOSTING = keccak256(toHex("hosting"));
let index = 10; // each story has a payer of its own

/** A channel that a new payer opened, from its wallet's tokens, by one signature. */
async function opened({ permit = "auto" }: { permit?: "auto" | "never" } = {}) {
  const { deployment } = chain;
  const payer = chain.walletOf(index++);
  await claimFaucet(payer, { deployment });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const payee = localAccount(LOCAL_ACCOUNTS.providers[0]).address;
  const steps: string[] = [];
  const { channelId, hash } = await openChannel(payer, {
    deployment,
    payee,
    serviceId: HOSTING,
    tokenId: TOKEN,
    amount: 10n * DOLLAR,
    expiresAt: (await chain.now()) + 3_600,
    sessionKey: sessionKey.address,
    permit,
    onStep: (step) => steps.push(step.name === "signing" ? step.what : step.name),
  });
  const channel = await getChannel(chain.reader, { deployment, channelId });
  const terms = termsOf(deployment, channel);
  return { deployment, payer, payee, sessionKey, channelId, channel, terms, hash, steps };
}

const provider = () => chain.walletOf(LOCAL_ACCOUNTS.providers[0]);

describe("openChannel", () => {
  it("refuses a deployment that has none", async () => {
    const { contracts, ...rest } = chain.deployment;
    const { UsageChannels: _, ...others } = contracts;
    const deployment = { ...rest, contracts: others };
    await expect(getChannel(chain.reader, { deployment, channelId: 1n })).rejects.toThrow(ChannelsMissing);
  });

  it("says what is wrong with a term that is too short, and with an unknown channel", async () => {
    const { deployment, payee, payer, sessionKey } = await opened();
    const opening = { deployment, payee, serviceId: HOSTING, tokenId: TOKEN, amount: DOLLAR, expiresAt: 1 };
    const call = openChannel(payer, { ...opening, sessionKey: sessionKey.address });
    await expect(call).rejects.toMatchObject({ name: "ProtocolError", code: "ChannelsExpiryTooSoon" });
    const unknown = getChannel(chain.reader, { deployment, channelId: 99n });
    await expect(unknown).rejects.toMatchObject({ code: "ChannelsUnknown" });
  });

  it("opens with one signature and one transaction", async () => {
    const { channel, payer, sessionKey, steps } = await opened();
    expect(steps).toEqual(["permit", "simulated", "transaction", "sent", "confirmed"]);
    expect(channel).toMatchObject({
      status: "open",
      payer: payer.account.address,
      sessionKey: sessionKey.address,
      locked: 10n * DOLLAR,
      redeemed: 0n,
      closesAt: undefined,
    });
  });

  it("opens by an approval where the wallet has no permits", async () => {
    const { channel, steps } = await opened({ permit: "never" });
    expect(steps).toContain("approval");
    expect(channel.locked).toBe(10n * DOLLAR);
  });
});

describe("a channel from its opening to its end", () => {
  it("pays what a book signed, refuses the rest, grows, and closes after its window", async () => {
    const { deployment, payer, channelId, sessionKey, terms } = await opened();
    const store = createMemoryStore<Claim>();
    const book = createVoucherBook({ terms, sessionKey, store, cap: 20n * DOLLAR });
    const first = await book.add(4n * DOLLAR, keccak256(toHex("four")));
    if (first.refused) throw new Error(first.refused);
    const above = await signVoucher(sessionKey, terms, { cumulative: 12n * DOLLAR, usageRoot: HOSTING });

    const redemption = await redeemVouchers(provider(), {
      deployment,
      vouchers: [above, first.voucher, first.voucher],
    });
    expect(redemption.paid).toEqual([{ channelId, cumulative: 4n * DOLLAR, paid: (4n * DOLLAR * 99n) / 100n }]);
    expect(redemption.refused).toEqual([
      { channelId, cumulative: 12n * DOLLAR, reason: "cap-exceeded" },
      { channelId, cumulative: 4n * DOLLAR, reason: "not-higher" },
    ]);

    await topUpChannel(payer, { deployment, channelId, amount: 5n * DOLLAR });
    expect((await redeemVouchers(provider(), { deployment, vouchers: [above] })).paid).toHaveLength(1);

    await closeChannel(payer, { deployment, channelId });
    const { status, closesAt = 0 } = await getChannel(chain.reader, { deployment, channelId });
    expect(status).toBe("closing");
    await expect(closeChannel(payer, { deployment, channelId })).rejects.toMatchObject({ code: "ChannelsClosing" });
    await chain.goTo(closesAt);
    await closeChannel(payer, { deployment, channelId });
    const closed = await getChannel(chain.reader, { deployment, channelId });
    expect(closed).toMatchObject({ status: "closed", redeemed: 12n * DOLLAR, locked: 15n * DOLLAR });
  });

  it("has the digest that the contract computes", async () => {
    const { channelId, terms } = await opened();
    const claim = { cumulative: 3n, usageRoot: HOSTING };
    const digest = await chain.reader.readContract({
      address: terms.channels,
      abi: usageChannelsAbi,
      functionName: "voucherDigestOf",
      args: [channelId, claim.cumulative, claim.usageRoot],
    });
    expect(voucherDigest(terms, claim)).toBe(digest);
  });
});

describe("setPayout", () => {
  it("waits for the contract's delay", async () => {
    const { deployment, terms, payee, channel } = await opened();
    const payout = localAccount(40).address;
    await setPayout(provider(), { deployment, payout });
    const read = () =>
      chain.reader.readContract({
        address: terms.channels,
        abi: usageChannelsAbi,
        functionName: "payoutOf",
        args: [payee],
      });
    expect(await read()).toBe(payee);
    await chain.goTo((await chain.now()) + 120);
    expect(await read()).toBe(payout);
    expect(channel.payout).toBe(payee);
    expect((await opened()).channel.payout).toBe(payout);
  });
});
