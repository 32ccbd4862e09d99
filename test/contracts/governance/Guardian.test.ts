import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { deployGovernance, gatesOf } from "../../helpers/governance.ts";
import { HOSTING } from "../../helpers/policy.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { rejects, emits } = createAssertions(connection);
const DAY = 86_400n;
const MAX = 14n * DAY;
const INTERVAL = 60n * DAY;

async function ready() {
  const deployed = await deployGovernance(connection);
  const { catalog, decide } = deployed;
  await decide(
    [1, 215, 216].map((tokenId) => ({
      target: catalog.address,
      data: encodeFunctionData({ abi: catalog.abi, functionName: "setToken", args: [tokenId, true] }),
    })),
    "tokens",
  );
  return deployed;
}
const load = () => networkHelpers.loadFixture(ready);
const now = async () => BigInt(await networkHelpers.time.latest());

describe("Guardian", () => {
  it("tells at its deployment who may pause", async () => {
    const { guardian, manager, addressOf } = await load();
    const gates = [await guardian.read.CATALOG(), await guardian.read.INVITES()] as const;
    const args = [...gates, addressOf.stranger, manager.address] as const;
    const { contract, deploymentTransaction } = await connection.viem.sendDeploymentTransaction("Guardian", [...args]);
    await emits(deploymentTransaction.hash, contract, "GuardianChanged", [addressOf.stranger]);
  });
});

describe("Guardian.pause", () => {
  it("refuses anybody else, governance too", async () => {
    const { guardian, by, addressOf, timelock, councilDecides } = await load();
    await rejects(guardian.write.pause([1n], by.provider), guardian, "GuardianOnly", [addressOf.provider]);
    const data = encodeFunctionData({ abi: guardian.abi, functionName: "pause", args: [1n] });
    await rejects(councilDecides([{ target: guardian.address, data }]), guardian, "GuardianOnly", [
      getAddress(timelock.address),
    ]);
  });

  it("refuses no time, and a second more than 14 days", async () => {
    const { guardian, by } = await load();
    for (const span of [0n, MAX + 1n]) {
      await rejects(guardian.write.pause([span], by.guardian), guardian, "GuardianSpanInvalid", [span, MAX]);
    }
  });

  it("refuses a second pause within 60 days of the beginning of the first, by a second", async () => {
    const { guardian, by } = await load();
    await guardian.write.pause([MAX], by.guardian);
    const earliestAt = (await now()) + INTERVAL;
    await networkHelpers.time.setNextBlockTimestamp(earliestAt - 1n);
    await rejects(guardian.write.pause([1n], by.guardian), guardian, "GuardianTooSoon", [earliestAt, earliestAt - 1n]);
    await networkHelpers.time.setNextBlockTimestamp(earliestAt);
    await guardian.write.pause([1n], by.guardian);
  });

  it("tells both gates, which refuse new entries until it ends by itself", async () => {
    const { guardian, catalog, invites, registry, by, addressOf } = await load();
    const until = (await now()) + 1n + MAX;
    await networkHelpers.time.setNextBlockTimestamp(until - MAX);
    await emits(guardian.write.pause([MAX], by.guardian), guardian, "Paused", [
      getAddress(by.guardian.account.address),
      Number(until),
    ]);
    expect(await guardian.read.isPaused()).to.equal(true);
    expect(await guardian.read.pausedAt()).to.equal(Number(until - MAX));
    for (const gate of [catalog, invites]) expect(await gate.read.entriesPausedUntil()).to.equal(Number(until));
    const register = () =>
      registry.write.register([addressOf.stranger, 1, "https://new.example", "New", "0x"], by.provider);

    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await rejects(register(), invites, "EntryPaused", [until]);
    expect(await catalog.read.dealTermsOf([HOSTING, 1])).to.deep.equal([0, 0, 0]);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await register();
    for (const token of [1, 215, 216]) {
      expect((await catalog.read.dealTermsOf([HOSTING, token]))[0]).to.equal(1);
    }
    expect(await guardian.read.isPaused()).to.equal(false);
  });

  it("keeps which tokens are listed", async () => {
    const { guardian, catalog, by } = await load();
    await guardian.write.pause([MAX], by.guardian);
    const listed = await Promise.all([0, 1, 214, 215, 216, 217].map((token) => catalog.read.isTokenListed([token])));
    expect(listed).to.deep.equal([false, true, false, true, true, false]);
  });
});

