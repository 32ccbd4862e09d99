import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther, parseEventLogs, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { GENESIS_EVER, HOSTING, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { staked, delegated } = vaultFixtures(connection);

const CASE = stringToHex("case-1", { size: 32 });
const OTHER = stringToHex("case-2", { size: 32 });
const FREEZE_SECONDS = 20n * 86_400n;

/** Half of the own stake, 500, and 200 of the customer's 300 have thawed. */
async function thawed() {
  const policy = await delegated();
  const { vault, owner, by, byCustomer } = policy;
  await vault.write.thaw([parseEther("500")], by);
  await vault.write.undelegate([owner, parseEther("200")], byCustomer);
  await networkHelpers.time.increase(UNBONDING_SECONDS);
  return policy;
}

describe("StakeVault.freeze", () => {
  it("refuses whoever the access manager does not name", async () => {
    const { vault, owner, byCustomer, delegator } = await load(delegated);
    for (const call of [
      vault.write.freeze([owner, CASE, 1n], byCustomer),
      vault.write.unfreeze([owner, CASE], byCustomer),
    ])
      await viem.assertions.revertWithCustomErrorWithArgs(call, vault, "AccessManagedUnauthorized", [delegator]);
  });

  for (const amount of [0n, 2n ** 95n + 1n])
    it(`refuses ${amount}: nothing, or more than there can be`, async () => {
      const { vault, owner } = await load(delegated);
      await viem.assertions.revertWithCustomErrorWithArgs(
        vault.write.freeze([owner, CASE, amount]),
        vault,
        "StakeAmountInvalid",
        [amount],
      );
    });

  it("refuses a case that froze before, even one that is over", async () => {
    const { vault, owner } = await load(delegated);
    await vault.write.freeze([owner, CASE, 1n]);
    await vault.write.unfreeze([owner, CASE]);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.freeze([owner, CASE, 1n]),
      vault,
      "StakeCaseKnown",
      [owner, CASE],
    );
  });

  it("takes one base unit, and the most that there can be, and gives both up again", async () => {
    const { vault, owner } = await load(delegated);
    const most = 2n ** 95n;
    await vault.write.freeze([owner, CASE, 1n]);
    await vault.write.freeze([owner, OTHER, most]);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(most + 1n);
    await vault.write.unfreeze([owner, CASE]);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(most);
    await vault.write.unfreeze([owner, OTHER]);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(0n);
  });

  it("adds up over cases and tells each", async () => {
    const { vault, owner } = await load(delegated);
    await vault.write.freeze([owner, OTHER, 5n]);
    const endsAt = (await networkHelpers.time.latest()) + 10 + Number(FREEZE_SECONDS);
    await networkHelpers.time.setNextBlockTimestamp(endsAt - Number(FREEZE_SECONDS));
    await viem.assertions.emitWithArgs(vault.write.freeze([owner, CASE, 7n]), vault, "StakeFreezeChanged", [
      owner,
      CASE,
      7n,
      endsAt,
    ]);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(12n);
    expect(await vault.read.freezeOf([owner, CASE])).to.deep.equal({ amount: 7n, endsAt });
  });

  it("leaves thawing to everybody, and holds back only withdrawals", async () => {
    const { vault, owner, by, byCustomer } = await load(delegated);
    await vault.write.freeze([owner, CASE, parseEther("5000")]);
    await vault.write.thaw([1n], by);
    await vault.write.undelegate([owner, 1n], byCustomer);
    expect(await vault.read.stakeOf([owner])).to.deep.include({ thawing: 1n, delegatedThawing: 1n });
  });
});

