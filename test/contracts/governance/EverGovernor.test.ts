import { expect } from "chai";
import { network } from "hardhat";
import {
  type Address,
  encodeFunctionData,
  getAddress,
  type Hex,
  parseEther,
  stringToHex,
  toFunctionSelector,
  zeroAddress,
} from "viem";
import { encodePools } from "../../../sdk/src/governance/pools.ts";
import { createAssertions, expectRevert } from "../../helpers/assertions.ts";
import {
  deployGovernance,
  FLOORS,
  ProposalState,
  QUORUM,
  Support,
  THRESHOLD,
  TIMELOCK_DELAY,
  VOTE_EXTENSION,
  VOTING_DELAY,
  VOTING_PERIOD,
} from "../../helpers/governance.ts";
import { FEE_BPS, HOSTING } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { rejects } = createAssertions(connection);
const fresh = () => deployGovernance(connection);
const load = () => networkHelpers.loadFixture(fresh);
const DAY = 86_400n;
const SETTING_INVALID = toFunctionSelector("GovernorSettingInvalid(bytes32,uint256,uint256,uint256)");

describe("EverGovernor.propose", () => {
  it("refuses a proposer below the threshold, by one", async () => {
    const { governor, ever, feeCall, propose, addressOf, by } = await load();
    const balance = await ever.read.balanceOf([addressOf.provider]);
    await ever.write.transfer([addressOf.customer, balance - THRESHOLD + 1n], by.provider);
    await networkHelpers.mine();
    await rejects(propose([feeCall(1)]), governor, "GovernorInsufficientProposerVotes", [
      addressOf.provider,
      THRESHOLD - 1n,
      THRESHOLD,
    ]);
    await ever.write.transfer([addressOf.provider, 1n], by.customer);
    await networkHelpers.mine();
    await propose([feeCall(1)]);
  });

  it("refuses no call, lists of different lengths, and more than 16 calls", async () => {
    const { governor, feeCall, propose, argumentsOf, by } = await load();
    await rejects(propose([]), governor, "GovernorInvalidProposalLength", [0n, 0n, 0n]);
    const [targets, values, calldatas] = argumentsOf([feeCall(1), feeCall(2)]);
    const uneven = governor.write.propose([targets, values.slice(1), calldatas, "uneven"], by.provider);
    await rejects(uneven, governor, "GovernorInvalidProposalLength", [2n, 2n, 1n]);
    const uncalled = governor.write.propose([targets, values, calldatas.slice(1), "uncalled"], by.provider);
    await rejects(uncalled, governor, "GovernorInvalidProposalLength", [2n, 1n, 2n]);
    await rejects(propose(Array(17).fill(feeCall(1))), governor, "GovernorCallsTooMany", [16n, 17n]);
    await propose(Array(16).fill(feeCall(1)));
  });

  it("refuses a target without code, native coin, and a call without a selector", async () => {
    const { governor, feeCall, propose, addressOf, catalog } = await load();
    const { stranger } = addressOf;
    await rejects(propose([{ target: stranger, data: "0x12345678" }]), governor, "GovernorTargetInvalid", [stranger]);
    await rejects(propose([{ ...feeCall(1), valueWei: 1n }]), governor, "GovernorValueRefused", [
      getAddress(catalog.address),
      1n,
    ]);
    await rejects(
      propose([feeCall(1), { target: catalog.address, data: "0x123456" }]),
      governor,
      "GovernorCallInvalid",
      [getAddress(catalog.address), "0x12345600"],
    );
  });

  it("takes a call that is a selector alone", async () => {
    const { catalog, propose } = await load();
    await propose([{ target: catalog.address, data: "0x12345678" }]);
  });

  it("looks at a delay only where it is the timelock's own", async () => {
    const { catalog, timelock, propose } = await load();
    const data = encodeFunctionData({ abi: timelock.abi, functionName: "updateDelay", args: [0n] });
    await propose([{ target: catalog.address, data }]);
  });

  it("refuses calls of its own that are no setting, or not encoded as one", async () => {
    const { governor, propose } = await load();
    const own = getAddress(governor.address);
    const relay = encodeFunctionData({ abi: governor.abi, functionName: "relay", args: [own, 0n, "0x"] });
    const timelock = encodeFunctionData({ abi: governor.abi, functionName: "updateTimelock", args: [own] });
    const long = `${settingCall(governor, "setVotingPeriod", 500n)}00` as Hex;
    for (const data of [relay, timelock, long]) {
      await rejects(propose([{ target: own, data }]), governor, "GovernorCallInvalid", [own, data.slice(0, 10)]);
    }
  });

  it("refuses the same proposal a second time", async () => {
    const { governor, feeCall, propose } = await load();
    await propose([feeCall(1)]);
    await rejects(propose([feeCall(1)]), governor, "GovernorUnexpectedProposalState");
  });
});

