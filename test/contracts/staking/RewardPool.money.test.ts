import { expect } from "chai";
import { network } from "hardhat";
import { type Address, zeroAddress } from "viem";
import { CAP, deployChannels, TERM_SECONDS } from "../../helpers/channels.ts";
import { deployPayments, FIRST_PERIOD, REFUND_DELAY_SECONDS, USD } from "../../helpers/money.ts";
import { type Connection, GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;

/** A pool that reads from these contracts. Nothing is burned here: what it records is what these tests are about. */
async function deployPool({ viem }: Connection, ledger: Address, money: { payments?: Address; channels?: Address }) {
  const [deployer] = await viem.getWalletClients();
  if (!deployer) throw new Error("too few accounts");
  const manager = await viem.deployContract("AccessManager", [deployer.account.address]);
  const ever = await viem.deployContract("EverToken", [[], [], manager.address]);
  const args = [ever.address, 0n, 2n ** 40n, 1n, 1n, 0n, 0, manager.address] as const;
  const router = await viem.deployContract("FeeRouter", args);
  const vault = await viem.deployContract("StakeRewardsDouble", [ever.address]);
  const { payments = zeroAddress, channels = zeroAddress } = money;
  const parts = { ever: ever.address, router: router.address, ledger, payments, channels, vault: vault.address };
  return await viem.deployContract("RewardPool", [parts, 1n, 1n]);
}

/** Deal 1 has run for 31 proven periods with 2 GiB; what was released is paid, its fee is not swept. */
async function running() {
  const deployed = await deployPayments(connection);
  const { payments, ledger, dealKey } = deployed;
  const pool = await deployPool(connection, ledger.address, { payments: payments.address });
  await deployed.reserve();
  await deployed.start();
  await deployed.add(2n * GIB, 0n);
  await deployed.prove(FIRST_PERIOD + 1n, FIRST_PERIOD + 32n);
  await deployed.enter(FIRST_PERIOD + 33n);
  await payments.write.settle([dealKey]);
  const recorded = async () => {
    await pool.write.recordDeal([dealKey]);
    return await pool.read.feesOf([deployed.payee, 0n, 1]);
  };
  const funds = async () => ({ fees: (await deployed.funds()).fees ?? 0n });
  return { ...deployed, pool, recorded, funds };
}

/** Channel 1 has redeemed forty dollars; its fee is not swept. */
async function redeemed() {
  const deployed = await deployChannels(connection);
  const { channels, ledger, sign } = deployed;
  const pool = await deployPool(connection, ledger.address, { channels: channels.address });
  await deployed.open();
  await channels.write.redeem([await sign(40n * USD)]);
  const recorded = async () => {
    await pool.write.recordChannel([1n]);
    return await pool.read.feesOf([deployed.payee, 0n, 1]);
  };
  return { ...deployed, pool, recorded };
}

describe("what a pool records of deals", () => {
  it("is nothing before the fee was swept, then exactly what the recipient got", async () => {
    const { payments, dealKey, recorded, funds } = await load(running);
    expect(await recorded()).to.equal(0n);
    await payments.write.sweepFee([dealKey]);
    expect(await recorded()).to.equal((await funds()).fees);
    expect((await funds()).fees > 0n).to.equal(true);
  });

  it("includes the fee that closing pays", async () => {
    const { payments, dealKey, recorded, funds, enter } = await load(running);
    await payments.write.sweepFee([dealKey]);
    const before = await recorded();
    await enter(FIRST_PERIOD + 43n);
    await payments.write.close([dealKey]);
    expect((await funds()).fees > before).to.equal(true);
    expect(await recorded()).to.equal((await funds()).fees);
  });

  it("is known for as long as a deal is not closed, even when its lock expired long ago", async () => {
    const { payments, dealKey, terms, recorded, funds } = await load(running);
    await payments.write.sweepFee([dealKey]);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + 10n * REFUND_DELAY_SECONDS);
    expect(await recorded()).to.equal((await funds()).fees);
  });

  it("is known of a closed deal until the second in which anybody could refund its lock", async () => {
    const { payments, dealKey, terms, recorded, funds, enter } = await load(running);
    await enter(FIRST_PERIOD + 43n);
    await payments.write.close([dealKey]);
    const closed = await networkHelpers.takeSnapshot();
    const unknownAt = BigInt(terms.expiresAt) + REFUND_DELAY_SECONDS;
    await networkHelpers.time.setNextBlockTimestamp(unknownAt);
    expect(await recorded()).to.equal(0n);
    await closed.restore();
    await networkHelpers.time.setNextBlockTimestamp(unknownAt - 1n);
    expect(await recorded()).to.equal((await funds()).fees);
  });

  it("holds no fee that went back to the payer: closing a deal whose lock was refunded earns nothing", async () => {
    const { payments, ledger, dealKey, terms, recorded, funds } = await load(running);
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + REFUND_DELAY_SECONDS);
    await ledger.write.refundExpired([payments.address, dealKey]);
    await payments.write.close([dealKey]);
    expect((await payments.read.streamOf([dealKey])).feeSwept > 0n).to.equal(true);
    expect((await funds()).fees).to.equal(0n);
    expect(await recorded()).to.equal(0n);
  });

  it("keeps what was recorded before the fees of a closed deal became unknown", async () => {
    const { payments, dealKey, terms, recorded } = await load(running);
    await payments.write.sweepFee([dealKey]);
    const before = await recorded();
    await networkHelpers.time.increaseTo(BigInt(terms.expiresAt) + REFUND_DELAY_SECONDS);
    await payments.write.close([dealKey]);
    expect(await recorded()).to.equal(before);
  });
});

