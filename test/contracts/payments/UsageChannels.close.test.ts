import { expect } from "chai";
import { network } from "hardhat";
import { createAssertions } from "../../helpers/assertions.ts";
import { CAP, ChannelStatus, CLOSE_WINDOW_SECONDS, channelNet } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { GENESIS_USD, REFUND_DELAY_SECONDS, USD } from "../../helpers/money.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { opened, closing } = channelsFixtures(connection);

describe("UsageChannels.close", () => {
  it("refuses an unknown channel, and anybody but payer and payee", async () => {
    const { channels, strangerAddress, by } = await load(opened);
    await rejects(channels.write.close([2n], by.customer), channels, "ChannelsUnknown", [2n]);
    const refused = [1n, strangerAddress];
    await rejects(channels.write.close([1n], by.stranger), channels, "ChannelsCallerInvalid", refused);
  });

  it("begins a window of a day for the payer, who cannot begin it anew", async () => {
    const { channels, by } = await load(opened);
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const closesAt = Number(now + CLOSE_WINDOW_SECONDS);
    const call = channels.write.close([1n], by.customer);
    await emits(call, channels, "ChannelClosing", [1n, closesAt]);
    expect((await channels.read.channelOf([1n])).status).to.equal(ChannelStatus.Closing);
    await rejects(channels.write.close([1n], by.customer), channels, "ChannelsClosing", [1n, BigInt(closesAt)]);
    await rejects(channels.write.close([1n], by.stranger), channels, "ChannelsCallerInvalid");
  });

  it("begins no window that is longer than the term", async () => {
    const { channels, expiresAt, by } = await load(opened);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt - 1n);
    const call = channels.write.close([1n], by.customer);
    await emits(call, channels, "ChannelClosing", [1n, Number(expiresAt)]);
  });

  it("returns nothing in the window, and the rest from its end on, whoever calls", async () => {
    const { channels, sign, closesAt, funds, by } = await load(closing);
    await channels.write.redeem([await sign(40n * USD)]);
    await networkHelpers.time.setNextBlockTimestamp(closesAt - 1n);
    await rejects(channels.write.close([1n], by.customer), channels, "ChannelsClosing", [1n, closesAt]);
    await networkHelpers.time.setNextBlockTimestamp(closesAt);
    const call = channels.write.close([1n], by.stranger);
    await emits(call, channels, "ChannelClosed", [1n, 40n * USD, USD, 60n * USD]);
    expect(await funds()).to.deep.equal({ payer: 960n * USD, payee: 39n * USD, fees: USD, locked: 0n });
  });

  it("is at once for the payee, also in the payer's window", async () => {
    for (const state of [opened, closing]) {
      const { channels, funds, by } = await load(state);
      await channels.write.close([1n], by.provider);
      expect(await funds()).to.deep.equal({ payer: 1_000n * USD, payee: 0n, fees: 0n, locked: 0n });
    }
  });

  it("is for anybody after the term", async () => {
    const { channels, expiresAt, funds, by } = await load(opened);
    await networkHelpers.time.increaseTo(expiresAt);
    expect((await channels.read.channelOf([1n])).status).to.equal(ChannelStatus.Over);
    await channels.write.close([1n], by.stranger);
    expect((await funds()).payer).to.equal(1_000n * USD);
  });

  it("happens once", async () => {
    const { channels, by } = await load(opened);
    await channels.write.close([1n], by.provider);
    for (const account of [by.provider, by.customer, by.stranger]) {
      await rejects(channels.write.close([1n], account), channels, "ChannelsOver", [1n]);
    }
  });

  it("returns the whole cap less what was redeemed, when all of it was", async () => {
    const { channels, sign, funds, by } = await load(opened);
    await channels.write.redeem([await sign(CAP)]);
    await channels.write.close([1n], by.provider);
    const net = channelNet(CAP);
    expect(await funds()).to.deep.equal({ payer: 900n * USD, payee: net, fees: CAP - net, locked: 0n });
  });

  it("moves only what there is: no refund of a whole cap that was redeemed, no fee of nothing", async () => {
    const { channels, ledger, sign, by } = await load(opened);
    await channels.write.redeem([await sign(CAP)]);
    await channels.write.close([1n], by.provider);
    expect((await ledger.getEvents.FeePaid()).length).to.equal(1);
    expect(await ledger.getEvents.Refunded()).to.deep.equal([]);
    const unused = await load(opened);
    await unused.channels.write.close([1n], by.provider);
    expect(await unused.ledger.getEvents.FeePaid()).to.deep.equal([]);
    expect((await unused.ledger.getEvents.Refunded()).length).to.equal(1);
  });

  it("shares out a fee of one unit, and a rest of one unit", async () => {
    const { channels, sign, funds, by } = await load(opened);
    await channels.write.redeem([await sign(40n)]);
    await channels.write.close([1n], by.provider);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD - 40n, payee: 39n, fees: 1n, locked: 0n });
    const used = await load(opened);
    await used.channels.write.redeem([await used.sign(CAP - 1n)]);
    await used.channels.write.close([1n], by.provider);
    const net = channelNet(CAP - 1n);
    expect(await used.funds()).to.deep.equal({ payer: 900n * USD + 1n, payee: net, fees: CAP - 1n - net, locked: 0n });
  });
});

