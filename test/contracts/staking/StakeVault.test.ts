import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint256, parseEther } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { signPermit } from "../../helpers/permit.ts";
import { GENESIS_EVER, HOSTING, serviceIdOf, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { approved, staked, reserved } = vaultFixtures(connection);

const OTHER_SERVICE = serviceIdOf("other");

describe("StakeVault.stake", () => {
  it("refuses nothing", async () => {
    const { vault, by } = await load(approved);
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.stake([0n], by), vault, "StakeAmountInvalid", [0n]);
  });

  it("refuses more than the allowance", async () => {
    const { vault, ever, owner, by } = await load(approved);
    await ever.write.approve([vault.address, STAKE - 1n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.stake([STAKE], by),
      vault,
      "StakeAllowanceInsufficient",
      [owner, STAKE - 1n, STAKE],
    );
  });

  it("refuses more than the balance", async () => {
    const { vault, ever, owner, by } = await load(approved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.stake([GENESIS_EVER + 1n], by),
      ever,
      "ERC20InsufficientBalance",
      [owner, GENESIS_EVER, GENESIS_EVER + 1n],
    );
  });

  it("takes the tokens and counts them as active, one base unit included", async () => {
    const { vault, ever, owner, by } = await load(approved);
    await viem.assertions.emitWithArgs(vault.write.stake([1n], by), vault, "Staked", [owner, owner, 1n, 1n]);
    await viem.assertions.emitWithArgs(vault.write.stake([STAKE], by), vault, "Staked", [
      owner,
      owner,
      STAKE,
      STAKE + 1n,
    ]);

    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      active: STAKE + 1n,
      allocated: 0n,
      thawing: 0n,
      thawsAt: 0,
    });
    expect(await vault.read.totalStake()).to.equal(STAKE + 1n);
    expect(await ever.read.balanceOf([vault.address])).to.equal(STAKE + 1n);
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER - STAKE - 1n);
  });
});

describe("StakeVault.stakeWithPermit", () => {
  const deadline = maxUint256;

  it("refuses a permit for less, and names what is allowed", async () => {
    const { vault, ever, customer } = await load(approved);
    const permit = await signPermit(customer, ever, { spender: vault.address, value: STAKE - 1n, deadline });
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.stakeWithPermit([STAKE, permit], { account: customer.account }),
      vault,
      "StakeAllowanceInsufficient",
      [getAddress(customer.account.address), 0n, STAKE],
    );
  });

  it("refuses an expired permit", async () => {
    const { vault, ever, customer } = await load(approved);
    const expired = BigInt(await networkHelpers.time.latest()) - 1n;
    const permit = await signPermit(customer, ever, { spender: vault.address, value: STAKE, deadline: expired });
    await viem.assertions.revertWithCustomError(
      vault.write.stakeWithPermit([STAKE, permit], { account: customer.account }),
      vault,
      "StakeAllowanceInsufficient",
    );
  });

  it("stakes with the signature alone", async () => {
    const { vault, ever, customer } = await load(approved);
    const owner = getAddress(customer.account.address);
    const permit = await signPermit(customer, ever, { spender: vault.address, value: STAKE, deadline });
    await viem.assertions.emitWithArgs(
      vault.write.stakeWithPermit([STAKE, permit], { account: customer.account }),
      vault,
      "Staked",
      [owner, owner, STAKE, STAKE],
    );
    expect(await ever.read.allowance([owner, vault.address])).to.equal(0n);
    expect(await ever.read.balanceOf([vault.address])).to.equal(STAKE);
  });

  it("still works after somebody else used the permit", async () => {
    const { vault, ever, customer, stranger } = await load(approved);
    const owner = getAddress(customer.account.address);
    const permit = await signPermit(customer, ever, { spender: vault.address, value: STAKE, deadline });
    await ever.write.permit([owner, vault.address, STAKE, permit.deadline, permit.v, permit.r, permit.s], {
      account: stranger.account,
    });
    await vault.write.stakeWithPermit([STAKE, permit], { account: customer.account });
    expect((await vault.read.stakeOf([owner])).active).to.equal(STAKE);
  });
});