describe("EverGovernor", () => {
  it("says by ERC-6372 that its clock counts seconds", async () => {
    const { governor } = await load();
    expect(await governor.read.CLOCK_MODE()).to.equal("mode=timestamp");
    expect(await governor.read.clock()).to.equal(await networkHelpers.time.latest());
  });
});

describe("EverGovernor.proposeWithPools", () => {
  async function staked() {
    const deployed = await fresh();
    const { ever, stake, by, addressOf } = deployed;
    const balance = await ever.read.balanceOf([addressOf.provider]);
    await ever.write.transfer([addressOf.customer, balance - 10n], by.provider);
    await stake.write.set([addressOf.provider, addressOf.provider, THRESHOLD - 20n]);
    await stake.write.set([addressOf.customer, addressOf.provider, 9n]);
    await networkHelpers.mine();
    const pools = [addressOf.provider, addressOf.customer].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const propose = (named: Address[]) =>
      deployed.governor.write.proposeWithPools(
        [...deployed.argumentsOf([deployed.feeCall(1)]), "with stake", named],
        by.provider,
      );
    return { ...deployed, pools, proposeWith: propose };
  }

  it("adds up token votes and the votes of the pools named, and refuses one too few", async () => {
    const { governor, stake, pools, proposeWith, addressOf } = await networkHelpers.loadFixture(staked);
    await rejects(proposeWith(pools), governor, "GovernorInsufficientProposerVotes", [
      addressOf.provider,
      THRESHOLD - 1n,
      THRESHOLD,
    ]);
    await stake.write.set([addressOf.customer, addressOf.provider, 10n]);
    await networkHelpers.mine();
    await proposeWith(pools);
  });

  it("counts the votes of the very second before it", async () => {
    const { stake, pools, proposeWith, addressOf } = await networkHelpers.loadFixture(staked);
    await stake.write.set([addressOf.customer, addressOf.provider, 10n]);
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + 1);
    await proposeWith(pools);
  });

  it("refuses a pool twice, no pool, and pools out of order", async () => {
    const { governor, pools, proposeWith } = await networkHelpers.loadFixture(staked);
    const [first, second] = pools as [Address, Address];
    await rejects(proposeWith([first, first]), governor, "GovernorPoolsUnsorted", [first, first]);
    await rejects(proposeWith([second, first]), governor, "GovernorPoolsUnsorted", [second, first]);
    await rejects(proposeWith([]), governor, "GovernorPoolsInvalid", [0n, 16n]);
  });

  it("keeps a description that names its proposer for that proposer", async () => {
    const { governor, argumentsOf, feeCall, addressOf, pools, by } = await networkHelpers.loadFixture(staked);
    const description = `mine #proposer=${addressOf.stranger}`;
    const call = governor.write.proposeWithPools([...argumentsOf([feeCall(1)]), description, pools], by.provider);
    await rejects(call, governor, "GovernorRestrictedProposer", [addressOf.provider]);
  });
});

