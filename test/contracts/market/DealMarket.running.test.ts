import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { MAX_UINT128, USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, HOSTING, MAX_TERM_PERIODS } from "../../helpers/policy.ts";
import {
  costOf,
  deployProtocol,
  encodeChangeCapacity,
  encodeRenew,
  FIRST_PERIOD,
  LOCAL_SPANS,
  OFFER_BYTES,
  Status,
  TOKEN,
  UNIT_PRICE,
} from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);

const P = FIRST_PERIOD;
const SET = 1n;
const TERM = 30n;
const GRACE = LOCAL_SPANS.gracePeriods;
const NOTICE = LOCAL_SPANS.noticePeriods;
const TERM_END = P + 1n + TERM;
const END = TERM_END + GRACE;
const feeOf = (gross: bigint) => (gross * BigInt(FEE_BPS)) / 10_000n;

/** Deal 1 of 2 GiB runs from P + 1 on for 30 periods, and holds a piece of 1 GiB. Local spans: a period is 20 seconds. */
async function active() {
  const deployed = await deployProtocol(connection, LOCAL_SPANS);
  const { market, ledger, payments, proofs, provider, customer, request, deposit, approve, by, keyOf } = deployed;
  await deposit();
  await approve(MAX_UINT128);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  await market.write.request([request()], by.customer);
  await market.write.accept([1n, Number(SET)], by.operator);
  await proofs.write.addPieces([SET, 1n, [request().firstPiece], 0n, "0x"], by.operator);
  const addresses = {
    customer: getAddress(customer.account.address),
    provider: getAddress(provider.account.address),
    operator: getAddress(deployed.operator.account.address),
    stranger: getAddress(deployed.stranger.account.address),
  };
  const dealKey = keyOf(1n);
  return {
    ...deployed,
    addresses,
    dealKey,
    locked: costOf(UNIT_PRICE, 2n * GIB, TERM + GRACE),
    statusOf: async () => (await market.read.dealOf([1n])).status,
    endOf: async () => BigInt((await payments.read.streamOf([dealKey])).endPeriod),
    async funds() {
      const balanceOf = (account: `0x${string}`) => ledger.read.balanceOf([account, TOKEN]);
      const { left } = await ledger.read.lockOf([payments.address, dealKey]);
      return {
        customer: await balanceOf(addresses.customer),
        provider: await balanceOf(addresses.provider),
        fees: await balanceOf(deployed.feeRecipient.account.address),
        locked: left,
      };
    },
    backing: async () => ({
      free: (await deployed.registry.read.offerOf([1n])).freeBytes,
      reserved: (await deployed.vault.read.allocationOf([addresses.provider, HOSTING])).reserved,
    }),
  };
}

async function ending() {
  const deployed = await active();
  await deployed.enter(P + 3n);
  await deployed.market.write.end([1n], deployed.by.customer);
  return deployed;
}

