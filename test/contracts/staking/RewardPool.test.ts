import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, type Hash, parseEther, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { INSURANCE_BPS, soldOf, TEN, USD_ID, WIDE_ID } from "../../helpers/fees.ts";
import { deployRewards, FIRST_EMISSION, HALVING_EPOCHS } from "../../helpers/rewards.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const { rejects, emits } = createAssertions(connection);
const fresh = () => deployRewards(connection);

/** Deal 1 recorded what was sold in epoch 0, for some EVER; epoch 1 has begun. */
async function earned() {
  const deployed = await fresh();
  await deployed.record(1n, TEN);
  await deployed.sell(TEN, USD_ID, parseEther("100"));
  await deployed.enter(1n);
  return { ...deployed, burned: await deployed.router.read.burnedIn([0n]) };
}
const load = networkHelpers.loadFixture;

async function logsOf(hash: Hash) {
  return (await (await viem.getPublicClient()).getTransactionReceipt({ hash })).logs;
}

describe("RewardPool.recordDeal", () => {
  it("counts nothing for a deal that there is none of, or that paid nothing, and tells nothing", async () => {
    const { pool, providers } = await load(fresh);
    for (const dealKey of [1n, 99n]) {
      expect((await pool.simulate.recordDeal([dealKey])).result).to.equal(0n);
      expect(await logsOf(await pool.write.recordDeal([dealKey]))).to.deep.equal([]);
    }
    expect(await pool.read.feesOf([providers[0], 0n, USD_ID])).to.equal(0n);
    expect(await pool.read.recordedIn([0n, USD_ID])).to.equal(0n);
  });

  it("counts what the deal paid for its provider, in the running epoch, and tells it", async () => {
    const { pool, double, providers, enter } = await load(fresh);
    await enter(2n);
    await double.write.setPaid([1n, 0n, TEN]);
    const event = [providers[0], getAddress(double.address), 1n, 2n, USD_ID, TEN];
    await emits(pool.write.recordDeal([1n]), pool, "FeesRecorded", event);
    expect(await pool.read.feesOf([providers[0], 2n, USD_ID])).to.equal(TEN);
    expect(await pool.read.recordedIn([2n, USD_ID])).to.equal(TEN);
    expect(await pool.read.recordedOf([double.address, 1n])).to.equal(TEN);
  });

  it("counts only the increase, and nothing twice, also in a later epoch", async () => {
    const { pool, double, providers, record, enter } = await load(fresh);
    await record(1n, TEN);
    expect(await logsOf(await pool.write.recordDeal([1n]))).to.deep.equal([]);
    await enter(1n);
    expect(await logsOf(await pool.write.recordDeal([1n]))).to.deep.equal([]);
    await double.write.setPaid([1n, 0n, TEN + 5n]);
    expect((await pool.simulate.recordDeal([1n])).result).to.equal(5n);
    await pool.write.recordDeal([1n]);
    expect(await pool.read.feesOf([providers[0], 0n, USD_ID])).to.equal(TEN);
    expect(await pool.read.feesOf([providers[0], 1n, USD_ID])).to.equal(5n);
    expect(await pool.read.recordedOf([double.address, 1n])).to.equal(TEN + 5n);
  });

  it("counts nothing, and takes nothing back, when what a deal paid is less than before", async () => {
    const { pool, providers, record } = await load(fresh);
    await record(1n, TEN);
    await record(1n, TEN - 1n);
    expect(await pool.read.feesOf([providers[0], 0n, USD_ID])).to.equal(TEN);
  });
});

