import { expect } from "chai";
import { network } from "hardhat";
import { type Hash, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { MAX_UINT128, netOf, PER_GIB_PERIOD, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, reserved, running, earned } = paymentsFixtures(connection);

const END = P + 41n;

/** A verifier: calldata[68] - calldata[36], all periods of the span; reverts where there is none. */
const ALL_PROVEN = "0x6024356044350380600e575f5ffd5b5f5260205ff3";

async function logsOf(call: Promise<Hash>) {
  const client = await viem.getPublicClient();
  return (await client.getTransactionReceipt({ hash: await call })).logs;
}

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

  it("pays a single base unit, and asks the ledger for nothing while all is held back", async () => {
    const { payments, dealKey, reserve, start, add, prove, enter, funds } = await load(fresh);
    await reserve({ unitPrice: 30n }); // a base unit per GiB and period
    await start();
    await add(GIB, 0n);
    await prove(P + 1n, END);
    await enter(P + 4n);
    expect(await logsOf(payments.write.settle([dealKey]))).to.have.lengthOf(1); // of two periods that were settled
    expect((await funds()).payee).to.equal(0n);
    await enter(P + 5n);
    await payments.write.settle([dealKey]);
    expect((await funds()).payee).to.equal(1n);
  });

  it("takes no period for closed in the first of all, whatever is proven", async () => {
    const { ledger, verifier, terms, by, marketAddress } = await load(fresh);
    const originAt = BigInt(await networkHelpers.time.latest());
    const young = await viem.deployContract("DealPayments", [ledger.address, 2n, originAt, 10_000n]);
    await ledger.write.approveOperator([young.address, marketAddress, 1, MAX_UINT128, 2n ** 40n], by.customer);
    await young.write.reserve([1n, terms], by.market);
    await young.write.start([1n, verifier.address, 9, 30], by.market);
    const key = await young.read.dealKeyOf([marketAddress, 1n]);
    await verifier.write.addBytes([young.address, key, 9n, GIB, 0n]);
    await verifier.write.setProven([9n, 1n, 10n, true]);
    await young.write.settle([key]);
    const { earned, settledPeriod } = await young.read.streamOf([key]);
    expect([earned, settledPeriod]).to.deep.equal([0n, 1]);
    await rejects(young.write.close([key]), young, "PaymentsNotOver", [key, 0n, 30n]);
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
    expect(await logsOf(payments.write.settle([dealKey]))).to.have.lengthOf(0);
    expect(await funds()).to.deep.equal(before);
  });

  it("releases what is held back when the bytes leave", async () => {
    const { payments, remove, dealKey, funds } = await load(earned);
    await payments.write.settle([dealKey]);
    await remove(GIB);
    const gross = 10n * PER_GIB_PERIOD;
    const told = [dealKey, Number(P + 11n), 0, gross, gross, netOf(gross) - netOf(8n * PER_GIB_PERIOD)];
    await emits(payments.write.settle([dealKey]), payments, "Settled", told);
    expect((await funds()).payee).to.equal(netOf(gross));
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

  it("asks the verifier about no span without a period, which it may refuse", async () => {
    const { payments, verifier, add, enter, dealKey } = await load(running);
    await enter(P + 5n);
    await add(GIB, 1n);
    await enter(P + 7n); // so that the second rate begins where the closed periods end
    await networkHelpers.setCode(verifier.address, ALL_PROVEN);
    await payments.write.settle([dealKey]);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(5n * PER_GIB_PERIOD);
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

  it("counts a rate that changes twice in a period as the last change left it, and the rate before it in full", async () => {
    const { payments, add, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 5n);
    await add(GIB / 2n, 1n);
    await add(GIB / 4n, 2n); // 1.75 GiB from P + 6
    await enter(P + 20n);
    await payments.write.settle([dealKey]);
    const expected = 5n * PER_GIB_PERIOD + (13n * 7n * PER_GIB_PERIOD) / 4n;
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(expected);
  });

  it("counts rates of periods in a row, whose changes have nothing closed to count", async () => {
    const { payments, add, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 1n);
    await add(GIB / 2n, 1n); // 1.5 GiB from P + 2
    await enter(P + 2n);
    expect(await logsOf(add(GIB / 4n, 2n))).to.have.lengthOf(1); // 1.75 GiB from P + 3
    expect((await payments.read.streamOf([dealKey])).settledPeriod).to.equal(Number(P + 1n));
    await enter(P + 20n);
    await payments.write.settle([dealKey]);
    const expected = PER_GIB_PERIOD + (3n * PER_GIB_PERIOD) / 2n + (16n * 7n * PER_GIB_PERIOD) / 4n;
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(expected);
  });

  it("counts what was earned at rates that are not kept any more", async () => {
    const { payments, add, prove, enter, dealKey } = await load(running);
    await prove(P + 1n, END);
    await enter(P + 3n);
    await add(GIB / 2n, 1n); // 1.5 GiB from P + 4
    await enter(P + 10n);
    await add(GIB / 4n, 2n); // 1.75 GiB from P + 11
    await enter(P + 19n);
    await add(GIB / 4n, 3n); // 2 GiB from P + 20
    await enter(P + 30n);
    await payments.write.settle([dealKey]);
    const expected = 3n * PER_GIB_PERIOD + (7n * 6n + 9n * 7n + 9n * 8n) * (PER_GIB_PERIOD / 4n);
    expect((await payments.read.streamOf([dealKey])).earned).to.equal(expected);
  });

  it("has nothing to count at a change of rate while the rate before covers all that is not settled", async () => {
    const { add, enter } = await load(running);
    await enter(P + 10n);
    expect(await logsOf(add(GIB / 2n, 1n))).to.have.lengthOf(1);
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
  /** Deal 1 has earned; deal 2 has earned as much, and its lock went back to the payer while it still ran. */
  async function returned() {
    const deployed = await running();
    const { ledger, payments, reserve, start, add, prove, enter, keyOf, terms, by } = deployed;
    const expiresAt = await deployed.in(50n);
    await reserve({ expiresAt: Number(expiresAt) }, 2n);
    await start(2n);
    await add(GIB, 0n, { dealId: 2n });
    await prove(P + 1n, P + 11n);
    await enter(P + 12n);
    await ledger.write.refundExpired([payments.address, keyOf(2n)], by.stranger);
    return { ...deployed, terms };
  }

  it("leaves out what never started, tells it, and settles the rest", async () => {
    const { payments, dealKey, keyOf, reserve, funds } = await load(earned);
    await reserve({}, 2n);
    const hash = await payments.write.settleMany([[keyOf(2n), 0n, dealKey, keyOf(3n), dealKey]]);
    for (const key of [keyOf(2n), 0n, keyOf(3n)]) await emits(hash, payments, "SettlementSkipped", [key]);
    expect((await funds()).payee).to.equal(netOf(8n * PER_GIB_PERIOD));
  });

  for (const place of [0, 1, 2])
    it(`pays the others when the lock of one went back to its payer, wherever it stands: ${place}`, async () => {
      const { payments, ledger, reserve, start, add, prove, enter, dealKey, keyOf, payee } = await load(returned);
      await reserve({}, 3n);
      await start(3n);
      await add(GIB, 0n, { dealId: 3n });
      await prove(P + 13n, P + 23n);
      await enter(P + 24n);
      const keys = [dealKey, keyOf(3n)];
      keys.splice(place, 0, keyOf(2n));
      const before = await payments.read.streamOf([keyOf(2n)]);
      await emits(payments.write.settleMany([keys]), payments, "SettlementSkipped", [keyOf(2n)]);
      expect(await ledger.read.balanceOf([payee, 1])).to.equal(
        netOf(18n * PER_GIB_PERIOD) + netOf(8n * PER_GIB_PERIOD),
      );
      expect(await payments.read.streamOf([keyOf(2n)])).to.deep.equal(before);
    });

  it("pays the others when one has no payee, or a verifier that fails", async () => {
    const { payments, ledger, verifier, reserve, enter, dealKey, keyOf, payee, by } = await load(earned);
    await reserve({ payee: zeroAddress }, 2n);
    await payments.write.start([2n, verifier.address, 9, Number(END)], by.market);
    await verifier.write.addBytes([payments.address, keyOf(2n), 9n, GIB, 0n]);
    await reserve({}, 3n);
    await payments.write.start([3n, ledger.address, 9, Number(END)], by.market); // answers nothing that it is asked
    await verifier.write.setProven([9n, P + 13n, P + 23n, true]);
    await enter(P + 24n);
    await rejects(payments.write.settle([keyOf(2n)]), ledger, "LedgerAccountInvalid", []);
    const hash = await payments.write.settleMany([[keyOf(2n), keyOf(3n), dealKey]]);
    for (const key of [keyOf(2n), keyOf(3n)]) await emits(hash, payments, "SettlementSkipped", [key]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(netOf(18n * PER_GIB_PERIOD));
  });

  it("fails as a whole for want of gas, and never leaves a good deal out for it", async () => {
    const { payments, dealKey, funds } = await load(earned);
    const client = await viem.getPublicClient();
    const most = await payments.read.MAX_SETTLE_GAS();
    const before = await networkHelpers.takeSnapshot();
    const outcomes = new Set<string>();
    for (let gas = most + 60_000n; gas > 30_000n; gas -= 2_000n) {
      const sent = await payments.write.settleMany([[dealKey]], { gas }).then(
        (hash) => client.getTransactionReceipt({ hash }),
        () => undefined,
      );
      const isPaid = (await funds()).payee === netOf(8n * PER_GIB_PERIOD);
      outcomes.add(`${sent?.status === "success" ? "taken" : "refused"}, ${isPaid ? "paid" : "unpaid"}`);
      await before.restore();
    }
    expect([...outcomes]).to.deep.equal(["taken, paid", "refused, unpaid"]);
    const call = payments.write.settleMany([[dealKey]], { gas: most });
    await rejects(call, payments, "PaymentsGasInsufficient", [(gas: bigint) => gas < 310_000n, 310_000n]);
  });
});

describe("DealPayments.earnedOf", () => {
  it("knows nothing of a deal that never started, and what settle would find of others", async () => {
    const { payments, dealKey, keyOf } = await load(earned);
    expect(await payments.read.earnedOf([keyOf(2n)])).to.deep.equal([0n, 0n]);
    expect(await payments.read.earnedOf([dealKey])).to.deep.equal([10n * PER_GIB_PERIOD, 8n * PER_GIB_PERIOD]);
  });
});
