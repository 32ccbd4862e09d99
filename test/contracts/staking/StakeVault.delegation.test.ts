import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint128, maxUint256, parseEther, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { signPermit } from "../../helpers/permit.ts";
import { GENESIS_EVER, HOSTING, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { staked, delegated } = vaultFixtures(connection);

const REASON = stringToHex("test-fault", { size: 32 });
const ONE = 2n ** 64n;

describe("StakeVault.delegate", () => {
  for (const amount of [0n, 2n ** 95n + 1n, maxUint128])
    it(`refuses ${amount}: nothing, or more than there can be`, async () => {
      const { vault, owner, byCustomer } = await load(delegated);
      await viem.assertions.revertWithCustomErrorWithArgs(
        vault.write.delegate([owner, amount], byCustomer),
        vault,
        "StakeAmountInvalid",
        [amount],
      );
    });

  it("refuses the provider itself", async () => {
    const { vault, owner, by } = await load(staked);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.delegate([owner, 1n], by),
      vault,
      "StakeDelegationOwn",
      [owner],
    );
  });

  it("refuses more than eight times the provider's own stake, by one", async () => {
    const { vault, owner, byCustomer } = await load(delegated);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.delegate([owner, 8n * STAKE - parseEther("400") + 1n], byCustomer),
      vault,
      "StakeDelegationExceeded",
      [owner, 8n * STAKE, 8n * STAKE + 1n],
    );
    await vault.write.delegate([owner, 8n * STAKE - parseEther("400")], byCustomer);
    expect(await vault.read.stakeOf([owner])).to.deep.include({ delegated: 8n * STAKE, capacity: 9n * STAKE });
  });

  it("refuses whoever has no own stake", async () => {
    const { vault, delegator, byStranger } = await load(delegated);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.delegate([delegator, 1n], byStranger),
      vault,
      "StakeDelegationExceeded",
      [delegator, 0n, 1n],
    );
  });

  it("refuses what buys no share, once a share costs more than a base unit", async () => {
    const { vault, owner, by, byCustomer } = await load(delegated);
    await vault.write.reward([owner, parseEther("1")], by);
    const call = vault.write.delegate([owner, 1n], byCustomer);
    await viem.assertions.revertWithCustomErrorWithArgs(call, vault, "StakeAmountInvalid", [1n]);
  });

  it("refuses more than the allowance", async () => {
    const { vault, ever, owner, delegator, byCustomer } = await load(delegated);
    await ever.write.approve([vault.address, 1n], byCustomer);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.delegate([owner, 2n], byCustomer),
      vault,
      "StakeAllowanceInsufficient",
      [delegator, 1n, 2n],
    );
  });

  it("takes the tokens, one base unit included, and counts them as capacity", async () => {
    const { vault, ever, owner, delegator, byCustomer } = await load(delegated);
    const held = parseEther("300") + 1n;
    await viem.assertions.emitWithArgs(vault.write.delegate([owner, 1n], byCustomer), vault, "Delegated", [
      owner,
      delegator,
      1n,
      1n,
      held,
    ]);
    expect(await vault.read.delegationOf([owner, delegator])).to.deep.equal([held, held, 0]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      active: STAKE,
      delegated: parseEther("400") + 1n,
      capacity: STAKE + parseEther("400") + 1n,
    });
    expect(await ever.read.balanceOf([delegator])).to.equal(GENESIS_EVER - held);
    expect(await vault.read.totalStake()).to.equal(await ever.read.balanceOf([vault.address]));
  });

  it("lets the provider allocate what is delegated, and deals reserve it", async () => {
    const { vault, owner, by, market } = await load(delegated);
    await vault.write.allocate([HOSTING, STAKE + parseEther("400")], by);
    await vault.write.reserve([owner, HOSTING, STAKE + parseEther("400")], { account: market.account });
    expect((await vault.read.allocationOf([owner, HOSTING])).reserved).to.equal(STAKE + parseEther("400"));
  });

  it("delegates by permit alone", async () => {
    const { vault, ever, owner, customer } = await load(staked);
    const permit = await signPermit(customer, ever, { spender: vault.address, value: 5n, deadline: maxUint256 });
    await vault.write.delegateWithPermit([owner, 5n, permit], { account: customer.account });
    expect((await vault.read.delegationOf([owner, customer.account.address]))[1]).to.equal(5n);
  });

  it("delegates by permit, also after somebody else used it", async () => {
    const { vault, ever, owner, customer, byStranger } = await load(staked).then((policy) => ({
      ...policy,
      byStranger: { account: policy.stranger.account },
    }));
    const delegator = getAddress(customer.account.address);
    const permit = await signPermit(customer, ever, { spender: vault.address, value: 5n, deadline: maxUint256 });
    await ever.write.permit([delegator, vault.address, 5n, permit.deadline, permit.v, permit.r, permit.s], byStranger);
    await vault.write.delegateWithPermit([owner, 5n, permit], { account: customer.account });
    expect((await vault.read.delegationOf([owner, delegator]))[1]).to.equal(5n);
  });
});

