import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { deployPayments, FEE_BPS, FIRST_PERIOD, PER_GIB_PERIOD, UNIT_PRICE, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);

const P = FIRST_PERIOD;
const END = P + 41n;

const fresh = () => deployPayments(connection);

async function reserved() {
  const deployed = await fresh();
  await deployed.reserve();
  return deployed;
}

/** From P + 1 on. */
async function started() {
  const deployed = await reserved();
  await deployed.start();
  return deployed;
}

/** One GiB earns from P + 1 on. */
async function running() {
  const deployed = await started();
  await deployed.add(GIB, 0n);
  return deployed;
}

/** And was proven from P + 1 to P + 10; now is P + 12, so that all of it is closed. */
async function earned() {
  const deployed = await running();
  await deployed.prove(P + 1n, P + 11n);
  await deployed.enter(P + 12n);
  return deployed;
}

const feeOf = (gross: bigint) => (gross * BigInt(FEE_BPS)) / 10_000n;
const netOf = (gross: bigint) => gross - feeOf(gross);

describe("DealPayments.constructor", () => {
  it("refuses a holdback that no period can reach", async () => {
    const { ledger, payments } = await load(fresh);
    const deployment = viem.deployContract("DealPayments", [ledger.address, 2n ** 24n, 1n, 1n]);
    await rejects(deployment, payments, "PaymentsValueTooLarge", [2n ** 24n, 2n ** 24n - 1n]);
  });
});

describe("DealPayments.reserve", () => {
  it("refuses what does not fit", async () => {
    const { payments, reserve } = await load(fresh);
    const name = "PaymentsValueTooLarge";
    await rejects(reserve({}, 2n ** 56n), payments, name, [2n ** 56n, 2n ** 56n - 1n]);
    await rejects(reserve({ most: 2n ** 88n }), payments, name, [2n ** 88n, 2n ** 88n - 1n]);
    await rejects(reserve({ unitPrice: 2n ** 80n }), payments, name, [2n ** 80n, 2n ** 80n - 1n]);
    await rejects(reserve({ capacityBytes: 2n ** 48n }), payments, name, [2n ** 48n, 2n ** 48n - 1n]);
    await rejects(reserve({ feeBps: 501 }), payments, "PaymentsFeeTooHigh", [501n, 500n]);
  });

  it("refuses a deal without price or capacity, and money for less than one period", async () => {
    const { payments, reserve, dealKey } = await load(fresh);
    await rejects(reserve({ unitPrice: 0n }), payments, "PaymentsRateInvalid", [0n, 2n * GIB]);
    await rejects(reserve({ capacityBytes: 0n }), payments, "PaymentsRateInvalid", [UNIT_PRICE, 0n]);
    const most = 2n * PER_GIB_PERIOD - 1n;
    await rejects(reserve({ most }), payments, "PaymentsUnderfunded", [dealKey, 1n]);
    await reserve({ most: most + 1n });
  });

  it("refuses money that the payer did not approve for this market, and another market's id", async () => {
    const { ledger, payments, terms, reserve, payer, by, stranger } = await load(fresh);
    const foreign = getAddress(stranger.account.address);
    const call = payments.write.reserve([1n, terms], by.stranger);
    const short = [payer, getAddress(payments.address), foreign, 0n, 8n * USD];
    await rejects(call, ledger, "LedgerApprovalInsufficient", short);
    await reserve();
    await rejects(payments.write.reserve([1n, terms], by.stranger), ledger, "LedgerApprovalInsufficient", short);
  });

  it("refuses an id twice, cancelled or not", async () => {
    const { ledger, payments, reserve, dealKey, by } = await load(reserved);
    const taken = [getAddress(payments.address), dealKey];
    await rejects(reserve(), ledger, "LedgerLockExists", taken);
    await payments.write.cancel([1n], by.market);
    await rejects(reserve(), ledger, "LedgerLockExists", taken);
  });

  it("locks the money and remembers the terms", async () => {
    const { payments, reserve, terms, dealKey, payer, funds } = await load(fresh);
    await emits(reserve(), payments, "StreamReserved", [dealKey, terms]);
    expect(await funds()).to.deep.equal({ payer: 992n * USD, payee: 0n, fees: 0n, locked: 8n * USD });
    const stream = await payments.read.streamOf([dealKey]);
    expect(stream).to.deep.equal({
      verifier: zeroAddress,
      setId: 0,
      endPeriod: 0,
      feeBps: FEE_BPS,
      signer: payer,
      nonce: 0,
      capacityBytes: 2n * GIB,
      liveBytes: 0n,
      unitPrice: UNIT_PRICE,
      settledPeriod: 0,
      earned: 0n,
      released: 0n,
      feeSwept: 0n,
      closed: false,
    });
  });
});

