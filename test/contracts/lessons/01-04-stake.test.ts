// Lessons 1 to 4 of comparable protocols ("What others got wrong"), about stake: what they lost by, and what it does here.
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, type Hash, maxUint128, maxUint256, parseEther, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { GENESIS_EVER, HOSTING, UNBONDING_SECONDS, VOTES_STEP_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { staked, delegated } = vaultFixtures(connection);

const CASE = stringToHex("case-1", { size: 32 });
const EVER = parseEther("1");

/** What an account could take out of the vault now, thawing or not. */
async function worthOf({ vault }: Awaited<ReturnType<typeof delegated>>, provider: Address, account: Address) {
  const tranches = await vault.read.tranchesOf([provider, account]);
  const [, amount] = await vault.read.delegationOf([provider, account]);
  return amount + tranches.reduce((sum, tranche) => sum + tranche.amount, 0n);
}

describe("lesson 1: a slash that is front-run, denied or made to revert", () => {
  it("takes the same from whoever thawed a moment before", async () => {
    const policy = await load(delegated);
    const { vault, owner, by, delegator, byCustomer, stranger, governor } = policy;
    await vault.write.thaw([STAKE], by);
    await vault.write.undelegate([owner, parseEther("300")], byCustomer);
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("100"), CASE, governor.account.address]);
    // The customer thaws 300, the stranger stayed with 100: both lose a quarter.
    expect(await worthOf(policy, owner, delegator)).to.equal(parseEther("225"));
    expect(await worthOf(policy, owner, getAddress(stranger.account.address))).to.equal(parseEther("75"));
  });

  it("is not denied by splitting the exit into tranches, nor dearer for it", async () => {
    const { vault, owner, by, byCustomer, governor } = await load(delegated);
    const client = await viem.getPublicClient();
    const slash = async () => {
      // The first change in a step of the votes keeps one number more.
      await networkHelpers.time.increase(VOTES_STEP_SECONDS);
      const hash = await vault.write.slash([owner, HOSTING, STAKE + EVER, CASE, governor.account.address]);
      return (await client.getTransactionReceipt({ hash })).gasUsed;
    };
    const before = await networkHelpers.takeSnapshot();
    await vault.write.thaw([EVER], by);
    await vault.write.undelegate([owner, EVER], byCustomer);
    const few = await slash();
    await before.restore();
    for (let i = 0; i < 20; i++) {
      await vault.write.thaw([EVER], by);
      await vault.write.undelegate([owner, EVER], byCustomer);
    }
    expect((await slash()) - few < few / 50n).to.equal(true);
  });

  for (const [what, amount] of [
    ["nothing", 0n],
    ["one base unit", 1n],
    ["one more than there is", STAKE + parseEther("400") + 1n],
    ["the most that can be said", maxUint128],
  ] as const)
    it(`never reverts, for ${what}`, async () => {
      const { vault, ever, owner, byCustomer, governor } = await load(delegated);
      await vault.write.undelegate([owner, parseEther("150")], byCustomer);
      const there = STAKE + parseEther("400");
      let left = there;
      for (let again = 0; again < 2; again++) {
        await vault.write.slash([owner, HOSTING, amount, CASE, governor.account.address]);
        const expected = amount > left ? 0n : left - amount;
        left = expected;
        expect(await vault.read.totalStake()).to.equal(expected);
        expect(await ever.read.balanceOf([vault.address])).to.equal(expected);
      }
    });

  it("never reverts for an account that nobody ever heard of", async () => {
    const { vault, governor, market } = await load(delegated);
    await vault.write.slash([market.account.address, HOSTING, 5n, CASE, governor.account.address]);
    expect(await vault.read.totalStake()).to.equal(STAKE + parseEther("400"));
  });
});