describe("StakeVault.undelegate", () => {
  it("refuses more shares than are held, by one", async () => {
    const { vault, owner, byCustomer } = await load(delegated);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.undelegate([owner, parseEther("300") + 1n], byCustomer),
      vault,
      "StakeSharesInsufficient",
      [owner, parseEther("300"), parseEther("300") + 1n],
    );
  });

  it("refuses shares that are worth nothing", async () => {
    const { vault, owner, byCustomer } = await load(delegated);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.undelegate([owner, 0n], byCustomer),
      vault,
      "StakeAmountInvalid",
      [0n],
    );
  });

  it("leaves a ninth of what is allocated of the provider's own, when delegation covers nearly all of it", async () => {
    const { vault, owner, by } = await load(delegated);
    const allocated = parseEther("440");
    await vault.write.allocate([HOSTING, allocated], by);
    const ninth = (allocated + 8n) / 9n;
    const free = STAKE - ninth;
    expect(await vault.read.stakeOf([owner])).to.deep.include({ free });
    await viem.assertions.revertWithCustomErrorWithArgs(vault.write.thaw([free + 1n], by), vault, "StakeInsufficient", [
      owner,
      free,
      free + 1n,
    ]);
    await vault.write.thaw([free], by);
    expect(await vault.read.stakeOf([owner])).to.deep.include({ capacity: ninth + 8n * ninth, free: 0n });
  });

  it("leaves a ninth of what is allocated, rounded up, when delegation covers all of it", async () => {
    const { vault, owner, by } = await load(delegated);
    const allocated = 9n * parseEther("40") + 1n;
    await vault.write.allocate([HOSTING, allocated], by);
    expect((await vault.read.stakeOf([owner])).free).to.equal(STAKE - parseEther("40") - 1n);
  });

  it("thaws whatever deals hold, and capacity falls at once: nothing more can be reserved", async () => {
    const { vault, owner, by, byCustomer, delegator, market } = await load(delegated);
    await vault.write.allocate([HOSTING, STAKE + parseEther("400")], by);
    await vault.write.reserve([owner, HOSTING, STAKE], { account: market.account });
    await viem.assertions.emitWithArgs(vault.write.undelegate([owner, 1n], byCustomer), vault, "Undelegated", [
      owner,
      delegator,
      1n,
      1n,
      parseEther("300") - 1n,
    ]);
    const capacity = STAKE + parseEther("400") - 1n;
    expect(await vault.read.stakeOf([owner])).to.deep.include({ capacity, delegatedThawing: 1n, free: 0n });
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.reserve([owner, HOSTING, 1n], { account: market.account }),
      vault,
      "StakeInsufficient",
      [owner, capacity, capacity + 1n],
    );
    await vault.write.allocate([HOSTING, capacity], by);
    await vault.write.reserve([owner, HOSTING, 1n], { account: market.account });
  });

  it("tells what thaws, and its shares, which are dearer after a slash", async () => {
    const { vault, owner, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("200")], byCustomer);
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("200"), REASON, governor.account.address]);
    // Of each 100, half was taken: 50 thaw for 100 shares of the pool, and are 100 shares of what thaws.
    const hash = await vault.write.undelegate([owner, parseEther("100")], byCustomer);
    const thawsAt = (await networkHelpers.time.latest()) + Number(UNBONDING_SECONDS);
    await viem.assertions.emitWithArgs(hash, vault, "Undelegated", [
      owner,
      delegator,
      parseEther("50"),
      parseEther("100"),
      0n,
    ]);
    await viem.assertions.emitWithArgs(hash, vault, "ThawStarted", [
      owner,
      delegator,
      1,
      parseEther("50"),
      parseEther("100"),
      thawsAt,
    ]);
  });

  it("is paid after the unbonding, in tranches that are nobody else's", async () => {
    const { vault, ever, owner, delegator, byCustomer, byStranger } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("300")], byCustomer);
    const [tranche] = await vault.read.tranchesOf([owner, delegator]);
    await networkHelpers.time.increase(UNBONDING_SECONDS - 100n);
    for (let i = 0; i < 17; i++) await vault.write.undelegate([owner, 1n], byStranger);
    expect(await vault.read.tranchesOf([owner, delegator])).to.deep.equal([tranche]);
    await networkHelpers.time.setNextBlockTimestamp(tranche?.thawsAt ?? 0);
    await vault.write.withdraw([owner, delegator], byStranger);
    expect(await ever.read.balanceOf([delegator])).to.equal(GENESIS_EVER);
    expect(await vault.read.delegationOf([owner, delegator])).to.deep.equal([0n, 0n, 0]);
    expect(await vault.read.totalStake()).to.equal(await ever.read.balanceOf([vault.address]));
  });
});

