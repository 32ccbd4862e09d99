import { expect } from "chai";
import { network } from "hardhat";
import {
  encodeAbiParameters,
  getAbiItem,
  getAddress,
  type Hex,
  hashTypedData,
  parseAbiParameters,
  zeroAddress,
} from "viem";
import { sessionKeyTypedData, voucherDigest } from "../../../sdk/src/channels/vouchers.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import {
  CAP,
  CHANNEL_FEE_BPS,
  ChannelStatus,
  CLOSE_WINDOW_SECONDS,
  PAYOUT_DELAY_SECONDS,
  RPC,
  usage,
} from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { MAX_UINT96, USD } from "../../helpers/money.ts";
import { serviceIdOf } from "../../helpers/policy.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits, costsAtMost } = createAssertions(connection);
const { fresh, opened, closing } = channelsFixtures(connection);
/** `WalletDouble.Answer`. */
const Answer = { No: 0, Yes: 1, Failure: 2, Garbage: 3 } as const;

describe("UsageChannels.open", () => {
  it("refuses nobody as payee", async () => {
    const { channels, open } = await load(fresh);
    await rejects(open({ payee: zeroAddress }), channels, "ChannelsPayeeInvalid", [zeroAddress]);
  });

  it("refuses an empty cap", async () => {
    const { channels, open } = await load(fresh);
    await rejects(open({ amount: 0n }), channels, "ChannelsAmountInvalid", [0n, MAX_UINT96]);
  });

  it("refuses a term shorter than the window in which the payee can redeem", async () => {
    const { channels, open } = await load(fresh);
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const earliest = now + CLOSE_WINDOW_SECONDS;
    const tooSoon = earliest - 1n;
    await rejects(open({ expiresAt: Number(tooSoon) }), channels, "ChannelsExpiryTooSoon", [earliest, tooSoon]);
    await networkHelpers.time.setNextBlockTimestamp(now + 10n);
    await open({ expiresAt: Number(earliest + 10n) });
  });

  it("refuses a service or a token that the catalogue does not list", async () => {
    const { channels, catalog, open } = await load(fresh);
    const serviceId = serviceIdOf("made up");
    await rejects(open({ serviceId }), channels, "ChannelsServiceUnavailable", [serviceId, 1]);
    await catalog.write.setToken([1, false]);
    await rejects(open(), channels, "ChannelsServiceUnavailable", [RPC, 1]);
  });

  it("refuses a fee above its own bound, by one, whatever the catalogue says", async () => {
    const { channels, catalog, open } = await load(fresh);
    /** Answers every call with proof class 2, this fee and the longest term of 3,660 periods. */
    const answering = (feeBps: number): Hex =>
      `0x600260005261${feeBps.toString(16).padStart(4, "0")}602052610e4c60405260606000f3`;
    await networkHelpers.setCode(catalog.address, answering(501));
    await rejects(open(), channels, "ChannelsFeeTooHigh", [501n, 500n]);
    await networkHelpers.setCode(catalog.address, answering(500));
    await open();
    expect((await channels.read.channelOf([1n])).feeBps).to.equal(500);
  });

  it("refuses no key, and a contract as the key", async () => {
    const { channels, ledger, open } = await load(fresh);
    await rejects(open({ sessionKey: zeroAddress }), channels, "ChannelsKeyInvalid", [zeroAddress]);
    const contract = getAddress(ledger.address);
    await rejects(open({ sessionKey: contract }), channels, "ChannelsKeyInvalid", [contract]);
  });

  it("takes the key of an account that delegates to a contract", async () => {
    const { session, ledger, open, channels } = await load(fresh);
    await networkHelpers.setCode(session.address, `0xef0100${ledger.address.slice(2)}`);
    await open();
    expect((await channels.read.channelOf([1n])).sessionKey).to.equal(session.address);
  });

  it("refuses more than the payer has, and money that it did not approve", async () => {
    const { channels, ledger, open, payer, by } = await load(fresh);
    const most = 1_000n * USD;
    const short = [payer, 1, most, most + 1n];
    await rejects(open({ amount: most + 1n }), ledger, "LedgerBalanceInsufficient", short);
    await rejects(open({ amount: MAX_UINT96 }), ledger, "LedgerBalanceInsufficient");
    await ledger.write.approveOperator([channels.address, channels.address, 1, 0n, 0n], by.customer);
    await rejects(open({ amount: 1n }), ledger, "LedgerApprovalInsufficient");
  });

  it("locks the cap and tells everything", async () => {
    const { channels, ledger, open, opening, payer, payee, session, expiresAt, funds } = await load(fresh);
    const transaction = open();
    await emits(transaction, channels, "ChannelOpened", [
      1n,
      payer,
      payee,
      RPC,
      1,
      CAP,
      opening.expiresAt,
      session.address,
      zeroAddress,
      payee,
      CHANNEL_FEE_BPS,
    ]);
    await emits(transaction, ledger, "Locked", [
      getAddress(channels.address),
      1n,
      payer,
      payee,
      1,
      CAP,
      opening.expiresAt,
    ]);
    expect(await funds()).to.deep.equal({ payer: 900n * USD, payee: 0n, fees: 0n, locked: CAP });
    expect(await channels.read.channelOf([1n])).to.deep.equal({
      status: ChannelStatus.Open,
      payer,
      payee,
      payout: payee,
      serviceId: RPC,
      tokenId: 1,
      sessionKey: session.address,
      locked: CAP,
      redeemed: 0n,
      expiresAt: Number(expiresAt),
      closesAt: 0,
      feeBps: CHANNEL_FEE_BPS,
    });
  });

  it("counts ids up and never uses one again, also after the channel is closed", async () => {
    const { channels, open, by } = await load(opened);
    await channels.write.close([1n], by.provider);
    await open({ amount: 1n });
    expect(await channels.read.channelCount()).to.equal(2n);
    expect((await channels.read.channelOf([1n])).status).to.equal(ChannelStatus.Closed);
    expect((await channels.read.channelOf([2n])).locked).to.equal(1n);
    expect((await channels.read.channelOf([3n])).status).to.equal(ChannelStatus.None);
  });

  it("writes payee and service once: the next channel of the two costs three words less", async () => {
    const { open, client, strangerAddress } = await load(opened);
    const first = await client.getTransactionReceipt({ hash: await open({ payee: strangerAddress }) });
    await costsAtMost(open({ payee: strangerAddress }), first.gasUsed - 3n * 20_000n);
  });

  it("keeps its fee when the catalogue changes", async () => {
    const { channels, catalog } = await load(opened);
    await catalog.write.setService(["rpc", 2n ** 30n, 10n ** 18n, 2, 500, 3_660, false]);
    expect((await channels.read.channelOf([1n])).feeBps).to.equal(CHANNEL_FEE_BPS);
  });
});

