import { expect } from "chai";
import { network } from "hardhat";
import { type Address, encodeFunctionData, getAddress, maxUint128, parseEther, parseGwei, stringToHex } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { HOSTING, UNBONDING_SECONDS } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { delegated } = vaultFixtures(connection);
const { emits, rejects } = createAssertions(connection);

const BOUNTY = parseGwei("500000");
const NONE = { amountWei: 0n, tranche: 0 };
const CASE = stringToHex("case-1", { size: 32 });

/** The customer thaws 200 of its 300, in tranche 0; nothing is promised yet. The operator is whoever executes. */
async function thawing() {
  const policy = await delegated();
  const { vault, owner, byCustomer, operator } = policy;
  const bounties = await viem.deployContract("ExitBounties", [vault.address]);
  const client = await viem.getPublicClient();
  await vault.write.undelegate([owner, parseEther("200")], byCustomer);
  return {
    ...policy,
    bounties,
    executor: getAddress(operator.account.address),
    byExecutor: { account: operator.account },
    held: () => client.getBalance({ address: bounties.address }),
    coinOf: (address: Address) => client.getBalance({ address }),
    pass: () => networkHelpers.time.increase(UNBONDING_SECONDS),
  };
}

/** A bounty for it. */
async function offered() {
  const scene = await thawing();
  await scene.bounties.write.offer([scene.owner, 0], { ...scene.byCustomer, value: BOUNTY });
  return scene;
}

/** And it has thawed. */
async function due() {
  const scene = await offered();
  await scene.pass();
  return scene;
}

/** What a call changes of an account's coin, gas left aside. */
async function gain(address: Address, call: () => Promise<`0x${string}`>): Promise<bigint> {
  const client = await viem.getPublicClient();
  const before = await client.getBalance({ address });
  const { gasUsed, effectiveGasPrice, from } = await client.getTransactionReceipt({ hash: await call() });
  const spent = getAddress(from) === getAddress(address) ? gasUsed * effectiveGasPrice : 0n;
  return (await client.getBalance({ address })) - before + spent;
}