describe("EverGovernor, a decision", () => {
  it("is proposed, voted, queued, waits, and is executed by anyone", async () => {
    const { governor, catalog, opened, vote, feeCall, queue, execute, by, timelock } = await load();
    const calls = [feeCall(FEE_BPS + 1)];
    const id = await opened(calls);
    await vote(id, Support.For);
    expect(await governor.read.state([id])).to.equal(ProposalState.Active);
    await networkHelpers.time.increase(VOTING_PERIOD);
    expect(await governor.read.state([id])).to.equal(ProposalState.Succeeded);
    await queue(calls);
    expect(await governor.read.state([id])).to.equal(ProposalState.Queued);
    await rejects(execute(calls), timelock, "TimelockUnexpectedOperationState");
    await networkHelpers.time.increase(TIMELOCK_DELAY);
    const late = governor.write.castVote([id, Support.For], by.stranger);
    await rejects(late, governor, "GovernorUnexpectedProposalState");
    await execute(calls);
    expect(await governor.read.state([id])).to.equal(ProposalState.Executed);
    expect((await catalog.read.serviceOf([HOSTING])).feeBps).to.equal(FEE_BPS + 1);
  });

  it("fails without a quorum, by one, and passes with it: 4 % of the whole supply", async () => {
    for (const [missing, state] of [
      [1n, ProposalState.Defeated],
      [0n, ProposalState.Succeeded],
    ] as const) {
      const { governor, ever, opened, vote, addressOf, by } = await networkHelpers.loadFixture(fresh);
      const balance = await ever.read.balanceOf([addressOf.stranger]);
      await ever.write.transfer([addressOf.customer, balance - QUORUM + missing], by.stranger);
      const id = await opened();
      await vote(id, Support.For, [], by.stranger);
      expect(await governor.read.quorum([await governor.read.proposalSnapshot([id])])).to.equal(QUORUM);
      await networkHelpers.time.increase(VOTING_PERIOD + VOTE_EXTENSION);
      expect(await governor.read.state([id])).to.equal(state);
    }
  });

  it("fails on a tie, and abstentions fill the quorum only", async () => {
    const { governor, opened, vote, by } = await load();
    const tied = await opened(undefined, "tied");
    await vote(tied, Support.For, [], by.provider);
    await vote(tied, Support.Against, [], by.customer);
    await vote(tied, Support.Abstain, [], by.stranger);
    await networkHelpers.time.increase(VOTING_PERIOD + VOTE_EXTENSION);
    expect(await governor.read.state([tied])).to.equal(ProposalState.Defeated);
  });

  it("counts staked tokens once in the quorum: they are part of the supply, and vote through their pool alone", async () => {
    const { ever, vault, governor, addressOf, by, opened } = await load();
    const amount = parseEther("400000");
    await ever.write.approve([vault.address, amount], by.provider);
    await vault.write.stake([amount], by.provider);
    const id = await opened();
    const snapshot = await governor.read.proposalSnapshot([id]);
    expect(await ever.read.delegates([vault.address])).to.equal(zeroAddress);
    expect(await governor.read.getVotes([vault.address, snapshot])).to.equal(0n);
    expect(await governor.read.getVotes([addressOf.provider, snapshot])).to.equal(parseEther("600000"));
    expect(await governor.read.quorum([snapshot])).to.equal(QUORUM);
  });

  it("is withdrawn by its proposer before the vote, and by nobody else", async () => {
    const { governor, propose, feeCall, idOf, argumentsOf, hashOf, addressOf, by } = await load();
    const calls = [feeCall(1)];
    await propose(calls);
    const args = [...argumentsOf(calls), hashOf("a change")] as const;
    const id = await idOf(calls, "a change");
    await rejects(governor.write.cancel(args, by.customer), governor, "GovernorUnableToCancel", [
      id,
      addressOf.customer,
    ]);
    await governor.write.cancel(args, by.provider);
    expect(await governor.read.state([id])).to.equal(ProposalState.Canceled);
  });

  it("takes ballots by signature, once, with pools", async () => {
    const { governor, opened, stake, addressOf, customer, tally } = await load();
    await stake.write.set([addressOf.provider, addressOf.customer, 7n]);
    const id = await opened();
    const params = encodePools([addressOf.provider]);
    const client = await viem.getPublicClient();
    const signature = await customer.signTypedData({
      domain: {
        name: "4EVER Governor",
        version: "1",
        chainId: await client.getChainId(),
        verifyingContract: governor.address,
      },
      types: {
        ExtendedBallot: [
          { name: "proposalId", type: "uint256" },
          { name: "support", type: "uint8" },
          { name: "voter", type: "address" },
          { name: "nonce", type: "uint256" },
          { name: "reason", type: "string" },
          { name: "params", type: "bytes" },
        ],
      },
      primaryType: "ExtendedBallot",
      message: { proposalId: id, support: 1, voter: addressOf.customer, nonce: 0n, reason: "signed", params },
    });
    const ballot = [id, 1, addressOf.customer, "signed", params, signature] as const;
    await rejects(
      governor.write.castVoteWithReasonAndParamsBySig([id, 0, addressOf.customer, "signed", params, signature]),
      governor,
      "GovernorInvalidSignature",
      [addressOf.customer],
    );
    await governor.write.castVoteWithReasonAndParamsBySig(ballot);
    expect(await tally(id)).to.deep.equal([0n, parseEther("1000000") + 7n, 0n]);
    await rejects(governor.write.castVoteWithReasonAndParamsBySig(ballot), governor, "GovernorInvalidSignature");
  });

  it("ends in the target's own error when only the execution can know", async () => {
    const { catalog, decide, feeCall } = await load();
    await rejects(decide([feeCall(501)]), catalog, "CatalogParameterInvalid", [
      stringToHex("feeBps", { size: 32 }),
      501n,
      0n,
      500n,
    ]);
  });

  it("undoes the calls before the one that fails", async () => {
    const { catalog, decide, feeCall } = await load();
    await rejects(decide([feeCall(7), feeCall(501)]), catalog, "CatalogParameterInvalid");
    expect((await catalog.read.serviceOf([HOSTING])).feeBps).to.equal(FEE_BPS);
  });
});