describe("UsageChannels.open with a contract as the key's owner", () => {
  async function withWallet() {
    const deployed = await fresh();
    const wallet = await viem.deployContract("WalletDouble");
    const keyOwner = getAddress(wallet.address);
    const digest = await deployed.channels.read.sessionKeyDigestOf([deployed.payer, deployed.opening]);
    return { ...deployed, wallet, keyOwner, digest };
  }

  it("asks about the digest that the SDK builds", async () => {
    const { digest, chainId, channels, opening, payer, session } = await load(withWallet);
    const message = { ...opening, key: session.address, payer, expiresAt: BigInt(opening.expiresAt) };
    const typed = sessionKeyTypedData({ chainId, channels: channels.address }, message);
    expect(hashTypedData(typed)).to.equal(digest);
  });

  for (const [how, answer] of [
    ["says no", Answer.No],
    ["reverts", Answer.Failure],
    ["answers with 100,000 zeros", Answer.Garbage],
  ] as const) {
    it(`refuses when the owner ${how}`, async () => {
      const { channels, wallet, open, keyOwner, digest, session } = await load(withWallet);
      await wallet.write.setAnswer([digest, answer]);
      await rejects(open({ keyOwner }), channels, "ChannelsKeyProofInvalid", [keyOwner, session.address]);
    });
  }

  it("refuses an owner without code, and an answer about other terms", async () => {
    const { channels, wallet, open, keyOwner, digest, session, strangerAddress, opening, by } = await load(withWallet);
    const refused = [keyOwner, session.address];
    await wallet.write.setAnswer([digest, Answer.Yes]);
    await rejects(open({ keyOwner, payee: strangerAddress }), channels, "ChannelsKeyProofInvalid", refused);
    await rejects(open({ keyOwner, expiresAt: opening.expiresAt + 1 }), channels, "ChannelsKeyProofInvalid", refused);
    await rejects(open({ keyOwner }, by.stranger), channels, "ChannelsKeyProofInvalid", refused);
    await rejects(open({ keyOwner: strangerAddress }), channels, "ChannelsKeyProofInvalid");
  });

  it("never asks again: what the key signed is paid, whatever the owner says later", async () => {
    const { channels, wallet, open, keyOwner, digest, sign, funds } = await load(withWallet);
    await wallet.write.setAnswer([digest, Answer.Yes]);
    await open({ keyOwner });
    await wallet.write.setAnswer([digest, Answer.Failure]);
    await channels.write.redeem([await sign(40n * USD)]);
    expect((await funds()).payee).to.equal(39n * USD);
  });
});

