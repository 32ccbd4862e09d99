import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { GRACE, P, runningDealFixtures, SET, TERM } from "../../helpers/fixtures/running-deal.ts";
import { USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, HOSTING, MAX_TERM_PERIODS } from "../../helpers/policy.ts";
import {
  costOf,
  encodeChangeCapacity,
  encodeRenew,
  OFFER_BYTES,
  Status,
  TOKEN,
  UNIT_PRICE,
} from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { active, ending } = runningDealFixtures(connection);

const TERM_END = P + 1n + TERM;
const END = TERM_END + GRACE;

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
