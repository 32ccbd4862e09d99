import { expect } from "chai";
import { network } from "hardhat";
import { type Hash, maxUint256 } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { LOCK, ledgerFixtures, TOKEN } from "../../helpers/fixtures/ledger.ts";
import { MAX_UINT96, USD } from "../../helpers/money.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { rejects } = createAssertions(connection);
const { locked } = ledgerFixtures(connection);

/** What the customer has beside the lock, what it approved beside it, and what the lock holds. */
const [FREE, APPROVED, HELD] = [700n * USD, 200n * USD, 300n * USD];
const FAR = 2 ** 40 - 1;

type Deployed = Awaited<ReturnType<typeof locked>>;
interface Way {
  move: (on: Deployed, amount: bigint) => Promise<Hash>;
  /** Most that is taken, and the error for one more. */
  most: bigint;
  error: string;
  /** Greatest number that the function takes at all. */
  max: bigint;
}

const WAYS: Record<string, Way> = {
  withdraw: {
    move: ({ ledger, payer, by }, amount) => ledger.write.withdraw([payer, TOKEN, amount], by.customer),
    most: FREE,
    error: "LedgerBalanceInsufficient",
    max: maxUint256,
  },
  lock: {
    move: ({ lock }, amount) => lock(amount, 8n),
    most: APPROVED,
    error: "LedgerApprovalInsufficient",
    max: MAX_UINT96,
  },
  raiseLock: {
    move: ({ ledger, agent, by }, amount) =>
      ledger.write.raiseLock([agent.account.address, LOCK, amount, FAR], by.operator),
    most: APPROVED,
    error: "LedgerApprovalInsufficient",
    max: MAX_UINT96,
  },
  pay: {
    move: ({ ledger, by }, amount) => ledger.write.pay([LOCK, amount], by.operator),
    most: HELD,
    error: "LedgerLockInsufficient",
    max: MAX_UINT96,
  },
  payFee: {
    move: ({ ledger, by }, amount) => ledger.write.payFee([LOCK, amount], by.operator),
    most: HELD,
    error: "LedgerLockInsufficient",
    max: MAX_UINT96,
  },
  refund: {
    move: ({ ledger, by }, amount) => ledger.write.refund([LOCK, amount], by.operator),
    most: HELD,
    error: "LedgerLockInsufficient",
    max: MAX_UINT96,
  },
};

/** All that the ledger owes to anybody, and what it has. */
async function booksOf({ ledger, usd, operator, payer, payee, feeRecipient, operatorAddress }: Deployed) {
  const accounts = [payer, payee, feeRecipient.account.address, operatorAddress];
  const balances = await Promise.all(accounts.map((account) => ledger.read.balanceOf([account, TOKEN])));
  const locks = await Promise.all([LOCK, 8n].map((id) => ledger.read.lockOf([operator.account.address, id])));
  const owed = [...balances, ...locks.map(({ left }) => left)].reduce((sum, each) => sum + each);
  return { balances, lefts: locks.map(({ left }) => left), owed, held: await usd.read.balanceOf([ledger.address]) };
}

describe("amounts at their bounds", () => {
  for (const [name, { move, most, error, max }] of Object.entries(WAYS)) {
    it(`change nothing but what they say: ${name} of 0, 1 and all`, async () => {
      for (const amount of [0n, 1n, most]) {
        const deployed = await networkHelpers.loadFixture(locked);
        const before = await booksOf(deployed);
        await move(deployed, amount);
        const after = await booksOf(deployed);
        expect(after.owed).to.equal(after.held);
        expect(before.held - after.held).to.equal(name === "withdraw" ? amount : 0n);
        const moved = [...after.balances, ...after.lefts].map(
          (value, i) => value - ([...before.balances, ...before.lefts][i] ?? 0n),
        );
        const changes = moved.filter((change) => change !== 0n);
        if (amount === 0n) expect(changes).to.deep.equal([]);
        else if (name === "withdraw") expect(changes).to.deep.equal([-amount]);
        else expect(changes.toSorted((a, b) => Number(a - b))).to.deep.equal([-amount, amount]);
      }
    });

    it(`are refused: ${name} of one more, and of the greatest number`, async () => {
      const deployed = await networkHelpers.loadFixture(locked);
      const before = await booksOf(deployed);
      for (const amount of [most + 1n, max]) await rejects(move(deployed, amount), deployed.ledger, error);
      expect(await booksOf(deployed)).to.deep.equal(before);
    });
  }
});