describe("StakeVault.allocate", () => {
  it("refuses more than is staked, by one", async () => {
    const { vault, owner, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.allocate([HOSTING, STAKE + 1n], by),
      vault,
      "StakeInsufficient",
      [owner, STAKE, STAKE + 1n],
    );
  });

  it("refuses more than is left beside another service", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.allocate([OTHER_SERVICE, 1n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.allocate([HOSTING, STAKE], by),
      vault,
      "StakeInsufficient",
      [owner, STAKE, STAKE + 1n],
    );
  });

  it("refuses less than deals have reserved, by one", async () => {
    const { vault, owner, by } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.allocate([HOSTING, parseEther("400") - 1n], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("400") - 1n, parseEther("400")],
    );
  });

  it("raises to all that is staked and lowers to what is reserved", async () => {
    const { vault, owner, by } = await load(reserved);
    await viem.assertions.emitWithArgs(vault.write.allocate([HOSTING, STAKE], by), vault, "Allocated", [
      owner,
      HOSTING,
      STAKE,
      STAKE,
    ]);
    await viem.assertions.emitWithArgs(vault.write.allocate([HOSTING, parseEther("400")], by), vault, "Allocated", [
      owner,
      HOSTING,
      parseEther("400"),
      parseEther("400"),
    ]);
    expect(await vault.read.allocationOf([owner, HOSTING])).to.deep.equal({
      amount: parseEther("400"),
      reserved: parseEther("400"),
    });
    expect((await vault.read.stakeOf([owner])).allocated).to.equal(parseEther("400"));
  });
});

describe("StakeVault.thaw", () => {
  it("refuses nothing", async () => {
    const { vault, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.thaw([0n], by), vault, "StakeAmountInvalid", [0n]);
  });

  it("refuses allocated stake, by one", async () => {
    const { vault, owner, by } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.thaw([parseEther("400") + 1n], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("400"), parseEther("400") + 1n],
    );
  });

  it("starts the unbonding of exactly what is free", async () => {
    const { vault, owner, by } = await load(reserved);
    const at = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(at);
    const thawsAt = Number(at + UNBONDING_SECONDS);
    await viem.assertions.emitWithArgs(vault.write.thaw([parseEther("400")], by), vault, "ThawStarted", [
      owner,
      parseEther("400"),
      parseEther("400"),
      thawsAt,
    ]);
    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      active: parseEther("600"),
      allocated: parseEther("600"),
      thawing: parseEther("400"),
      thawsAt,
    });
    expect(await vault.read.totalStake()).to.equal(STAKE);
  });

  it("restarts the unbonding of everything when it is called again", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.thaw([1n], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS - 10n);
    await vault.write.thaw([2n], by);
    const { thawing, thawsAt } = await vault.read.stakeOf([owner]);
    expect(thawing).to.equal(3n);
    expect(BigInt(thawsAt)).to.equal(BigInt(await networkHelpers.time.latest()) + UNBONDING_SECONDS);
  });
});

describe("StakeVault.withdraw", () => {
  it("refuses when nothing is thawing", async () => {
    const { vault, owner, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.withdraw(by), vault, "StakeNothingThawing", [
      owner,
    ]);
  });

  it("refuses a second before the unbonding has ended", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.thaw([STAKE], by);
    const { thawsAt } = await vault.read.stakeOf([owner]);
    await networkHelpers.time.setNextBlockTimestamp(thawsAt - 1);
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.withdraw(by), vault, "StakeStillThawing", [
      owner,
      BigInt(thawsAt),
    ]);
  });

  it("pays everything that was thawing, at that second", async () => {
    const { vault, ever, owner, by } = await load(staked);
    await vault.write.thaw([parseEther("300")], by);
    const { thawsAt } = await vault.read.stakeOf([owner]);
    await networkHelpers.time.setNextBlockTimestamp(thawsAt);
    await viem.assertions.emitWithArgs(vault.write.withdraw(by), vault, "StakeWithdrawn", [owner, parseEther("300")]);

    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      active: parseEther("700"),
      allocated: 0n,
      thawing: 0n,
      thawsAt: 0,
    });
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER - parseEther("700"));
    expect(await vault.read.totalStake()).to.equal(parseEther("700"));
    expect(await ever.read.balanceOf([vault.address])).to.equal(parseEther("700"));
  });
});
