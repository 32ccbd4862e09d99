import { expect } from "chai";
import { network } from "hardhat";
import { type Address, encodeFunctionData, getAddress, type Hex, toHex, zeroHash } from "viem";
import { TIMELOCK_ROLES } from "../../../contracts/ignition/modules/Protocol.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import {
  councilSalt,
  deployGovernance,
  ProposalState,
  Support,
  VOTE_EXTENSION,
  VOTING_PERIOD,
} from "../../helpers/governance.ts";
import { FEE_BPS, HOSTING } from "../../helpers/policy.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { rejects, emits } = createAssertions(connection);
const fresh = () => deployGovernance(connection);
const load = () => networkHelpers.loadFixture(fresh);

/** The council's proposal of one change, and what the timelock calls it. */
async function proposed() {
  const deployed = await fresh();
  const { council, timelock, feeCall, by } = deployed;
  const { target, data } = feeCall(FEE_BPS + 1);
  const salt = councilSalt(council.address, zeroHash);
  const operationId = await timelock.read.hashOperationBatch([[target], [0n], [data], zeroHash, salt]);
  await council.write.propose([[target], [data], zeroHash], by.council);
  return { ...deployed, operationId, batch: [[target], [0n], [data], zeroHash, salt] as const };
}

describe("Council.propose", () => {
  it("refuses anybody but the council", async () => {
    const { council, by, addressOf } = await load();
    await rejects(council.write.propose([[], [], zeroHash], by.provider), council, "CouncilOnly", [addressOf.provider]);
  });

  it("refuses what is none of its targets: timelock, access manager, governor, token, itself", async () => {
    const { council, timelock, manager, governor, ever, feeCall, by } = await load();
    const { target, data } = feeCall(1);
    for (const { address } of [timelock, manager, governor, ever, council]) {
      expect(await council.read.isTarget([address])).to.equal(false);
      const call = council.write.propose([[target, address], [data, "0x12345678"], zeroHash], by.council);
      await rejects(call, council, "CouncilTargetForbidden", [getAddress(address)]);
    }
  });

  it("refuses from the second in which its term ends", async () => {
    const { council, feeCall, by, endsAt } = await load();
    const { target, data } = feeCall(1);
    const propose = (salt: Hex) => council.write.propose([[target], [data], salt], by.council);
    await networkHelpers.time.setNextBlockTimestamp(endsAt - 1n);
    await propose(zeroHash);
    await networkHelpers.time.setNextBlockTimestamp(endsAt);
    await rejects(propose(`0x${"11".repeat(32)}`), council, "CouncilTermEnded", [endsAt]);
  });

  it("tells the operation that the timelock keeps for it", async () => {
    const { council, timelock, feeCall, by } = await load();
    const { target, data } = feeCall(FEE_BPS + 1);
    const salt = councilSalt(council.address, zeroHash);
    const operationId = await timelock.read.hashOperationBatch([[target], [0n], [data], zeroHash, salt]);
    const call = council.write.propose([[target], [data], zeroHash], by.council);
    await emits(call, council, "CouncilProposed", [operationId]);
    expect(await timelock.read.isOperationPending([operationId])).to.equal(true);
  });

  it("is executed by anyone after the timelock's delay", async () => {
    const { timelock, catalog, council, operationId, batch, by } = await networkHelpers.loadFixture(proposed);
    expect(await council.read.isOwn([operationId])).to.equal(true);
    await rejects(timelock.write.executeBatch(batch, by.stranger), timelock, "TimelockUnexpectedOperationState");
    await networkHelpers.time.increase(await timelock.read.getMinDelay());
    await timelock.write.executeBatch(batch, by.stranger);
    expect((await catalog.read.serviceOf([HOSTING])).feeBps).to.equal(FEE_BPS + 1);
  });
});

describe("Council.cancel", () => {
  it("withdraws its own proposal, also after its term", async () => {
    const { council, timelock, operationId, by, endsAt } = await networkHelpers.loadFixture(proposed);
    await rejects(council.write.cancel([operationId], by.provider), council, "CouncilOnly");
    await networkHelpers.time.increaseTo(endsAt);
    await emits(council.write.cancel([operationId], by.council), timelock, "Cancelled", [operationId]);
  });

  it("refuses a decision of the voters", async () => {
    const { council, governor, timelock, opened, vote, feeCall, queue, argumentsOf, hashOf, by } = await load();
    const calls = [feeCall(FEE_BPS + 1)];
    await vote(await opened(calls), Support.For);
    await networkHelpers.time.increase(VOTING_PERIOD + VOTE_EXTENSION);
    await queue(calls);
    const salt = governorSalt(governor.address, hashOf("a change"));
    const operationId = await timelock.read.hashOperationBatch([...argumentsOf(calls), zeroHash, salt]);
    expect(await timelock.read.isOperationPending([operationId])).to.equal(true);
    await rejects(council.write.cancel([operationId], by.council), council, "CouncilOperationForeign", [operationId]);
  });
});

describe("the council", () => {
  it("cannot take the place of a decision before it is queued", async () => {
    const { council, governor, opened, vote, feeCall, queue, argumentsOf, hashOf, idOf, by } = await load();
    const calls = [feeCall(FEE_BPS + 1)];
    await vote(await opened(calls), Support.For);
    const [targets, , payloads] = argumentsOf(calls);
    await council.write.propose([targets, payloads, governorSalt(governor.address, hashOf("a change"))], by.council);
    await networkHelpers.time.increase(VOTING_PERIOD + VOTE_EXTENSION);
    await queue(calls);
    expect(await governor.read.state([await idOf(calls, "a change")])).to.equal(ProposalState.Queued);
  });

  it("is removed by a vote that it cannot stop", async () => {
    const { council, timelock, decide, feeCall, by } = await load();
    const { PROPOSER_ROLE, CANCELLER_ROLE } = TIMELOCK_ROLES;
    const revoke = (role: Hex) => ({
      target: timelock.address,
      data: encodeFunctionData({ abi: timelock.abi, functionName: "revokeRole", args: [role, council.address] }),
    });
    await decide([revoke(PROPOSER_ROLE), revoke(CANCELLER_ROLE)]);
    const { target, data } = feeCall(1);
    const call = council.write.propose([[target], [data], zeroHash], by.council);
    await rejects(call, timelock, "AccessControlUnauthorizedAccount", [getAddress(council.address), PROPOSER_ROLE]);
  });
});

/** The timelock's salt of a proposal of the governor. */
function governorSalt(governor: Address, descriptionHash: Hex): Hex {
  return toHex((BigInt(governor) << 96n) ^ BigInt(descriptionHash), { size: 32 });
}