describe("ExitBounties.offer", () => {
  it("refuses an empty promise", async () => {
    const { bounties, owner, byCustomer } = await load(thawing);
    await rejects(bounties.write.offer([owner, 0], byCustomer), bounties, "BountyAmountInvalid", [0n, maxUint128]);
  });

  it("refuses more than a bounty can be, by one", async () => {
    const { bounties, owner, delegator, byCustomer } = await load(offered);
    await networkHelpers.setBalance(delegator, 2n * maxUint128);
    const room = maxUint128 - BOUNTY;
    await rejects(
      bounties.write.offer([owner, 0], { ...byCustomer, value: room + 1n }),
      bounties,
      "BountyAmountInvalid",
      [room + 1n, room],
    );
    await bounties.write.offer([owner, 0], { ...byCustomer, value: room });
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal({ amountWei: maxUint128, tranche: 0 });
  });

  it("refuses a tranche that is not there yet", async () => {
    const { bounties, owner, delegator, byCustomer } = await load(thawing);
    const call = bounties.write.offer([owner, 1], { ...byCustomer, value: 1n });
    await rejects(call, bounties, "BountyTrancheUnknown", [owner, delegator, 1n]);
  });

  it("refuses a tranche that was paid out", async () => {
    const { bounties, vault, owner, delegator, byCustomer, pass } = await load(thawing);
    await vault.write.undelegate([owner, 1n], byCustomer);
    await pass();
    await vault.write.undelegate([owner, 1n], byCustomer);
    await vault.write.withdraw([owner, delegator]);
    const offer = (tranche: number) => bounties.write.offer([owner, tranche], { ...byCustomer, value: 1n });
    await rejects(offer(1), bounties, "BountyTrancheUnknown", [owner, delegator, 1n]);
    await offer(2);
  });

  it("refuses whoever thaws nothing there, whatever others thaw", async () => {
    const { bounties, owner, stranger } = await load(thawing);
    const call = bounties.write.offer([owner, 0], { account: stranger.account, value: 1n });
    await rejects(call, bounties, "BountyTrancheUnknown", [owner, getAddress(stranger.account.address), 0n]);
  });

  it("refuses coin that comes without a call", async () => {
    const { bounties, customer, held } = await load(thawing);
    await viem.assertions.revert(customer.sendTransaction({ to: bounties.address, value: 1n }));
    expect(await held()).to.equal(0n);
  });

  it("keeps what came along for the caller's exit", async () => {
    const { bounties, owner, delegator, byCustomer, held } = await load(thawing);
    const call = bounties.write.offer([owner, 0], { ...byCustomer, value: BOUNTY });
    await emits(call, bounties, "BountyOffered", [owner, delegator, 0, BOUNTY, BOUNTY]);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal({ amountWei: BOUNTY, tranche: 0 });
    expect(await held()).to.equal(BOUNTY);
  });

  it("adds to what was promised, for the tranche that it names now", async () => {
    const { bounties, vault, owner, delegator, byCustomer, held } = await load(offered);
    await vault.write.undelegate([owner, 1n], byCustomer);
    const call = bounties.write.offer([owner, 1], { ...byCustomer, value: 1n });
    await emits(call, bounties, "BountyOffered", [owner, delegator, 1, 1n, BOUNTY + 1n]);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal({ amountWei: BOUNTY + 1n, tranche: 1 });
    expect(await held()).to.equal(BOUNTY + 1n);
  });

  it("keeps the bounties of accounts and providers apart, a provider's own exit among them", async () => {
    const { bounties, vault, owner, delegator, by, byCustomer, held } = await load(offered);
    await vault.write.thaw([1n], by);
    await bounties.write.offer([owner, 0], { ...by, value: 2n });
    await bounties.write.takeBack([owner], byCustomer);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal(NONE);
    expect(await bounties.read.bountyOf([owner, owner])).to.deep.equal({ amountWei: 2n, tranche: 0 });
    expect(await held()).to.equal(2n);
  });
});