describe("UsageChannels.sweepFee", () => {
  it("refuses an unknown channel", async () => {
    const { channels } = await load(opened);
    await rejects(channels.write.sweepFee([2n]), channels, "ChannelsUnknown", [2n]);
  });

  it("pays a fee of one unit, and tells no fee of nothing", async () => {
    const { channels, ledger, sign, funds } = await load(opened);
    await channels.write.redeem([await sign(40n)]);
    await channels.write.sweepFee([1n]);
    expect((await funds()).fees).to.equal(1n);
    await channels.write.sweepFee([1n]);
    expect(await ledger.getEvents.FeePaid()).to.deep.equal([]);
  });

  it("pays the fee of what was redeemed once, and nothing twice", async () => {
    const { channels, sign, funds, by } = await load(opened);
    await channels.write.sweepFee([1n]);
    await channels.write.redeem([await sign(40n * USD)]);
    await channels.write.sweepFee([1n], by.stranger);
    await channels.write.sweepFee([1n]);
    expect(await funds()).to.deep.equal({ payer: 900n * USD, payee: 39n * USD, fees: USD, locked: 60n * USD });
    await channels.write.redeem([await sign(80n * USD)]);
    await channels.write.close([1n], by.provider);
    await channels.write.sweepFee([1n]);
    expect(await funds()).to.deep.equal({ payer: 920n * USD, payee: 78n * USD, fees: 2n * USD, locked: 0n });
  });
});

describe("a payer that wants its money back before the payee has redeemed", () => {
  it("gets nothing by closing and withdrawing in one block with the redemption, in any order", async () => {
    const { channels, ledger, sign, funds, payer, client, by } = await load(opened);
    const voucher = await sign(80n * USD);
    await ledger.write.withdraw([payer, 1, 900n * USD], by.customer);
    const gas = 500_000n;
    await client.request({ method: "evm_setAutomine" as never, params: [false] as never });
    const hashes = [
      await channels.write.close([1n], { ...by.customer, gas }),
      await channels.write.close([1n], { ...by.customer, gas }),
      await ledger.write.refundExpired([channels.address, 1n], { ...by.customer, gas }),
      await ledger.write.withdraw([payer, 1, 1n], { ...by.customer, gas }),
      await channels.write.redeem([voucher], { ...by.stranger, gas }),
    ];
    await networkHelpers.mine();
    await client.request({ method: "evm_setAutomine" as never, params: [true] as never });
    const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })));
    expect(new Set(receipts.map(({ blockNumber }) => blockNumber)).size).to.equal(1);
    const outcomes = ["success", "reverted", "reverted", "reverted", "success"];
    expect(receipts.map(({ status }) => status)).to.deep.equal(outcomes);
    expect(await funds()).to.deep.equal({ payer: 0n, payee: 78n * USD, fees: 0n, locked: 22n * USD });
  });

  it("gets nothing by a handover of its approval, by another operator, or as a payee of itself", async () => {
    const { channels, ledger, payer, payee, by } = await load(opened);
    const other = await viem.deployContract("HostileMarket");
    for (const call of [
      ledger.write.refund([1n, 1n], by.customer),
      ledger.write.pay([1n, 1n], by.customer),
      ledger.write.setPayee([1n, payer], by.customer),
    ]) {
      await rejects(call, ledger, "LedgerLockUnknown");
    }
    await rejects(ledger.write.refundExpired([channels.address, 1n], by.customer), ledger, "LedgerLockNotExpired");
    expect((await ledger.read.lockOf([channels.address, 1n])).payee).to.equal(payee);
    expect((await ledger.read.lockOf([other.address, 1n])).left).to.equal(0n);
  });
});

describe("a channel that nobody closes", () => {
  it("gives its money back through the ledger, and can still be closed", async () => {
    const { channels, ledger, sign, expiresAt, funds, usd, payer, by } = await load(opened);
    await channels.write.redeem([await sign(40n * USD)]);
    await networkHelpers.time.increaseTo(expiresAt + REFUND_DELAY_SECONDS);
    await ledger.write.refundExpired([channels.address, 1n], by.stranger);
    const after = { payer: 961n * USD, payee: 39n * USD, fees: 0n, locked: 0n };
    expect(await funds()).to.deep.equal(after);
    await channels.write.sweepFee([1n]);
    await channels.write.close([1n], by.stranger);
    expect(await funds()).to.deep.equal(after);
    await ledger.write.withdraw([payer, 1, 961n * USD], by.customer);
    expect(await usd.read.balanceOf([payer])).to.equal(GENESIS_USD - 39n * USD);
  });
});
