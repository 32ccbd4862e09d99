import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint128, maxUint256, parseEther } from "viem";
import { NO_STAKE, STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { signPermit } from "../../helpers/permit.ts";
import { GENESIS_EVER, HOSTING, serviceIdOf, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { approved, staked, reserved } = vaultFixtures(connection);

const OTHER_SERVICE = serviceIdOf("other");

describe("StakeVault.stake", () => {
  for (const amount of [0n, 2n ** 95n + 1n, maxUint128])
    it(`refuses ${amount}: nothing, or more than there can be`, async () => {
      const { vault, by } = await load(approved);
      await viem.assertions.revertWithCustomErrorWithArgs(
        vault.write.stake([amount], by),
        vault,
        "StakeAmountInvalid",
        [amount],
      );
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

  it("refuses more than the balance, also where exactly that is allowed", async () => {
    const { vault, ever, owner, by } = await load(approved);
    await ever.write.approve([vault.address, GENESIS_EVER + 1n], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.stake([GENESIS_EVER + 1n], by),
      ever,
      "ERC20InsufficientBalance",
      [owner, GENESIS_EVER, GENESIS_EVER + 1n],
    );
  });

  it("takes the most that there could be for an amount, and refuses it for want of balance", async () => {
    const { vault, ever, owner, by } = await load(approved);
    const most = 2n ** 95n;
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.stake([most], by),
      ever,
      "ERC20InsufficientBalance",
      [owner, GENESIS_EVER, most],
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
      ...NO_STAKE,
      active: STAKE + 1n,
      capacity: STAKE + 1n,
      free: STAKE + 1n,
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
    const amount = parseEther("400");
    await viem.assertions.emitWithArgs(vault.write.thaw([amount], by), vault, "ThawStarted", [
      owner,
      owner,
      0,
      amount,
      amount,
      thawsAt,
    ]);
    expect(await vault.read.stakeOf([owner])).to.deep.equal({
      ...NO_STAKE,
      active: parseEther("600"),
      allocated: parseEther("600"),
      capacity: parseEther("600"),
      thawing: amount,
    });
    expect(await vault.read.tranchesOf([owner, owner])).to.deep.equal([{ number: 0, shares: amount, amount, thawsAt }]);
    expect(await vault.read.totalStake()).to.equal(STAKE);
  });

  it("begins a tranche of its own each time", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.thaw([1n], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS - 10n);
    await vault.write.thaw([2n], by);
    const [first, second] = await vault.read.tranchesOf([owner, owner]);
    expect([first?.amount, second?.amount]).to.deep.equal([1n, 2n]);
    expect(BigInt(second?.thawsAt ?? 0)).to.equal(BigInt(await networkHelpers.time.latest()) + UNBONDING_SECONDS);
    expect((first?.thawsAt ?? 0) < (second?.thawsAt ?? 0)).to.equal(true);
  });

  it("merges the seventeenth into the newest, which alone begins to wait anew", async () => {
    const { vault, owner, by } = await load(staked);
    for (let i = 1n; i <= 16n; i++) await vault.write.thaw([i], by);
    const before = await vault.read.tranchesOf([owner, owner]);
    await networkHelpers.time.increase(100n);
    await vault.write.thaw([1000n], by);
    const after = await vault.read.tranchesOf([owner, owner]);
    expect(after.slice(0, 15)).to.deep.equal(before.slice(0, 15));
    expect(after.length).to.equal(16);
    expect(after[15]).to.deep.equal({
      number: 15,
      shares: 1016n,
      amount: 1016n,
      thawsAt: (await networkHelpers.time.latest()) + Number(UNBONDING_SECONDS),
    });
  });
});

describe("StakeVault.thaw in a queue that was paid out before", () => {
  it("has sixteen places again", async () => {
    const { vault, owner, by } = await load(staked);
    for (let i = 0; i < 3; i++) await vault.write.thaw([7n], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.withdraw([owner, owner], by);
    for (let i = 0; i < 17; i++) await vault.write.thaw([1n], by);
    const tranches = await vault.read.tranchesOf([owner, owner]);
    expect(tranches.map(({ number }) => number)).to.deep.equal(Array.from({ length: 16 }, (_, i) => i + 3));
    expect(tranches.map(({ amount }) => amount)).to.deep.equal([...Array(15).fill(1n), 2n]);
  });
});

describe("StakeVault.withdraw", () => {
  it("refuses when nothing is thawing", async () => {
    const { vault, owner, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.withdraw([owner, owner], by),
      vault,
      "StakeNothingThawing",
      [owner],
    );
  });

  it("refuses a second before the unbonding has ended", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.thaw([STAKE], by);
    const thawsAt = await firstThawsAt(vault, owner);
    await networkHelpers.time.setNextBlockTimestamp(thawsAt - 1);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.withdraw([owner, owner], by),
      vault,
      "StakeStillThawing",
      [owner, BigInt(thawsAt)],
    );
  });

  it("pays the tranches that have thawed, at that second, and leaves the others", async () => {
    const { vault, ever, owner, by } = await load(staked);
    await vault.write.thaw([parseEther("100")], by);
    await vault.write.thaw([parseEther("200")], by);
    await networkHelpers.time.increase(10n);
    await vault.write.thaw([parseEther("50")], by);
    const [, second, third] = await vault.read.tranchesOf([owner, owner]);
    await networkHelpers.time.setNextBlockTimestamp(second?.thawsAt ?? 0);
    await vault.write.withdraw([owner, owner], by);

    expect(await vault.read.tranchesOf([owner, owner])).to.deep.equal([third]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({ active: parseEther("650"), thawing: parseEther("50") });
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER - parseEther("700"));
    expect(await vault.read.totalStake()).to.equal(parseEther("700"));
    expect(await ever.read.balanceOf([vault.address])).to.equal(parseEther("700"));
  });

  it("pays the owner, whoever calls it", async () => {
    const { vault, ever, owner, by, stranger } = await load(staked);
    await vault.write.thaw([STAKE], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await viem.assertions.emitWithArgs(
      vault.write.withdraw([owner, owner], { account: stranger.account }),
      vault,
      "StakeWithdrawn",
      [owner, owner, 0, STAKE, STAKE],
    );
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER);
    expect(await ever.read.balanceOf([stranger.account.address])).to.equal(GENESIS_EVER);
    expect(await vault.read.stakeOf([owner])).to.deep.equal(NO_STAKE);
  });

  it("uses the places of a queue again and again", async () => {
    const { vault, owner, by } = await load(staked);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 11; i++) await vault.write.thaw([7n], by);
      await networkHelpers.time.increase(UNBONDING_SECONDS);
      await vault.write.withdraw([owner, owner], by);
      expect(await vault.read.tranchesOf([owner, owner])).to.deep.equal([]);
    }
    await vault.write.thaw([7n], by);
    expect((await vault.read.tranchesOf([owner, owner]))[0]?.number).to.equal(33);
    expect((await vault.read.stakeOf([owner])).thawing).to.equal(7n);
  });
});

async function firstThawsAt(vault: Awaited<ReturnType<typeof staked>>["vault"], owner: `0x${string}`): Promise<number> {
  const [first] = await vault.read.tranchesOf([owner, owner]);
  if (!first) throw new Error("nothing thaws");
  return first.thawsAt;
}