describe("UsageChannels through the ledger", () => {
  async function handing() {
    const deployed = await fresh();
    const { channels, ledger, by, opening, payer } = deployed;
    await ledger.write.approveOperator([channels.address, channels.address, 1, 0n, 0n], by.customer);
    const item = getAbiItem({ abi: channels.abi, name: "open" });
    const encodeOpen = (changes: Partial<typeof opening> = {}) =>
      encodeAbiParameters([{ type: "uint256" }, ...item.inputs], [0n, { ...opening, ...changes }]);
    const encodeTopUp = (channelId: bigint, amount: bigint, expiresAt: number) =>
      encodeAbiParameters(parseAbiParameters("uint256, uint256, uint96, uint40"), [1n, channelId, amount, expiresAt]);
    const handover = (most: bigint) => ({ operator: channels.address, agent: channels.address, tokenId: 1, most });
    return { ...deployed, encodeOpen, encodeTopUp, handover, payer };
  }

  it("refuses a handover by anybody but the ledger, and an unknown action", async () => {
    const { channels, ledger, payer, encodeOpen, handover, by } = await load(handing);
    const forged = channels.write.onApproval([payer, encodeOpen()], by.stranger);
    await rejects(forged, channels, "ChannelsHandoverInvalid", []);
    const unknown = encodeAbiParameters([{ type: "uint256" }], [2n]);
    await rejects(
      ledger.write.approveAndCall([handover(CAP), unknown], by.customer),
      channels,
      "ChannelsHandoverInvalid",
      [],
    );
  });

  it("refuses more than was handed over", async () => {
    const { ledger, encodeOpen, handover, by } = await load(handing);
    const call = ledger.write.approveAndCall([handover(CAP - 1n), encodeOpen()], by.customer);
    await rejects(call, ledger, "LedgerApprovalInsufficient");
  });

  it("opens with one signature and one transaction, from the wallet's tokens", async () => {
    const { ledger, channels, usd, encodeOpen, handover, permit, payer, by } = await load(handing);
    const before = await usd.read.balanceOf([payer]);
    await ledger.write.depositAndCall([await permit(CAP), handover(CAP), encodeOpen()], by.customer);
    expect(await usd.read.balanceOf([payer])).to.equal(before - CAP);
    expect((await channels.read.channelOf([1n])).payer).to.equal(payer);
    expect((await ledger.read.approvalOf([payer, channels.address, channels.address, 1])).most).to.equal(0n);
  });

  it("opens even when somebody used the permit first", async () => {
    const { ledger, channels, encodeOpen, handover, permit, payer, by } = await load(handing);
    const signed = await permit(CAP);
    await ledger.write.depositWithPermit([payer, 1, signed], by.stranger);
    await ledger.write.depositAndCall([signed, handover(CAP), encodeOpen()], by.customer);
    expect((await channels.read.channelOf([1n])).locked).to.equal(CAP);
  });

  it("tops up the caller's channel, and nobody else's", async () => {
    const { ledger, channels, encodeOpen, encodeTopUp, handover, strangerAddress, opening, by } = await load(handing);
    await ledger.write.approveAndCall([handover(CAP), encodeOpen()], by.customer);
    const data = encodeTopUp(1n, USD, opening.expiresAt + 5);
    const foreign = ledger.write.approveAndCall([handover(USD), data], by.stranger);
    await rejects(foreign, channels, "ChannelsCallerInvalid", [1n, strangerAddress]);
    await ledger.write.approveAndCall([handover(USD), data], by.customer);
    const { locked, expiresAt } = await channels.read.channelOf([1n]);
    expect({ locked, expiresAt }).to.deep.equal({ locked: CAP + USD, expiresAt: opening.expiresAt + 5 });
  });
});

