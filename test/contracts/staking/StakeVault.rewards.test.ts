import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther, parseEventLogs, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { GENESIS_EVER, HOSTING } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { approved, staked, delegated } = vaultFixtures(connection);

const REASON = stringToHex("test-fault", { size: 32 });
const ONE = 2n ** 64n;
const NOTICE_SECONDS = 21n * 86_400n;

describe("StakeVault.reward", () => {
  it("refuses nothing", async () => {
    const { vault, owner, byStranger } = await load(delegated);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reward([owner, 0n], byStranger),
      vault,
      "StakeAmountInvalid",
      [0n],
    );
  });

  it("refuses a provider without active stake", async () => {
    const { vault, owner, by } = await load(approved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reward([owner, 1n], by),
      vault,
      "StakeInsufficient",
      [owner, 0n, 1n],
    );
  });

  it("gives no credit without a transfer", async () => {
    const { vault, ever, owner, byStranger, stranger } = await load(delegated);
    await ever.write.approve([vault.address, 9n], byStranger);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reward([owner, 10n], byStranger),
      vault,
      "StakeAllowanceInsufficient",
      [getAddress(stranger.account.address), 9n, 10n],
    );
  });

  it("goes to the provider alone when nobody delegates", async () => {
    const { vault, owner, by } = await load(staked);
    await viem.assertions.emitWithArgs(vault.write.reward([owner, 10n], by), vault, "StakeRewarded", [
      owner,
      owner,
      10n,
      0n,
      0n,
    ]);
    expect((await vault.read.stakeOf([owner])).active).to.equal(STAKE + 10n);
  });

  it("tells no index of a pool without delegators", async () => {
    const { vault, owner, by } = await load(staked);
    const hash = await vault.write.reward([owner, 10n], by);
    const { logs } = await (await viem.getPublicClient()).getTransactionReceipt({ hash });
    expect(parseEventLogs({ abi: vault.abi, eventName: "PoolIndexChanged", logs })).to.deep.equal([]);
  });

  it("reaches a pool with one base unit of it", async () => {
    const { vault, ever, owner, by, stranger } = await load(approved);
    await vault.write.stake([1n], by);
    await ever.write.approve([vault.address, 1n], { account: stranger.account });
    await vault.write.delegate([owner, 1n], { account: stranger.account });
    const counted = 10n ** 15n + 1n;
    await viem.assertions.emitWithArgs(vault.write.reward([owner, 2n], by), vault, "PoolIndexChanged", [
      owner,
      0,
      0,
      (ONE * (counted + 1n)) / counted,
    ]);
  });

  it("is shared in proportion, less the operator's cut, and compounds for every delegator at once", async () => {
    const { vault, ever, owner, by, byStranger, delegator, stranger } = await load(delegated);
    await vault.write.setCut([1_000], by);
    await networkHelpers.time.increase(NOTICE_SECONDS);
    const from = getAddress(stranger.account.address);
    await viem.assertions.emitWithArgs(
      vault.write.reward([owner, parseEther("140")], byStranger),
      vault,
      "StakeRewarded",
      [owner, from, parseEther("104"), parseEther("36"), parseEther("4")],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      active: parseEther("1104"),
      delegated: parseEther("436"),
    });
    const worths = await Promise.all(
      [delegator, from].map(async (each) => (await vault.read.delegationOf([owner, each]))[1]),
    );
    // What the pool's virtual thousandth of an EVER gets of it belongs to nobody.
    const lost = parseEther("436") - (worths[0] ?? 0n) - (worths[1] ?? 0n);
    expect(lost > 0n && lost < 10n ** 14n).to.equal(true);
    expect((worths[0] ?? 0n) / 3n - (worths[1] ?? 0n) < 2n).to.equal(true);
    expect(await vault.read.totalStake()).to.equal(await ever.read.balanceOf([vault.address]));
    expect(await ever.read.balanceOf([from])).to.equal(GENESIS_EVER - parseEther("240"));
  });

  it("is shared with a thousandth of an EVER that nobody owns, to the last unit", async () => {
    const { vault, ever, owner, by, stranger } = await load(approved);
    await vault.write.stake([1_000n], by);
    const byStranger = { account: stranger.account };
    await ever.write.approve([vault.address, 1_000n], byStranger);
    await vault.write.delegate([owner, 1_000n], byStranger);
    const nobody = 10n ** 15n;
    const reward = vault.write.reward([owner, 2n * nobody], by);
    const index = (ONE * (1_000n + nobody + nobody)) / (1_000n + nobody);
    await viem.assertions.emitWithArgs(reward, vault, "PoolIndexChanged", [owner, 0, 0, index]);
  });

  it("refuses what would make a share cost more than 2³⁶ base units, by one", async () => {
    const { vault, ever, owner, by, stranger } = await load(approved);
    const byStranger = { account: stranger.account };
    await vault.write.stake([1n], by);
    await ever.write.approve([vault.address, 1n], byStranger);
    await vault.write.delegate([owner, 1n], byStranger);
    await ever.write.mint([owner, parseEther("200000000")]);
    const counted = 10n ** 15n + 1n; // the pool's unit, and the thousandth that nobody owns
    const most = 2n * (2n ** 36n - 1n) * counted; // half of it is the pool's
    const [last, above] = [2n ** 100n, 2n ** 100n + ONE / counted];
    const refused = [owner, last, above] as const;
    const reward = vault.write.reward([owner, most + 2n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(reward, vault, "StakeIndexExceeded", [...refused]);
    await viem.assertions.emitWithArgs(vault.write.reward([owner, most], by), vault, "PoolIndexChanged", [
      owner,
      0,
      0,
      last,
    ]);
  });

  it("reaches neither thawing stake nor shares of an earlier epoch", async () => {
    const { vault, owner, by, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("300")], byCustomer);
    await vault.write.reward([owner, parseEther("110")], by);
    expect((await vault.read.tranchesOf([owner, delegator]))[0]?.amount).to.equal(parseEther("300"));
    await vault.write.slash([owner, HOSTING, parseEther("9000"), REASON, governor.account.address]);
    await vault.write.stake([STAKE], by);
    await viem.assertions.emitWithArgs(vault.write.reward([owner, 5n], by), vault, "StakeRewarded", [
      owner,
      owner,
      5n,
      0n,
      0n,
    ]);
  });
});