describe("DealMarket.renew", () => {
  it("refuses everybody but the customer, and no time at all", async () => {
    const { market, addresses, by } = await load(active);
    const invalid = [1n, addresses.customer, addresses.stranger];
    await rejects(market.write.renew([1n, 5], by.stranger), market, "MarketCallerInvalid", invalid);
    await rejects(market.write.renew([1n, 0], by.customer), market, "MarketTermInvalid", [1n, 2n ** 24n - 1n, 0n]);
  });

  it("refuses a deal that ends", async () => {
    const { market, by } = await load(ending);
    await rejects(market.write.renew([1n, 5], by.customer), market, "MarketStatusInvalid", [1n, Status.Ending]);
  });

  it("refuses a deal that is over", async () => {
    const { market, payments, enter, dealKey, by } = await load(active);
    await enter(END);
    await rejects(market.write.renew([1n, 5], by.customer), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("refuses more time than can be counted", async () => {
    const { market, ledger, payments, addresses, deposit, by } = await load(active);
    await deposit(100_000n * USD);
    const end = 2n ** 24n;
    const tooLong = market.write.renew([1n, Number(end - END)], by.customer);
    await rejects(tooLong, payments, "PaymentsValueTooLarge", [end, end - 1n]);
    const balance = await ledger.read.balanceOf([addresses.customer, TOKEN]);
    const missing = (2n ** 32n - 1n) * 2n * (UNIT_PRICE / 30n); // and more, for what does not divide
    const short = (required: bigint) => required > missing;
    const parts = [addresses.customer, TOKEN, balance, short];
    await rejects(market.write.renew([1n, 2 ** 32 - 1], by.customer), ledger, "LedgerBalanceInsufficient", parts);
  });

  it("refuses without approval or money", async () => {
    const { market, ledger, payments, approve, addresses, locked, by } = await load(active);
    const renew = () => market.write.renew([1n, 30], by.customer);
    const missing = 2n * UNIT_PRICE;
    await approve(missing - 1n);
    const parties = [addresses.customer, getAddress(payments.address), getAddress(market.address)];
    await rejects(renew(), ledger, "LedgerApprovalInsufficient", [...parties, missing - 1n, missing]);
    await approve(missing);
    await ledger.write.withdraw([addresses.customer, TOKEN, 1_000n * USD - locked - missing + 1n], by.customer);
    await rejects(renew(), ledger, "LedgerBalanceInsufficient", [addresses.customer, TOKEN, missing - 1n, missing]);
  });

  it("adds time and the money for it at the deal's price", async () => {
    const { market, ledger, payments, registry, dealKey, locked, funds, by } = await load(active);
    await registry.write.updateOffer([1n, 5n * UNIT_PRICE, OFFER_BYTES, 2, ""], by.provider);
    const added = 2n * UNIT_PRICE;
    const told = [1n, Number(TERM_END + 30n), Number(END + 30n), added];
    await emits(market.write.renew([1n, 30], by.customer), market, "DealRenewed", told);
    expect(await market.read.termsOf([1n])).to.deep.equal([Number(TERM_END + 30n), Number(END + 30n)]);
    expect((await funds()).locked).to.equal(locked + added);
    const { expiresAt } = await ledger.read.lockOf([payments.address, dealKey]);
    expect(BigInt(expiresAt)).to.equal(await market.read.endOf([END + 30n]));
  });

  it("takes money of unproven periods first", async () => {
    const { market, enter, locked, funds, by } = await load(active);
    await enter(P + 12n); // P + 1 to P + 10 are closed without a proof; two open ones have one GiB
    const call = await market.write.renew([1n, 20], by.customer);
    const spare = costOf(UNIT_PRICE, 2n * GIB, END - P - 13n + 20n) + costOf(UNIT_PRICE, GIB, 2n) - locked;
    const added = (await funds()).locked - locked;
    expect(added <= spare && added >= spare - 2n).to.equal(true);
    await emits(call, market, "DealRenewed", [1n, Number(TERM_END + 20n), Number(END + 20n), added]);
  });

  it("saves a deal in its grace", async () => {
    const { market, enter, endOf, by } = await load(active);
    await enter(END - 1n);
    await market.write.renew([1n, 10], by.customer);
    expect(await endOf()).to.equal(END + 10n);
  });

  it("goes through the ledger without a lasting approval", async () => {
    const { market, ledger, approve, handover, endOf, by } = await load(active);
    await approve(0n);
    const call = ledger.write.approveAndCall([handover(2n * UNIT_PRICE), encodeRenew(1n, 30)], by.customer);
    const told = [1n, Number(TERM_END + 30n), Number(END + 30n), 2n * UNIT_PRICE];
    await emits(call, market, "DealRenewed", told);
    expect(await endOf()).to.equal(END + 30n);
  });

  it("is nobody else's through the ledger either", async () => {
    const { market, ledger, addresses, handover, by } = await load(active);
    const call = ledger.write.approveAndCall([handover(USD), encodeRenew(1n, 30)], by.stranger);
    await rejects(call, market, "MarketCallerInvalid", [1n, addresses.customer, addresses.stranger]);
  });
});

describe("DealMarket.changeCapacity", () => {
  it("refuses everybody but the customer, and a deal that ends", async () => {
    const { market, addresses, by } = await load(ending);
    const change = (options: typeof by.customer) => market.write.changeCapacity([1n, GIB, UNIT_PRICE], options);
    await rejects(change(by.stranger), market, "MarketCallerInvalid", [1n, addresses.customer, addresses.stranger]);
    await rejects(change(by.customer), market, "MarketStatusInvalid", [1n, Status.Ending]);
  });

  it("refuses a price above what the customer takes, and less than what is live", async () => {
    const { market, payments, registry, dealKey, by } = await load(active);
    const change = (bytes: bigint) => market.write.changeCapacity([1n, bytes, UNIT_PRICE], by.customer);
    await rejects(change(GIB - 1n), payments, "PaymentsCapacityExceeded", [dealKey, GIB - 1n, GIB]);
    await registry.write.updateOffer([1n, UNIT_PRICE + 1n, OFFER_BYTES, 2, ""], by.provider);
    await rejects(change(3n * GIB), market, "MarketPriceTooHigh", [UNIT_PRICE, UNIT_PRICE + 1n]);
  });

  it("refuses more than the offer has free or stake backs", async () => {
    const { market, vault, registry, addresses, by } = await load(active);
    const change = (bytes: bigint) => market.write.changeCapacity([1n, bytes, UNIT_PRICE], by.customer);
    const more = OFFER_BYTES + 1n;
    const short = [1n, OFFER_BYTES - 2n * GIB, more - 2n * GIB];
    await rejects(change(more), registry, "RegistryCapacityInsufficient", short);
    await vault.write.allocate([HOSTING, parseEther("4")], by.provider);
    const unbacked = [addresses.provider, parseEther("2"), parseEther("3")];
    await rejects(change(5n * GIB), vault, "StakeInsufficient", unbacked);
    await registry.write.withdrawOffer([1n], by.provider);
    await rejects(change(3n * GIB), registry, "RegistryOfferUnavailable", [1n]);
  });

  it("grows with money, capacity and stake for what is added", async () => {
    const { market, payments, dealKey, locked, funds, backing, by } = await load(active);
    const added = costOf(UNIT_PRICE, 5n * GIB, TERM + GRACE) - locked;
    const call = market.write.changeCapacity([1n, 5n * GIB, UNIT_PRICE], by.customer);
    await emits(call, market, "DealCapacityChanged", [1n, 5n * GIB, UNIT_PRICE, added, parseEther("5")]);
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES - 5n * GIB, reserved: parseEther("5") });
    expect((await funds()).locked).to.equal(locked + added);
    expect(await payments.read.capacityOf([dealKey])).to.equal(5n * GIB);
    expect((await market.read.dealOf([1n])).stakeReserved).to.equal(parseEther("5"));
  });

  it("shrinks also when the offer was withdrawn, and keeps the money for the end", async () => {
    const { market, registry, locked, funds, backing, by } = await load(active);
    await registry.write.withdrawOffer([1n], by.provider);
    const call = market.write.changeCapacity([1n, GIB, UNIT_PRICE], by.customer);
    await emits(call, market, "DealCapacityChanged", [1n, GIB, UNIT_PRICE, 0n, parseEther("1")]);
    expect(await backing()).to.deep.equal({ free: OFFER_BYTES - GIB, reserved: parseEther("1") });
    expect((await funds()).locked).to.equal(locked);
  });

  it("takes the offer's present price from the next boundary on", async () => {
    const { market, payments, registry, dealKey, enter, by } = await load(active);
    await registry.write.updateOffer([1n, UNIT_PRICE / 2n, OFFER_BYTES, 2, ""], by.provider);
    await enter(P + 3n);
    const call = market.write.changeCapacity([1n, GIB, UNIT_PRICE], by.customer);
    await emits(call, payments, "RateChanged", [dealKey, Number(P + 4n), GIB, UNIT_PRICE / 2n]);
  });

  it("keeps the stake per byte of what the deal had", async () => {
    const { market, catalog, backing, by } = await load(active);
    await networkHelpers.time.increase(10);
    const later = await networkHelpers.takeSnapshot();
    await networkHelpers.time.increase(30 * 86_400);
    const service = ["hosting", GIB, parseEther("1.25"), 1, FEE_BPS, MAX_TERM_PERIODS, true] as const;
    await catalog.write.setService(service, by.governor);
    expect(await catalog.read.stakeFor([HOSTING, GIB])).to.equal(parseEther("1.25"));
    await later.restore();
    await market.write.changeCapacity([1n, 3n * GIB, UNIT_PRICE], by.customer);
    await market.write.changeCapacity([1n, 3n * GIB - GIB / 2n, UNIT_PRICE], by.customer);
    expect((await backing()).reserved).to.equal(parseEther("2.5"));
  });

  it("goes through the ledger, after periods that are closed and unpaid", async () => {
    const { market, ledger, approve, handover, enter, record, prove, by } = await load(active);
    await record(P + 1n);
    await prove(SET, P + 1n);
    await approve(0n);
    await enter(P + 5n);
    const data = encodeChangeCapacity(1n, 3n * GIB, UNIT_PRICE);
    await ledger.write.approveAndCall([handover(USD), data], by.customer);
    expect((await market.read.dealOf([1n])).stakeReserved).to.equal(parseEther("3"));
  });
});

describe("DealMarket.setSessionKey", () => {
  it("refuses everybody but the customer", async () => {
    const { market, addresses, by } = await load(active);
    const call = market.write.setSessionKey([1n, addresses.stranger], by.operator);
    await rejects(call, market, "MarketCallerInvalid", [1n, addresses.customer, addresses.operator]);
  });

  it("changes the key that adds pieces; zero is the customer's own", async () => {
    const { market, payments, dealKey, addresses, by } = await load(active);
    await market.write.setSessionKey([1n, addresses.stranger], by.customer);
    expect((await payments.read.streamOf([dealKey])).signer).to.equal(addresses.stranger);
    await market.write.setSessionKey([1n, `0x${"00".repeat(20)}`], by.customer);
    expect((await payments.read.streamOf([dealKey])).signer).to.equal(addresses.customer);
  });
});

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