describe("UsageChannels.topUp", () => {
  it("refuses an unknown channel, and anybody but the payer", async () => {
    const { channels, strangerAddress, payee, by } = await load(opened);
    await rejects(channels.write.topUp([2n, 1n, 0], by.customer), channels, "ChannelsUnknown", [2n]);
    const invalid = "ChannelsCallerInvalid";
    await rejects(channels.write.topUp([1n, 1n, 0], by.stranger), channels, invalid, [1n, strangerAddress]);
    await rejects(channels.write.topUp([1n, 1n, 0], by.provider), channels, invalid, [1n, payee]);
  });

  it("refuses a channel that is being closed, over, or closed", async () => {
    const { channels, closesAt, by } = await load(closing);
    const topUp = () => channels.write.topUp([1n, 1n, 0], by.customer);
    await rejects(topUp(), channels, "ChannelsClosing", [1n, closesAt]);
    await networkHelpers.time.setNextBlockTimestamp(closesAt);
    await rejects(topUp(), channels, "ChannelsOver", [1n]);
    await channels.write.close([1n], by.stranger);
    await rejects(topUp(), channels, "ChannelsOver", [1n]);
  });

  it("refuses a channel that the payee closed in its term", async () => {
    const { channels, by } = await load(opened);
    await channels.write.close([1n], by.provider);
    await rejects(channels.write.topUp([1n, 1n, 0], by.customer), channels, "ChannelsOver", [1n]);
  });

  it("takes the last second of the term, and refuses from then on", async () => {
    const { channels, expiresAt, by } = await load(opened);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt - 1n);
    await channels.write.topUp([1n, 1n, 0], by.customer);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt);
    await rejects(channels.write.topUp([1n, 1n, 0], by.customer), channels, "ChannelsOver", [1n]);
  });

  it("refuses more than a channel can hold", async () => {
    const { channels, by } = await load(opened);
    const room = MAX_UINT96 - CAP;
    const call = channels.write.topUp([1n, room + 1n, 0], by.customer);
    await rejects(call, channels, "ChannelsAmountInvalid", [room + 1n, room]);
  });

  it("takes as much as a channel can hold", async () => {
    const { channels, ledger, plain, open, payer, by } = await load(fresh);
    await plain.write.mint([payer, MAX_UINT96]);
    await plain.write.approve([ledger.address, MAX_UINT96], by.customer);
    await ledger.write.deposit([payer, 2, MAX_UINT96], by.customer);
    await open({ tokenId: 2 });
    await channels.write.topUp([1n, MAX_UINT96 - CAP, 0], by.customer);
    expect((await channels.read.channelOf([1n])).locked).to.equal(MAX_UINT96);
  });

  it("adds to the cap, also nothing, and never moves the expiry earlier", async () => {
    const { channels, ledger, opening, funds, by } = await load(opened);
    const { expiresAt } = opening;
    const call = channels.write.topUp([1n, 5n * USD, expiresAt - 1], by.customer);
    await emits(call, channels, "ChannelToppedUp", [1n, 5n * USD, CAP + 5n * USD, expiresAt]);
    await channels.write.topUp([1n, 0n, expiresAt + 9], by.customer);
    expect((await funds()).locked).to.equal(CAP + 5n * USD);
    expect((await ledger.read.lockOf([channels.address, 1n])).expiresAt).to.equal(expiresAt + 9);
  });

  it("makes a voucher good that was above the cap", async () => {
    const { channels, sign, funds, by } = await load(opened);
    const voucher = await sign(CAP + 1n);
    await rejects(channels.write.redeem([voucher]), channels, "ChannelsVoucherRefused");
    await channels.write.topUp([1n, 1n, 0], by.customer);
    await channels.write.redeem([voucher]);
    expect((await funds()).locked).to.equal(CAP + 1n - (await funds()).payee);
  });
});