describe("RewardPool.claim", () => {
  it("refuses the running epoch and later ones", async () => {
    const { pool, providers } = await load(earned);
    for (const epoch of [1n, 2n, 2n ** 64n - 1n]) {
      const claim = pool.write.claim([providers[0], epoch, USD_ID]);
      await rejects(claim, pool, "RewardsEpochRunning", [epoch, 1n]);
    }
  });

  it("refuses who recorded nothing, a token without sales, and a second time", async () => {
    const { pool, providers } = await load(earned);
    const claim = (provider: `0x${string}`, tokenId: number) => pool.write.claim([provider, 0n, tokenId]);
    await rejects(claim(providers[1], USD_ID), pool, "RewardsNothingDue", [providers[1], 0n, USD_ID]);
    await rejects(claim(providers[0], WIDE_ID), pool, "RewardsNothingDue", [providers[0], 0n, WIDE_ID]);
    await claim(providers[0], USD_ID);
    await rejects(claim(providers[0], USD_ID), pool, "RewardsNothingDue", [providers[0], 0n, USD_ID]);
  });

  it("mints 90 % of what was burned into the vault, when all that was recorded is one provider's", async () => {
    const { pool, ever, vault, providers, burned, by } = await load(earned);
    const amount = (burned * 9n) / 10n;
    expect(await pool.read.rewardOf([providers[0], 0n, USD_ID])).to.equal(amount);
    const supply = await ever.read.totalSupply();
    const claiming = pool.write.claim([providers[0], 0n, USD_ID], by.stranger);
    await emits(claiming, pool, "RewardClaimed", [providers[0], 0n, USD_ID, TEN, amount]);
    expect(await vault.read.rewardedOf([providers[0]])).to.equal(amount);
    expect(await ever.read.balanceOf([vault.address])).to.equal(amount);
    expect(await ever.read.totalSupply()).to.equal(supply + amount);
    expect(await ever.read.balanceOf([pool.address])).to.equal(0n);
    expect(await pool.read.feesOf([providers[0], 0n, USD_ID])).to.equal(0n);
  });

  it("shares by fees paid, whoever claims first", async () => {
    const { pool, router, vault, providers, record, sell, enter } = await load(fresh);
    await record(1n, TEN);
    await record(2n, 3n * TEN);
    await sell(4n * TEN, USD_ID, parseEther("100"));
    await enter(5n);
    const cap = ((await router.read.burnedIn([0n])) * 9n) / 10n;
    for (const provider of [providers[1], providers[0]]) await pool.write.claim([provider, 0n, USD_ID]);
    expect(await vault.read.rewardedOf([providers[0]])).to.equal(cap / 4n);
    expect(await vault.read.rewardedOf([providers[1]])).to.equal((cap * 3n) / 4n);
  });

  it("values fees at what was burned for their own token", async () => {
    const { pool, router, providers, record, sell, enter } = await load(fresh);
    await record(2n, TEN);
    await record(3n, TEN);
    await sell(TEN, USD_ID, parseEther("100"));
    await sell(TEN, WIDE_ID, parseEther("1"));
    await enter(2n);
    const [usd, wide] = [await router.read.saleOf([0n, USD_ID]), await router.read.saleOf([0n, WIDE_ID])];
    const reward = (provider: `0x${string}`, tokenId: number) => pool.read.rewardOf([provider, 0n, tokenId]);
    expect(await reward(providers[1], USD_ID)).to.equal((usd.burned * 9n) / 10n);
    expect(await reward(providers[0], WIDE_ID)).to.equal((wide.burned * 9n) / 10n);
  });

  it("emits no more than the schedule, shared as before", async () => {
    const { pool, router, providers, record, sell, enter } = await load(fresh);
    await record(1n, TEN);
    await record(2n, TEN);
    await sell(2n * TEN, USD_ID, parseEther("10000"));
    await enter(1n);
    expect((await router.read.burnedIn([0n])) > (FIRST_EMISSION * 10n) / 9n).to.equal(true);
    expect(await pool.read.capOf([0n])).to.equal(FIRST_EMISSION);
    expect(await pool.read.rewardOf([providers[0], 0n, USD_ID])).to.equal(FIRST_EMISSION / 2n);
  });

  it("stays claimable when the vault refuses a provider for a while", async () => {
    const { pool, vault, ever, providers } = await load(earned);
    await vault.write.refuse([providers[0], true]);
    const supply = await ever.read.totalSupply();
    await rejects(pool.write.claim([providers[0], 0n, USD_ID]), vault, "StakeRewardRefused", [providers[0]]);
    expect(await ever.read.totalSupply()).to.equal(supply);
    await vault.write.refuse([providers[0], false]);
    await pool.write.claim([providers[0], 0n, USD_ID]);
  });
});

describe("RewardPool.capOf", () => {
  for (const [epoch, cap] of [
    [HALVING_EPOCHS - 2n, FIRST_EMISSION],
    [HALVING_EPOCHS - 1n, FIRST_EMISSION / 2n],
  ] as const) {
    it(`is what the schedule has for the epoch after: ${epoch + 1n}`, async () => {
      const { pool, sell, enter } = await load(fresh);
      await enter(epoch);
      await sell(TEN, USD_ID, parseEther("10000"));
      expect(await pool.read.capOf([epoch])).to.equal(cap);
    });
  }
});

describe("RewardPool.scheduleOf", () => {
  it("halves after so many epochs, down to nothing", async () => {
    const { pool } = await load(fresh);
    const at = (epoch: bigint) => pool.read.scheduleOf([epoch]);
    expect(await at(0n)).to.equal(FIRST_EMISSION);
    expect(await at(HALVING_EPOCHS - 1n)).to.equal(FIRST_EMISSION);
    expect(await at(HALVING_EPOCHS)).to.equal(FIRST_EMISSION / 2n);
    expect(await at(10n * HALVING_EPOCHS)).to.equal(FIRST_EMISSION / 1024n);
    expect(await at(2n ** 63n)).to.equal(0n);
  });

  it("needs a length", async () => {
    const { pool, ever } = await load(fresh);
    const [e, none] = [ever.address, zeroAddress];
    const parts = { ever: e, router: none, ledger: none, payments: none, channels: none, vault: e };
    await rejects(viem.deployContract("RewardPool", [parts, 1n, 0n]), pool, "RewardsScheduleInvalid", [0n]);
  });
});

describe("the insurance share", () => {
  it("lowers the rewards as it lowers what is burned", async () => {
    const { pool, router, providers } = await load(earned);
    const { sold, burned } = await router.read.saleOf([0n, USD_ID]);
    expect(sold).to.equal(soldOf(TEN));
    // Ten dollars were recorded, eight sold: the ten share what the eight brought.
    const reward = await pool.read.rewardOf([providers[0], 0n, USD_ID]);
    expect(reward).to.equal((burned * 9n * TEN) / 10n / TEN);
    expect(INSURANCE_BPS).to.equal(2_000n);
  });
});
