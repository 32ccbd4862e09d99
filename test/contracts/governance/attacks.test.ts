import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, type Hex, parseEther } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { requestedDealFixtures } from "../../helpers/fixtures/requested-deal.ts";
import { P, runningDealFixtures, SET } from "../../helpers/fixtures/running-deal.ts";
import {
  deployGovernance,
  gatesOf,
  ProposalState,
  QUORUM,
  Support,
  THRESHOLD,
  VOTE_EXTENSION,
} from "../../helpers/governance.ts";
import { USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { rejects } = createAssertions(connection);
const fresh = () => deployGovernance(connection);
const load = () => networkHelpers.loadFixture(fresh);
const TOKENS = parseEther("1000000");
const DAY = 86_400n;

describe("a vote bought by flash loan", () => {
  /** Nobody has delegated to the borrower before; the customer lends it everything for one transaction. */
  async function lent() {
    const deployed = await fresh();
    const { ever, governor, by, addressOf } = deployed;
    const borrower = await viem.deployContract("FlashVoter");
    await ever.write.approve([borrower.address, 10n * TOKENS], by.customer);
    const attack = (data: Hex) =>
      borrower.write.attack([ever.address, addressOf.customer, TOKENS, governor.address, data]);
    return { ...deployed, borrower, attack };
  }
  const ballotOf = ({ governor }: Awaited<ReturnType<typeof lent>>, id: bigint) =>
    encodeFunctionData({ abi: governor.abi, functionName: "castVote", args: [id, Support.For] });

  it("carries nothing, when the loan is taken during the vote", async () => {
    const deployed = await networkHelpers.loadFixture(lent);
    const id = await deployed.opened();
    const borrower = getAddress(deployed.borrower.address);
    await rejects(deployed.attack(ballotOf(deployed, id)), deployed.governor, "GovernorVotesNone", [borrower]);
  });

  it("carries nothing, when the loan is taken in the very second whose votes count", async () => {
    const deployed = await networkHelpers.loadFixture(lent);
    const { governor, propose, feeCall, idOf, attack, borrower, ever } = deployed;
    await propose([feeCall(1)]);
    const id = await idOf([feeCall(1)], "a change");
    const snapshot = await governor.read.proposalSnapshot([id]);
    const harmless = encodeFunctionData({ abi: governor.abi, functionName: "votingDelay" });
    await networkHelpers.time.setNextBlockTimestamp(snapshot);
    await attack(harmless);
    expect(BigInt(await networkHelpers.time.latest())).to.equal(snapshot);
    await networkHelpers.mine();
    expect(await ever.read.getPastVotes([borrower.address, snapshot])).to.equal(0n);
    await rejects(attack(ballotOf(deployed, id)), governor, "GovernorVotesNone");
  });

  it("proposes nothing", async () => {
    const { governor, attack, argumentsOf, feeCall, borrower } = await networkHelpers.loadFixture(lent);
    const data = encodeFunctionData({
      abi: governor.abi,
      functionName: "propose",
      args: [...argumentsOf([feeCall(1)]), "borrowed"],
    });
    const refused = [getAddress(borrower.address), 0n, THRESHOLD];
    await rejects(attack(data), governor, "GovernorInsufficientProposerVotes", refused);
  });
});

describe("one vote cast twice", () => {
  it("is not, when the tokens are handed on after the vote", async () => {
    const { ever, vote, opened, by, addressOf, tally } = await load();
    const id = await opened();
    await vote(id, Support.For, [], by.provider);
    await ever.write.transfer([addressOf.customer, TOKENS], by.provider);
    await networkHelpers.mine();
    await vote(id, Support.For, [], by.customer);
    expect(await tally(id)).to.deep.equal([0n, 2n * TOKENS, 0n]);
  });

  it("is not, when the delegation is handed on after the vote", async () => {
    const { ever, vote, opened, by, addressOf, tally } = await load();
    const id = await opened();
    await vote(id, Support.For, [], by.provider);
    await ever.write.delegate([addressOf.customer], by.provider);
    await vote(id, Support.For, [], by.customer);
    expect(await tally(id)).to.deep.equal([0n, 2n * TOKENS, 0n]);
  });

  it("is not, as token and as stake: the vault that holds the tokens delegates to nobody", async () => {
    const { ever, vault, stake, vote, opened, by, addressOf, tally } = await load();
    const amount = parseEther("250000");
    await ever.write.approve([vault.address, amount], by.provider);
    await vault.write.stake([amount], by.provider);
    await stake.write.set([addressOf.provider, addressOf.provider, amount]);
    const id = await opened();
    await vote(id, Support.For, [addressOf.provider], by.provider);
    expect(await tally(id)).to.deep.equal([0n, TOKENS, 0n]);
  });

  for (const order of [
    ["provider", "customer", "stranger"],
    ["customer", "provider", "stranger"],
    ["customer", "stranger", "provider"],
  ] as const) {
    it(`is not, by a pool's provider and its delegators in the order ${order.join(", ")}`, async () => {
      const { stake, vote, opened, by, addressOf, tally } = await load();
      const pool = addressOf.provider;
      await stake.write.set([pool, pool, 100n]);
      await stake.write.set([pool, addressOf.customer, 40n]);
      await stake.write.set([pool, addressOf.stranger, 7n]);
      const id = await opened();
      for (const name of order) await vote(id, name === "provider" ? Support.For : Support.Against, [pool], by[name]);
      expect(await tally(id)).to.deep.equal([2n * TOKENS + 47n, TOKENS + 100n, 0n]);
    });
  }
});

describe("a quorum reached in the last second", () => {
  it("leaves time to answer, and the answer counts", async () => {
    const { governor, ever, opened, vote, by, addressOf } = await load();
    await ever.write.transfer([addressOf.customer, TOKENS - QUORUM], by.stranger);
    const id = await opened();
    const deadline = await governor.read.proposalDeadline([id]);
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await vote(id, Support.For, [], by.stranger);
    expect(await governor.read.proposalDeadline([id])).to.equal(deadline + VOTE_EXTENSION);
    await networkHelpers.time.setNextBlockTimestamp(deadline + VOTE_EXTENSION);
    await vote(id, Support.Against, [], by.provider);
    await networkHelpers.mine();
    expect(await governor.read.state([id])).to.equal(ProposalState.Defeated);
  });

  it("extends a vote once", async () => {
    const { governor, opened, vote, by } = await load();
    const id = await opened();
    const deadline = await governor.read.proposalDeadline([id]);
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await vote(id, Support.For, [], by.provider);
    await networkHelpers.time.setNextBlockTimestamp(deadline + VOTE_EXTENSION);
    await vote(id, Support.For, [], by.customer);
    expect(await governor.read.proposalDeadline([id])).to.equal(deadline + VOTE_EXTENSION);
  });
});

describe("a quorum moved by stake that comes and goes", () => {
  it("stays: it is a share of the supply, whatever is said to be staked in all", async () => {
    const { governor, stake, opened, by, addressOf, vote } = await load();
    const id = await opened();
    const snapshot = await governor.read.proposalSnapshot([id]);
    await stake.write.set([addressOf.provider, addressOf.provider, 1_000n * TOKENS]);
    await networkHelpers.mine();
    const now = BigInt(await networkHelpers.time.latest());
    expect(await stake.read.getPastTotalStakeVotes([now - 1n])).to.equal(1_000n * TOKENS);
    for (const at of [snapshot, now - 1n]) expect(await governor.read.quorum([at])).to.equal(QUORUM);
    await vote(id, Support.For, [], by.customer);
    await networkHelpers.time.increase(10n * DAY);
    expect(await governor.read.state([id])).to.equal(ProposalState.Succeeded);
  });
});

describe("proposals of somebody without votes", () => {
  it("are refused, with tokens of this second and with stake of this second too", async () => {
    const { ever, stake, governor, argumentsOf, feeCall, propose, by, operator } = await load();
    const spammer = getAddress(operator.account.address);
    const account = { account: operator.account };
    const refused = [spammer, 0n, THRESHOLD];
    await rejects(propose([feeCall(1)], "spam", account), governor, "GovernorInsufficientProposerVotes", refused);
    await ever.write.delegate([spammer], account);
    const at = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(at);
    await connection.provider.request({ method: "evm_setAutomine", params: [false] });
    try {
      await ever.write.transfer([spammer, TOKENS], by.provider);
      await stake.write.set([spammer, spammer, TOKENS]);
      const args = [...argumentsOf([feeCall(1)]), "spam", [spammer]] as const;
      const hash = await governor.write.proposeWithPools([...args], { ...account, gas: 1_000_000n });
      await networkHelpers.mine();
      const { status } = await (await viem.getPublicClient()).getTransactionReceipt({ hash });
      expect(status).to.equal("reverted");
    } finally {
      await connection.provider.request({ method: "evm_setAutomine", params: [true] });
    }
  });
});

describe("a guardian who wants more than to pause new entries for a while", () => {
  it("cannot pause twice in 60 days, longer than 14 days, nor by a successor", async () => {
    const { guardian, by, addressOf, decide } = await load();
    await rejects(guardian.write.pause([14n * DAY + 1n], by.guardian), guardian, "GuardianSpanInvalid");
    await guardian.write.pause([DAY], by.guardian);
    await rejects(guardian.write.pause([DAY], by.guardian), guardian, "GuardianTooSoon");
    const data = encodeFunctionData({ abi: guardian.abi, functionName: "setGuardian", args: [addressOf.stranger] });
    await decide([{ target: guardian.address, data }]);
    await rejects(guardian.write.pause([DAY], by.stranger), guardian, "GuardianTooSoon");
  });

  it("does not stop the vote that replaces it", async () => {
    const { guardian, by, addressOf, decide } = await load();
    await guardian.write.pause([14n * DAY], by.guardian);
    const data = encodeFunctionData({ abi: guardian.abi, functionName: "setGuardian", args: [addressOf.stranger] });
    await decide([{ target: guardian.address, data }]);
    expect(await guardian.read.guardian()).to.equal(addressOf.stranger);
  });

  /** Both gates are paused for as long as the code allows. */
  async function pause(contracts: Pick<Awaited<ReturnType<typeof fresh>>, "catalog" | "invites">) {
    const until = Number(BigInt(await networkHelpers.time.latest()) + 13n * DAY);
    for (const gate of await gatesOf(connection, contracts)) await gate.write.pauseEntries([until]);
  }

  it("refuses a new deal, and lets a requested one be accepted, or be cancelled", async () => {
    const { requested } = requestedDealFixtures(connection);
    const deployed = await networkHelpers.loadFixture(requested);
    const { market, ask, by, statusOf } = deployed;
    await ask();
    await pause(deployed);
    await rejects(ask(), market, "MarketOfferUnavailable", [1n]);
    await market.write.accept([1n, 1], by.operator);
    expect(await statusOf()).to.equal(2);
    await market.write.cancel([2n], by.customer);
  });

  it("stops nothing of a running deal: pieces, proofs, payment, renewal, more capacity, the end", async () => {
    const { active } = runningDealFixtures(connection);
    const deployed = await networkHelpers.loadFixture(active);
    const { market, payments, vault, ledger, record, prove, enter, by, dealKey, addresses, endOf } = deployed;
    await pause(deployed);
    await record(P + 1n);
    await prove(SET, P + 1n);
    await market.write.renew([1n, 5], by.customer);
    await market.write.changeCapacity([1n, 3n * GIB, 10n ** 12n], by.customer);
    await enter(P + 4n);
    await payments.write.settle([dealKey]);
    await market.write.end([1n], by.customer);
    await enter((await endOf()) + 2n);
    await market.write.finish([1n]);
    const earned = await ledger.read.balanceOf([addresses.provider, 1]);
    expect(earned > 0n).to.equal(true);
    await ledger.write.withdraw([addresses.provider, 1, earned], by.provider);
    await vault.write.thaw([1n], by.provider);
    await ledger.write.withdraw([addresses.customer, 1, 1n], by.customer);
  });

  it("refuses a new channel, and stops nothing of an open one: top-up, vouchers, the end", async () => {
    const { opened } = channelsFixtures(connection);
    const deployed = await networkHelpers.loadFixture(opened);
    const { channels, catalog, sign, open, by, opening } = deployed;
    await catalog.write.pauseEntries([Number(BigInt(await networkHelpers.time.latest()) + 13n * DAY)]);
    await rejects(open(), channels, "ChannelsServiceUnavailable", [opening.serviceId, 1]);
    await channels.write.topUp([1n, 1n, 0], by.customer);
    await channels.write.redeem([await sign(5n * USD)]);
    await channels.write.close([1n], by.provider);
  });
});
