import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, type Hex, keccak256, stringToHex } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { deployPayments, FIRST_PERIOD, MAX_UINT96, REFUND_DELAY_SECONDS, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);

const CASE = keccak256(stringToHex("case"));
const WINDOW_SECONDS = 30n * 86_400n;

/**
 * The pool has a thousand dollars. Deal 1 has run for 31 proven periods with 2 GiB and released 5.8 dollars, of which 0.145 are fees
 * that were swept. The governor has the role of the justice contracts.
 */
async function insured() {
  const deployed = await deployPayments(connection);
  const { payments, ledger, usd, governor, dealKey } = deployed;
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const pool = await viem.deployContract("InsurancePool", [payments.address, ledger.address, manager.address]);
  await usd.write.mint([pool.address, 1_000n * USD]);
  await deployed.reserve();
  await deployed.start();
  await deployed.add(2n * GIB, 0n);
  await deployed.prove(FIRST_PERIOD + 1n, FIRST_PERIOD + 32n);
  await deployed.enter(FIRST_PERIOD + 33n);
  await payments.write.settle([dealKey]);
  await payments.write.sweepFee([dealKey]);
  const { released, feeSwept } = await payments.read.streamOf([dealKey]);
  const compensate = (amount: bigint, { damages = 0n, key = dealKey, caseId = CASE as Hex } = {}) =>
    pool.write.compensate([key, amount, damages, caseId]);
  return { ...deployed, manager, pool, released, feeSwept, compensate };
}

/** The pool has 10,000 of a token that calls back. Deal 1 has no limits, so that only the bucket speaks. */
async function endless() {
  const [governor, customer] = await viem.getWalletClients();
  if (!governor || !customer) throw new Error("too few accounts");
  const payer = customer.account.address;
  const manager = await viem.deployContract("AccessManager", [governor.account.address]);
  const token = await viem.deployContract("ReentrantToken");
  const double = await viem.deployContract("PaymentsDouble");
  const pool = await viem.deployContract("InsurancePool", [double.address, double.address, manager.address]);
  await double.write.setToken([5, token.address]);
  await double.write.setDeal([1n, payer, payer, 5]);
  await double.write.setPaid([1n, MAX_UINT96, 2n ** 90n]);
  await token.write.mint([pool.address, 10_000n]);
  const compensate = (amount: bigint) => pool.write.compensate([1n, amount, 0n, CASE]);
  return { manager, token, double, pool, payer, compensate };
}

describe("InsurancePool's limits", () => {
  it("are ten times the fees, and 2.5 % of the pool in a bucket that empties in 30 days", async () => {
    const { pool } = await load(insured);
    expect(await pool.read.MAX_FEE_MULTIPLE()).to.equal(10n);
    expect(await pool.read.BUCKET_BPS()).to.equal(250n);
    expect(await pool.read.WINDOW_SECONDS()).to.equal(WINDOW_SECONDS);
  });
});

