import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint256, parseEther, stringToHex, zeroHash } from "viem";
import { signPermit } from "../../helpers/permit.ts";
import { deployPolicy, GENESIS_EVER, HOSTING, serviceIdOf, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;

const STAKE = parseEther("1000");
const REASON = stringToHex("test-fault", { size: 32 });
const OTHER_SERVICE = serviceIdOf("other");

/** The provider has approved the vault, and the market is listed. */
async function approved() {
  const policy = await deployPolicy(connection);
  const { ever, vault, provider, market } = policy;
  await ever.write.approve([vault.address, maxUint256], { account: provider.account });
  await vault.write.setMarket([market.account.address, true]);
  return { ...policy, owner: getAddress(provider.account.address), by: { account: provider.account } };
}

/** The provider has staked, nothing is allocated. */
async function staked() {
  const policy = await approved();
  await policy.vault.write.stake([STAKE], policy.by);
  return policy;
}

/** 600 of the 1,000 back hosting, 400 of them are reserved. */
async function reserved() {
  const policy = await staked();
  const { vault, owner, by, market } = policy;
  await vault.write.allocate([HOSTING, parseEther("600")], by);
  await vault.write.reserve([owner, HOSTING, parseEther("400")], { account: market.account });
  return { ...policy, byMarket: { account: market.account } };
}

const load = networkHelpers.loadFixture;

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

describe("StakeVault.reserve", () => {
  it("refuses whoever is not a listed market", async () => {
    const { vault, owner, stranger } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("refuses a market that was unlisted", async () => {
    const { vault, owner, market, byMarket } = await load(reserved);
    await vault.write.setMarket([market.account.address, false]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], byMarket),
      vault,
      "StakeMarketOnly",
      [getAddress(market.account.address)],
    );
  });

  it("refuses more than is allocated and free, by one", async () => {
    const { vault, owner, byMarket } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, parseEther("200") + 1n], byMarket),
      vault,
      "StakeInsufficient",
      [owner, parseEther("200"), parseEther("200") + 1n],
    );
  });

  it("reserves exactly what is free", async () => {
    const { vault, owner, byMarket, market } = await load(reserved);
    await viem.assertions.emitWithArgs(
      vault.write.reserve([owner, HOSTING, parseEther("200")], byMarket),
      vault,
      "ReservationChanged",
      [owner, HOSTING, getAddress(market.account.address), parseEther("600")],
    );
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(parseEther("600"));
  });
});

