import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, type Hex, toHex, zeroHash } from "viem";
import type { Voucher } from "../../../sdk/src/channels/vouchers.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { CAP, channelNet, createSessionKey, Refusal, usage } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { USD } from "../../helpers/money.ts";
import { serviceIdOf } from "../../helpers/policy.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, opened, closing } = channelsFixtures(connection);

/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 2n ** 255n;
const word = (value: bigint): Hex => toHex(value, { size: 32 });

/** Each voucher that must not be paid, as an adversary gets it, with the reason that is told. */
type Attack = readonly [what: string, reason: keyof typeof Refusal, (on: Opened) => Promise<Voucher>];
type Opened = Awaited<ReturnType<typeof opened>>;

const ATTACKS: readonly Attack[] = [
  ["of a channel that does not exist", "ChannelUnknown", ({ sign }) => sign(USD, { channelId: 9n })],
  ["of nothing", "NotHigher", ({ sign }) => sign(0n)],
  ["above the cap by one", "CapExceeded", ({ sign }) => sign(CAP + 1n)],
  ["of the greatest number", "CapExceeded", ({ sign }) => sign(2n ** 256n - 1n)],
  ["that equals a good one modulo 2^96", "CapExceeded", ({ sign }) => sign(2n ** 96n + USD)],
  ["of another key", "SignatureInvalid", ({ sign }) => sign(USD, {}, createSessionKey())],
  ["of another chain", "SignatureInvalid", ({ sign }) => sign(USD, { chainId: 1 })],
  ["of another contract", "SignatureInvalid", ({ sign, ledger }) => sign(USD, { channels: ledger.address })],
  ["of another payee", "SignatureInvalid", ({ sign, strangerAddress }) => sign(USD, { payee: strangerAddress })],
  ["of another service", "SignatureInvalid", ({ sign }) => sign(USD, { serviceId: serviceIdOf("ai") })],
  [
    "signed for another channel",
    "SignatureInvalid",
    async ({ sign }) => ({ ...(await sign(USD, { channelId: 2n })), channelId: 1n }),
  ],
  ["with a raised amount", "SignatureInvalid", async ({ sign }) => ({ ...(await sign(USD)), cumulative: 2n * USD })],
  ["with another usage", "SignatureInvalid", async ({ sign }) => ({ ...(await sign(USD)), usageRoot: usage("more") })],
  [
    "without a signature",
    "SignatureInvalid",
    async ({ sign }) => ({ ...(await sign(USD)), r: zeroHash, vs: zeroHash }),
  ],
  ["with r beyond the curve's order", "SignatureInvalid", async ({ sign }) => ({ ...(await sign(USD)), r: word(N) })],
  [
    "with the other parity",
    "SignatureInvalid",
    async ({ sign }) => {
      const voucher = await sign(USD);
      return { ...voucher, vs: word(BigInt(voucher.vs) ^ PARITY) };
    },
  ],
  [
    "with the mirrored s",
    "SignatureInvalid",
    async ({ sign }) => {
      const voucher = await sign(USD);
      const mirrored = N - (BigInt(voucher.vs) % PARITY);
      return { ...voucher, vs: word((mirrored % PARITY) | ((BigInt(voucher.vs) & PARITY) ^ PARITY)) };
    },
  ],
];

