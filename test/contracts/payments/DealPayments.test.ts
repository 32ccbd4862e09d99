import { expect } from "chai";
import { network } from "hardhat";
import { encodeAbiParameters, getAddress, type Hex, keccak256, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { FEE_BPS, feeOf, PER_GIB_PERIOD, PERIOD_SECONDS, UNIT_PRICE, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, reserved, started, running, earned } = paymentsFixtures(connection);

const END = P + 41n;

/** Where a mapping at a slot, see docs/security/layout.json, keeps the value of a key. */
function slotOf(key: Hex | bigint, slot: bigint): Hex {
  return keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [BigInt(key), slot]));
}

describe("DealPayments.constructor", () => {
  it("refuses a clock without origin or length, and a holdback that no period can reach", async () => {
    const { ledger, payments } = await load(fresh);
    for (const clock of [
      [0n, 1n],
      [1n, 0n],
    ] as const) {
      const timeless = viem.deployContract("DealPayments", [ledger.address, 1n, ...clock]);
      await rejects(timeless, payments, "ClockInvalid", clock);
    }
    const deployment = viem.deployContract("DealPayments", [ledger.address, 2n ** 24n, 1n, 1n]);
    await rejects(deployment, payments, "PaymentsValueTooLarge", [2n ** 24n, 2n ** 24n - 1n]);
  });

  it("tells when a period ends", async () => {
    const { payments } = await load(fresh);
    const originAt = await payments.read.ORIGIN();
    expect(await payments.read.endOf([0n])).to.equal(originAt + PERIOD_SECONDS);
    expect(await payments.read.endOf([P])).to.equal(originAt + (P + 1n) * PERIOD_SECONDS);
  });
});

describe("DealPayments' limits", () => {
  it("are a fee of 5 %, and 300,000 gas for each deal of a batch", async () => {
    const { payments } = await load(fresh);
    expect(await payments.read.MAX_FEE_BPS()).to.equal(500);
    expect(await payments.read.MAX_SETTLE_GAS()).to.equal(300_000n);
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

  it("takes the greatest of each that fits", async () => {
    const { ledger, payments, usd, reserve, keyOf, payer, by, funds } = await load(fresh);
    const most = 2n ** 88n - 1n;
    await usd.write.mint([payer, most]);
    await usd.write.approve([ledger.address, most], by.customer);
    await ledger.write.deposit([payer, 1, most], by.customer);
    const id = 2n ** 56n - 1n;
    await reserve({ most, unitPrice: 2n ** 80n - 1n, capacityBytes: GIB, feeBps: 500 }, id);
    expect((await funds()).payer).to.equal(1_000n * USD);
    const dear = await payments.read.streamOf([keyOf(id)]);
    expect([dear.unitPrice, dear.feeBps]).to.deep.equal([2n ** 80n - 1n, 500]);
    await reserve({ unitPrice: 1n, capacityBytes: 2n ** 48n - 1n });
    expect(await payments.read.capacityOf([keyOf(1n)])).to.equal(2n ** 48n - 1n);
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

  it("takes the next boundary for an end, so that nothing is ever earned", async () => {
    const { payments, start, prove, enter, dealKey, funds } = await load(reserved);
    await start(1n, P + 1n);
    await prove(P, P + 3n);
    await enter(P + 2n);
    await payments.write.close([dealKey]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD, payee: 0n, fees: 0n, locked: 0n });
  });

  it("refuses an end behind the last period that there is, whatever the money pays for", async () => {
    const { payments, reserve, start, dealKey } = await load(fresh);
    await reserve({ unitPrice: 1n });
    const last = 2n ** 24n - 1n;
    await rejects(start(1n, last + 1n), payments, "PaymentsValueTooLarge", [last + 1n, last]);
    const bound = P + 1n + last;
    await rejects(start(1n, bound + 1n), payments, "PaymentsEndInvalid", [dealKey, bound, bound + 1n]);
    await start(1n, last);
    expect((await payments.read.streamOf([dealKey])).endPeriod).to.equal(Number(last));
  });

  it("numbers each verifier of a market once: when no number is left, those that have one still serve", async () => {
    const { payments, ledger, verifier, marketAddress, reserve, start, keyOf, by } = await load(started);
    await networkHelpers.setStorageAt(payments.address, slotOf(marketAddress, 7n), 65_535n);
    await reserve({}, 2n);
    await viem.assertions.revert(payments.write.start([2n, ledger.address, 9, Number(END)], by.market));
    await start(2n);
    expect((await payments.read.streamOf([keyOf(2n)])).verifier).to.equal(getAddress(verifier.address));
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
    await rejects(add(128n, 3n), payments, "PaymentsNonceUsed", [dealKey, 7n, 3n]);
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

  it("takes nonces up to the last whose successor fits its field", async () => {
    const { payments, add, dealKey } = await load(started);
    const last = 2n ** 32n - 2n;
    const slot = slotOf(dealKey, 1n);
    const client = await viem.getPublicClient();
    const word = BigInt((await client.getStorageAt({ address: payments.address, slot })) ?? "0x");
    await networkHelpers.setStorageAt(payments.address, slot, word | ((last - 5n) << 16n)); // `nextNonce`
    await rejects(add(128n, last + 1n), payments, "PaymentsValueTooLarge", [last + 1n, last]);
    await add(128n, last);
    expect((await payments.read.streamOf([dealKey])).nonce).to.equal(Number(last));
    await rejects(add(128n, last + 1n), payments, "PaymentsValueTooLarge", [last + 1n, last]);
  });

  it("refuses bytes that could not earn any more, and none before", async () => {
    const { payments, add, enter, dealKey } = await load(started);
    await enter(END - 2n);
    await add(128n, 0n);
    await enter(END - 1n);
    await rejects(add(128n, 1n), payments, "PaymentsStreamInactive", [dealKey]);
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

  it("refuses a rate that would begin behind the last period that there is", async () => {
    const { payments, remove, enter, dealKey } = await load(running);
    const last = 2n ** 24n - 1n;
    await enter(last - 1n);
    await remove(128n);
    expect(await payments.read.liveSince([dealKey])).to.equal(last);
    await enter(last);
    await rejects(remove(128n), payments, "PaymentsValueTooLarge", [last + 1n, last]);
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

describe("DealPayments.streamOf", () => {
  it("tells all of a running deal", async () => {
    const { payments, verifier, add, dealKey, payer } = await load(earned);
    await payments.write.settle([dealKey]);
    await payments.write.sweepFee([dealKey]);
    await add(128n, 7n);
    expect(await payments.read.streamOf([dealKey])).to.deep.equal({
      verifier: getAddress(verifier.address),
      setId: 9,
      endPeriod: Number(END),
      feeBps: FEE_BPS,
      signer: payer,
      nonce: 7,
      capacityBytes: 2n * GIB,
      liveBytes: GIB + 128n,
      unitPrice: UNIT_PRICE,
      settledPeriod: Number(P + 11n),
      earned: 10n * PER_GIB_PERIOD,
      released: 8n * PER_GIB_PERIOD,
      feeSwept: feeOf(8n * PER_GIB_PERIOD),
      closed: false,
    });
  });
});