describe("lesson 2: an unbonding as long as the dispute leaves a gap", () => {
  it("is closed by the freeze of an open case: who thawed before it cannot leave before it is over", async () => {
    const { vault, owner, by, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.thaw([STAKE], by);
    await vault.write.undelegate([owner, parseEther("300")], byCustomer);
    await networkHelpers.time.increase(UNBONDING_SECONDS - 2n);
    await vault.write.freeze([owner, CASE, STAKE + parseEther("200")]);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await viem.assertions.revertWithCustomError(vault.write.withdraw([owner, owner], by), vault, "StakeFrozen");
    await vault.write.withdraw([owner, delegator], byCustomer);
    expect(await vault.read.stakeOf([owner])).to.deep.include({
      thawing: STAKE,
      delegated: parseEther("100"),
      delegatedThawing: parseEther("100"),
    });
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("200"), CASE, governor.account.address]);
    expect(await vault.read.totalStake()).to.equal(0n);
  });

  it("has no way round by merging, by another's call, or by staking again", async () => {
    const { vault, owner, by, byStranger } = await load(staked).then((policy) => ({
      ...policy,
      byStranger: { account: policy.stranger.account },
    }));
    await vault.write.thaw([STAKE - 17n], by);
    for (let i = 0; i < 17; i++) await vault.write.thaw([1n], by);
    await vault.write.freeze([owner, CASE, STAKE]);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.stake([1n], by);
    // One came in, so that one may leave.
    await vault.write.withdraw([owner, owner], byStranger);
    expect(await vault.read.totalStake()).to.equal(STAKE);
    await viem.assertions.revertWithCustomError(vault.write.withdraw([owner, owner], byStranger), vault, "StakeFrozen");
  });

  it("cannot be kept open for ever: anybody ends a case after 20 days", async () => {
    const { vault, ever, owner, by, byCustomer } = await load(delegated);
    await vault.write.thaw([STAKE], by);
    await vault.write.freeze([owner, CASE, maxUint128 / 2n ** 40n]);
    await networkHelpers.time.increase(20n * 86_400n);
    await vault.write.endFreeze([owner, CASE], byCustomer);
    await vault.write.withdraw([owner, owner], byCustomer);
    expect(await ever.read.balanceOf([owner])).to.equal(GENESIS_EVER);
  });
});