/** The governor's own settings with their hard bounds: setter, name in the error, bounds, getter. */
const SETTINGS = [
  ["setVotingDelay", "votingDelay", BigInt(FLOORS.votingDelay), 14n * DAY, "votingDelay"],
  ["setVotingPeriod", "votingPeriod", BigInt(FLOORS.votingPeriod), 30n * DAY, "votingPeriod"],
  // The voting period of the tests is shorter than the hard maximum of seven days, and bounds the extension too.
  ["setLateQuorumVoteExtension", "voteExtension", BigInt(FLOORS.voteExtension), 7n * DAY, "lateQuorumVoteExtension"],
  ["setProposalThreshold", "proposalThreshold", parseEther("1000"), parseEther("5000000"), "proposalThreshold"],
  ["updateQuorumNumerator", "quorumBps", 100n, 3_000n, "quorumNumerator"],
] as const;
type Setter = (typeof SETTINGS)[number][0];

function settingCall({ abi }: Awaited<ReturnType<typeof fresh>>["governor"], functionName: Setter, value: bigint): Hex {
  return functionName === "setProposalThreshold" || functionName === "updateQuorumNumerator"
    ? encodeFunctionData({ abi, functionName, args: [value] })
    : encodeFunctionData({ abi, functionName, args: [Number(value)] });
}