describe("Guardian.lift", () => {
  const lift = ({ guardian }: Awaited<ReturnType<typeof ready>>) => ({
    target: guardian.address,
    data: encodeFunctionData({ abi: guardian.abi, functionName: "lift" }),
  });

  it("refuses anybody else, and when nothing is paused", async () => {
    const { guardian, by, addressOf } = await load();
    await rejects(guardian.write.lift(by.guardian), guardian, "GuardianNotPaused", []);
    await guardian.write.pause([MAX], by.guardian);
    await rejects(guardian.write.lift(by.provider), guardian, "AccessManagedUnauthorized", [addressOf.provider]);
  });

  it("opens both gates at once, for the guardian, and does not bring the next pause nearer", async () => {
    const { guardian, catalog, invites, by } = await load();
    await guardian.write.pause([MAX], by.guardian);
    const earliestAt = (await now()) + INTERVAL;
    await emits(guardian.write.lift(by.guardian), guardian, "PauseLifted", [getAddress(by.guardian.account.address)]);
    expect(await guardian.read.isPaused()).to.equal(false);
    for (const gate of [catalog, invites]) expect(await gate.read.entriesPausedUntil()).to.equal(0);
    expect((await catalog.read.dealTermsOf([HOSTING, 1]))[0]).to.equal(1);
    await networkHelpers.time.setNextBlockTimestamp(earliestAt - 1n);
    await rejects(guardian.write.pause([1n], by.guardian), guardian, "GuardianTooSoon");
  });

  it("is done by governance against the guardian's will", async () => {
    const deployed = await load();
    const { guardian, by, councilDecides, timelock } = deployed;
    await guardian.write.pause([MAX], by.guardian);
    await emits(councilDecides([lift(deployed)]), guardian, "PauseLifted", [getAddress(timelock.address)]);
    expect(await guardian.read.isPaused()).to.equal(false);
  });
});

describe("Guardian.setGuardian", () => {
  it("refuses everybody but governance, the guardian too", async () => {
    const { guardian, by } = await load();
    const account = getAddress(by.guardian.account.address);
    const call = guardian.write.setGuardian([account], by.guardian);
    await rejects(call, guardian, "AccessManagedUnauthorized", [account]);
  });

  it("replaces the guardian by a vote, or leaves none", async () => {
    const { guardian, decide, by, addressOf } = await load();
    const name = (account: `0x${string}`) => ({
      target: guardian.address,
      data: encodeFunctionData({ abi: guardian.abi, functionName: "setGuardian", args: [account] }),
    });
    await emits(decide([name(addressOf.stranger)], "replace"), guardian, "GuardianChanged", [addressOf.stranger]);
    await rejects(guardian.write.pause([1n], by.guardian), guardian, "GuardianOnly");
    await guardian.write.pause([1n], by.stranger);
    await decide([name(zeroAddress)], "none");
    expect(await guardian.read.guardian()).to.equal(zeroAddress);
  });
});

describe("the gates that the guardian pauses", () => {
  it("refuse whoever has no role, the timelock too", async () => {
    const { catalog, invites, by, addressOf, councilDecides, timelock } = await load();
    for (const gate of await gatesOf(connection, { catalog, invites })) {
      await rejects(gate.write.pauseEntries([1], by.provider), catalog, "AccessManagedUnauthorized", [
        addressOf.provider,
      ]);
      const data = encodeFunctionData({ abi: catalog.abi, functionName: "pauseEntries", args: [1] });
      await rejects(councilDecides([{ target: gate.address, data }]), catalog, "AccessManagedUnauthorized", [
        getAddress(timelock.address),
      ]);
    }
  });

  it("bound the pause by themselves, to the second, whoever holds the role", async () => {
    const { viem } = connection;
    const [admin] = await viem.getWalletClients();
    if (!admin) throw new Error("too few accounts");
    const manager = await viem.deployContract("AccessManager", [admin.account.address]);
    const catalog = await viem.deployContract("ServiceCatalog", [manager.address]);
    const invites = await viem.deployContract("InviteRegistry", [manager.address]);
    for (const gate of await gatesOf(connection, { catalog, invites })) {
      const at = (await now()) + 10n;
      await networkHelpers.time.setNextBlockTimestamp(at);
      await rejects(gate.write.pauseEntries([Number(at + MAX + 1n)]), gate, "EntryPauseTooLong", [
        at + MAX,
        at + MAX + 1n,
      ]);
      await networkHelpers.time.setNextBlockTimestamp(at + 1n);
      await emits(gate.write.pauseEntries([Number(at + 1n + MAX)]), gate, "EntriesPaused", [Number(at + 1n + MAX)]);
      await emits(gate.write.pauseEntries([0]), gate, "EntriesPaused", [0]);
    }
  });
});
