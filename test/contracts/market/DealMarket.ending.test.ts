import { expect } from "chai";
import { network } from "hardhat";
import { createAssertions } from "../../helpers/assertions.ts";
import { GRACE, P, runningDealFixtures, SET, TERM } from "../../helpers/fixtures/running-deal.ts";
import { USD } from "../../helpers/money.ts";
import { FEE_BPS } from "../../helpers/policy.ts";
import { LOCAL_SPANS, OFFER_BYTES, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { active, ending } = runningDealFixtures(connection);

const NOTICE = LOCAL_SPANS.noticePeriods;
const TERM_END = P + 1n + TERM;
const END = TERM_END + GRACE;
const feeOf = (gross: bigint) => (gross * BigInt(FEE_BPS)) / 10_000n;

describe("DealMarket.end", () => {
  it("refuses everybody but the customer, and a deal that is over", async () => {
    const { market, payments, dealKey, addresses, enter, by } = await load(active);
    const invalid = [1n, addresses.customer, addresses.provider];
    await rejects(market.write.end([1n], by.provider), market, "MarketCallerInvalid", invalid);
    await enter(END);
    await rejects(market.write.end([1n], by.customer), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("ends at the next boundary", async () => {
    const { market, enter, endOf, statusOf, addresses, by } = await load(active);
    await enter(P + 5n);
    const told = [1n, Number(P + 6n), 1, addresses.customer];
    await emits(market.write.end([1n], by.customer), market, "DealEnding", told);
    expect(await endOf()).to.equal(P + 6n);
    expect(await statusOf()).to.equal(Status.Ending);
    expect(await market.read.termsOf([1n])).to.deep.equal([Number(P + 6n), Number(P + 6n)]);
  });

  it("overtakes a notice, and never makes a deal longer", async () => {
    const { market, payments, dealKey, enter, endOf, by } = await load(active);
    await market.write.giveNotice([1n], by.provider);
    expect(await endOf()).to.equal(P + 1n + NOTICE);
    await market.write.end([1n], by.customer);
    expect(await endOf()).to.equal(P + 1n);
    await rejects(market.write.giveNotice([1n], by.provider), market, "MarketStatusInvalid", [1n, Status.Ending]);
    await enter(P + 1n);
    await rejects(market.write.end([1n], by.customer), payments, "PaymentsStreamInactive", [dealKey]);
    expect(await endOf()).to.equal(P + 1n);
  });
});

describe("DealMarket.giveNotice", () => {
  it("refuses everybody but the provider and its operator", async () => {
    const { market, addresses, by } = await load(active);
    const invalid = [1n, addresses.operator, addresses.customer];
    await rejects(market.write.giveNotice([1n], by.customer), market, "MarketCallerInvalid", invalid);
  });

  it("ends the deal after the notice, by either of the two", async () => {
    const { market, endOf, addresses, by } = await load(active);
    const told = [1n, Number(P + 1n + NOTICE), 2, addresses.operator];
    await emits(market.write.giveNotice([1n], by.operator), market, "DealEnding", told);
    expect(await endOf()).to.equal(P + 1n + NOTICE);
  });

  it("never makes a deal longer", async () => {
    const { market, enter, endOf, by } = await load(active);
    await enter(END - 1n);
    await market.write.giveNotice([1n], by.provider);
    expect(await endOf()).to.equal(END);
  });
});

describe("DealMarket.endAbandoned", () => {
  /** Periods P + 1 to P + 3 have a seed and no proof, unless told otherwise. */
  async function missed({ record, prove }: Awaited<ReturnType<typeof active>>, proven: readonly bigint[] = []) {
    for (const period of [P + 1n, P + 2n, P + 3n]) {
      await record(period);
      if (proven.includes(period)) await prove(SET, period);
    }
  }

  it("refuses before three missed periods are closed", async () => {
    const deployed = await load(active);
    await missed(deployed);
    const call = deployed.market.write.endAbandoned([1n], deployed.by.stranger);
    await rejects(call, deployed.market, "MarketNotAbandoned", [1n]);
  });

  it("refuses when one of them was proven", async () => {
    const deployed = await load(active);
    await missed(deployed, [P + 2n]);
    await deployed.enter(P + 5n);
    const call = deployed.market.write.endAbandoned([1n], deployed.by.stranger);
    await rejects(call, deployed.market, "MarketNotAbandoned", [1n]);
  });

  it("refuses when one of them has no seed: that is nobody's fault", async () => {
    const { market, record, enter, by } = await load(active);
    await record(P + 1n);
    await record(P + 3n);
    await enter(P + 5n);
    await rejects(market.write.endAbandoned([1n], by.stranger), market, "MarketNotAbandoned", [1n]);
  });

  it("refuses while the deal was empty in one of them", async () => {
    const { market, proofs, request, provider, record, enter, by } = await load(active);
    await proofs.write.openSet([provider.account.address, market.address], by.operator);
    await market.write.request([request()], by.customer);
    await market.write.accept([2n, 2], by.operator);
    await enter(P + 1n);
    await proofs.write.addPieces([2n, 2n, [request().firstPiece], 0n, "0x"], by.operator);
    for (const period of [P + 1n, P + 2n, P + 3n]) await record(period);
    await enter(P + 5n);
    await rejects(market.write.endAbandoned([2n], by.stranger), market, "MarketNotAbandoned", [2n]);
    await record(P + 4n);
    await enter(P + 6n);
    await market.write.endAbandoned([2n], by.stranger);
  });

  it("refuses an unknown deal and one that is finished", async () => {
    const deployed = await load(active);
    const { market, enter, by } = deployed;
    await rejects(market.write.endAbandoned([9n], by.stranger), market, "MarketNotAbandoned", [9n]);
    await missed(deployed);
    await enter(P + 5n);
    await market.write.endAbandoned([1n], by.stranger);
    await enter(P + 8n);
    await market.write.finish([1n], by.stranger);
    await rejects(market.write.endAbandoned([1n], by.stranger), market, "MarketNotAbandoned", [1n]);
  });

  it("lets anyone end the deal at the next boundary", async () => {
    const deployed = await load(active);
    const { market, enter, endOf, statusOf, addresses, by } = deployed;
    await missed(deployed);
    await enter(P + 5n);
    const told = [1n, Number(P + 6n), 3, addresses.stranger];
    await emits(market.write.endAbandoned([1n], by.stranger), market, "DealEnding", told);
    expect(await endOf()).to.equal(P + 6n);
    expect(await statusOf()).to.equal(Status.Ending);
  });
});

describe("DealMarket.finish", () => {
  it("refuses a deal that was never accepted, and one whose last period is not closed", async () => {
    const { market, payments, dealKey, request, enter, by } = await load(ending);
    await market.write.request([request()], by.customer);
    await rejects(market.write.finish([2n], by.stranger), market, "MarketStatusInvalid", [2n, Status.Requested]);
    await enter(P + 4n);
    const early = [dealKey, P + 3n, P + 4n];
    await rejects(market.write.finish([1n], by.stranger), payments, "PaymentsNotOver", early);
  });

  it("pays, refunds and frees everything, whoever asks, once", async () => {
    const { market, record, prove, enter, funds, backing, statusOf, addresses, by } = await load(ending);
    await record(P + 3n);
    await prove(SET, P + 3n);
    await enter(P + 5n);
    await emits(market.write.finish([1n], by.stranger), market, "DealFinished", [1n, addresses.stranger]);
    const gross = UNIT_PRICE / 30n;
    expect(await funds()).to.deep.equal({
      customer: 1_000n * USD - gross,
      provider: gross - feeOf(gross),
      fees: feeOf(gross),
      locked: 0n,
    });
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES, reserved: 0n });
    expect(await statusOf()).to.equal(Status.Finished);
    expect((await market.read.dealOf([1n])).stakeReserved).to.equal(0n);
    const again = market.write.finish([1n], by.stranger);
    await rejects(again, market, "MarketStatusInvalid", [1n, Status.Finished]);
  });

  it("finishes at the end of the grace when nobody does anything", async () => {
    const { market, enter, funds, backing, by } = await load(active);
    await enter(END + 1n);
    await market.write.finish([1n], by.stranger);
    expect(await funds()).to.deep.equal({ customer: 1_000n * USD, provider: 0n, fees: 0n, locked: 0n });
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES, reserved: 0n });
  });

  it("works after anyone closed the payments without the market", async () => {
    const { market, payments, dealKey, enter, backing, statusOf, by } = await load(active);
    await enter(END + 1n);
    await payments.write.close([dealKey], by.stranger);
    await market.write.finish([1n], by.stranger);
    expect(await statusOf()).to.equal(Status.Finished);
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES, reserved: 0n });
  });

  it("works after the lock went back to its payer long after its expiry", async () => {
    const { market, ledger, payments, dealKey, spans, funds, backing, by } = await load(active);
    const { expiresAt } = await ledger.read.lockOf([payments.address, dealKey]);
    await networkHelpers.time.increaseTo(BigInt(expiresAt) + spans.refundDelaySeconds);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    await market.write.finish([1n], by.stranger);
    expect((await funds()).customer).to.equal(1_000n * USD);
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES, reserved: 0n });
  });

  it("works when governance has unlisted the market and jailed the provider", async () => {
    const { market, registry, vault, catalog, enter, statusOf, addresses, by } = await load(active);
    await registry.write.setMarket([market.address, false], by.governor);
    await vault.write.setMarket([market.address, false], by.governor);
    await registry.write.setJailed([addresses.provider, true], by.governor);
    await catalog.write.setToken([TOKEN, false], by.governor);
    await market.write.renew([1n, 5], by.customer);
    await market.write.end([1n], by.customer);
    await enter(P + 3n);
    await market.write.finish([1n], by.stranger);
    expect(await statusOf()).to.equal(Status.Finished);
  });
});
