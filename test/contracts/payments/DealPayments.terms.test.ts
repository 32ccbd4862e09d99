import { expect } from "chai";
import { network } from "hardhat";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { feeOf, netOf, PER_GIB_PERIOD, UNIT_PRICE, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, reserved, started, running, earned } = paymentsFixtures(connection);

const END = P + 41n;

describe("a deal that has not started", () => {
  it("has no terms to change, however many periods its money pays for", async () => {
    const { payments, dealKey, reserve, by } = await load(fresh);
    await reserve({ unitPrice: 30n }); // four million periods
    const { addFunds, changeTerms, setEnd } = payments.write;
    await rejects(addFunds([1n, USD, 0], by.market), payments, "PaymentsStreamInactive", [dealKey]);
    await rejects(changeTerms([1n, GIB, 30n], by.market), payments, "PaymentsStreamInactive", [dealKey]);
    await rejects(setEnd([1n, Number(END)], by.market), payments, "PaymentsStreamInactive", [dealKey]);
  });
});

describe("DealPayments.addFunds", () => {
  it("refuses whoever is not the market, and a deal that does not run", async () => {
    const { payments, dealKey, enter, by, start } = await load(reserved);
    const addFunds = (options: typeof by.market) => payments.write.addFunds([1n, USD, 0], options);
    await rejects(addFunds(by.market), payments, "PaymentsStreamInactive", [dealKey]);
    await start();
    await rejects(addFunds(by.stranger), payments, "PaymentsStreamInactive");
    await enter(END);
    await rejects(addFunds(by.market), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("locks more and moves the expiry", async () => {
    const { ledger, payments, dealKey, terms, by, funds } = await load(started);
    await payments.write.addFunds([1n, 2n * USD, terms.expiresAt + 5], by.market);
    expect((await funds()).locked).to.equal(10n * USD);
    expect((await ledger.read.lockOf([payments.address, dealKey])).expiresAt).to.equal(terms.expiresAt + 5);
  });
});

describe("DealPayments.changeTerms", () => {
  it("refuses whoever is not the market, and a deal that does not run", async () => {
    const { payments, dealKey, enter, by } = await load(started);
    const change = (options: typeof by.market) => payments.write.changeTerms([1n, GIB, UNIT_PRICE], options);
    await rejects(change(by.stranger), payments, "PaymentsStreamInactive");
    await enter(END);
    await rejects(change(by.market), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("refuses less than what is live, what does not fit, and what the lock does not hold", async () => {
    const { payments, dealKey, by } = await load(running);
    const change = (bytes: bigint, price: bigint) => payments.write.changeTerms([1n, bytes, price], by.market);
    await rejects(change(GIB - 1n, UNIT_PRICE), payments, "PaymentsCapacityExceeded", [dealKey, GIB - 1n, GIB]);
    await rejects(change(GIB, 2n ** 80n), payments, "PaymentsValueTooLarge", [2n ** 80n, 2n ** 80n - 1n]);
    await rejects(change(2n ** 48n, 1n), payments, "PaymentsValueTooLarge", [2n ** 48n, 2n ** 48n - 1n]);
    const missing = await payments.read.missingFor([dealKey, 3n * GIB, UNIT_PRICE, END]);
    expect(missing).to.equal(4n * USD);
    await rejects(change(3n * GIB, UNIT_PRICE), payments, "PaymentsUnderfunded", [dealKey, missing]);
    await payments.write.addFunds([1n, missing, 0], by.market);
    await change(3n * GIB, UNIT_PRICE);
  });

  it("changes the capacity at once and the price from the next boundary on", async () => {
    const { payments, prove, enter, dealKey, by } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 3n);
    const call = await payments.write.changeTerms([1n, GIB, UNIT_PRICE / 2n], by.market);
    await emits(call, payments, "CapacityChanged", [dealKey, GIB]);
    await emits(call, payments, "RateChanged", [dealKey, Number(P + 4n), GIB, UNIT_PRICE / 2n]);
    await enter(P + 9n);
    await payments.write.settle([dealKey]);
    const expected = 3n * PER_GIB_PERIOD + (4n * PER_GIB_PERIOD) / 2n;
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(expected);
    expect(await payments.read.capacityOf([dealKey])).to.equal(GIB);
  });

  it("keeps the rate when only the capacity changes", async () => {
    const { payments, enter, dealKey, by } = await load(running);
    await enter(P + 3n);
    await payments.write.changeTerms([1n, GIB, UNIT_PRICE], by.market);
    expect(await payments.read.liveSince([dealKey])).to.equal(P + 1n);
  });

  it("counts what is paid out of the lock as paid", async () => {
    const { payments, dealKey } = await load(earned);
    const missing = async () => await payments.read.missingFor([dealKey, 4n * GIB, UNIT_PRICE, END]);
    // Ten periods of one GiB are earned, two are open, and 28 of four follow.
    const expected = (12n + 28n * 4n) * PER_GIB_PERIOD - 8n * USD;
    expect(await missing()).to.equal(expected);
    await payments.write.settle([dealKey]);
    expect(await missing()).to.equal(expected);
    await payments.write.sweepFee([dealKey]);
    expect(await missing()).to.equal(expected);
  });

  it("counts money of unproven periods as there", async () => {
    const { payments, enter, dealKey } = await load(running);
    await enter(P + 22n); // 20 closed periods without a proof, one open, one running
    // Two periods of one GiB, and 18 of four, cost 7.4 dollars; 18 of eight cost 14.6. Eight are there.
    expect(await payments.read.missingFor([dealKey, 4n * GIB, UNIT_PRICE, END])).to.equal(0n);
    const missing = 2n * PER_GIB_PERIOD + 18n * 8n * PER_GIB_PERIOD - 8n * USD;
    expect(await payments.read.missingFor([dealKey, 8n * GIB, UNIT_PRICE, END])).to.equal(missing);
  });
});

describe("DealPayments.setEnd", () => {
  it("refuses whoever is not the market, and a deal that is over", async () => {
    const { payments, dealKey, enter, by } = await load(started);
    const setEnd = (options: typeof by.market) => payments.write.setEnd([1n, Number(END)], options);
    await rejects(setEnd(by.stranger), payments, "PaymentsStreamInactive");
    await enter(END);
    await rejects(setEnd(by.market), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("refuses an end before the next boundary, and a later one without its money", async () => {
    const { payments, dealKey, enter, by } = await load(started);
    await enter(P + 5n);
    const setEnd = (end: bigint) => payments.write.setEnd([1n, Number(end)], by.market);
    await rejects(setEnd(P + 5n), payments, "PaymentsEndInvalid", [dealKey, P + 6n, P + 5n]);
    await rejects(setEnd(2n ** 24n), payments, "PaymentsValueTooLarge", [2n ** 24n, 2n ** 24n - 1n]);
    // Five periods without bytes have passed: their money pays for five more.
    const missing = 2n * PER_GIB_PERIOD;
    await rejects(setEnd(END + 6n), payments, "PaymentsUnderfunded", [dealKey, missing]);
    await setEnd(END + 5n);
    await payments.write.addFunds([1n, missing, 0], by.market);
    await emits(setEnd(END + 6n), payments, "EndChanged", [dealKey, Number(END + 6n)]);
  });

  it("takes an earlier end, and no later one, when the lock went back to its payer long ago", async () => {
    const { ledger, payments, terms, dealKey, reserve, start, by } = await load(fresh);
    const expiresAt = terms.expiresAt - 9_500; // five periods after the beginning
    await reserve({ expiresAt });
    await start();
    await networkHelpers.time.increaseTo(expiresAt + 600);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    const setEnd = (end: bigint) => payments.write.setEnd([1n, Number(end)], by.market);
    await rejects(setEnd(END + 1n), payments, "PaymentsUnderfunded");
    for (const end of [END, END - 1n]) await emits(setEnd(end), payments, "EndChanged", [dealKey, Number(end)]);
  });

  it("ends at the next boundary: later proofs earn nothing", async () => {
    const { payments, prove, enter, dealKey, by, funds } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 5n);
    await payments.write.setEnd([1n, Number(P + 6n)], by.market);
    await enter(P + 20n);
    await payments.write.close([dealKey]);
    const gross = 5n * PER_GIB_PERIOD;
    expect(await funds()).to.deep.equal({
      payer: 1_000n * USD - gross,
      payee: netOf(gross),
      fees: feeOf(gross),
      locked: 0n,
    });
  });
});

describe("DealPayments.setSigner", () => {
  it("refuses whoever is not the market, an unknown deal and a closed one", async () => {
    const { payments, dealKey, payee, keyOf, by } = await load(reserved);
    await rejects(payments.write.setSigner([1n, payee], by.stranger), payments, "PaymentsStreamInactive");
    await rejects(payments.write.setSigner([2n, payee], by.market), payments, "PaymentsStreamInactive", [keyOf(2n)]);
    await payments.write.cancel([1n], by.market);
    await rejects(payments.write.setSigner([1n, payee], by.market), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("changes the key", async () => {
    const { payments, dealKey, payee, by } = await load(reserved);
    await emits(payments.write.setSigner([1n, payee], by.market), payments, "SignerChanged", [dealKey, payee]);
    expect((await payments.read.streamOf([dealKey])).signer).to.equal(payee);
  });
});

describe("DealPayments.missingFor", () => {
  it("asks for nothing more when the end is the next boundary, at whatever price", async () => {
    const { payments, dealKey } = await load(started);
    const dear = [dealKey, 2n ** 30n, 2n ** 40n] as const;
    expect(await payments.read.missingFor([...dear, P + 1n])).to.equal(0n);
    expect(await payments.read.missingFor([...dear, P])).to.equal(0n);
    expect(await payments.read.missingFor([...dear, P + 2n])).to.equal(2n ** 40n / 30n + 1n - 8n * USD);
  });

  it("asks for nothing more when the whole lock is earned by the end", async () => {
    const { payments, add, prove, enter, dealKey } = await load(started);
    await add(2n * GIB, 0n);
    await prove(P + 1n, END);
    await enter(END - 1n);
    expect(await payments.read.missingFor([dealKey, 2n * GIB, UNIT_PRICE, END])).to.equal(0n);
    expect(await payments.read.missingFor([dealKey, 1n, 1n, END + 1n])).to.equal(1n);
  });

  it("refuses terms that cost more than a deal may", async () => {
    const { payments, dealKey } = await load(started);
    const missing = (unitPrice: bigint) => payments.read.missingFor([dealKey, 30n * GIB, unitPrice, P + 2n]);
    const most = 2n ** 88n - 1n;
    expect(await missing(most)).to.equal(most - 8n * USD);
    await rejects(missing(most + 1n), payments, "PaymentsValueTooLarge", [most + 1n, most]);
  });
});

describe("DealPayments.costOf", () => {
  it("rounds up", async () => {
    const { payments } = await load(fresh);
    expect(await payments.read.costOf([UNIT_PRICE, GIB, 30n])).to.equal(UNIT_PRICE);
    expect(await payments.read.costOf([1n, 1n, 1n])).to.equal(1n);
    expect(await payments.read.costOf([1n, GIB, 30n])).to.equal(1n);
    expect(await payments.read.costOf([1n, GIB, 31n])).to.equal(2n);
    expect(await payments.read.costOf([1n, 0n, 31n])).to.equal(0n);
  });

  it("refuses a price and bytes whose product overflows, even for no time", async () => {
    const { payments } = await load(fresh);
    await viem.assertions.revert(payments.read.costOf([2n ** 255n, 2n, 0n]));
  });
});