describe("InsurancePool.compensate", () => {
  it("refuses everybody without the role", async () => {
    const { pool, dealKey, by, stranger } = await load(insured);
    const claim = pool.write.compensate([dealKey, 1n, 0n, CASE], by.stranger);
    await rejects(claim, pool, "AccessManagedUnauthorized", [getAddress(stranger.account.address)]);
  });

  it("refuses nothing, and a deal that there is none of", async () => {
    const { pool, compensate, dealKey } = await load(insured);
    await rejects(compensate(0n), pool, "InsuranceLimitExceeded");
    await rejects(compensate(1n, { key: dealKey + 1n }), pool, "InsuranceLimitExceeded", [dealKey + 1n, 0n, 1n]);
    expect(await pool.read.payableFor([dealKey + 1n, 0n])).to.equal(0n);
  });

  it("pays the deal's payer in the deal's token, and tells it", async () => {
    const { pool, usd, compensate, dealKey, payer } = await load(insured);
    const before = await usd.read.balanceOf([payer]);
    await emits(compensate(USD, { damages: 5n }), pool, "Compensated", [dealKey, CASE, payer, 1, USD, 5n]);
    expect(await usd.read.balanceOf([payer])).to.equal(before + USD);
    expect(await pool.read.paidOf([dealKey])).to.equal(USD);
  });

  it("pays at most ten times the deal's fees in all", async () => {
    const { pool, compensate, dealKey, feeSwept } = await load(insured);
    const most = 10n * feeSwept;
    expect(await pool.read.payableFor([dealKey, 0n])).to.equal(most);
    await rejects(compensate(most + 1n), pool, "InsuranceLimitExceeded", [dealKey, most, most + 1n]);
    await compensate(most - 1n);
    await compensate(1n);
    await rejects(compensate(1n), pool, "InsuranceLimitExceeded", [dealKey, 0n, 1n]);
  });

  it("pays at most what was paid for proven time, less what was made good elsewhere", async () => {
    const { pool, compensate, dealKey, released } = await load(insured);
    const damages = released - 1_000n;
    await rejects(compensate(1_001n, { damages }), pool, "InsuranceLimitExceeded", [dealKey, 1_000n, 1_001n]);
    expect(await pool.read.payableFor([dealKey, released - 1n])).to.equal(1n);
    await compensate(1_000n, { damages });
    expect(await pool.read.payableFor([dealKey, damages])).to.equal(0n);
    expect(await pool.read.payableFor([dealKey, released + 1n])).to.equal(0n);
  });

  it("pays nothing for fees that were never swept", async () => {
    const { pool, payments, dealKey, prove, enter } = await load(insured);
    const before = await pool.read.payableFor([dealKey, 0n]);
    await prove(FIRST_PERIOD + 32n, FIRST_PERIOD + 36n);
    await enter(FIRST_PERIOD + 38n);
    await payments.write.settle([dealKey]);
    expect(await pool.read.payableFor([dealKey, 0n])).to.equal(before);
    await payments.write.sweepFee([dealKey]);
    expect((await pool.read.payableFor([dealKey, 0n])) > before).to.equal(true);
  });

  it("pays nothing for a closed deal whose lock anybody could have refunded, since its fees are unknown", async () => {
    const { pool, payments, dealKey, terms, enter } = await load(insured);
    await enter(FIRST_PERIOD + 43n);
    await payments.write.close([dealKey]);
    expect((await pool.read.payableFor([dealKey, 0n])) > 0n).to.equal(true);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + REFUND_DELAY_SECONDS);
    expect(await pool.read.payableFor([dealKey, 0n])).to.equal(0n);
  });

  it("lets a bucket of 2.5 % of the pool fill, and empty within 30 days", async () => {
    const { pool, token, compensate } = await load(endless);
    const [held, capacity] = [10_000n, 250n];
    await rejects(compensate(capacity + 1n), pool, "InsuranceLimitExceeded", [1n, capacity, capacity + 1n]);
    await compensate(capacity);
    expect(await pool.read.payableFor([1n, 0n])).to.equal(0n);
    await token.write.mint([pool.address, capacity]);
    await networkHelpers.time.increase(WINDOW_SECONDS / 5n);
    expect(await pool.read.payableFor([1n, 0n])).to.equal(capacity / 5n);
    await networkHelpers.time.increase(2n * WINDOW_SECONDS);
    expect(await pool.read.payableFor([1n, 0n])).to.equal(capacity);
    expect(await token.read.balanceOf([pool.address])).to.equal(held);
  });

  it("takes exactly 2.5 % of a large pool, rounded down", async () => {
    const { pool, token, compensate } = await load(endless);
    await token.write.mint([pool.address, 40n * 10n ** 20n + 39n - 10_000n]);
    const capacity = 10n ** 20n;
    expect(await pool.read.payableFor([1n, 0n])).to.equal(capacity);
    await rejects(compensate(capacity + 1n), pool, "InsuranceLimitExceeded", [1n, capacity, capacity + 1n]);
    await compensate(capacity);
  });

  it("holds one token's bucket apart from another's", async () => {
    const { pool, double, token, compensate, payer } = await load(endless);
    await double.write.setToken([6, token.address]);
    await double.write.setDeal([2n, payer, payer, 6]);
    await double.write.setPaid([2n, MAX_UINT96, 2n ** 90n]);
    await compensate(250n);
    expect(await pool.read.payableFor([1n, 0n])).to.equal(0n);
    expect((await pool.read.payableFor([2n, 0n])) > 0n).to.equal(true);
  });

  it("never pays more than 5 % of the most that it had in any 30 days, over random histories", async () => {
    await forRandom(3, async ({ below, pick }) => {
      const { pool, token, compensate } = await load(endless);
      const history: { at: bigint; paid: bigint; held: bigint }[] = [];
      await token.write.mint([pool.address, 10n ** 9n]);
      for (let step = 0; step < 60; step++) {
        await networkHelpers.time.increase(BigInt(1 + below(pick([3_600, 86_400, 8 * 86_400]))));
        if (below(6) === 0) await token.write.mint([pool.address, BigInt(below(2 * 10 ** 9))]);
        const held = await token.read.balanceOf([pool.address]);
        const most = await pool.read.payableFor([1n, 0n]);
        const amount = below(3) === 0 ? most : (most * BigInt(below(1_000))) / 1_000n;
        if (amount === 0n) continue;
        await compensate(amount);
        history.push({ at: BigInt(await networkHelpers.time.latest()), paid: amount, held });
      }
      for (const { at } of history) {
        const window = history.filter((each) => each.at >= at && each.at <= at + WINDOW_SECONDS);
        const paid = window.reduce((sum, each) => sum + each.paid, 0n);
        expect(window.some(({ held }) => paid <= held / 20n)).to.equal(true);
      }
      expect(history.length > 10).to.equal(true);
    });
  });

  it("counts a payment before the token is called", async () => {
    const { pool, token, manager, compensate } = await load(endless);
    await manager.write.grantRole([0n, token.address, 0]);
    const args = [1n, 200n, 0n, CASE] as const;
    const data = encodeFunctionData({ abi: pool.abi, functionName: "compensate", args });
    await token.write.arm([pool.address, data]);
    await rejects(compensate(200n), pool, "InsuranceLimitExceeded");
    expect(await pool.read.paidOf([1n])).to.equal(0n);
  });
});