describe("EverGovernor's settings", () => {
  for (const [setter, name, min, max, getter] of SETTINGS) {
    it(`refuses a proposal of ${name} below and above its hard bounds, by one`, async () => {
      const { governor, propose } = await load();
      for (const value of [min - 1n, max + 1n]) {
        const call = { target: governor.address, data: settingCall(governor, setter, value) };
        await rejects(propose([call]), governor, "GovernorSettingInvalid", [
          stringToHex(name, { size: 32 }),
          value,
          min,
          max,
        ]);
      }
    });

    it(`sets ${name} to both bounds by a vote`, async () => {
      for (const value of [min, max]) {
        const { governor, decide } = await networkHelpers.loadFixture(fresh);
        const calls = [{ target: governor.address, data: settingCall(governor, setter, value) }];
        if (value === max && setter === "setLateQuorumVoteExtension") {
          calls.unshift({ target: governor.address, data: settingCall(governor, "setVotingPeriod", max) });
        }
        await decide(calls);
        const settings = {
          votingDelay: () => governor.read.votingDelay(),
          votingPeriod: () => governor.read.votingPeriod(),
          lateQuorumVoteExtension: async () => BigInt(await governor.read.lateQuorumVoteExtension()),
          proposalThreshold: () => governor.read.proposalThreshold(),
          quorumNumerator: () => governor.read.quorumNumerator(),
        };
        expect(await settings[getter]()).to.equal(value);
      }
    });

    it(`cannot be constructed with ${name} outside its bounds`, async () => {
      const { terms } = await load();
      const [ever, stake, timelock, settings, floors] = terms;
      const key = name as keyof typeof settings;
      for (const value of [min - 1n, max + 1n]) {
        const changed = {
          ...settings,
          votingPeriod: Number(30n * DAY),
          [key]: typeof settings[key] === "number" ? Number(value) : value,
        };
        await expectRevert(
          viem.deployContract("EverGovernor", [ever, stake, timelock, changed, floors]),
          SETTING_INVALID,
        );
      }
    });
  }

  it("refuses an extension above the voting period when it is executed", async () => {
    const { governor, decide } = await load();
    const data = settingCall(governor, "setLateQuorumVoteExtension", VOTING_PERIOD + 1n);
    await rejects(
      decide([{ target: governor.address, data }]),
      governor,
      "GovernorPreventLateQuorumVoteExtensionTooLarge",
      [VOTING_PERIOD + 1n, VOTING_PERIOD],
    );
  });

  it("are changed by nobody but a decision: not by an account, nor by the timelock for another proposer", async () => {
    const { governor, timelock, by, addressOf } = await load();
    await rejects(governor.write.setVotingDelay([20], by.provider), governor, "GovernorOnlyExecutor", [
      addressOf.provider,
    ]);
    await networkHelpers.impersonateAccount(timelock.address);
    await networkHelpers.setBalance(timelock.address, parseEther("1"));
    const call = governor.write.setVotingDelay([20], { account: timelock.address });
    await expectRevert(call, "0x31"); // nothing in the queue of what was decided
    expect(await governor.read.votingDelay()).to.equal(VOTING_DELAY);
  });

  it("bind later proposals only", async () => {
    const { governor, opened, decide, propose, feeCall, idOf } = await load();
    await opened([feeCall(3)], "before");
    const id = await idOf([feeCall(3)], "before");
    const [snapshot, deadline] = [
      await governor.read.proposalSnapshot([id]),
      await governor.read.proposalDeadline([id]),
    ];
    const quorum = await governor.read.quorum([snapshot]);
    await decide([
      { target: governor.address, data: settingCall(governor, "setVotingPeriod", 200n) },
      { target: governor.address, data: settingCall(governor, "updateQuorumNumerator", 3_000n) },
    ]);
    expect(await governor.read.proposalDeadline([id])).to.equal(deadline);
    expect(await governor.read.quorum([snapshot])).to.equal(quorum);
    await propose([feeCall(4)], "after");
    const later = await idOf([feeCall(4)], "after");
    expect((await governor.read.proposalDeadline([later])) - (await governor.read.proposalSnapshot([later]))).to.equal(
      200n,
    );
  });

  it("cannot be relayed, nor led to another timelock", async () => {
    const { governor, timelock, addressOf } = await load();
    await rejects(governor.write.relay([addressOf.provider, 0n, "0x"]), governor, "GovernorRelayDisabled", []);
    await rejects(governor.read.updateTimelock([addressOf.provider]), governor, "GovernorTimelockFixed", [
      getAddress(timelock.address),
    ]);
  });

  it("can have floors of one second", async () => {
    const { terms } = await load();
    const [ever, stake, timelock, settings] = terms;
    const floors = { votingDelay: 1, votingPeriod: 1, voteExtension: 1 };
    const governor = await viem.deployContract("EverGovernor", [ever, stake, timelock, settings, floors]);
    expect(await governor.read.MIN_VOTING_DELAY()).to.equal(1n);
    expect(await governor.read.MIN_VOTING_PERIOD()).to.equal(1n);
    expect(await governor.read.MIN_VOTE_EXTENSION()).to.equal(1n);
  });

  it("cannot have floors of zero or above the most", async () => {
    const { terms } = await load();
    const [ever, stake, timelock, settings, floors] = terms;
    for (const change of [
      { votingDelay: 0 },
      { votingPeriod: 0 },
      { voteExtension: 0 },
      { votingDelay: Number(14n * DAY + 1n) },
      { votingPeriod: Number(30n * DAY + 1n) },
      { voteExtension: Number(7n * DAY + 1n) },
    ]) {
      const args = [ever, stake, timelock, settings, { ...floors, ...change }] as const;
      await expectRevert(viem.deployContract("EverGovernor", [...args]), SETTING_INVALID);
    }
  });
});