describe("lesson 3: slashing oneself as an exit", () => {
  it("pays nobody of the provider's: all that is taken goes where the slasher says", async () => {
    const policy = await load(delegated);
    const { vault, ever, owner, governor } = policy;
    const before = await ever.read.balanceOf([owner]);
    await vault.write.slash([owner, HOSTING, STAKE, CASE, governor.account.address]);
    expect(await ever.read.balanceOf([owner])).to.equal(before);
    expect(await ever.read.balanceOf([governor.account.address])).to.equal(STAKE);
  });

  it("is no exit for what the provider delegates to itself under another name: it thaws as everybody's", async () => {
    const { vault, owner, delegator, byCustomer, governor } = await load(delegated);
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("200"), CASE, governor.account.address]);
    await vault.write.undelegate([owner, parseEther("300")], byCustomer);
    await viem.assertions.revertWithCustomError(
      vault.write.withdraw([owner, delegator], byCustomer),
      vault,
      "StakeStillThawing",
    );
    const [tranche] = await vault.read.tranchesOf([owner, delegator]);
    expect(tranche?.amount).to.equal(parseEther("150"));
  });

  /** Delegate, slash and thaw in each order: what is left of 300 and of the other's 100, and where it went. */
  for (const [order, left, others] of [
    ["delegate, slash, thaw", "150", "50"],
    ["delegate, thaw, slash", "150", "50"],
    ["slash, delegate, thaw", "300", "0"],
  ] as const)
    it(`loses as everybody does who was there: ${order}`, async () => {
      const policy = await load(staked);
      const { vault, ever, owner, customer, stranger, governor, by } = policy;
      const [byCustomer, byStranger] = [customer, stranger].map(({ account }) => ({ account }));
      const [delegator, other] = [customer, stranger].map(({ account }) => getAddress(account.address));
      if (!byCustomer || !byStranger || !delegator || !other) throw new Error("two delegate");
      for (const each of [byCustomer, byStranger]) await ever.write.approve([vault.address, maxUint256], each);
      await vault.write.delegate([owner, parseEther("100")], byStranger);
      const steps = {
        delegate: () => vault.write.delegate([owner, parseEther("300")], byCustomer),
        thaw: async () => {
          const [shares] = await vault.read.delegationOf([owner, delegator]);
          return vault.write.undelegate([owner, shares], byCustomer);
        },
        slash: async () => {
          await vault.write.slash([owner, HOSTING, STAKE + parseEther("200"), CASE, governor.account.address]);
          return vault.write.stake([STAKE], by);
        },
      };
      for (const step of order.split(", ")) await steps[step as keyof typeof steps]();
      const all = { ...policy, byCustomer, byStranger, delegator };
      expect(await worthOf(all, owner, delegator)).to.equal(parseEther(left));
      expect(await worthOf(all, owner, other)).to.equal(parseEther(others));
      await networkHelpers.time.increase(UNBONDING_SECONDS);
      const before = await ever.read.balanceOf([delegator]);
      await vault.write.withdraw([owner, delegator], byCustomer);
      expect((await ever.read.balanceOf([delegator])) - before).to.equal(parseEther(left));
    });

  /** In one block, in each order: what has thawed leaves, and a slash takes half of all that is delegated. */
  for (const [order, got, left] of [
    ["slash, withdraw", "150", "50"],
    ["withdraw, slash", "300", "0"],
    ["freeze, withdraw, slash", "200", "0"],
    ["freeze, slash, withdraw", "150", "50"],
  ] as const)
    it(`is decided by who comes first in a block, and by nothing else: ${order}`, async () => {
      const policy = await load(delegated);
      const { vault, ever, owner, delegator, byCustomer, stranger, governor } = policy;
      await vault.write.undelegate([owner, parseEther("300")], byCustomer);
      await networkHelpers.time.increase(UNBONDING_SECONDS);
      const before = await ever.read.balanceOf([delegator]);
      const gas = 600_000n;
      const half = STAKE + parseEther("200");
      const steps = {
        freeze: () => vault.write.freeze([owner, CASE, half], { gas }),
        slash: () => vault.write.slash([owner, HOSTING, half, CASE, governor.account.address], { gas }),
        withdraw: () => vault.write.withdraw([owner, delegator], { ...byCustomer, gas }),
      };
      const client = await viem.getPublicClient();
      await connection.provider.request({ method: "evm_setAutomine", params: [false] });
      const hashes: Hash[] = [];
      try {
        for (const step of order.split(", ")) hashes.push(await steps[step as keyof typeof steps]());
        await networkHelpers.mine();
      } finally {
        await connection.provider.request({ method: "evm_setAutomine", params: [true] });
      }
      const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })));
      expect(receipts.map(({ status }) => status)).to.deep.equal(order.split(", ").map(() => "success"));
      expect(receipts.map(({ transactionIndex }) => transactionIndex)).to.deep.equal(hashes.map((_, i) => i));
      expect((await ever.read.balanceOf([delegator])) - before).to.equal(parseEther(got));
      expect(await worthOf(policy, owner, getAddress(stranger.account.address))).to.equal(parseEther(left));
      expect(await ever.read.balanceOf([vault.address])).to.equal(await vault.read.totalStake());
    });
});

