// `Challenges`, `Court` and `Slasher` do not exist yet: bonds that double, juries and appeals have no contract and no test. No account may
// slash or freeze until a vote names one (`test/contracts/privileged.test.ts` lists every such function). What there is: ids that cannot
// collide, faults that count once, and cases that cannot be multiplied.
import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther, stringToHex } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { P as FIRST, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { possessionFixtures } from "../../helpers/fixtures/possession.ts";
import { STAKE, vaultFixtures } from "../../helpers/fixtures/vault.ts";
import { GENESIS_USD, netOf, PER_GIB_PERIOD, USD } from "../../helpers/money.ts";
import { GIB, HOSTING } from "../../helpers/policy.ts";
import { FIRST_PERIOD, seedOf } from "../../helpers/possession.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);
const { earned } = paymentsFixtures(connection);
const { delegated } = vaultFixtures(connection);
const { A, opened } = possessionFixtures(connection, 10);
const CASE = stringToHex("case-1", { size: 32 });

describe("lesson 10: ids that collide", () => {
  it("do not between two markets: deal 1 of one is never deal 1 of the other", async () => {
    const { payments, ledger, verifier, terms, marketAddress, dealKey, payer, payee, stranger, by } =
      await load(earned);
    const other = getAddress(stranger.account.address);
    await ledger.write.approveOperator([payments.address, other, 1, USD, 2n ** 40n], by.customer);
    const otherKey = await payments.read.dealKeyOf([other, 1n]);
    expect(otherKey).to.not.equal(dealKey);
    expect(await payments.read.dealKeyOf([marketAddress, 1n])).to.equal(dealKey);
    await payments.write.reserve([1n, { ...terms, payee: other, most: USD }], by.stranger);
    await payments.write.start([1n, verifier.address, 9, Number(FIRST + 17n)], by.stranger);
    // Its own verdicts, its own end and its own cancellation reach its own dollar at most.
    await verifier.write.addBytes([payments.address, otherKey, 9n, 2n * GIB, 0n]);
    await payments.write.setEnd([1n, Number(FIRST + 13n)], by.stranger);
    await payments.write.settle([dealKey]);
    expect(await ledger.read.balanceOf([payee, 1])).to.equal(netOf(8n * PER_GIB_PERIOD));
    expect((await payments.read.streamOf([dealKey])).endPeriod).to.equal(Number(FIRST + 41n));
    expect((await ledger.read.lockOf([payments.address, dealKey])).left).to.equal(
      8n * USD - netOf(8n * PER_GIB_PERIOD),
    );
    expect(await ledger.read.balanceOf([payer, 1])).to.equal(991n * USD);
  });

  it("do not beyond 56 bits, where a number would reach into the market's part of the key", async () => {
    const { payments, terms, marketAddress, by } = await load(earned);
    const call = payments.write.reserve([2n ** 96n + 1n, terms], by.market);
    await rejects(call, payments, "PaymentsValueTooLarge", [2n ** 96n + 1n, 2n ** 56n - 1n]);
    const key = await payments.read.dealKeyOf([marketAddress, 2n ** 56n - 1n]);
    expect(key >> 96n).to.equal(BigInt(marketAddress));
  });

  it("do not between two operators of the ledger: the same number is two locks", async () => {
    const { ledger, usd, customer, stranger, agent, by } = await load(earned);
    const [victim, thief] = [customer, stranger].map(({ account }) => getAddress(account.address));
    if (!victim || !thief) throw new Error("two take part");
    const asAgent = { account: agent.account };
    await usd.write.approve([ledger.address, 5n * USD], by.stranger);
    await ledger.write.deposit([thief, 1, 5n * USD], by.stranger);
    await ledger.write.approveOperator(
      [agent.account.address, agent.account.address, 1, 9n * USD, 2n ** 40n],
      by.customer,
    );
    await ledger.write.lock([agent.account.address, 7n, victim, victim, 1, 9n * USD, 2 ** 40 - 1], asAgent);
    await ledger.write.approveOperator([thief, thief, 1, 1n, 2n ** 40n], by.stranger);
    await ledger.write.lock([thief, 7n, thief, thief, 1, 1n, 2 ** 40 - 1], by.stranger);
    await rejects(ledger.write.pay([7n, 2n], by.stranger), ledger, "LedgerLockInsufficient", [thief, 7n, 1n, 2n]);
    await ledger.write.pay([7n, 1n], by.stranger);
    await ledger.write.withdraw([thief, 1, 5n * USD], by.stranger);
    expect(await usd.read.balanceOf([thief])).to.equal(GENESIS_USD);
    expect((await ledger.read.lockOf([agent.account.address, 7n])).left).to.equal(9n * USD);
  });
});

describe("lesson 10: disputes as spam", () => {
  it("count one missed period once, whoever reports it how often, and none that was answered", async () => {
    const { proofs, setId, by, add, slots, close, build, enter } = await load(opened);
    await add([A]);
    const [slot] = await slots();
    if (!slot) throw new Error("A is in the set");
    const report = (period: bigint, from = by.stranger) =>
      proofs.write.reportMissed([setId, period, 0n, slot.root, slot.meta], from);
    const [missed, answered] = [FIRST_PERIOD + 1n, FIRST_PERIOD + 2n];
    await close(missed, seedOf(1n));
    await close(answered, seedOf(2n));
    await proofs.write.prove([setId, answered, await build(answered, [A])], by.operator);
    await enter(answered + 3n);
    await report(missed);
    for (const from of [by.stranger, by.customer, by.operator]) {
      await rejects(report(missed, from), proofs, "ProofsMissUnproven", [setId, missed]);
      await rejects(report(answered, from), proofs, "ProofsMissUnproven", [setId, answered]);
    }
    expect((await proofs.read.setOf([setId])).strikes).to.equal(1);
  });

  it("cannot open a case twice, revive one that is over, or hold one open past 20 days", async () => {
    const { vault, owner, by, byCustomer } = await load(delegated);
    const endsAt = BigInt(await networkHelpers.time.latest()) + 1n + 20n * 86_400n;
    await vault.write.freeze([owner, CASE, 5n]);
    await rejects(vault.write.freeze([owner, CASE, 5n]), vault, "StakeCaseKnown", [owner, CASE]);
    await rejects(vault.write.endFreeze([owner, CASE], by), vault, "StakeCaseOpen", [owner, CASE, endsAt]);
    await networkHelpers.time.increaseTo(endsAt);
    await vault.write.endFreeze([owner, CASE], byCustomer);
    await rejects(vault.write.freeze([owner, CASE, 5n]), vault, "StakeCaseKnown", [owner, CASE]);
    expect((await vault.read.stakeOf([owner])).frozen).to.equal(0n);
  });

  it("are nobody's without the role: neither rival nor victim freezes, slashes or ends a case early", async () => {
    const { vault, manager, owner, by, byCustomer, byStranger, governor } = await load(delegated);
    for (const from of [by, byCustomer, byStranger]) {
      const refused = [getAddress(from.account.address)];
      await rejects(vault.write.freeze([owner, CASE, 1n], from), vault, "AccessManagedUnauthorized", refused);
      await rejects(vault.write.unfreeze([owner, CASE], from), vault, "AccessManagedUnauthorized", refused);
      const slash = vault.write.slash([owner, HOSTING, 1n, CASE, governor.account.address], from);
      await rejects(slash, vault, "AccessManagedUnauthorized", refused);
    }
    expect(await vault.read.totalStake()).to.equal(STAKE + parseEther("400"));
    expect(await vault.read.authority()).to.equal(getAddress(manager.address));
  });
});