describe("what a pool records of channels", () => {
  it("is nothing before the fee was swept, then exactly what the recipient got", async () => {
    const { channels, recorded, funds } = await load(redeemed);
    expect(await recorded()).to.equal(0n);
    await channels.write.sweepFee([1n]);
    expect(await recorded()).to.equal((await funds()).fees);
    expect((await funds()).fees).to.equal(USD);
  });

  it("follows further redemptions and a top-up, and includes the fee that closing pays", async () => {
    const { channels, sign, recorded, funds, by } = await load(redeemed);
    await channels.write.sweepFee([1n]);
    await recorded();
    await channels.write.topUp([1n, CAP, 0], by.customer);
    await channels.write.redeem([await sign(150n * USD)]);
    expect(await recorded()).to.equal(USD);
    await channels.write.close([1n], by.provider);
    expect(await recorded()).to.equal((await funds()).fees);
    expect((await funds()).fees > 3n * USD).to.equal(true);
  });

  it("is known until the second in which anybody could refund the lock", async () => {
    const { channels, ledger, recorded, funds } = await load(redeemed);
    await channels.write.sweepFee([1n]);
    const swept = await networkHelpers.takeSnapshot();
    const { expiresAt } = await ledger.read.lockOf([channels.address, 1n]);
    const unknownAt = BigInt(expiresAt) + REFUND_DELAY_SECONDS;
    await networkHelpers.time.setNextBlockTimestamp(unknownAt);
    expect(await recorded()).to.equal(0n);
    await swept.restore();
    await networkHelpers.time.setNextBlockTimestamp(unknownAt - 1n);
    expect(await recorded()).to.equal((await funds()).fees);
  });

  it("holds no fee that went back to the payer, closed or not", async () => {
    const { channels, ledger, recorded, funds } = await load(redeemed);
    await networkHelpers.time.increase(TERM_SECONDS + REFUND_DELAY_SECONDS);
    await ledger.write.refundExpired([channels.address, 1n]);
    expect(await recorded()).to.equal(0n);
    await channels.write.close([1n]);
    expect((await funds()).fees).to.equal(0n);
    expect(await recorded()).to.equal(0n);
  });

  it("is nothing for a channel that there is none of", async () => {
    const { pool, payee } = await load(redeemed);
    await pool.write.recordChannel([77n]);
    expect(await pool.read.feesOf([payee, 0n, 1])).to.equal(0n);
  });
});