describe("UsageChannels.setPayout", () => {
  const payout = "0x00000000000000000000000000000000000000A1";

  it("names the payee itself until the delay has passed, and then the new one", async () => {
    const { channels, payee, by } = await load(fresh);
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const validFrom = now + PAYOUT_DELAY_SECONDS;
    await emits(channels.write.setPayout([payout], by.provider), channels, "PayoutChanged", [
      payee,
      getAddress(payout),
      Number(validFrom),
    ]);
    await networkHelpers.time.increaseTo(validFrom - 1n);
    expect(await channels.read.payoutOf([payee])).to.equal(payee);
    await networkHelpers.time.increaseTo(validFrom);
    expect(await channels.read.payoutOf([payee])).to.equal(getAddress(payout));
  });

  it("tells the payee itself when the address is taken back", async () => {
    const { channels, payee, by } = await load(fresh);
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const told = [payee, payee, Number(now + PAYOUT_DELAY_SECONDS)];
    await emits(channels.write.setPayout([zeroAddress], by.provider), channels, "PayoutChanged", told);
  });

  it("replaces a change that still waits, with a delay of its own", async () => {
    const { channels, payee, by } = await load(fresh);
    await channels.write.setPayout([payout], by.provider);
    await networkHelpers.time.increase(PAYOUT_DELAY_SECONDS - 10n);
    await channels.write.setPayout([zeroAddress], by.provider);
    await networkHelpers.time.increase(60n);
    expect(await channels.read.payoutOf([payee])).to.equal(payee);
    await networkHelpers.time.increase(PAYOUT_DELAY_SECONDS);
    expect(await channels.read.payoutOf([payee])).to.equal(payee);
  });

  it("binds new channels only", async () => {
    const { channels, ledger, open, sign, payee, by } = await load(opened);
    await channels.write.setPayout([payout], by.provider);
    await networkHelpers.time.increase(PAYOUT_DELAY_SECONDS);
    await open();
    await channels.write.redeem([await sign(40n * USD)]);
    await channels.write.redeem([await sign(20n * USD, { channelId: 2n })]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(39n * USD);
    expect(await ledger.read.balanceOf([payout, 1])).to.equal((39n * USD) / 2n);
    expect((await channels.read.channelOf([2n])).payee).to.equal(payee);
  });
});

describe("UsageChannels.voucherDigestOf", () => {
  it("refuses an unknown channel", async () => {
    const { channels } = await load(fresh);
    await rejects(channels.read.voucherDigestOf([1n, 1n, RPC]), channels, "ChannelsUnknown", [1n]);
  });

  it("is what viem signs, at 0, 1 and the greatest numbers", async () => {
    const { channels, termsOf } = await load(opened);
    for (const cumulative of [0n, 1n, MAX_UINT96, 2n ** 256n - 1n]) {
      const claim = { cumulative, usageRoot: usage("anything") };
      const digest = await channels.read.voucherDigestOf([1n, cumulative, claim.usageRoot]);
      expect(digest).to.equal(voucherDigest(termsOf(1n), claim));
    }
  });
});
