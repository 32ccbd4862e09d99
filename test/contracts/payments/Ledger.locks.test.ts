import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { LOCK, ledgerFixtures, PLAIN, TOKEN } from "../../helpers/fixtures/ledger.ts";
import { balancesOf, MAX_UINT96, MAX_UINT128, REFUND_DELAY_SECONDS, USD } from "../../helpers/money.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, approved, locked } = ledgerFixtures(connection);

describe("Ledger.approveOperator", () => {
  it("refuses an operator or agent of zero", async () => {
    const { ledger, agent, operator, by } = await load(fresh);
    for (const [first, second] of [
      [zeroAddress, agent.account.address],
      [operator.account.address, zeroAddress],
    ] as const) {
      const approval = ledger.write.approveOperator([first, second, TOKEN, 1n, 1n], by.customer);
      await rejects(approval, ledger, "LedgerAccountInvalid", []);
    }
  });

  it("sets, replaces and revokes", async () => {
    const { ledger, payer, operatorAddress, agentAddress, expiresAt, by } = await load(approved);
    const key = [payer, operatorAddress, agentAddress, TOKEN] as const;
    expect(await ledger.read.approvalOf(key)).to.deep.equal({ most: 500n * USD, expiresAt });
    const revoked = ledger.write.approveOperator([operatorAddress, agentAddress, TOKEN, 0n, 0n], by.customer);
    await emits(revoked, ledger, "OperatorApproved", [...key, 0n, 0n]);
    expect(await ledger.read.approvalOf(key)).to.deep.equal({ most: 0n, expiresAt: 0n });
  });
});

describe("Ledger.lock", () => {
  it("refuses another operator, agent, token or payer than the approved ones", async () => {
    const { ledger, payer, payee, operatorAddress, agentAddress, lockExpiresAt, stranger, by } = await load(approved);
    const foreign = getAddress(stranger.account.address);
    const lock = (agent: `0x${string}`, from: `0x${string}`, tokenId: number, options: typeof by.operator) =>
      ledger.write.lock([agent, LOCK, from, payee, tokenId, USD, lockExpiresAt], options);
    const name = "LedgerApprovalInsufficient";
    await rejects(lock(agentAddress, payer, TOKEN, by.stranger), ledger, name, [payer, foreign, agentAddress, 0n, USD]);
    await rejects(lock(foreign, payer, TOKEN, by.operator), ledger, name, [payer, operatorAddress, foreign, 0n, USD]);
    const other = [payer, operatorAddress, agentAddress, 0n, USD] as const;
    await rejects(lock(agentAddress, payer, PLAIN, by.operator), ledger, name, other);
    const nobody = [foreign, operatorAddress, agentAddress, 0n, USD] as const;
    await rejects(lock(agentAddress, foreign, TOKEN, by.operator), ledger, name, nobody);
  });

  it("refuses more than approved, and everything once the approval has expired", async () => {
    const { ledger, lock, payer, operatorAddress, agentAddress, expiresAt } = await load(approved);
    const most = 500n * USD;
    const parties = [payer, operatorAddress, agentAddress] as const;
    await rejects(lock(most + 1n), ledger, "LedgerApprovalInsufficient", [...parties, most, most + 1n]);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt);
    await rejects(lock(0n), ledger, "LedgerApprovalInsufficient", [...parties, 0n, 0n]);
  });

  it("takes the last second of an approval", async () => {
    const { lock, expiresAt } = await load(approved);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt - 1n);
    await lock(USD);
  });

  it("refuses more than the balance", async () => {
    const { ledger, lock, payer, by } = await load(approved);
    await ledger.write.withdraw([payer, TOKEN, 999n * USD], by.customer);
    await rejects(lock(2n * USD), ledger, "LedgerBalanceInsufficient", [payer, TOKEN, USD, 2n * USD]);
  });

  it("never takes an id twice, even of a lock that is empty", async () => {
    const { ledger, lock, operatorAddress, by } = await load(locked);
    await rejects(lock(USD), ledger, "LedgerLockExists", [operatorAddress, LOCK]);
    await ledger.write.refund([LOCK, 300n * USD], by.operator);
    await rejects(lock(USD), ledger, "LedgerLockExists", [operatorAddress, LOCK]);
  });

  it("moves money of the payer into the lock and shrinks the approval", async () => {
    const { ledger, lock, payer, payee, operatorAddress, agentAddress, lockExpiresAt } = await load(approved);
    const made = [operatorAddress, LOCK, payer, payee, TOKEN, 300n * USD, lockExpiresAt];
    await emits(lock(300n * USD), ledger, "Locked", made);
    expect(await ledger.read.lockOf([operatorAddress, LOCK])).to.deep.equal({
      payer,
      left: 300n * USD,
      payee,
      tokenId: TOKEN,
      expiresAt: lockExpiresAt,
    });
    expect(await balancesOf(ledger, TOKEN, [payer, payee])).to.deep.equal([700n * USD, 0n]);
    const approval = await ledger.read.approvalOf([payer, operatorAddress, agentAddress, TOKEN]);
    expect(approval.most).to.equal(200n * USD);
  });

  it("does not shrink an approval of all", async () => {
    const { ledger, lock, payer, operatorAddress, agentAddress, expiresAt, by } = await load(approved);
    await ledger.write.approveOperator([operatorAddress, agentAddress, TOKEN, MAX_UINT128, expiresAt], by.customer);
    await lock(300n * USD);
    const approval = await ledger.read.approvalOf([payer, operatorAddress, agentAddress, TOKEN]);
    expect(approval.most).to.equal(MAX_UINT128);
  });
});