describe("UsageChannels.redeem", () => {
  for (const [what, reason, forge] of ATTACKS) {
    it(`refuses a voucher ${what}`, async () => {
      const deployed = await load(opened);
      const voucher = await forge(deployed);
      const before = await deployed.funds();
      const refused = [voucher.channelId, Refusal[reason]];
      await rejects(deployed.channels.write.redeem([voucher]), deployed.channels, "ChannelsVoucherRefused", refused);
      expect(await deployed.funds()).to.deep.equal(before);
    });
  }

  it("refuses a replayed, a lower and a reordered voucher", async () => {
    const { channels, sign, funds } = await load(opened);
    const [low, high] = [await sign(10n * USD), await sign(20n * USD)];
    await channels.write.redeem([high]);
    for (const voucher of [high, low, await sign(20n * USD, { usageRoot: usage("other") })]) {
      await rejects(channels.write.redeem([voucher]), channels, "ChannelsVoucherRefused", [1n, Refusal.NotHigher]);
    }
    expect((await funds()).payee).to.equal(channelNet(20n * USD));
  });

  it("refuses a voucher of an equal channel of another contract on the same ledger", async () => {
    const { ledger, catalog, channels, sign, opening, by } = await load(opened);
    const twin = await viem.deployContract("UsageChannels", [ledger.address, catalog.address, 86_400n, 1n]);
    await ledger.write.approveOperator([twin.address, twin.address, 1, CAP, 2n ** 40n], by.customer);
    await twin.write.open([opening], by.customer);
    const voucher = await sign(USD);
    await rejects(twin.write.redeem([voucher]), twin, "ChannelsVoucherRefused", [1n, Refusal.SignatureInvalid]);
    await channels.write.redeem([voucher]);
  });

  it("pays the payee, whoever calls, and keeps the fee in the lock", async () => {
    const { channels, ledger, sign, payee, funds, by } = await load(opened);
    const voucher = await sign(40n * USD);
    const call = channels.write.redeem([voucher], by.stranger);
    await emits(call, channels, "VoucherRedeemed", [1n, 40n * USD, 39n * USD, voucher.usageRoot]);
    await emits(call, ledger, "Paid", [channels.address, 1n, payee, 39n * USD]);
    expect(await funds()).to.deep.equal({ payer: 900n * USD, payee: 39n * USD, fees: 0n, locked: CAP - 39n * USD });
  });

  it("pays one unit, and the whole cap", async () => {
    const { channels, sign, funds } = await load(opened);
    await channels.write.redeem([await sign(1n)]);
    expect((await funds()).payee).to.equal(1n);
    await channels.write.redeem([await sign(CAP)]);
    expect((await funds()).payee).to.equal(channelNet(CAP));
  });

  it("takes a voucher whose increment is all fee, and pays nothing", async () => {
    const { channels, ledger, sign, funds } = await load(opened);
    await channels.write.redeem([await sign(39n)]);
    const voucher = await sign(40n); // its fortieth unit is the first of the fee
    await emits(channels.write.redeem([voucher]), channels, "VoucherRedeemed", [1n, 40n, 0n, voucher.usageRoot]);
    expect(await ledger.getEvents.Paid()).to.deep.equal([]);
    expect((await funds()).payee).to.equal(39n);
    expect((await channels.read.channelOf([1n])).redeemed).to.equal(40n);
  });

  it("pays the same in many vouchers as in one", async () => {
    const { channels, sign, funds } = await load(opened);
    const below = createRandom(7);
    let cumulative = 0n;
    for (let i = 0; i < 40; i++) {
      cumulative += BigInt(1 + below(99));
      await channels.write.redeem([await sign(cumulative)]);
      expect((await funds()).payee).to.equal(channelNet(cumulative));
    }
  });

  it("pays until the last second of the term, and nothing from then on", async () => {
    const { channels, sign, expiresAt } = await load(opened);
    const [first, second] = [await sign(USD), await sign(2n * USD)];
    await networkHelpers.time.setNextBlockTimestamp(expiresAt - 1n);
    await channels.write.redeem([first]);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt);
    await rejects(channels.write.redeem([second]), channels, "ChannelsVoucherRefused", [1n, Refusal.ChannelOver]);
  });

  it("pays until the last second of the payer's window, and nothing from then on", async () => {
    const { channels, sign, closesAt } = await load(closing);
    const [first, second] = [await sign(USD), await sign(2n * USD)];
    await networkHelpers.time.setNextBlockTimestamp(closesAt - 1n);
    await channels.write.redeem([first]);
    await networkHelpers.time.setNextBlockTimestamp(closesAt);
    await rejects(channels.write.redeem([second]), channels, "ChannelsVoucherRefused", [1n, Refusal.ChannelOver]);
  });

  it("pays nothing once the channel is closed", async () => {
    const { channels, sign, by } = await load(opened);
    const voucher = await sign(USD);
    await channels.write.close([1n], by.provider);
    await rejects(channels.write.redeem([voucher]), channels, "ChannelsVoucherRefused", [1n, Refusal.ChannelClosed]);
  });
});