describe("StakeVault.setCut", () => {
  it("refuses more than the bound, by one", async () => {
    const { vault, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.setCut([3_001], by), vault, "StakeCutInvalid", [
      3_001n,
      3_000n,
    ]);
  });

  it("rises only after its notice, at that second", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.setCut([3_000], by);
    const changesAt = (await networkHelpers.time.latest()) + Number(NOTICE_SECONDS);
    expect(await vault.read.cutOf([owner])).to.deep.equal([0, 3_000, changesAt]);
    await networkHelpers.time.increaseTo(changesAt - 1);
    expect(await vault.read.cutOf([owner])).to.deep.equal([0, 3_000, changesAt]);
    await networkHelpers.time.increaseTo(changesAt);
    expect(await vault.read.cutOf([owner])).to.deep.equal([3_000, 0, 0]);
  });

  it("falls at once, and takes back what was announced", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.setCut([2_000], by);
    await networkHelpers.time.increase(NOTICE_SECONDS);
    await vault.write.setCut([3_000], by);
    const at = (await networkHelpers.time.latest()) + 5;
    await networkHelpers.time.setNextBlockTimestamp(at);
    await viem.assertions.emitWithArgs(vault.write.setCut([500], by), vault, "CutChanged", [owner, 500, at]);
    await networkHelpers.time.increase(NOTICE_SECONDS);
    expect(await vault.read.cutOf([owner])).to.deep.equal([500, 0, 0]);
  });

  it("stays as it is from now on where the same is said again", async () => {
    const { vault, owner, by } = await load(staked);
    const at = (await networkHelpers.time.latest()) + 5;
    await networkHelpers.time.setNextBlockTimestamp(at);
    await viem.assertions.emitWithArgs(vault.write.setCut([0], by), vault, "CutChanged", [owner, 0, at]);
  });

  it("announces anew when a rise is raised: the earlier one does not come", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.setCut([1_000], by);
    await networkHelpers.time.increase(NOTICE_SECONDS - 10n);
    await vault.write.setCut([2_000], by);
    await networkHelpers.time.increase(100n);
    expect((await vault.read.cutOf([owner]))[0]).to.equal(0);
  });
});
