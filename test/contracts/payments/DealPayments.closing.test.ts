import { expect } from "chai";
import { network } from "hardhat";
import { parseEventLogs, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { feeOf, netOf, PER_GIB_PERIOD, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, reserved, started, running, earned } = paymentsFixtures(connection);

const END = P + 41n;

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

  it("pays single base units of pay, fee and rest to whom they belong", async () => {
    const { payments, reserve, start, add, prove, enter, dealKey, funds } = await load(fresh);
    await reserve({ unitPrice: 30n, capacityBytes: GIB, most: 41n }); // a base unit per period, and one too many
    await start();
    await add(GIB, 0n);
    await prove(P + 1n, END);
    await enter(END + 1n);
    await emits(payments.write.close([dealKey]), payments, "StreamClosed", [dealKey, 40n, 1n, 1n]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD - 40n, payee: 39n, fees: 1n, locked: 0n });
  });

  it("asks the ledger for nothing that is not due", async () => {
    const { ledger, payments, reserve, start, add, prove, enter, dealKey } = await load(fresh);
    const client = await viem.getPublicClient();
    const untouched = await networkHelpers.takeSnapshot();
    for (const [proven, told] of [
      [0n, ["Refunded"]],
      [39n, ["Paid", "Refunded"]], // too little for a fee
      [40n, ["Paid", "FeePaid"]],
    ] as const) {
      await reserve({ unitPrice: 30n, capacityBytes: GIB, most: 40n });
      await start();
      await add(GIB, 0n);
      await prove(P + 1n, P + 1n + proven);
      await enter(END + 1n);
      const { logs } = await client.getTransactionReceipt({ hash: await payments.write.close([dealKey]) });
      expect(parseEventLogs({ abi: ledger.abi, logs }).map(({ eventName }) => eventName)).to.deep.equal(told);
      await untouched.restore();
    }
  });

  it("tells no proven period twice", async () => {
    const { payments, prove, enter, dealKey } = await load(earned);
    await prove(P + 11n, END);
    await enter(END + 1n);
    await payments.write.settle([dealKey]);
    const gross = 40n * PER_GIB_PERIOD;
    const told = [dealKey, Number(END), 0, gross, gross, netOf(gross) - netOf(38n * PER_GIB_PERIOD)];
    await emits(payments.write.close([dealKey]), payments, "Settled", told);
  });
});

describe("a deal whose lock went back to its payer", () => {
  /** What it earned until then was settled, and its fee was not swept. */
  async function settledAndReturned() {
    const deployed = await earned();
    const { ledger, payments, dealKey, by, terms } = deployed;
    await payments.write.settle([dealKey]);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    return { ...deployed, paid: netOf(8n * PER_GIB_PERIOD) };
  }

  it("has no fee to sweep until it is closed, and then nothing is left to sweep", async () => {
    const { ledger, payments, dealKey, paid, funds } = await load(settledAndReturned);
    await rejects(payments.write.sweepFee([dealKey]), ledger, "LedgerLockInsufficient");
    await payments.write.close([dealKey]);
    await payments.write.sweepFee([dealKey]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD - paid, payee: paid, fees: 0n, locked: 0n });
  });

  it("pays again, as far as new money reaches, when its market adds some", async () => {
    const { payments, ledger, reserve, start, add, prove, enter, keyOf, payee, by, in: after } = await load(fresh);
    await reserve({ expiresAt: Number(await after(50n)) });
    await start();
    await add(GIB, 0n);
    await prove(P + 1n, P + 30n);
    await enter(P + 12n);
    await ledger.write.refundExpired([payments.address, keyOf(1n)], by.stranger);
    await payments.write.addFunds([1n, 1n, 0], by.market);
    await rejects(payments.write.settle([keyOf(1n)]), ledger, "LedgerLockInsufficient");
    await payments.write.addFunds([1n, 8n * PER_GIB_PERIOD, 0], by.market);
    await payments.write.settle([keyOf(1n)]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(netOf(8n * PER_GIB_PERIOD));
    await enter(END + 1n);
    await payments.write.close([keyOf(1n)]);
    expect((await ledger.read.lockOf([payments.address, keyOf(1n)])).left).to.equal(0n);
  });

  it("can be closed then even if its market never named a payee", async () => {
    const { payments, ledger, reserve, start, add, prove, enter, dealKey, terms, funds, by } = await load(fresh);
    await reserve({ payee: zeroAddress });
    await start();
    await add(GIB, 0n);
    await prove(P + 1n, END);
    await enter(END + 1n);
    await rejects(payments.write.close([dealKey]), ledger, "LedgerAccountInvalid", []);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 600n);
    await ledger.write.refundExpired([payments.address, dealKey], by.stranger);
    await payments.write.close([dealKey]);
    expect(await funds()).to.deep.equal({ payer: 1_000n * USD, payee: 0n, fees: 0n, locked: 0n });
  });
});