describe("StakeVault.release", () => {
  it("refuses whoever never was a market", async () => {
    const { vault, owner, stranger } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.release([owner, HOSTING, 1n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
      [getAddress(stranger.account.address)],
    );
  });

  it("frees stake, also for a market that was unlisted since", async () => {
    const { vault, owner, market, by, byMarket } = await load(reserved);
    await vault.write.setMarket([market.account.address, false]);
    await viem.assertions.emitWithArgs(
      vault.write.release([owner, HOSTING, parseEther("400")], byMarket),
      vault,
      "ReservationChanged",
      [owner, HOSTING, getAddress(market.account.address), 0n],
    );
    await vault.write.allocate([HOSTING, 0n], by);
    expect((await vault.read.stakeOf([owner])).allocated).to.equal(0n);
  });

  it("never reverts for a slashed provider", async () => {
    const { vault, owner, governor, byMarket } = await load(reserved);
    await vault.write.slash([owner, HOSTING, STAKE, REASON, governor.account.address]);
    await vault.write.release([owner, HOSTING, parseEther("400")], byMarket);
    await vault.write.release([owner, HOSTING, parseEther("400")], byMarket);
    expect(await vault.read.allocationOf([owner, HOSTING])).to.deep.equal({ amount: 0n, reserved: 0n });
  });
});

describe("StakeVault.slash", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { vault, owner, market } = await load(reserved);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.slash([owner, HOSTING, 1n, REASON, owner], { account: market.account }),
      vault,
      "AccessManagedUnauthorized",
      [getAddress(market.account.address)],
    );
  });

  it("takes the service's allocation first and tells what came from where", async () => {
    const { vault, ever, owner, governor } = await load(reserved);
    const recipient = getAddress(governor.account.address);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("250"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, parseEther("250"), 0n, recipient],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      active: parseEther("750"),
      allocated: parseEther("350"),
      thawing: 0n,
      thawsAt: 0,
    });
    expect(await vault.read.allocationOf([owner, HOSTING])).to.deep.equal({
      amount: parseEther("350"),
      reserved: parseEther("400"),
    });
    expect(await ever.read.balanceOf([recipient])).to.equal(parseEther("250"));
    expect(await vault.read.totalStake()).to.equal(parseEther("750"));
  });

  it("cannot be escaped by thawing, takes at most what is there and never reverts for want of stake", async () => {
    const { vault, ever, owner, by, governor } = await load(reserved);
    const recipient = getAddress(governor.account.address);
    await vault.write.thaw([parseEther("400")], by);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, parseEther("600"), parseEther("300"), recipient],
    );
    await vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("900"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, 0n, 0n, recipient],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.equal({ active: 0n, allocated: 0n, thawing: 0n, thawsAt: 0 });
    expect(await ever.read.balanceOf([recipient])).to.equal(STAKE);
    expect(await ever.read.balanceOf([vault.address])).to.equal(0n);
    expect(await vault.read.totalStake()).to.equal(0n);
  });

  it("reserves nothing more until allocations are covered again", async () => {
    const { vault, owner, by, byMarket, governor } = await load(reserved);
    await vault.write.allocate([OTHER_SERVICE, parseEther("400")], by);
    await vault.write.slash([owner, OTHER_SERVICE, parseEther("500"), REASON, governor.account.address]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      active: parseEther("500"),
      allocated: parseEther("600"),
    });
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], byMarket),
      vault,
      "StakeInsufficient",
      [owner, parseEther("500"), parseEther("600")],
    );
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.thaw([1n], by), vault, "StakeInsufficient", [
      owner,
      0n,
      1n,
    ]);

    await vault.write.allocate([HOSTING, parseEther("500")], by);
    await vault.write.reserve([owner, HOSTING, parseEther("100")], byMarket);
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(parseEther("500"));
  });

  it("leaves an allocation below its reservations only to be raised", async () => {
    const { vault, owner, by, governor } = await load(reserved);
    await vault.write.slash([owner, HOSTING, parseEther("300"), REASON, governor.account.address]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.allocate([HOSTING, parseEther("299")], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("299"), parseEther("400")],
    );
    await vault.write.allocate([HOSTING, parseEther("350")], by);
    expect((await vault.read.allocationOf([owner, HOSTING])).amount).to.equal(parseEther("350"));
  });
});

describe("StakeVault.setMarket", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { vault, stranger } = await load(approved);
    await viem.assertions.revertWithCustomError(
      vault.write.setMarket([stranger.account.address, true], { account: stranger.account }),
      vault,
      "AccessManagedUnauthorized",
    );
  });

  it("lists and unlists; unlisting what never was a market gives it nothing", async () => {
    const { vault, owner, stranger } = await load(staked);
    const address = getAddress(stranger.account.address);
    await viem.assertions.emitWithArgs(vault.write.setMarket([address, false]), vault, "StakeMarketChanged", [
      address,
      false,
    ]);
    await viem.assertions.revertWithCustomError(
      vault.write.release([owner, zeroHash, 0n], { account: stranger.account }),
      vault,
      "StakeMarketOnly",
    );
    await viem.assertions.emitWithArgs(vault.write.setMarket([address, true]), vault, "StakeMarketChanged", [
      address,
      true,
    ]);
    expect(await vault.read.isMarket([address])).to.equal(true);
    await vault.write.setMarket([address, false]);
    expect(await vault.read.isMarket([address])).to.equal(false);
  });
});