describe("DealPayments.cancel", () => {
  it("refuses a deal that was never reserved, that started, or that is cancelled", async () => {
    const { payments, start, reserve, keyOf, dealKey, by } = await load(reserved);
    await rejects(payments.write.cancel([2n], by.market), payments, "PaymentsStreamInactive", [keyOf(2n)]);
    await rejects(payments.write.cancel([1n], by.stranger), payments, "PaymentsStreamInactive");
    await start();
    await rejects(payments.write.cancel([1n], by.market), payments, "PaymentsStreamExists", [dealKey]);
    await reserve({}, 2n);
    await payments.write.cancel([2n], by.market);
    await rejects(payments.write.cancel([2n], by.market), payments, "PaymentsStreamInactive", [keyOf(2n)]);
    await rejects(start(2n), payments, "PaymentsStreamInactive", [keyOf(2n)]);
  });

  it("returns everything", async () => {
    const { payments, dealKey, by, funds } = await load(reserved);
    const call = payments.write.cancel([1n], by.market);
    await emits(call, payments, "StreamClosed", [dealKey, 0n, 0n, 8n * USD]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD, payee: 0n, fees: 0n, locked: 0n });
    expect((await payments.read.streamOf([dealKey])).closed).to.equal(true);
  });

  it("works when the expired lock has gone back already", async () => {
    const { ledger, payments, dealKey, by, terms, funds } = await load(reserved);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    await payments.write.cancel([1n], by.market);
    expect((await funds()).payer).to.equal(1_000n * USD);
  });
});

describe("DealPayments.start", () => {
  it("refuses whoever did not reserve, a second start, and a verifier without code", async () => {
    const { payments, verifier, start, dealKey, by, payer } = await load(reserved);
    const args = [1n, verifier.address, 9, Number(END)] as const;
    await rejects(payments.write.start(args, by.stranger), payments, "PaymentsStreamInactive");
    const plain = payments.write.start([1n, payer, 9, Number(END)], by.market);
    await rejects(plain, payments, "PaymentsVerifierInvalid", [payer]);
    await start();
    await rejects(start(), payments, "PaymentsStreamExists", [dealKey]);
  });

  it("refuses an end before the next boundary, and one that the money does not reach", async () => {
    const { payments, start, dealKey } = await load(reserved);
    await rejects(start(1n, P), payments, "PaymentsEndInvalid", [dealKey, P + 1n, P]);
    await rejects(start(1n, END + 1n), payments, "PaymentsEndInvalid", [dealKey, END, END + 1n]);
  });

  it("earns from the next boundary on", async () => {
    const { payments, verifier, start, dealKey } = await load(reserved);
    const told = [dealKey, getAddress(verifier.address), 9, Number(P + 1n), Number(END)];
    await emits(start(), payments, "StreamStarted", told);
    const { endPeriod, settledPeriod, setId, feeBps } = await payments.read.streamOf([dealKey]);
    expect([endPeriod, settledPeriod, setId, feeBps]).to.deep.equal([Number(END), Number(P + 1n), 9, FEE_BPS]);
  });
});

