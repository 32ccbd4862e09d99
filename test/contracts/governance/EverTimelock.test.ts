import { expect } from "chai";
import { network } from "hardhat";
import { encodeErrorResult, encodeFunctionData, stringToHex, zeroAddress, zeroHash } from "viem";
import { createAssertions, expectRevert } from "../../helpers/assertions.ts";
import { deployGovernance, TIMELOCK_DELAY } from "../../helpers/governance.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { rejects, emits } = createAssertions(connection);
const fresh = () => deployGovernance(connection);
const load = () => networkHelpers.loadFixture(fresh);

describe("EverTimelock", () => {
  const updateDelay = (seconds: bigint, timelock: Awaited<ReturnType<typeof fresh>>["timelock"]) => ({
    target: timelock.address,
    data: encodeFunctionData({ abi: timelock.abi, functionName: "updateDelay", args: [seconds] }),
  });

  it("refuses a delay outside its hard bounds, by one, whoever asks", async () => {
    const { timelock, governor, propose, addressOf } = await load();
    for (const seconds of [9n, 101n]) {
      await rejects(timelock.write.updateDelay([seconds]), timelock, "TimelockDelayInvalid", [seconds, 10n, 100n]);
      const name = stringToHex("delay", { size: 32 });
      await rejects(propose([updateDelay(seconds, timelock)]), governor, "GovernorSettingInvalid", [
        name,
        seconds,
        10n,
        100n,
      ]);
      const bounds = [seconds, 10n, 100n] as const;
      const refused = encodeErrorResult({ abi: timelock.abi, errorName: "TimelockDelayInvalid", args: bounds });
      await expectRevert(viem.deployContract("EverTimelock", [...bounds, addressOf.provider]), refused.slice(2));
    }
  });

  it("begins with everybody as executor, and nobody else in any role but its deployer", async () => {
    const { addressOf } = await load();
    const timelock = await viem.deployContract("EverTimelock", [10n, 10n, 100n, addressOf.provider]);
    expect(await timelock.read.hasRole([await timelock.read.EXECUTOR_ROLE(), zeroAddress])).to.equal(true);
    for (const role of [await timelock.read.PROPOSER_ROLE(), await timelock.read.CANCELLER_ROLE()]) {
      expect(await timelock.read.hasRole([role, zeroAddress])).to.equal(false);
      expect(await timelock.read.hasRole([role, addressOf.provider])).to.equal(false);
    }
    expect(await timelock.read.hasRole([zeroHash, addressOf.provider])).to.equal(true);
  });

  it("can be constructed with the shortest and the longest delay", async () => {
    const { addressOf } = await load();
    for (const seconds of [10n, 100n]) {
      const timelock = await viem.deployContract("EverTimelock", [seconds, 10n, 100n, addressOf.provider]);
      expect(await timelock.read.getMinDelay()).to.equal(seconds);
    }
  });

  it("is given the shortest and the longest delay by a vote, and by nobody else", async () => {
    const { timelock, decide, addressOf, by } = await load();
    await rejects(timelock.write.updateDelay([20n], by.provider), timelock, "TimelockUnauthorizedCaller", [
      addressOf.provider,
    ]);
    for (const seconds of [10n, 100n]) {
      await emits(decide([updateDelay(seconds, timelock)], `${seconds}`), timelock, "MinDelayChange", [
        seconds === 10n ? TIMELOCK_DELAY : 10n,
        seconds,
      ]);
    }
  });
});