describe("ExitBounties.execute", () => {
  it("refuses an exit without a bounty", async () => {
    const { bounties, owner, delegator, byExecutor } = await load(thawing);
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, bounties, "BountyUnknown", [owner, delegator]);
  });

  it("refuses until all of it has thawed", async () => {
    const { bounties, vault, owner, delegator, byExecutor } = await load(offered);
    const [tranche] = await vault.read.tranchesOf([owner, delegator]);
    const thawsAt = tranche?.thawsAt ?? 0;
    await networkHelpers.time.setNextBlockTimestamp(thawsAt - 1);
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, vault, "StakeStillThawing", [delegator, BigInt(thawsAt)]);
    await networkHelpers.time.setNextBlockTimestamp(thawsAt);
    await bounties.write.execute([owner, delegator, BOUNTY], byExecutor);
  });

  it("refuses when less is promised than the caller requires, by one", async () => {
    const { bounties, owner, delegator, byExecutor } = await load(due);
    const call = bounties.write.execute([owner, delegator, BOUNTY + 1n], byExecutor);
    await rejects(call, bounties, "BountyTooLow", [owner, delegator, BOUNTY, BOUNTY + 1n]);
  });

  it("refuses when a slash took everything, and leaves the bounty", async () => {
    const { bounties, vault, owner, governor, delegator, byExecutor, byCustomer } = await load(due);
    await vault.write.slash([owner, HOSTING, maxUint128, CASE, governor.account.address]);
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, bounties, "BountyNothingPaid", [owner, delegator]);
    expect(await gain(delegator, () => bounties.write.takeBack([owner], byCustomer))).to.equal(BOUNTY);
  });

  it("refuses while a case freezes all of it, and pays once that is over", async () => {
    const { bounties, vault, owner, delegator, byExecutor } = await load(due);
    await vault.write.freeze([owner, CASE, parseEther("1400")]);
    const execute = () => bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(execute(), vault, "StakeFrozen", [owner, parseEther("1400")]);
    await vault.write.unfreeze([owner, CASE]);
    await execute();
  });

  it("pays the stake to its owner and the bounty to the caller", async () => {
    const { bounties, vault, ever, owner, delegator, executor, byExecutor, held } = await load(due);
    const before = await ever.read.balanceOf([delegator]);
    const gained = await gain(executor, async () => {
      const hash = await bounties.write.execute([owner, delegator, BOUNTY], byExecutor);
      const args = [owner, delegator, executor, 0, BOUNTY, parseEther("200")];
      await emits(hash, bounties, "BountyPaid", args);
      return hash;
    });
    expect(gained).to.equal(BOUNTY);
    expect((await ever.read.balanceOf([delegator])) - before).to.equal(parseEther("200"));
    expect(await ever.read.balanceOf([bounties.address])).to.equal(0n);
    expect(await vault.read.tranchesOf([owner, delegator])).to.deep.equal([]);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal(NONE);
    expect(await held()).to.equal(0n);
  });

  it("tells the caller what it got", async () => {
    const { bounties, owner, delegator, executor } = await load(due);
    const { result } = await bounties.simulate.execute([owner, delegator, 0n], { account: executor });
    expect(result).to.equal(BOUNTY);
  });

  it("pays for older tranches and the named one together, and leaves the younger", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor, pass } = await load(thawing);
    await vault.write.undelegate([owner, parseEther("10")], byCustomer);
    await bounties.write.offer([owner, 1], { ...byCustomer, value: BOUNTY });
    await pass();
    await vault.write.undelegate([owner, parseEther("1")], byCustomer);
    await bounties.write.execute([owner, delegator, BOUNTY], byExecutor);
    const left = await vault.read.tranchesOf([owner, delegator]);
    expect(left.map(({ number, amount }) => [number, amount])).to.deep.equal([[2, parseEther("1")]]);
  });

  it("lets the owner itself, which pays itself", async () => {
    const { bounties, owner, delegator, byCustomer } = await load(due);
    expect(await gain(delegator, () => bounties.write.execute([owner, delegator, 0n], byCustomer))).to.equal(BOUNTY);
  });

  it("pays an executor that is a contract", async () => {
    const { bounties, owner, delegator, coinOf } = await load(due);
    const contract = await viem.deployContract("GreedyReceiver");
    const data = encodeFunctionData({
      abi: bounties.abi,
      functionName: "execute",
      args: [owner, delegator, BOUNTY],
    });
    await contract.write.attempt([bounties.address, data]);
    expect(await coinOf(contract.address)).to.equal(BOUNTY);
  });

  it("pays out nothing for an executor that takes no coin", async () => {
    const { bounties, vault, owner, delegator } = await load(due);
    const contract = await viem.deployContract("HostileMarket");
    const args = [owner, delegator, 0n] as const;
    const data = encodeFunctionData({ abi: bounties.abi, functionName: "execute", args });
    await rejects(contract.write.attempt([bounties.address, data]), bounties, "FailedCall");
    expect((await vault.read.tranchesOf([owner, delegator])).length).to.equal(1);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal({ amountWei: BOUNTY, tranche: 0 });
  });
});