describe("StakeVault.withdraw under a freeze", () => {
  it("leaves of own stake what is frozen, and lets the rest go", async () => {
    const { vault, owner, by } = await load(thawed);
    await vault.write.freeze([owner, CASE, parseEther("800")]);
    await viem.assertions.emitWithArgs(vault.write.withdraw([owner, owner], by), vault, "StakeWithdrawn", [
      owner,
      owner,
      0,
      parseEther("200"),
      parseEther("200"),
    ]);
    expect((await vault.read.tranchesOf([owner, owner]))[0]?.amount).to.equal(parseEther("300"));
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.withdraw([owner, owner], by),
      vault,
      "StakeFrozen",
      [owner, parseEther("800")],
    );
    await vault.write.unfreeze([owner, CASE]);
    await vault.write.withdraw([owner, owner], by);
    expect((await vault.read.stakeOf([owner])).thawing).to.equal(0n);
  });

  it("pays out the oldest tranche wholly and nothing of the next, where just that one is free", async () => {
    const { vault, owner, by } = await load(staked);
    for (let i = 0; i < 2; i++) await vault.write.thaw([parseEther("100")], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.freeze([owner, CASE, STAKE - parseEther("100")]);
    const hash = await vault.write.withdraw([owner, owner], by);
    const { logs } = await (await viem.getPublicClient()).getTransactionReceipt({ hash });
    const withdrawn = parseEventLogs({ abi: vault.abi, eventName: "StakeWithdrawn", logs });
    expect(withdrawn.map(({ args }) => [args.tranche, args.amount])).to.deep.equal([[0, parseEther("100")]]);
    expect((await vault.read.tranchesOf([owner, owner])).map(({ number }) => number)).to.deep.equal([1]);
  });

  it("holds back one base unit for a case about one", async () => {
    const { vault, owner, by } = await load(staked);
    await vault.write.thaw([STAKE], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.freeze([owner, CASE, 1n]);
    await vault.write.withdraw([owner, owner], by);
    expect((await vault.read.stakeOf([owner])).thawing).to.equal(1n);
  });

  it("takes shares rounded up, so that nobody's are worth more than is held", async () => {
    const { vault, ever, owner, by, governor } = await load(staked);
    await vault.write.thaw([STAKE], by);
    await vault.write.slash([owner, HOSTING, 1n, OTHER, governor.account.address]);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.freeze([owner, CASE, STAKE - 2n]);
    // A share is worth a little less than a base unit by now: one base unit takes two.
    await viem.assertions.emitWithArgs(vault.write.withdraw([owner, owner], by), vault, "StakeWithdrawn", [
      owner,
      owner,
      0,
      2n,
      1n,
    ]);
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER - STAKE + 1n);
    expect(await vault.read.totalStake()).to.equal(STAKE - 2n);
  });

  it("does not touch delegators while own stake covers the cases", async () => {
    const { vault, owner, delegator, byCustomer } = await load(thawed);
    await vault.write.freeze([owner, CASE, parseEther("1000")]);
    await vault.write.withdraw([owner, delegator], byCustomer);
    expect((await vault.read.stakeOf([owner])).delegatedThawing).to.equal(0n);
  });

  it("leaves of delegated stake what own stake does not cover", async () => {
    const { vault, owner, delegator, byCustomer } = await load(thawed);
    await vault.write.freeze([owner, CASE, parseEther("1250")]);
    await viem.assertions.emitWithArgs(vault.write.withdraw([owner, delegator], byCustomer), vault, "StakeWithdrawn", [
      owner,
      delegator,
      0,
      parseEther("150"),
      parseEther("150"),
    ]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      delegated: parseEther("200"),
      delegatedThawing: parseEther("50"),
    });
  });

  it("holds everything of everybody when the cases are about more than there is", async () => {
    const { vault, owner, by, delegator, byCustomer } = await load(thawed);
    await vault.write.freeze([owner, CASE, parseEther("9000")]);
    for (const call of [vault.write.withdraw([owner, owner], by), vault.write.withdraw([owner, delegator], byCustomer)])
      await viem.assertions.revertWithCustomErrorWithArgs(call, vault, "StakeFrozen", [owner, parseEther("9000")]);
  });
});

describe("StakeVault.slash for a case", () => {
  it("lowers what the case froze by what it took, and no other case", async () => {
    const { vault, owner, governor } = await load(thawed);
    await vault.write.freeze([owner, CASE, parseEther("800")]);
    await vault.write.freeze([owner, OTHER, parseEther("100")]);
    await vault.write.slash([owner, HOSTING, parseEther("300"), CASE, governor.account.address]);
    expect((await vault.read.freezeOf([owner, CASE])).amount).to.equal(parseEther("500"));
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(parseEther("600"));
    await vault.write.slash([owner, HOSTING, parseEther("600"), CASE, governor.account.address]);
    expect((await vault.read.freezeOf([owner, CASE])).amount).to.equal(0n);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(parseEther("100"));
  });
});

describe("StakeVault.unfreeze", () => {
  it("tells nothing of a case that holds nothing", async () => {
    const { vault, owner } = await load(delegated);
    const hash = await vault.write.unfreeze([owner, CASE]);
    const { logs } = await (await viem.getPublicClient()).getTransactionReceipt({ hash });
    expect(logs).to.deep.equal([]);
  });
});

describe("StakeVault.endFreeze", () => {
  it("refuses a second too early", async () => {
    const { vault, owner, byStranger } = await load(delegated);
    await vault.write.freeze([owner, CASE, 1n]);
    const { endsAt } = await vault.read.freezeOf([owner, CASE]);
    await networkHelpers.time.setNextBlockTimestamp(endsAt - 1);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.endFreeze([owner, CASE], byStranger),
      vault,
      "StakeCaseOpen",
      [getAddress(owner), CASE, BigInt(endsAt)],
    );
  });

  it("ends a case for anybody after its longest time, once", async () => {
    const { vault, owner, byStranger } = await load(delegated);
    await vault.write.freeze([owner, CASE, 3n]);
    await vault.write.freeze([owner, OTHER, 4n]);
    const { endsAt } = await vault.read.freezeOf([owner, CASE]);
    await networkHelpers.time.setNextBlockTimestamp(endsAt);
    await viem.assertions.emitWithArgs(vault.write.endFreeze([owner, CASE], byStranger), vault, "StakeFreezeChanged", [
      owner,
      CASE,
      0n,
      endsAt,
    ]);
    await vault.write.endFreeze([owner, CASE], byStranger);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(4n);
  });
});