describe("lesson 4: share inflation by donation, and a pool after a full slash", () => {
  async function approved() {
    const policy = await staked();
    const { vault, ever, customer, stranger } = policy;
    for (const { account } of [customer, stranger]) await ever.write.approve([vault.address, maxUint256], { account });
    return {
      ...policy,
      delegator: getAddress(customer.account.address),
      byCustomer: { account: customer.account },
      byStranger: { account: stranger.account },
    };
  }

  it("counts no token that was only sent to it", async () => {
    const { vault, ever, owner, delegator, byCustomer, byStranger } = await load(approved);
    await vault.write.delegate([owner, 1n], byStranger);
    await ever.write.transfer([vault.address, parseEther("100000")], byStranger);
    await vault.write.delegate([owner, 3n], byCustomer);
    expect((await vault.read.delegationOf([owner, delegator]))[1]).to.equal(3n);
    expect(await vault.read.totalStake()).to.equal(STAKE + 4n);
  });

  it("lets no first delegator of one base unit make shares dear by a reward", async () => {
    const policy = await load(approved);
    const { vault, owner, by, delegator, byCustomer, byStranger } = policy;
    await vault.write.delegate([owner, 1n], byStranger);
    // Nearly all own stake leaves, so that the reward goes to the pool.
    await vault.write.thaw([STAKE - 1n], by);
    await vault.write.reward([owner, parseEther("100000")], byStranger);
    await vault.write.stake([STAKE], by);
    // The attacker's unit is worth a half of 10^23 / 10^15, not what it paid.
    const [, gained] = await vault.read.delegationOf([owner, getAddress(policy.stranger.account.address)]);
    expect(gained < 10n ** 8n).to.equal(true);
    await vault.write.stake([parseEther("100000")], by);
    await vault.write.delegate([owner, EVER], byCustomer);
    const [, worth] = await vault.read.delegationOf([owner, delegator]);
    expect(EVER - worth < 10n ** 8n).to.equal(true);
  });

  it("refuses a delegation that buys no share, instead of taking it", async () => {
    const { vault, owner, by, byCustomer, byStranger } = await load(approved);
    await vault.write.delegate([owner, 1n], byStranger);
    await vault.write.thaw([STAKE - 1n], by);
    await vault.write.reward([owner, parseEther("100000")], byStranger);
    await vault.write.stake([parseEther("100000")], by);
    await viem.assertions.revertWithCustomErrorWithArgs(
      vault.write.delegate([owner, 1_000n], byCustomer),
      vault,
      "StakeAmountInvalid",
      [1_000n],
    );
  });

  it("makes whoever doubles the index again and again leave as much behind as it grew", async () => {
    const { vault, owner, by, byStranger, stranger } = await load(approved);
    const attacker = getAddress(stranger.account.address);
    await vault.write.thaw([STAKE - EVER], by);
    for (let i = 0; i < 8; i++) {
      await vault.write.delegate([owner, EVER], byStranger);
      await vault.write.reward([owner, 2n * EVER], by);
      const [shares] = await vault.read.delegationOf([owner, attacker]);
      await vault.write.undelegate([owner, shares], byStranger);
    }
    // What nobody owns is the virtual thousandth at today's index: to make a share cost 2³⁶ base units takes 69 million EVER.
    const { delegated } = await vault.read.stakeOf([owner]);
    await vault.write.delegate([owner, EVER], byStranger);
    const [shares] = await vault.read.delegationOf([owner, attacker]);
    const growth = EVER / shares;
    expect(growth > 1n).to.equal(true);
    expect(delegated >= (growth - 1n) * 10n ** 15n).to.equal(true);
  });

  it("refuses a reward by which a share would cost what could matter", async () => {
    const { vault, ever, owner, by, byStranger } = await load(approved);
    await vault.write.delegate([owner, 1n], byStranger);
    await vault.write.thaw([STAKE - 1n], by);
    await ever.write.mint([owner, parseEther("500000000")]);
    await viem.assertions.revertWithCustomError(
      vault.write.reward([owner, parseEther("500000000")], by),
      vault,
      "StakeIndexExceeded",
    );
    await vault.write.reward([owner, parseEther("100000000")], by);
    await vault.write.stake([STAKE], by);
    await vault.write.delegate([owner, 2n ** 36n], byStranger);
  });

  it("begins anew after a slash of all: nothing of the old pool is worth anything, nothing new is lost", async () => {
    const policy = await load(approved);
    const { vault, owner, by, delegator, byCustomer, byStranger, governor } = policy;
    await vault.write.delegate([owner, parseEther("100")], byCustomer);
    await vault.write.slash([owner, HOSTING, maxUint128, CASE, governor.account.address]);
    await vault.write.stake([STAKE], by);
    await vault.write.delegate([owner, 5n], byStranger);
    expect(await worthOf(policy, owner, delegator)).to.equal(0n);
    expect(await worthOf(policy, owner, getAddress(policy.stranger.account.address))).to.equal(5n);
  });

  it("begins anew as well when less than a 2⁻²⁴th is left, which then belongs to nobody", async () => {
    const policy = await load(approved);
    const { vault, ever, owner, by, delegator, byCustomer, governor } = policy;
    await vault.write.delegate([owner, parseEther("100")], byCustomer);
    const dust = parseEther("100") / 2n ** 25n;
    await vault.write.slash([owner, HOSTING, STAKE + parseEther("100") - dust, CASE, governor.account.address]);
    expect(await worthOf(policy, owner, delegator)).to.equal(0n);
    expect((await vault.read.stakeOf([owner])).delegated).to.equal(dust);
    await vault.write.stake([STAKE], by);
    await vault.write.delegate([owner, 7n], byCustomer);
    expect(await worthOf(policy, owner, delegator)).to.equal(7n);
    await vault.write.slash([owner, HOSTING, maxUint128, CASE, governor.account.address]);
    expect(await ever.read.balanceOf([vault.address])).to.equal(0n);
  });
});
