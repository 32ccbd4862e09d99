import { keccak256, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import {
  closeChannel,
  getChannel,
  openChannel,
  redeemVouchers,
  setPayout,
  termsOf,
  topUpChannel,
} from "../../sdk/src/channels/channels.ts";
import { signVoucher } from "../../sdk/src/channels/vouchers.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { LOCAL_ACCOUNTS, type LocalChain, localAccount, startLocalChain } from "../helpers/local-chain.ts";
import { type LocalIndex, startLocalIndex } from "../helpers/local-index.ts";

const DOLLAR = 1_000_000n;
const HOSTING = keccak256(toHex("hosting"));
const payout = localAccount(40).address;

let chain: LocalChain;
let index: LocalIndex;
let story: Awaited<ReturnType<typeof tellStory>>;

/** Channel 1 is redeemed twice, topped up and closed by its payee; channel 2 is asked to close by its payer. */
async function tellStory() {
  const { deployment } = chain;
  const [payer, payee] = [chain.walletOf(10), chain.walletOf(LOCAL_ACCOUNTS.providers[0])];
  await claimFaucet(payer, { deployment });
  const sessionKey = privateKeyToAccount(generatePrivateKey());
  const expiresAt = (await chain.now()) + 3_600;
  const open = () =>
    openChannel(payer, {
      deployment,
      payee: payee.account.address,
      serviceId: HOSTING,
      tokenId: 1,
      amount: 10n * DOLLAR,
      expiresAt,
      sessionKey: sessionKey.address,
    });
  const { channelId } = await open();
  const terms = termsOf(deployment, await getChannel(chain.reader, { deployment, channelId }));
  const sign = (dollars: bigint) =>
    signVoucher(sessionKey, terms, { cumulative: dollars * DOLLAR, usageRoot: keccak256(toHex(dollars)) });
  const [two, five, fifty] = [await sign(2n), await sign(5n), await sign(50n)];
  await redeemVouchers(payee, { deployment, vouchers: [two, fifty] });
  await topUpChannel(payer, { deployment, channelId, amount: DOLLAR, expiresAt: expiresAt + 60 });
  await redeemVouchers(payee, { deployment, vouchers: [five] });
  await closeChannel(payee, { deployment, channelId });
  const second = await open();
  await closeChannel(payer, { deployment, channelId: second.channelId });
  const { closesAt } = await getChannel(chain.reader, { deployment, channelId: second.channelId });
  await setPayout(payee, { deployment, payout });
  return {
    payer: payer.account.address,
    payee: payee.account.address,
    sessionKey: sessionKey.address,
    expiresAt,
    closesAt,
  };
}

beforeAll(async () => {
  chain = await startLocalChain();
  story = await tellStory();
  index = await startLocalIndex(chain);
  await index.caughtUp();
});
afterAll(async () => {
  await index?.stop();
  await chain?.stop();
});

const lower = (address: string) => address.toLowerCase();

it("tells each channel with its vouchers and its money", async () => {
  const { channels } = await index.ask<{ channels: object[] }>(`{
    channels(orderBy: channelId) {
      channelId status payer { id } payee { id } payout { id } service { name } token { symbol } sessionKey keyOwner feeBps
      locked redeemed paid refunded expiresAt closesAt
      lock { locked left paid fees refunded }
      redemptions(orderBy: cumulative) { cumulative amount paid redeemedBy }
    }
  }`);
  const common = {
    payer: { id: lower(story.payer) },
    payee: { id: lower(story.payee) },
    payout: { id: lower(story.payee) },
    service: { name: "hosting" },
    token: { symbol: "LUSD" },
    sessionKey: lower(story.sessionKey),
    keyOwner: null,
    feeBps: 100,
  };
  const redemption = { redeemedBy: lower(story.payee) };
  expect(channels).toEqual([
    {
      ...common,
      channelId: "1",
      status: "CLOSED",
      locked: "11000000",
      redeemed: "5000000",
      paid: "4950000",
      refunded: "6000000",
      expiresAt: `${story.expiresAt + 60}`,
      closesAt: null,
      lock: { locked: "11000000", left: "0", paid: "4950000", fees: "50000", refunded: "6000000" },
      redemptions: [
        { cumulative: "2000000", amount: "2000000", paid: "1980000", ...redemption },
        { cumulative: "5000000", amount: "3000000", paid: "2970000", ...redemption },
      ],
    },
    {
      ...common,
      channelId: "2",
      status: "CLOSING",
      locked: "10000000",
      redeemed: "0",
      paid: "0",
      refunded: null,
      expiresAt: `${story.expiresAt}`,
      closesAt: `${story.closesAt}`,
      lock: { locked: "10000000", left: "10000000", paid: "0", fees: "0", refunded: "0" },
      redemptions: [],
    },
  ]);
});

it("tells a change of a payout account, and a payer's channels", async () => {
  const { payoutChanges, account } = await index.ask<{ payoutChanges: object[]; account: object }>(
    `query($payer: ID!) {
      payoutChanges { payee { id } payout }
      account(id: $payer) { channels(orderBy: channelId) { channelId } }
    }`,
    { payer: lower(story.payer) },
  );
  expect(payoutChanges).toEqual([{ payee: { id: lower(story.payee) }, payout: lower(payout) }]);
  expect(account).toEqual({ channels: [{ channelId: "1" }, { channelId: "2" }] });
});

it("agrees with the chain in the audit, which counts the locks of channels, too", async () => {
  const report = await audit(chain.reader, { deployment: chain.deployment, subgraph: index.subgraph });
  expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
});
