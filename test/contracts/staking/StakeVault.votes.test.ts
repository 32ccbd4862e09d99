import { expect } from "chai";
import { network } from "hardhat";
import { parseEther, stringToHex } from "viem";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING, UNBONDING_SECONDS, VOTES_STEP_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { staked, delegated } = vaultFixtures(connection);

const REASON = stringToHex("test-fault", { size: 32 });

/** Now, and a second later it is past. Unix seconds. */
async function mark(): Promise<bigint> {
  const now = BigInt(await networkHelpers.time.latest());
  await networkHelpers.time.increase(1n);
  return now;
}

/** All of it happens in one step, whatever the clock says when the tests begin. */
async function delegatedInOneStep() {
  const now = BigInt(await networkHelpers.time.latest());
  await networkHelpers.time.increaseTo((now / VOTES_STEP_SECONDS + 1n) * VOTES_STEP_SECONDS);
  return await delegated();
}

describe("StakeVault.getPast…", () => {
  it("refuses the running second and anything later, so that no vote can be borrowed", async () => {
    const { vault, owner } = await load(delegated);
    const now = BigInt(await networkHelpers.time.latest());
    for (const timepoint of [now, now + 1n, 2n ** 48n + 1n])
      for (const read of [
        vault.read.getPastStakeVotes([owner, owner, timepoint]),
        vault.read.getPastPoolVotes([owner, timepoint]),
        vault.read.getPastTotalStakeVotes([timepoint]),
      ])
        await viem.assertions.revertWithCustomErrorWithArgs(read, vault, "StakeVotesNotPast", [timepoint, Number(now)]);
  });

  it("counts a provider's own active stake, and not what thaws", async () => {
    const { vault, owner, by } = await load(staked);
    const before = await mark();
    await vault.write.thaw([parseEther("300")], by);
    const after = await mark();
    expect(await vault.read.getPastStakeVotes([owner, owner, before])).to.equal(STAKE);
    expect(await vault.read.getPastStakeVotes([owner, owner, after])).to.equal(parseEther("700"));
  });

  it("counts a delegator's shares at what they were worth", async () => {
    const { vault, owner, by, delegator, byCustomer, ever, governor } = await load(delegated);
    const first = await mark();
    await vault.write.undelegate([owner, parseEther("100")], byCustomer);
    const second = await mark();
    await ever.write.approve([vault.address, STAKE], by);
    await vault.write.reward([owner, parseEther("130")], by);
    const third = await mark();
    const { active, thawing } = await vault.read.stakeOf([owner]);
    await vault.write.slash([owner, HOSTING, active + thawing + parseEther("215"), REASON, governor.account.address]);
    const fourth = await mark();
    const votes = await Promise.all(
      [first, second, third, fourth].map((at) => vault.read.getPastStakeVotes([owner, delegator, at])),
    );
    expect(votes[0]).to.equal(parseEther("300"));
    expect(votes[1]).to.equal(parseEther("200"));
    // 30 of the 130 are for the 300 that are delegated; the pool counts a thousandth of an EVER more than it has.
    expect(votes[2]).to.equal(219_999_933_333_555_554_814n);
    expect(votes[3]).to.equal((await vault.read.delegationOf([owner, delegator]))[1]);
    expect((votes[3] ?? 0n) < parseEther("110")).to.equal(true);
  });

  it("counts both parts of a provider, and its pool never less than all its delegators", async () => {
    const { vault, owner, delegator, stranger } = await load(delegated);
    const at = await mark();
    expect(await vault.read.getPastPoolVotes([owner, at])).to.deep.equal([STAKE, parseEther("400")]);
    const votes = await Promise.all(
      [delegator, stranger.account.address].map((each) => vault.read.getPastStakeVotes([owner, each, at])),
    );
    expect(votes).to.deep.equal([parseEther("300"), parseEther("100")]);
  });

  it("counts own, delegated and all stake apart, to the base unit", async () => {
    const { vault, owner, by, byCustomer } = await load(delegated);
    await vault.write.stake([1n], by);
    await vault.write.delegate([owner, 3n], byCustomer);
    const at = await mark();
    await networkHelpers.time.increase(VOTES_STEP_SECONDS);
    const [own, others] = [STAKE + 1n, parseEther("400") + 3n];
    expect(await vault.read.getPastPoolVotes([owner, at])).to.deep.equal([own, others]);
    expect(await vault.read.getPastTotalStakeVotes([at + VOTES_STEP_SECONDS])).to.equal(own + others);
    expect(await vault.read.totalStake()).to.equal(own + others);
  });

  it("gives no votes for shares of an earlier epoch, and keeps those that they had", async () => {
    const { vault, owner, by, delegator, byCustomer, governor } = await load(delegated);
    const before = await mark();
    await vault.write.slash([owner, HOSTING, parseEther("1400"), REASON, governor.account.address]);
    const after = await mark();
    await vault.write.stake([STAKE], by);
    await vault.write.delegate([owner, 9n], byCustomer);
    const later = await mark();
    const votesAt = (at: bigint) => vault.read.getPastStakeVotes([owner, delegator, at]);
    expect([await votesAt(before), await votesAt(after), await votesAt(later)]).to.deep.equal([
      parseEther("300"),
      0n,
      9n,
    ]);
    expect(await vault.read.getPastPoolVotes([owner, after])).to.deep.equal([0n, 0n]);
  });

  it("tells all votes as they were when the running step began", async () => {
    const { vault, by, owner, byCustomer } = await load(delegatedInOneStep);
    const step = VOTES_STEP_SECONDS;
    const boundary = (BigInt(await networkHelpers.time.latest()) / step + 1n) * step;
    await networkHelpers.time.increaseTo(boundary + 10n);
    await vault.write.undelegate([owner, parseEther("100")], byCustomer);
    await vault.write.thaw([parseEther("50")], by);
    await networkHelpers.time.increaseTo(boundary + step + 1n);
    expect(await vault.read.getPastTotalStakeVotes([boundary - 1n])).to.equal(0n);
    expect(await vault.read.getPastTotalStakeVotes([boundary])).to.equal(parseEther("1400"));
    expect(await vault.read.getPastTotalStakeVotes([boundary + step - 1n])).to.equal(parseEther("1400"));
    expect(await vault.read.getPastTotalStakeVotes([boundary + step])).to.equal(parseEther("1250"));
    expect(await vault.read.totalStake()).to.equal(parseEther("1400"));
  });

  it("counts no vote more or less for what is paid out", async () => {
    const { vault, owner, by } = await load(delegatedInOneStep);
    await vault.write.thaw([parseEther("300")], by);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    await vault.write.withdraw([owner, owner], by);
    await networkHelpers.time.increase(VOTES_STEP_SECONDS);
    const at = BigInt(await networkHelpers.time.latest()) - 1n;
    expect(await vault.read.getPastTotalStakeVotes([at])).to.equal(parseEther("1100"));
  });

  it("counts a slash, and not what it took of thawing stake twice", async () => {
    const { vault, owner, by, governor } = await load(delegatedInOneStep);
    const step = VOTES_STEP_SECONDS;
    const boundary = (BigInt(await networkHelpers.time.latest()) / step + 1n) * step;
    await vault.write.thaw([parseEther("300")], by);
    await vault.write.slash([owner, HOSTING, parseEther("800"), REASON, governor.account.address]);
    await networkHelpers.time.increaseTo(boundary + 1n);
    expect(await vault.read.getPastTotalStakeVotes([boundary])).to.equal(parseEther("400"));
    expect(await vault.read.totalStake()).to.equal(parseEther("600"));
  });

  it("is counted by time, and needs a step", async () => {
    const { vault, ever, manager } = await load(staked);
    expect(await vault.read.CLOCK_MODE()).to.equal("mode=timestamp");
    expect(await vault.read.clock()).to.equal(await networkHelpers.time.latest());
    await viem.assertions.revertWithCustomErrorWithArgs(
      viem.deployContract("StakeVault", [ever.address, 1n, 0n, manager.address]),
      vault,
      "StakeVotesStepInvalid",
      [0n],
    );
  });
});