describe("Ledger.raiseLock", () => {
  it("refuses a lock that the caller never made", async () => {
    const { ledger, agentAddress, stranger, by } = await load(locked);
    const raise = ledger.write.raiseLock([agentAddress, LOCK, USD, 0], by.stranger);
    await rejects(raise, ledger, "LedgerLockUnknown", [getAddress(stranger.account.address), LOCK]);
  });

  it("refuses more than approved, and even a later expiry without a living approval", async () => {
    const { ledger, payer, operatorAddress, agentAddress, expiresAt, by } = await load(locked);
    const parties = [payer, operatorAddress, agentAddress] as const;
    const raise = (amount: bigint) => ledger.write.raiseLock([agentAddress, LOCK, amount, 2 ** 39], by.operator);
    const tooMuch = [...parties, 200n * USD, 200n * USD + 1n] as const;
    await rejects(raise(200n * USD + 1n), ledger, "LedgerApprovalInsufficient", tooMuch);
    await networkHelpers.time.setNextBlockTimestamp(expiresAt);
    await rejects(raise(0n), ledger, "LedgerApprovalInsufficient", [...parties, 0n, 0n]);
  });

  it("refuses more than a lock can hold", async () => {
    const { ledger, plain, payer, payee, operatorAddress, agentAddress, expiresAt, by } = await load(locked);
    const twice = 2n * MAX_UINT96;
    await plain.write.mint([payer, twice]);
    await plain.write.approve([ledger.address, twice], by.customer);
    await ledger.write.deposit([payer, PLAIN, twice], by.customer);
    await ledger.write.approveOperator([operatorAddress, agentAddress, PLAIN, MAX_UINT128, expiresAt], by.customer);
    await ledger.write.lock([agentAddress, 8n, payer, payee, PLAIN, MAX_UINT96 - 5n, 1], by.operator);
    const raise = (amount: bigint) => ledger.write.raiseLock([agentAddress, 8n, amount, 1], by.operator);
    await rejects(raise(6n), ledger, "LedgerAmountTooLarge", [6n, 5n]);
    await raise(5n);
    expect((await ledger.read.lockOf([operatorAddress, 8n])).left).to.equal(MAX_UINT96);
  });

  it("adds money, and moves the expiry later but never earlier", async () => {
    const { ledger, payer, operatorAddress, agentAddress, lockExpiresAt, by } = await load(locked);
    const raise = (amount: bigint, expiresAt: number) =>
      ledger.write.raiseLock([agentAddress, LOCK, amount, expiresAt], by.operator);
    const raised = [operatorAddress, LOCK, 50n * USD, lockExpiresAt] as const;
    await emits(raise(50n * USD, lockExpiresAt - 1), ledger, "LockRaised", raised);
    await emits(raise(0n, lockExpiresAt + 9), ledger, "LockRaised", [operatorAddress, LOCK, 0n, lockExpiresAt + 9]);
    const { left, expiresAt } = await ledger.read.lockOf([operatorAddress, LOCK]);
    expect([left, expiresAt]).to.deep.equal([350n * USD, lockExpiresAt + 9]);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(650n * USD);
    const { most } = await ledger.read.approvalOf([payer, operatorAddress, agentAddress, TOKEN]);
    expect(most).to.equal(150n * USD);
  });
});

describe("Ledger.setPayee", () => {
  it("refuses zero, a fixed payee and a foreign lock", async () => {
    const { ledger, lock, payee, operatorAddress, stranger, by } = await load(locked);
    await lock(USD, 8n, zeroAddress);
    await rejects(ledger.write.setPayee([8n, zeroAddress], by.operator), ledger, "LedgerAccountInvalid", []);
    const fixed = ledger.write.setPayee([LOCK, payee], by.operator);
    await rejects(fixed, ledger, "LedgerPayeeFixed", [operatorAddress, LOCK, payee]);
    const foreign = ledger.write.setPayee([8n, payee], by.stranger);
    await rejects(foreign, ledger, "LedgerLockUnknown", [getAddress(stranger.account.address), 8n]);
  });

  it("names the payee of a lock once", async () => {
    const { ledger, lock, payee, operatorAddress, by } = await load(locked);
    await lock(USD, 8n, zeroAddress);
    await rejects(ledger.write.pay([8n, 1n], by.operator), ledger, "LedgerAccountInvalid", []);
    await emits(ledger.write.setPayee([8n, payee], by.operator), ledger, "PayeeSet", [operatorAddress, 8n, payee]);
    await ledger.write.pay([8n, USD], by.operator);
    expect(await ledger.read.balanceOf([payee, TOKEN])).to.equal(USD);
    const again = ledger.write.setPayee([8n, operatorAddress], by.operator);
    await rejects(again, ledger, "LedgerPayeeFixed", [operatorAddress, 8n, payee]);
  });
});