describe("StakeVault.thaw beside delegation", () => {
  it("refuses own stake without which allocations are not covered, by one", async () => {
    const { vault, owner, by } = await load(delegated);
    await vault.write.allocate([HOSTING, parseEther("900")], by);
    // 400 are delegated, so 500 of the 900 are covered by own stake, and that is more than a ninth of it.
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.thaw([parseEther("500") + 1n], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("500"), parseEther("500") + 1n],
    );
    await vault.write.thaw([parseEther("500")], by);
    expect(await vault.read.stakeOf([owner])).to.deep.include({ capacity: parseEther("900"), free: 0n });
  });

  it("keeps a ninth of what is allocated, however much is delegated", async () => {
    const { vault, owner, by, byCustomer } = await load(delegated);
    await vault.write.delegate([owner, parseEther("7000")], byCustomer);
    await vault.write.allocate([HOSTING, parseEther("900")], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.thaw([parseEther("900") + 1n], by),
      vault,
      "StakeInsufficient",
      [owner, parseEther("900"), parseEther("900") + 1n],
    );
    await vault.write.thaw([parseEther("900")], by);
    expect((await vault.read.stakeOf([owner])).capacity).to.equal(parseEther("900"));
  });
});

describe("StakeVault.slash of delegated stake", () => {
  it("takes the operator's own first, active then thawing, and only then its delegators'", async () => {
    const { vault, owner, by, governor } = await load(delegated);
    const recipient = getAddress(governor.account.address);
    await vault.write.thaw([parseEther("400")], by);
    await viem.assertions.emitWithArgs(
      vault.write.slash([owner, HOSTING, parseEther("1001"), REASON, recipient]),
      vault,
      "Slashed",
      [owner, HOSTING, REASON, parseEther("600"), parseEther("400"), parseEther("1"), 0n, recipient],
    );
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      active: 0n,
      thawing: 0n,
      delegated: parseEther("399"),
      capacity: 0n,
    });
  });

  it("takes active and thawing delegation in proportion, and shares it among all delegators", async () => {
    const { vault, owner, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("200")], byCustomer);
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("100"), REASON, governor.account.address]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      delegated: parseEther("150"),
      delegatedThawing: parseEther("150"),
    });
    const [shares, amount] = await vault.read.delegationOf([owner, delegator]);
    expect([shares, amount]).to.deep.equal([parseEther("100"), parseEther("75")]);
    expect((await vault.read.tranchesOf([owner, delegator]))[0]?.amount).to.equal(parseEther("150"));
  });

  it("takes the odd base unit from the thawing part, and never more than is asked", async () => {
    const { vault, ever, owner, byCustomer, governor } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("150")], byCustomer);
    await vault.write.slash([owner, HOSTING, STAKE + 1n, REASON, governor.account.address]);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      delegated: parseEther("250"),
      delegatedThawing: parseEther("150") - 1n,
    });
    expect(await ever.read.balanceOf([governor.account.address])).to.equal(STAKE + 1n);
  });

  it("tells the new index of each pool that it reached", async () => {
    const { vault, owner, byCustomer, governor } = await load(delegated);
    await vault.write.undelegate([owner, parseEther("200")], byCustomer);
    const slash = vault.write.slash([owner, HOSTING, STAKE + parseEther("100"), REASON, governor.account.address]);
    for (const pool of [0, 1])
      await viem.assertions.emitWithArgs(slash, vault, "PoolIndexChanged", [owner, pool, 0, (ONE * 3n) / 4n]);
  });
});

describe("StakeVault.delegate after a slash", () => {
  it("buys more shares than tokens, and tells both", async () => {
    const { vault, owner, by, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("200"), REASON, governor.account.address]);
    await vault.write.stake([STAKE], by);
    await viem.assertions.emitWithArgs(vault.write.delegate([owner, parseEther("5")], byCustomer), vault, "Delegated", [
      owner,
      delegator,
      parseEther("5"),
      parseEther("10"),
      parseEther("310"),
    ]);
  });
});

describe("StakeVault, a slash of one base unit of a pool", () => {
  it("lowers its index, so that shares are never worth more than it holds", async () => {
    const { vault, owner, delegator, stranger, governor } = await load(delegated);
    const slash = vault.write.slash([owner, HOSTING, STAKE + 1n, REASON, governor.account.address]);
    await viem.assertions.emitWithArgs(slash, vault, "PoolIndexChanged", [owner, 0, 0, ONE - 1n]);
    const [, one] = await vault.read.delegationOf([owner, delegator]);
    const [, other] = await vault.read.delegationOf([owner, stranger.account.address]);
    expect(one + other < parseEther("400")).to.equal(true);
  });
});