describe("ExitBounties.takeBack", () => {
  it("refuses whoever promised nothing", async () => {
    const { bounties, owner, executor, byExecutor } = await load(due);
    await rejects(bounties.write.takeBack([owner], byExecutor), bounties, "BountyUnknown", [owner, executor]);
  });

  it("refuses twice", async () => {
    const { bounties, owner, delegator, byCustomer } = await load(offered);
    await bounties.write.takeBack([owner], byCustomer);
    await rejects(bounties.write.takeBack([owner], byCustomer), bounties, "BountyUnknown", [owner, delegator]);
  });

  it("returns all of it at any time", async () => {
    const { bounties, owner, delegator, byCustomer, held } = await load(offered);
    const gained = await gain(delegator, async () => {
      const hash = await bounties.write.takeBack([owner], byCustomer);
      await emits(hash, bounties, "BountyTakenBack", [owner, delegator, 0, BOUNTY]);
      return hash;
    });
    expect(gained).to.equal(BOUNTY);
    expect(await bounties.read.bountyOf([owner, delegator])).to.deep.equal(NONE);
    expect(await held()).to.equal(0n);
  });

  it("returns it when the owner, or anybody, paid the stake out without it", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor } = await load(due);
    await vault.write.withdraw([owner, delegator], byExecutor);
    expect(await gain(delegator, () => bounties.write.takeBack([owner], byCustomer))).to.equal(BOUNTY);
  });

  it("returns it while a case freezes the stake", async () => {
    const { bounties, vault, owner, delegator, byCustomer } = await load(due);
    await vault.write.freeze([owner, CASE, parseEther("1400")]);
    expect(await gain(delegator, () => bounties.write.takeBack([owner], byCustomer))).to.equal(BOUNTY);
  });
});

