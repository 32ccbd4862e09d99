import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, requestedDealFixtures } from "../../helpers/fixtures/requested-deal.ts";
import { USD } from "../../helpers/money.ts";
import { GIB, HOSTING } from "../../helpers/policy.ts";
import { OFFER_BYTES, Status, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { requested, requestedLate } = requestedDealFixtures(connection);

const SET = 1;
const TERM = 30n;
const GRACE = 7n;

describe("DealMarket.accept", () => {
  it("refuses an unknown deal, and everybody but the provider's operator", async () => {
    const { market, addresses, by } = await load(requested);
    await rejects(market.write.accept([9n, SET], by.operator), market, "MarketStatusInvalid", [9n, Status.None]);
    for (const caller of [by.provider, by.customer, by.stranger]) {
      const address = getAddress(caller.account.address);
      const invalid = [1n, addresses.operator, address];
      await rejects(market.write.accept([1n, SET], caller), market, "MarketCallerInvalid", invalid);
    }
  });

  it("refuses one second after the deadline, not at it", async () => {
    const { market, acceptBy, by } = await load(requested);
    await networkHelpers.time.setNextBlockTimestamp(acceptBy + 1);
    const late = market.write.accept([1n, SET], by.operator);
    await rejects(late, market, "MarketDeadline", [1n, BigInt(acceptBy), BigInt(acceptBy) + 1n]);
  });

  it("takes the last second", async () => {
    const { market, acceptBy, statusOf, by } = await load(requested);
    await networkHelpers.time.setNextBlockTimestamp(acceptBy);
    await market.write.accept([1n, SET], by.operator);
    expect(await statusOf()).to.equal(Status.Active);
  });

  it("refuses a set of another provider or market", async () => {
    const { market, proofs, registry, addresses, stranger, by } = await load(requested);
    await rejects(market.write.accept([1n, 7], by.operator), market, "MarketSetInvalid", [
      7n,
      zeroAddress,
      zeroAddress,
    ]);
    await registry.write.register([addresses.stranger, 1, "https://other.example", "", "0x"], by.stranger);
    await proofs.write.openSet([stranger.account.address, market.address], by.stranger);
    const foreign = [2n, addresses.stranger, getAddress(market.address)];
    await rejects(market.write.accept([1n, 2], by.operator), market, "MarketSetInvalid", foreign);
    await proofs.write.openSet([addresses.provider, proofs.address], by.operator);
    const elsewhere = [3n, addresses.provider, getAddress(proofs.address)];
    await rejects(market.write.accept([1n, 3], by.operator), market, "MarketSetInvalid", elsewhere);
  });

  it("refuses without stake or capacity, from a jailed provider, and of a withdrawn offer", async () => {
    const { market, vault, registry, addresses, by } = await load(requested);
    const accept = () => market.write.accept([1n, SET], by.operator);
    await registry.write.setJailed([addresses.provider, true], by.governor);
    await rejects(accept(), registry, "RegistryOfferUnavailable", [1n]);
    await registry.write.setJailed([addresses.provider, false], by.governor);
    await registry.write.updateOffer([1n, UNIT_PRICE, GIB, 2, ""], by.provider);
    await rejects(accept(), registry, "RegistryCapacityInsufficient", [1n, GIB, 2n * GIB]);
    await registry.write.updateOffer([1n, UNIT_PRICE, OFFER_BYTES, 2, ""], by.provider);
    await vault.write.allocate([HOSTING, parseEther("1.5")], by.provider);
    const short = [addresses.provider, parseEther("1.5"), parseEther("2")];
    await rejects(accept(), vault, "StakeInsufficient", short);
    await vault.write.allocate([HOSTING, parseEther("2")], by.provider);
    await registry.write.withdrawOffer([1n], by.provider);
    await rejects(accept(), registry, "RegistryOfferUnavailable", [1n]);
  });

  it("refuses a second time", async () => {
    const { market, by } = await load(requested);
    await market.write.accept([1n, SET], by.operator);
    const again = market.write.accept([1n, SET], by.operator);
    await rejects(again, market, "MarketStatusInvalid", [1n, Status.Active]);
  });

  it("starts the deal at its price, whatever the offer costs by now", async () => {
    const { market, payments, registry, vault, proofs, keyOf, addresses, by } = await load(requested);
    await registry.write.updateOffer([1n, 3n * UNIT_PRICE, OFFER_BYTES, 2, ""], by.provider);
    const [from, termEnd, end] = [P + 1n, P + 1n + TERM, P + 1n + TERM + GRACE].map(Number);
    const stake = parseEther("2");
    const call = market.write.accept([1n, SET], by.operator);
    await emits(call, market, "DealAccepted", [1n, addresses.provider, SET, from, termEnd, end, stake]);
    const deal = await market.read.dealOf([1n]);
    expect([deal.status, deal.acceptBy, deal.termPeriods, deal.stakeReserved]).to.deep.equal([
      Status.Active,
      0,
      0,
      stake,
    ]);
    expect(await market.read.termsOf([1n])).to.deep.equal([termEnd, end]);
    const stream = await payments.read.streamOf([keyOf(1n)]);
    expect([stream.verifier, stream.setId, stream.endPeriod, stream.unitPrice]).to.deep.equal([
      getAddress(proofs.address),
      SET,
      end,
      UNIT_PRICE,
    ]);
    expect((await registry.read.offerOf([1n])).freeBytes).to.equal(OFFER_BYTES - 2n * GIB);
    expect((await vault.read.allocationOf([addresses.provider, HOSTING])).reserved).to.equal(stake);
  });

  it("still fits its money and its lock at the last moment", async () => {
    const { market, ledger, payments, keyOf, acceptBy, enter, by } = await load(requestedLate);
    await enter(P + 1n);
    expect(await networkHelpers.time.latest()).to.be.lessThan(acceptBy);
    await market.write.accept([1n, SET], by.operator);
    const { endPeriod } = await payments.read.streamOf([keyOf(1n)]);
    const { expiresAt } = await ledger.read.lockOf([payments.address, keyOf(1n)]);
    expect(BigInt(expiresAt)).to.equal(await market.read.endOf([BigInt(endPeriod)]));
  });
});

for (const [entry, status] of [
  ["decline", Status.Declined],
  ["cancel", Status.Cancelled],
  ["expire", Status.Expired],
] as const) {
  describe(`DealMarket.${entry}`, () => {
    it("refuses a deal that is unknown, accepted or over", async () => {
      const { market, acceptBy, by } = await load(requested);
      const caller = { decline: by.operator, cancel: by.customer, expire: by.stranger }[entry];
      const call = (dealId: bigint) => market.write[entry]([dealId], caller);
      if (entry === "expire") await rejects(call(9n), market, "MarketStatusInvalid", [9n, Status.None]);
      else
        await rejects(call(9n), market, "MarketCallerInvalid", [9n, zeroAddress, getAddress(caller.account.address)]);
      const accepted = await networkHelpers.takeSnapshot();
      await market.write.accept([1n, SET], by.operator);
      await rejects(call(1n), market, "MarketStatusInvalid", [1n, Status.Active]);
      await accepted.restore();
      if (entry === "expire") await networkHelpers.time.increaseTo(acceptBy + 1);
      await call(1n);
      await rejects(call(1n), market, "MarketStatusInvalid", [1n, status]);
      await rejects(market.write.accept([1n, SET], by.operator), market, "MarketStatusInvalid", [1n, status]);
    });

    it(entry === "expire" ? "refuses until the deadline has passed" : "refuses everybody else", async () => {
      const { market, addresses, acceptBy, by } = await load(requested);
      if (entry === "expire") {
        await networkHelpers.time.setNextBlockTimestamp(acceptBy);
        const early = market.write.expire([1n], by.stranger);
        await rejects(early, market, "MarketDeadline", [1n, BigInt(acceptBy), BigInt(acceptBy)]);
        return;
      }
      const expected = { decline: addresses.operator, cancel: addresses.customer }[entry];
      for (const caller of [by.provider, by.stranger, entry === "decline" ? by.customer : by.operator]) {
        const invalid = [1n, expected, getAddress(caller.account.address)];
        await rejects(market.write[entry]([1n], caller), market, "MarketCallerInvalid", invalid);
      }
    });

    it("returns everything and leaves nothing reserved", async () => {
      const { market, registry, vault, payments, keyOf, acceptBy, addresses, funds, by } = await load(requested);
      const caller = { decline: by.operator, cancel: by.customer, expire: by.stranger }[entry];
      if (entry === "expire") await networkHelpers.time.increaseTo(acceptBy + 1);
      const told = [1n, status, getAddress(caller.account.address)];
      await emits(market.write[entry]([1n], caller), market, "DealClosedUnaccepted", told);
      expect(await funds()).to.deep.equal({ customer: 1_000n * USD, locked: 0n });
      const deal = await market.read.dealOf([1n]);
      expect([deal.status, deal.stakeReserved]).to.deep.equal([status, 0n]);
      expect((await payments.read.streamOf([keyOf(1n)])).closed).to.equal(true);
      expect((await registry.read.offerOf([1n])).freeBytes).to.equal(OFFER_BYTES);
      expect((await vault.read.allocationOf([addresses.provider, HOSTING])).reserved).to.equal(0n);
    });
  });
}