describe("StakeVault, a slash of nearly all of a pool", () => {
  it("leaves the pool with 2⁻²⁴ of it and more, and ends its epoch below", async () => {
    const pool = parseEther("400");
    for (const [left, epoch] of [
      [(pool * 3n) / 2n ** 25n, 0],
      [pool / 2n ** 24n + 1n, 0],
      [pool / 2n ** 24n - 1n, 1],
    ] as const) {
      const { vault, owner, governor } = await load(delegated);
      const slash = vault.write.slash([owner, HOSTING, STAKE + pool - left, REASON, governor.account.address]);
      const index = epoch === 0 ? (ONE * left) / pool : ONE;
      await viem.assertions.emitWithArgs(slash, vault, "PoolIndexChanged", [owner, 0, epoch, index]);
    }
  });
});

describe("StakeVault after all of a pool was slashed", () => {
  async function emptied() {
    const policy = await delegated();
    const { vault, owner, by, byCustomer, governor } = policy;
    await vault.write.undelegate([owner, parseEther("100")], byCustomer);
    await vault.write.slash([owner, HOSTING, parseEther("1400"), REASON, governor.account.address]);
    await vault.write.stake([STAKE], by);
    return policy;
  }

  it("holds nothing, and old shares are worth nothing", async () => {
    const { vault, ever, owner, delegator, byCustomer } = await load(emptied);
    expect(await vault.read.delegationOf([owner, delegator])).to.deep.equal([0n, 0n, 1]);
    expect(await ever.read.balanceOf([vault.address])).to.equal(STAKE);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.undelegate([owner, 1n], byCustomer),
      vault,
      "StakeSharesInsufficient",
      [owner, 0n, 1n],
    );
  });

  it("starts afresh: one share is one base unit, and nobody owns what came later", async () => {
    const { vault, owner, delegator, stranger, byStranger } = await load(emptied);
    await vault.write.delegate([owner, 1_000n], byStranger);
    expect(await vault.read.delegationOf([owner, stranger.account.address])).to.deep.equal([1_000n, 1_000n, 1]);
    expect((await vault.read.delegationOf([owner, delegator]))[1]).to.equal(0n);
  });

  it("lets whoever lost all delegate again, without the old shares", async () => {
    const { vault, owner, delegator, byCustomer } = await load(emptied);
    await viem.assertions.emitWithArgs(vault.write.delegate([owner, 7n], byCustomer), vault, "Delegated", [
      owner,
      delegator,
      7n,
      7n,
      7n,
    ]);
  });

  it("clears tranches of an earlier epoch, and pays the later ones", async () => {
    const { vault, ever, owner, delegator, byCustomer } = await load(emptied);
    await vault.write.delegate([owner, 7n], byCustomer);
    await vault.write.undelegate([owner, 7n], byCustomer);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    const before = await ever.read.balanceOf([delegator]);
    await vault.write.withdraw([owner, delegator], byCustomer);
    expect(await ever.read.balanceOf([delegator])).to.equal(before + 7n);
    expect(await vault.read.tranchesOf([owner, delegator])).to.deep.equal([]);
  });

  it("merges nothing of an earlier epoch into a full queue's newest tranche", async () => {
    const { vault, owner, by, delegator, byCustomer, governor } = await load(delegated);
    for (let i = 0; i < 16; i++) await vault.write.undelegate([owner, 10n], byCustomer);
    await vault.write.slash([owner, HOSTING, parseEther("1400"), REASON, governor.account.address]);
    await vault.write.stake([STAKE], by);
    await vault.write.delegate([owner, 7n], byCustomer);
    await vault.write.undelegate([owner, 3n], byCustomer);
    const tranches = await vault.read.tranchesOf([owner, delegator]);
    expect(tranches.map(({ amount }) => amount)).to.deep.equal([...Array(15).fill(0n), 3n]);
  });

  it("clears tranches that are worth nothing without paying anything", async () => {
    const { vault, owner, delegator, byCustomer } = await load(emptied);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    const hash = await vault.write.withdraw([owner, delegator], byCustomer);
    await viem.assertions.emitWithArgs(hash, vault, "StakeWithdrawn", [owner, delegator, 0, parseEther("100"), 0n]);
    const { logs } = await (await viem.getPublicClient()).getTransactionReceipt({ hash });
    expect(logs.length).to.equal(1);
    expect(await vault.read.tranchesOf([owner, delegator])).to.deep.equal([]);
  });
});