describe("an attack on a bounty", () => {
  it("by a dust tranche that thaws first: earns nothing while the real one waits", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor, pass } = await load(thawing);
    await networkHelpers.time.increase(100n);
    await vault.write.undelegate([owner, parseEther("50")], byCustomer);
    await bounties.write.offer([owner, 1], { ...byCustomer, value: BOUNTY });
    await networkHelpers.time.increase(UNBONDING_SECONDS - 50n);
    const execute = () => bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(execute(), bounties, "BountyTrancheLeft", [owner, delegator, 1n]);
    expect((await vault.read.tranchesOf([owner, delegator])).length).to.equal(2);
    await pass();
    await execute();
  });

  it("by dust that thaws later: earns nothing once somebody else paid out the real tranche", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor, pass } = await load(due);
    await vault.write.withdraw([owner, delegator], byExecutor);
    await vault.write.undelegate([owner, 1n], byCustomer);
    await pass();
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, bounties, "BountyTrancheUnknown", [owner, delegator, 0n]);
  });

  it("by what a case left free: a part of the tranche earns nothing, whoever takes it out first", async () => {
    const { bounties, vault, owner, delegator, byExecutor } = await load(due);
    const free = parseEther("1");
    await vault.write.freeze([owner, CASE, parseEther("1400") - free]);
    const execute = () => bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(execute(), bounties, "BountyTrancheLeft", [owner, delegator, 0n]);
    await vault.write.withdraw([owner, delegator], byExecutor);
    await rejects(execute(), vault, "StakeFrozen", [owner, parseEther("1399")]);
    await vault.write.unfreeze([owner, CASE]);
    await execute();
  });

  it("by being first at the vault: the bounty stays with its owner", async () => {
    const { bounties, vault, owner, delegator, byExecutor } = await load(due);
    await vault.write.withdraw([owner, delegator], byExecutor);
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, bounties, "BountyTrancheUnknown", [owner, delegator, 0n]);
    expect((await bounties.read.bountyOf([owner, delegator])).amountWei).to.equal(BOUNTY);
  });

  it("by executing twice: the second finds nothing", async () => {
    const { bounties, owner, delegator, byExecutor } = await load(due);
    await bounties.write.execute([owner, delegator, 0n], byExecutor);
    const call = bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(call, bounties, "BountyUnknown", [owner, delegator]);
  });

  it("by a bait: who lowers the bounty before the execution has its exit paid by nobody", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor } = await load(due);
    await bounties.write.takeBack([owner], byCustomer);
    await bounties.write.offer([owner, 0], { ...byCustomer, value: 1n });
    const call = bounties.write.execute([owner, delegator, BOUNTY], byExecutor);
    await rejects(call, bounties, "BountyTooLow", [owner, delegator, 1n, BOUNTY]);
    expect((await vault.read.tranchesOf([owner, delegator])).length).to.equal(1);
  });

  for (const functionName of ["execute", "takeBack", "offer"] as const)
    it(`by calling ${functionName} while it is paid: gains nothing`, async () => {
      const { bounties, vault, ever, owner, delegator, byCustomer, coinOf, held } = await load(due);
      const contract = await viem.deployContract("GreedyReceiver");
      const { address } = contract;
      await ever.write.transfer([address, 10n], byCustomer);
      const { abi } = bounties;
      const mine = [
        [ever.address, encodeFunctionData({ abi: ever.abi, functionName: "approve", args: [vault.address, 10n] })],
        [vault.address, encodeFunctionData({ abi: vault.abi, functionName: "delegate", args: [owner, 10n] })],
        [vault.address, encodeFunctionData({ abi: vault.abi, functionName: "undelegate", args: [owner, 10n] })],
      ] as const;
      for (const [target, data] of mine) await contract.write.attempt([target, data]);
      const offer = encodeFunctionData({ abi, functionName: "offer", args: [owner, 0] });
      await contract.write.attemptWithValue([bounties.address, offer], { value: 7n });
      const again = {
        execute: encodeFunctionData({ abi, functionName: "execute", args: [owner, address, 0n] }),
        takeBack: encodeFunctionData({ abi, functionName: "takeBack", args: [owner] }),
        offer,
      };
      await contract.write.arm([bounties.address, again[functionName]]);
      const takeBack = encodeFunctionData({ abi, functionName: "takeBack", args: [owner] });
      await contract.write.attempt([bounties.address, takeBack]);
      expect(await contract.read.successCount()).to.equal(0n);
      expect(await contract.read.failureCount()).to.equal(1n);
      expect(await coinOf(address)).to.equal(7n);
      expect(await held()).to.equal(BOUNTY);
      expect((await bounties.read.bountyOf([owner, delegator])).amountWei).to.equal(BOUNTY);
    });

  it("by executing again out of the payment: is paid once", async () => {
    const { bounties, owner, delegator, coinOf, byCustomer, held, stranger, vault } = await load(due);
    await vault.write.undelegate([owner, 1n], { account: stranger.account });
    await bounties.write.offer([owner, 0], { account: stranger.account, value: 9n });
    const contract = await viem.deployContract("GreedyReceiver");
    const { abi } = bounties;
    const data = encodeFunctionData({ abi, functionName: "execute", args: [owner, delegator, 0n] });
    await contract.write.arm([bounties.address, data]);
    await contract.write.attempt([bounties.address, data], byCustomer);
    expect(await contract.read.failureCount()).to.equal(1n);
    expect(await coinOf(contract.address)).to.equal(BOUNTY);
    expect(await held()).to.equal(9n);
  });

  it("by coin that is forced upon the contract: changes no bounty", async () => {
    const { bounties, owner, delegator, executor, byExecutor, held } = await load(due);
    await networkHelpers.setBalance(bounties.address, BOUNTY + 5n);
    expect(await gain(executor, () => bounties.write.execute([owner, delegator, 0n], byExecutor))).to.equal(BOUNTY);
    expect(await held()).to.equal(5n);
  });

  it("by a full queue: the bounty waits with the newest tranche, which waits anew", async () => {
    const { bounties, vault, owner, delegator, byCustomer, byExecutor, pass } = await load(thawing);
    for (let i = 1; i < 16; i++) await vault.write.undelegate([owner, 1n], byCustomer);
    await bounties.write.offer([owner, 15], { ...byCustomer, value: BOUNTY });
    await networkHelpers.time.increase(UNBONDING_SECONDS - 20n);
    await vault.write.undelegate([owner, 1n], byCustomer);
    await networkHelpers.time.increase(100n);
    const execute = () => bounties.write.execute([owner, delegator, 0n], byExecutor);
    await rejects(execute(), bounties, "BountyTrancheLeft", [owner, delegator, 15n]);
    await pass();
    await execute();
  });
});