for (const [entry, event] of [
  ["pay", "Paid"],
  ["payFee", "FeePaid"],
  ["refund", "Refunded"],
] as const) {
  describe(`Ledger.${entry}`, () => {
    it("refuses whoever did not make the lock", async () => {
      const { ledger, stranger, payer, payee, by } = await load(locked);
      for (const caller of [by.stranger, by.customer, by.provider]) {
        const address = getAddress(caller.account.address);
        await rejects(ledger.write[entry]([LOCK, 1n], caller), ledger, "LedgerLockUnknown", [address, LOCK]);
      }
      expect(await balancesOf(ledger, TOKEN, [payee, stranger.account.address])).to.deep.equal([0n, 0n]);
      expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(700n * USD);
    });

    it("refuses more than the lock holds", async () => {
      const { ledger, operatorAddress, by } = await load(locked);
      const tooMuch = ledger.write[entry]([LOCK, 300n * USD + 1n], by.operator);
      const amounts = [operatorAddress, LOCK, 300n * USD, 300n * USD + 1n] as const;
      await rejects(tooMuch, ledger, "LedgerLockInsufficient", amounts);
    });

    it("moves a part, then the rest, to whom it belongs", async () => {
      const { ledger, operatorAddress, payer, payee, feeRecipient, by } = await load(locked);
      const fees = getAddress(feeRecipient.account.address);
      const to = { pay: payee, payFee: fees, refund: payer }[entry];
      const before = await ledger.read.balanceOf([to, TOKEN]);
      const named = entry === "payFee" ? [] : [to];
      await emits(ledger.write[entry]([LOCK, 100n * USD], by.operator), ledger, event, [
        operatorAddress,
        LOCK,
        ...named,
        100n * USD,
      ]);
      expect((await ledger.read.lockOf([operatorAddress, LOCK])).left).to.equal(200n * USD);
      await ledger.write[entry]([LOCK, 200n * USD], by.operator);
      expect((await ledger.read.lockOf([operatorAddress, LOCK])).left).to.equal(0n);
      expect(await ledger.read.balanceOf([to, TOKEN])).to.equal(before + 300n * USD);
      expect(await balancesOf(ledger, TOKEN, [payer, payee, fees])).to.satisfy(
        (all: bigint[]) => all.reduce((sum, one) => sum + one) === 1_000n * USD,
      );
    });
  });
}

describe("Ledger.refundExpired", () => {
  it("refuses a lock that nobody made, and one second too early", async () => {
    const { ledger, operatorAddress, lockExpiresAt, by } = await load(locked);
    const unknown = ledger.write.refundExpired([operatorAddress, 9n], by.stranger);
    await rejects(unknown, ledger, "LedgerLockUnknown", [operatorAddress, 9n]);
    const refundableAt = BigInt(lockExpiresAt) + REFUND_DELAY_SECONDS;
    await networkHelpers.time.setNextBlockTimestamp(refundableAt - 1n);
    const early = ledger.write.refundExpired([operatorAddress, LOCK], by.stranger);
    await rejects(early, ledger, "LedgerLockNotExpired", [operatorAddress, LOCK, refundableAt]);
  });

  it("gives everything left to the payer, whoever asks and whatever the operator does", async () => {
    const { ledger, operatorAddress, payer, payee, lockExpiresAt, by } = await load(locked);
    await ledger.write.pay([LOCK, 120n * USD], by.operator);
    await networkHelpers.time.setNextBlockTimestamp(BigInt(lockExpiresAt) + REFUND_DELAY_SECONDS);
    const refund = ledger.write.refundExpired([operatorAddress, LOCK], by.stranger);
    await emits(refund, ledger, "Refunded", [operatorAddress, LOCK, payer, 180n * USD]);
    expect(await balancesOf(ledger, TOKEN, [payer, payee])).to.deep.equal([880n * USD, 120n * USD]);
    expect((await ledger.read.lockOf([operatorAddress, LOCK])).left).to.equal(0n);
    await rejects(ledger.write.pay([LOCK, 1n], by.operator), ledger, "LedgerLockInsufficient", [
      operatorAddress,
      LOCK,
      0n,
      1n,
    ]);
  });
});