describe("UsageChannels.redeemMany", () => {
  it("pays nothing for nothing", async () => {
    const { channels } = await load(opened);
    expect(await channels.read.channelCount()).to.equal(1n);
    await channels.write.redeemMany([[]]);
  });

  it("leaves each bad one out with its reason, wherever it stands, and pays the good ones", async () => {
    const deployed = await load(opened);
    const { channels, sign, funds } = deployed;
    const good = await sign(10n * USD);
    const bad = await Promise.all(
      ATTACKS.map(async ([, reason, forge]) => ({ reason, voucher: await forge(deployed) })),
    );
    const before = bad.slice(0, 5).map(({ voucher }) => voucher);
    const behind = bad.slice(5).map(({ voucher }) => voucher);
    const call = await channels.write.redeemMany([[...before, good, ...behind, good]]);
    const refused = await channels.getEvents.VoucherRefused();
    expect(refused.map(({ args }) => [args.channelId, args.cumulative])).to.deep.equal(
      [...before, ...behind, good].map(({ channelId, cumulative }) => [channelId, cumulative]),
    );
    // After the good one of ten dollars was paid, a smaller one is first of all not higher.
    const late = behind.map(({ cumulative }, i) => (cumulative <= 10n * USD ? "NotHigher" : bad[i + 5]?.reason));
    const reasons = [...bad.slice(0, 5).map(({ reason }) => reason), ...late, "NotHigher"] as (keyof typeof Refusal)[];
    expect(refused.map(({ args }) => args.reason)).to.deep.equal(reasons.map((reason) => Refusal[reason]));
    await emits(call, channels, "VoucherRedeemed", [1n, 10n * USD, channelNet(10n * USD), good.usageRoot]);
    expect((await funds()).payee).to.equal(channelNet(10n * USD));
  });

  it("pays rising vouchers of one channel one after the other", async () => {
    const { channels, sign, funds } = await load(opened);
    await channels.write.redeemMany([await Promise.all([1n, 2n, 3n].map((dollars) => sign(dollars * USD)))]);
    expect((await channels.getEvents.VoucherRedeemed()).length).to.equal(3);
    expect((await funds()).payee).to.equal(channelNet(3n * USD));
  });

  it("pays 70 of a hundred when 30 are bad", async () => {
    const { channels, open, sign, funds, by } = await load(fresh);
    const below = createRandom(100);
    const vouchers: Voucher[] = [];
    for (let i = 1n; i <= 100n; i++) {
      await open({ amount: 5n * USD }, i % 2n === 0n ? by.customer : by.stranger);
      vouchers.push(await sign(i % 10n < 3n ? 6n * USD : USD, { channelId: i }));
    }
    vouchers.sort(() => below(3) - 1);
    const { result } = await channels.simulate.redeemMany([vouchers]);
    expect(result).to.equal(70n);
    await channels.write.redeemMany([vouchers]);
    expect((await channels.getEvents.VoucherRedeemed()).length).to.equal(70);
    expect((await channels.getEvents.VoucherRefused()).length).to.equal(30);
    expect((await funds()).payee).to.equal(70n * channelNet(USD));
  });

  it("pays different payees in one transaction", async () => {
    const { channels, open, sign, ledger, payee, payer, by } = await load(opened);
    await open({ payee: payer }, by.stranger);
    await channels.write.redeemMany([[await sign(USD), await sign(USD, { channelId: 2n, payee: payer })]]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(channelNet(USD));
    expect(await ledger.read.balanceOf([payer, 1])).to.equal(900n * USD + channelNet(USD));
  });
});

describe("odd tokens in a channel", () => {
  it("locks what arrived of a token that takes a fee on transfers, and no more", async () => {
    const { channels, ledger, fee, open, sign, payer, payee, by } = await load(fresh);
    await fee.write.approve([ledger.address, 100n], by.customer);
    await ledger.write.deposit([payer, 3, 100n], by.customer);
    await ledger.write.approveOperator([channels.address, channels.address, 3, 100n, 2n ** 40n], by.customer);
    await rejects(open({ tokenId: 3, amount: 100n }), ledger, "LedgerBalanceInsufficient", [payer, 3, 99n, 100n]);
    await open({ tokenId: 3, amount: 99n });
    await channels.write.redeem([await sign(99n)]);
    expect(await ledger.read.balanceOf([payee, 3])).to.equal(channelNet(99n));
  });

  it("is not redeemed, opened or closed from within a token's transfer", async () => {
    const { channels, ledger, catalog, sign, opening, payer, by } = await load(opened);
    const token = await viem.deployContract("ReentrantToken");
    await ledger.write.registerToken([token.address]);
    await catalog.write.setToken([4, true]);
    await token.write.mint([payer, USD]);
    await token.write.approve([ledger.address, USD], by.customer);
    // The token itself is a payee and opens channels: it may call everything.
    const { abi } = channels;
    const own = { ...opening, payee: token.address };
    await channels.write.open([own], by.customer);
    const voucher = await sign(USD);
    for (const data of [
      encodeFunctionData({ abi, functionName: "redeem", args: [voucher] }),
      encodeFunctionData({ abi, functionName: "redeemMany", args: [[voucher]] }),
      encodeFunctionData({ abi, functionName: "close", args: [2n] }),
      encodeFunctionData({ abi, functionName: "open", args: [own] }),
    ]) {
      await token.write.arm([channels.address, data]);
      await rejects(ledger.write.deposit([payer, 4, 1n], by.customer), ledger, "LedgerReentered", []);
      await token.write.arm(["0x0000000000000000000000000000000000000000", "0x"]);
    }
    await channels.write.redeem([voucher]);
  });
});