describe("DealPayments.addBytes", () => {
  it("refuses everybody but the stream's verifier", async () => {
    const { payments, add, keyOf, dealKey, by } = await load(started);
    const call = payments.write.addBytes([dealKey, 9n, 128n, 0n], by.market);
    await rejects(call, payments, "PaymentsCallerInvalid", [dealKey, getAddress(by.market.account.address)]);
    await rejects(add(128n, 0n, { dealId: 2n }), payments, "PaymentsStreamInactive", [keyOf(2n)]);
  });

  it("refuses another set and more than the capacity", async () => {
    const { payments, add, dealKey } = await load(started);
    await rejects(add(128n, 0n, { setId: 8n }), payments, "PaymentsSetMismatch", [dealKey, 9n, 8n]);
    const tooMuch = [dealKey, 2n * GIB, 2n * GIB + 1n];
    await rejects(add(2n * GIB + 1n, 0n), payments, "PaymentsCapacityExceeded", tooMuch);
    await add(2n * GIB, 0n);
    await rejects(add(1n, 1n), payments, "PaymentsCapacityExceeded", tooMuch);
  });

  it("refuses a nonce that does not rise, and the first piece a second time", async () => {
    const { payments, add, dealKey } = await load(started);
    await add(128n, 0n);
    await rejects(add(128n, 0n), payments, "PaymentsNonceUsed", [dealKey, 0n, 0n]);
    await add(128n, 7n);
    await rejects(add(128n, 7n), payments, "PaymentsNonceUsed", [dealKey, 7n, 7n]);
    expect((await payments.read.streamOf([dealKey])).nonce).to.equal(7);
  });

  it("refuses a nonce that would use up those of a later key, as a thief of the present one might sign it", async () => {
    const { payments, add, dealKey } = await load(started);
    const most = 2n ** 16n;
    await rejects(add(128n, most + 1n), payments, "PaymentsValueTooLarge", [most + 1n, most]);
    await rejects(add(128n, 2n ** 32n - 2n), payments, "PaymentsValueTooLarge", [2n ** 32n - 2n, most]);
    await add(128n, most);
    await rejects(add(128n, 2n * most + 2n), payments, "PaymentsValueTooLarge", [2n * most + 2n, 2n * most + 1n]);
    expect((await payments.read.streamOf([dealKey])).nonce).to.equal(Number(most));
  });

  it("refuses bytes that could not earn any more", async () => {
    const { payments, add, enter, dealKey } = await load(started);
    await enter(END - 1n);
    await rejects(add(128n, 0n), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("tells who must have signed", async () => {
    const { payments, verifier, dealKey, payer } = await load(started);
    const { result } = await verifier.simulate.addBytes([payments.address, dealKey, 9n, 128n, 0n]);
    expect(result).to.equal(payer);
  });

  it("counts from the next boundary on", async () => {
    const { payments, add, dealKey } = await load(started);
    await emits(add(GIB, 0n), payments, "RateChanged", [dealKey, Number(P + 1n), GIB, UNIT_PRICE]);
    expect((await payments.read.streamOf([dealKey])).liveBytes).to.equal(GIB);
    expect(await payments.read.liveSince([dealKey])).to.equal(P + 1n);
  });
});

describe("DealPayments.removeBytes", () => {
  it("refuses everybody but the stream's verifier, and more than there is", async () => {
    const { payments, remove, keyOf, dealKey, by } = await load(running);
    const call = payments.write.removeBytes([dealKey, 128n], by.customer);
    await rejects(call, payments, "PaymentsCallerInvalid", [dealKey, getAddress(by.customer.account.address)]);
    await rejects(remove(GIB + 1n), payments, "PaymentsValueTooLarge", [GIB + 1n, GIB]);
    await rejects(remove(1n, 2n), payments, "PaymentsStreamInactive", [keyOf(2n)]);
  });

  it("earns through the period in which the bytes leave", async () => {
    const { payments, remove, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, P + 10n);
    await enter(P + 3n);
    await emits(remove(GIB), payments, "RateChanged", [dealKey, Number(P + 4n), 0n, UNIT_PRICE]);
    expect(await payments.read.liveSince([dealKey])).to.equal(2n ** 256n - 1n);
    await enter(P + 20n);
    await payments.write.settle([dealKey]);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(3n * PER_GIB_PERIOD);
  });

  it("works after the end and after the closing, and changes no money", async () => {
    const { payments, remove, prove, enter, dealKey, funds } = await load(running);
    await prove(P + 1n, END);
    await enter(END);
    await remove(128n);
    await enter(END + 1n);
    await remove(128n);
    await payments.write.close([dealKey]);
    await remove(128n);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(40n * PER_GIB_PERIOD);
    expect((await funds()).locked).to.equal(0n);
  });
});

describe("DealPayments.settle", () => {
  it("refuses a stream that never started", async () => {
    const { payments, dealKey, keyOf } = await load(reserved);
    await rejects(payments.write.settle([dealKey]), payments, "PaymentsStreamInactive", [dealKey]);
    await rejects(payments.write.settle([keyOf(2n)]), payments, "PaymentsStreamInactive", [keyOf(2n)]);
  });

  it("does not count a period whose verdict may still change", async () => {
    const { payments, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, P + 9n);
    for (const [now, settled] of [
      [P + 2n, P + 1n],
      [P + 3n, P + 2n],
    ] as const) {
      await enter(now);
      await payments.write.settle([dealKey]);
      const stream = await payments.read.streamOf([dealKey]);
      expect([stream.settledPeriod, stream.earned]).to.deep.equal([
        Number(settled),
        (settled - P - 1n) * PER_GIB_PERIOD,
      ]);
    }
  });

  it("pays what is proven less what is held back and the fee", async () => {
    const { payments, dealKey, funds } = await load(earned);
    const gross = 10n * PER_GIB_PERIOD;
    const released = 8n * PER_GIB_PERIOD;
    const told = [dealKey, Number(P + 11n), 10, gross, released, netOf(released)];
    await emits(payments.write.settle([dealKey]), payments, "Settled", told);
    expect(await funds()).to.deep.equal({
      payer: 992n * USD,
      payee: netOf(released),
      fees: 0n,
      locked: 8n * USD - netOf(released),
    });
    expect(await payments.read.earnedOf([dealKey])).to.deep.equal([gross, released]);
  });

  it("pays nothing for missed periods and empty capacity", async () => {
    const { payments, prove, enter, dealKey } = await load(running);
    await prove(P + 2n, P + 3n);
    await prove(P + 5n, P + 7n);
    await enter(P + 12n);
    await payments.write.settle([dealKey]);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(3n * PER_GIB_PERIOD);
  });

  it("does nothing twice, and nothing before there is something", async () => {
    const { payments, dealKey, funds } = await load(earned);
    await payments.write.settle([dealKey]);
    const before = await funds();
    const hash = await payments.write.settle([dealKey]);
    const client = await viem.getPublicClient();
    expect((await client.getTransactionReceipt({ hash })).logs).to.have.lengthOf(0);
    expect(await funds()).to.deep.equal(before);
  });

  it("releases what is held back when the bytes leave", async () => {
    const { payments, remove, dealKey, funds } = await load(earned);
    await payments.write.settle([dealKey]);
    await remove(GIB);
    await payments.write.settle([dealKey]);
    expect((await funds()).payee).to.equal(netOf(10n * PER_GIB_PERIOD));
  });

  it("never takes back what was released when the rate grows", async () => {
    const { payments, add, dealKey, funds } = await load(earned);
    await payments.write.settle([dealKey]);
    const { payee } = await funds();
    await add(GIB, 1n);
    await payments.write.settle([dealKey]);
    expect((await payments.read.streamOf([dealKey])).released).to.equal(8n * PER_GIB_PERIOD);
    expect((await funds()).payee).to.equal(payee);
  });

  it("pays the same however often anyone settles", async () => {
    const odd = 333_333n; // does not divide
    const paid: (bigint | undefined)[] = [];
    for (const every of [1n, 2n, 5n, 38n]) {
      const { payments, verifier, reserve, start, add, prove, enter, dealKey, funds } = await load(fresh);
      await reserve({ unitPrice: odd, capacityBytes: GIB });
      await start();
      await add(GIB / 3n, 0n);
      await prove(P + 1n, END);
      await verifier.write.setProven([9n, P + 7n, P + 12n, false]);
      for (let now = P + 2n + every; now < END; now += every) {
        await enter(now);
        await payments.write.settle([dealKey]);
      }
      await enter(END + 1n);
      await payments.write.close([dealKey]);
      paid.push((await funds()).payee);
    }
    const gross = (35n * odd * (GIB / 3n)) / (30n * GIB);
    expect(paid).to.deep.equal(paid.map(() => netOf(gross)));
  });

  it("never pays for more periods than there were, whatever the verifier says", async () => {
    const { payments, verifier, enter, dealKey } = await load(running);
    await verifier.write.exaggerate([2n ** 255n]);
    await enter(P + 5n);
    await payments.write.settle([dealKey]);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(3n * PER_GIB_PERIOD);
  });

  it("counts each of three rates in its own periods", async () => {
    const { payments, add, remove, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 5n);
    await add(GIB / 2n, 1n); // 1.5 GiB from P + 6
    await enter(P + 6n);
    await remove(GIB); // 0.5 GiB from P + 7
    await enter(P + 20n);
    await payments.write.settle([dealKey]);
    const expected = 5n * PER_GIB_PERIOD + (3n * PER_GIB_PERIOD) / 2n + (12n * PER_GIB_PERIOD) / 2n;
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(expected);
  });

  it("tells what a change of rate had to count, and pays it later", async () => {
    const { payments, add, prove, enter, dealKey, funds } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 3n);
    await add(GIB / 2n, 1n);
    await enter(P + 10n);
    const counted = 3n * PER_GIB_PERIOD + (5n * 3n * PER_GIB_PERIOD) / 2n;
    await emits(add(GIB / 2n, 2n), payments, "Settled", [dealKey, Number(P + 9n), 8, counted, 0n, 0n]);
    expect((await funds()).payee).to.equal(0n);
    await payments.write.settle([dealKey]);
    expect((await funds()).payee).to.equal(netOf(counted - 4n * PER_GIB_PERIOD));
  });

  it("refuses when the lock went back to its payer long ago", async () => {
    const { ledger, payments, dealKey, by, terms } = await load(earned);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    await rejects(payments.write.settle([dealKey]), ledger, "LedgerLockInsufficient");
  });
});

describe("DealPayments.settleMany", () => {
  it("skips what never started and settles the rest", async () => {
    const { payments, dealKey, keyOf, reserve, funds } = await load(earned);
    await reserve({}, 2n);
    await payments.write.settleMany([[keyOf(2n), 0n, dealKey, keyOf(3n), dealKey]]);
    expect((await funds()).payee).to.equal(netOf(8n * PER_GIB_PERIOD));
  });
});

describe("DealPayments.sweepFee", () => {
  it("pays nothing before something is released, and nothing twice", async () => {
    const { payments, dealKey, keyOf, by, funds } = await load(earned);
    await payments.write.sweepFee([keyOf(5n)], by.stranger);
    await payments.write.sweepFee([dealKey], by.stranger);
    expect((await funds()).fees).to.equal(0n);
    await payments.write.settle([dealKey]);
    await payments.write.sweepFee([dealKey], by.stranger);
    await payments.write.sweepFee([dealKey], by.stranger);
    expect((await funds()).fees).to.equal(feeOf(8n * PER_GIB_PERIOD));
    expect((await payments.read.streamOf([dealKey])).feeSwept).to.equal(feeOf(8n * PER_GIB_PERIOD));
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

describe("DealPayments.close", () => {
  it("refuses a deal that never started, still runs, or is not closed yet", async () => {
    const { payments, dealKey, enter, start } = await load(reserved);
    await rejects(payments.write.close([dealKey]), payments, "PaymentsStreamInactive", [dealKey]);
    await start();
    await rejects(payments.write.close([dealKey]), payments, "PaymentsNotOver", [dealKey, P - 1n, END]);
    await enter(END);
    await rejects(payments.write.close([dealKey]), payments, "PaymentsNotOver", [dealKey, END - 1n, END]);
    await enter(END + 1n);
    await payments.write.close([dealKey]);
    await rejects(payments.write.close([dealKey]), payments, "PaymentsStreamInactive", [dealKey]);
  });

  it("pays everything earned, the fee, and returns the rest, whoever asks", async () => {
    const { payments, prove, enter, dealKey, by, funds } = await load(earned);
    await payments.write.settle([dealKey]);
    await payments.write.sweepFee([dealKey]);
    await prove(P + 30n, END);
    await enter(END + 1n);
    const gross = 21n * PER_GIB_PERIOD;
    const paid = netOf(gross) - netOf(8n * PER_GIB_PERIOD);
    const hash = await payments.write.close([dealKey], by.stranger);
    await emits(hash, payments, "Settled", [dealKey, Number(END), 11, gross, gross, paid]);
    await emits(hash, payments, "StreamClosed", [dealKey, gross, feeOf(gross), 8n * USD - gross]);
    expect(await funds()).to.deep.equal({
      payer: 1_000n * USD - gross,
      payee: netOf(gross),
      fees: feeOf(gross),
      locked: 0n,
    });
  });

  it("pays at most what was locked when every period of the whole capacity was proven", async () => {
    const { payments, add, prove, enter, dealKey, funds } = await load(started);
    await add(2n * GIB, 0n);
    await prove(0n, END + 5n);
    await enter(END + 1n);
    await payments.write.close([dealKey]);
    expect(await funds()).to.deep.equal({
      payer: 992n * USD,
      payee: netOf(8n * USD),
      fees: feeOf(8n * USD),
      locked: 0n,
    });
  });

  it("works when the expired lock has gone back already", async () => {
    const { ledger, payments, prove, dealKey, by, terms, funds } = await load(running);
    await prove(P + 1n, END);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    const gross = 40n * PER_GIB_PERIOD;
    const hash = await payments.write.close([dealKey], by.stranger);
    await emits(hash, payments, "StreamClosed", [dealKey, gross, feeOf(gross), 0n]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD, payee: 0n, fees: 0n, locked: 0n });
  });

  it("leaves nothing for later settlements", async () => {
    const { payments, prove, enter, dealKey, funds } = await load(running);
    await prove(P + 1n, END);
    await enter(END + 1n);
    await payments.write.close([dealKey]);
    const before = await funds();
    await prove(END, END + 10n);
    await enter(END + 20n);
    await payments.write.settle([dealKey]);
    await payments.write.sweepFee([dealKey]);
    expect(await funds()).to.deep.equal(before);
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
});

describe("DealPayments.earnedOf", () => {
  it("knows nothing of a deal that never started, and what settle would find of others", async () => {
    const { payments, dealKey, keyOf } = await load(earned);
    expect(await payments.read.earnedOf([keyOf(2n)])).to.deep.equal([0n, 0n]);
    expect(await payments.read.earnedOf([dealKey])).to.deep.equal([10n * PER_GIB_PERIOD, 8n * PER_GIB_PERIOD]);
  });
});
