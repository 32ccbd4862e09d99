import { expect } from "chai";
import { network } from "hardhat";
import {
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  parseAbiParameters,
  stringToHex,
  zeroAddress,
} from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import {
  balancesOf,
  deployLedger,
  GENESIS_USD,
  MAX_UINT96,
  MAX_UINT128,
  REFUND_DELAY_SECONDS,
  USD,
} from "../../helpers/money.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits, costsAtMost } = createAssertions(connection);

const TOKEN = 1;
const PLAIN = 2;
const FEE = 3;
const LOCK = 7n;

const fresh = () => deployLedger(connection);

/** The customer has 1,000 dollars in the ledger. */
async function deposited() {
  const deployed = await fresh();
  const { ledger, usd, plain, by } = deployed;
  await usd.write.approve([ledger.address, 1_000n * USD], by.customer);
  await plain.write.approve([ledger.address, 1_000n * USD], by.customer);
  for (const tokenId of [TOKEN, PLAIN]) {
    await ledger.write.deposit([deployed.customer.account.address, tokenId, 1_000n * USD], by.customer);
  }
  return deployed;
}

/** And has approved the operator for 500 dollars for the agent, for an hour. */
async function approved() {
  const deployed = await deposited();
  const { ledger, operator, agent, customer, provider, by } = deployed;
  const expiresAt = await deployed.in(3_600n);
  await ledger.write.approveOperator(
    [operator.account.address, agent.account.address, TOKEN, 500n * USD, expiresAt],
    by.customer,
  );
  const payer = getAddress(customer.account.address);
  const payee = getAddress(provider.account.address);
  const lockExpiresAt = Number(await deployed.in(1_000n));
  return {
    ...deployed,
    expiresAt,
    payer,
    payee,
    lockExpiresAt,
    operatorAddress: getAddress(operator.account.address),
    agentAddress: getAddress(agent.account.address),
    lock: (amount: bigint, lockId = LOCK, to: `0x${string}` = payee) =>
      ledger.write.lock([agent.account.address, lockId, payer, to, TOKEN, amount, lockExpiresAt], by.operator),
  };
}

/** And the operator has locked 300 dollars of it for the provider. */
async function locked() {
  const deployed = await approved();
  await deployed.lock(300n * USD);
  return deployed;
}

describe("Ledger.constructor", () => {
  it("refuses a fee recipient of zero", async () => {
    const { ledger } = await load(fresh);
    await rejects(viem.deployContract("Ledger", [zeroAddress, 1n]), ledger, "LedgerAccountInvalid", []);
  });
});

describe("Ledger.registerToken", () => {
  it("refuses an account without code", async () => {
    const { ledger, customer } = await load(fresh);
    await rejects(ledger.write.registerToken([customer.account.address]), ledger, "LedgerTokenInvalid", [
      getAddress(customer.account.address),
    ]);
  });

  it("numbers a token and tells its decimals and symbol", async () => {
    const { ledger } = await load(fresh);
    const token = await viem.deployContract("PlainToken");
    await emits(ledger.write.registerToken([token.address]), ledger, "TokenRegistered", [
      4,
      getAddress(token.address),
      6,
      "PLAIN",
    ]);
    expect(await ledger.read.tokenIdOf([token.address])).to.equal(4);
    expect(await ledger.read.tokenOf([4])).to.equal(getAddress(token.address));
  });

  it("keeps the number of a token that has one", async () => {
    const { ledger, usd } = await load(fresh);
    await ledger.write.registerToken([usd.address]);
    expect(await ledger.read.tokenIdOf([usd.address])).to.equal(TOKEN);
    expect(await ledger.read.tokenOf([4])).to.equal(zeroAddress);
  });

  for (const [name, decimals, symbol] of [
    ["that answers nothing", "0x", "0x"],
    ["of 300 decimals and a symbol in bytes32", word(300n), stringToHex("MKR", { size: 32 })],
    ["with a symbol of 33 bytes", word(256n), encodeAbiParameters(parseAbiParameters("string"), ["x".repeat(33)])],
    ["whose symbol claims to be longer than the reply", word(2n ** 255n), `${word(32n)}${word(32n).slice(2)}`],
    ["whose symbol lies elsewhere", "0x12", `${word(64n)}${word(1n).slice(2)}`],
  ] as const) {
    it(`takes a token ${name}, as one that does not say`, async () => {
      const { ledger } = await load(fresh);
      const odd = await viem.deployContract("OddToken", [decimals, symbol as `0x${string}`]);
      await emits(ledger.write.registerToken([odd.address]), ledger, "TokenRegistered", [
        4,
        getAddress(odd.address),
        0,
        "",
      ]);
    });
  }

  it("takes a symbol of 32 bytes", async () => {
    const { ledger } = await load(fresh);
    const symbol = "x".repeat(32);
    const odd = await viem.deployContract("OddToken", [
      word(255n),
      encodeAbiParameters(parseAbiParameters("string"), [symbol]),
    ]);
    const registered = [4, getAddress(odd.address), 255, symbol];
    await emits(ledger.write.registerToken([odd.address]), ledger, "TokenRegistered", registered);
  });
});

describe("Ledger.deposit", () => {
  it("refuses a token without a number", async () => {
    const { ledger, customer, by } = await load(fresh);
    for (const tokenId of [0, 4]) {
      const deposit = ledger.write.deposit([customer.account.address, tokenId, 1n], by.customer);
      await rejects(deposit, ledger, "LedgerTokenUnknown", [tokenId]);
    }
  });

  it("refuses an account of zero", async () => {
    const { ledger, usd, by } = await load(fresh);
    await usd.write.approve([ledger.address, 1n], by.customer);
    await rejects(ledger.write.deposit([zeroAddress, TOKEN, 1n], by.customer), ledger, "LedgerAccountInvalid", []);
  });

  it("refuses more than the allowance or the wallet hold", async () => {
    const { ledger, usd, customer, by } = await load(fresh);
    const account = getAddress(customer.account.address);
    await usd.write.approve([ledger.address, 5n], by.customer);
    await rejects(ledger.write.deposit([account, TOKEN, 6n], by.customer), usd, "ERC20InsufficientAllowance", [
      getAddress(ledger.address),
      5n,
      6n,
    ]);
    await usd.write.approve([ledger.address, 2n * GENESIS_USD], by.customer);
    const tooMuch = ledger.write.deposit([account, TOKEN, GENESIS_USD + 1n], by.customer);
    await rejects(tooMuch, usd, "ERC20InsufficientBalance", [account, GENESIS_USD, GENESIS_USD + 1n]);
  });

  it("credits another account when asked to", async () => {
    const { ledger, usd, customer, provider, by } = await load(fresh);
    const [from, account] = [getAddress(customer.account.address), getAddress(provider.account.address)];
    await usd.write.approve([ledger.address, 7n * USD], by.customer);
    await emits(ledger.write.deposit([account, TOKEN, 7n * USD], by.customer), ledger, "Deposited", [
      account,
      TOKEN,
      from,
      7n * USD,
    ]);
    expect(await balancesOf(ledger, TOKEN, [account, from])).to.deep.equal([7n * USD, 0n]);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(7n * USD);
    expect(await usd.read.balanceOf([from])).to.equal(GENESIS_USD - 7n * USD);
  });

  it("credits what arrived of a token that takes a fee", async () => {
    const { ledger, fee, customer, by } = await load(fresh);
    const account = getAddress(customer.account.address);
    await fee.write.approve([ledger.address, 100n * USD], by.customer);
    await emits(ledger.write.deposit([account, FEE, 100n * USD], by.customer), ledger, "Deposited", [
      account,
      FEE,
      account,
      99n * USD,
    ]);
    expect(await ledger.read.balanceOf([account, FEE])).to.equal(99n * USD);
    expect(await fee.read.balanceOf([ledger.address])).to.equal(99n * USD);
  });

  it("takes nothing as nothing", async () => {
    const { ledger, customer, by } = await load(fresh);
    await ledger.write.deposit([customer.account.address, TOKEN, 0n], by.customer);
    expect(await ledger.read.balanceOf([customer.account.address, TOKEN])).to.equal(0n);
  });

  it("costs at most 53,000 gas on a balance that is there", async () => {
    const { ledger, usd, customer, by } = await load(deposited);
    await usd.write.approve([ledger.address, 2n ** 256n - 1n], by.customer);
    const hash = await ledger.write.deposit([customer.account.address, TOKEN, 5n * USD], by.customer);
    await costsAtMost(hash, 53_000n);
  });
});

describe("Ledger.depositWithPermit", () => {
  it("refuses a foreign submitter whose permit fails, whatever allowance stands", async () => {
    const { ledger, usd, permit, customer, stranger, by } = await load(fresh);
    const [owner, foreign] = [customer.account.address, getAddress(stranger.account.address)];
    await usd.write.approve([ledger.address, 100n * USD], by.customer);
    const signed = { ...(await permit(100n * USD)), amount: 90n * USD };
    const submission = ledger.write.depositWithPermit([owner, TOKEN, signed], by.stranger);
    await rejects(submission, usd, "ERC2612InvalidSigner");
    const used = await permit(50n * USD);
    await ledger.write.depositWithPermit([owner, TOKEN, used], by.stranger);
    const again = ledger.write.depositWithPermit([owner, TOKEN, used], by.stranger);
    await rejects(again, usd, "ERC2612InvalidSigner");
    expect(await balancesOf(ledger, TOKEN, [owner, foreign])).to.deep.equal([50n * USD, 0n]);
  });

  it("refuses a foreign submitter for a token whose permit does nothing", async () => {
    const { ledger, permit, customer, by } = await load(fresh);
    const silent = await viem.deployContract("SilentToken");
    const owner = getAddress(customer.account.address);
    await ledger.write.registerToken([silent.address]);
    await silent.write.mint([owner, USD]);
    await silent.write.approve([ledger.address, USD], by.customer);
    const signed = await permit(USD);
    const submission = ledger.write.depositWithPermit([owner, 4, signed], by.stranger);
    await rejects(submission, ledger, "LedgerPermitInvalid", [owner]);
  });

  it("refuses the owner whose permit fails and whose allowance is too small", async () => {
    const { ledger, usd, permit, customer, by } = await load(fresh);
    const owner = getAddress(customer.account.address);
    await usd.write.approve([ledger.address, 4n * USD], by.customer);
    const expired = await permit(5n * USD, 1n);
    const deposit = ledger.write.depositWithPermit([owner, TOKEN, expired], by.customer);
    await rejects(deposit, ledger, "LedgerAllowanceInsufficient", [owner, 4n * USD, 5n * USD]);
  });

  it("lets anyone submit, and credits the owner", async () => {
    const { ledger, permit, customer, stranger, by } = await load(fresh);
    const owner = getAddress(customer.account.address);
    const submission = ledger.write.depositWithPermit([owner, TOKEN, await permit(9n * USD)], by.stranger);
    await emits(submission, ledger, "Deposited", [owner, TOKEN, owner, 9n * USD]);
    expect(await balancesOf(ledger, TOKEN, [owner, stranger.account.address])).to.deep.equal([9n * USD, 0n]);
  });

  it("works for the owner after somebody used the permit at the token", async () => {
    const { ledger, usd, permit, customer, by } = await load(fresh);
    const owner = customer.account.address;
    const signed = await permit(9n * USD);
    const { amount, deadline, v, r, s } = signed;
    await usd.write.permit([owner, ledger.address, amount, deadline, v, r, s], by.stranger);
    await ledger.write.depositWithPermit([owner, TOKEN, signed], by.customer);
    expect(await ledger.read.balanceOf([owner, TOKEN])).to.equal(9n * USD);
    expect(await usd.read.allowance([owner, ledger.address])).to.equal(0n);
  });

  it("takes the allowance of a token without permit from its owner", async () => {
    const { ledger, plain, permit, customer, by } = await load(fresh);
    await plain.write.approve([ledger.address, 9n * USD], by.customer);
    await ledger.write.depositWithPermit([customer.account.address, PLAIN, await permit(9n * USD)], by.customer);
    expect(await ledger.read.balanceOf([customer.account.address, PLAIN])).to.equal(9n * USD);
  });
});

describe("Ledger.withdraw", () => {
  it("refuses more than the balance", async () => {
    const { ledger, customer, stranger, by } = await load(deposited);
    const account = getAddress(customer.account.address);
    const tooMuch = ledger.write.withdraw([account, TOKEN, 1_000n * USD + 1n], by.customer);
    await rejects(tooMuch, ledger, "LedgerBalanceInsufficient", [account, TOKEN, 1_000n * USD, 1_000n * USD + 1n]);
    const foreign = getAddress(stranger.account.address);
    const nothing = ledger.write.withdraw([account, TOKEN, 1n], by.stranger);
    await rejects(nothing, ledger, "LedgerBalanceInsufficient", [foreign, TOKEN, 0n, 1n]);
  });

  it("refuses to pay nobody or itself, and a token without a number", async () => {
    const { ledger, customer, by } = await load(deposited);
    for (const to of [zeroAddress, ledger.address]) {
      await rejects(ledger.write.withdraw([to, TOKEN, 1n], by.customer), ledger, "LedgerAccountInvalid", []);
    }
    const unknown = ledger.write.withdraw([customer.account.address, 9, 0n], by.customer);
    await rejects(unknown, ledger, "LedgerTokenUnknown", [9]);
  });

  it("pays to whom the owner says", async () => {
    const { ledger, usd, customer, provider, by } = await load(deposited);
    const [account, to] = [getAddress(customer.account.address), getAddress(provider.account.address)];
    await emits(ledger.write.withdraw([to, TOKEN, 400n * USD], by.customer), ledger, "Withdrawn", [
      account,
      TOKEN,
      to,
      400n * USD,
    ]);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(600n * USD);
    expect(await usd.read.balanceOf([to])).to.equal(400n * USD);
    await ledger.write.withdraw([to, TOKEN, 600n * USD], by.customer);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(0n);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(0n);
  });

  it("costs at most 67,000 gas, a new holder included", async () => {
    const { ledger, agent, by } = await load(deposited);
    await costsAtMost(await ledger.write.withdraw([agent.account.address, TOKEN, USD], by.customer), 67_000n);
  });

  for (const entry of ["deposit", "withdraw", "registerToken"] as const) {
    it(`lets no token that calls back into ${entry} gain anything`, async () => {
      const { ledger, customer, by } = await load(fresh);
      const token = await viem.deployContract("ReentrantToken");
      const account = customer.account.address;
      await ledger.write.registerToken([token.address]);
      await token.write.mint([account, 10n * USD]);
      await token.write.approve([ledger.address, 10n * USD], by.customer);
      await ledger.write.deposit([account, 4, 5n * USD], by.customer);
      const { abi } = ledger;
      const inner = {
        deposit: () => encodeFunctionData({ abi, functionName: "deposit", args: [account, 4, 1n] }),
        withdraw: () => encodeFunctionData({ abi, functionName: "withdraw", args: [account, 4, 0n] }),
        registerToken: () => encodeFunctionData({ abi, functionName: "registerToken", args: [token.address] }),
      }[entry]();
      await token.write.arm([ledger.address, inner]);
      const outer = ledger.write.withdraw([account, 4, 5n * USD], by.customer);
      if (entry === "registerToken") await outer;
      else await rejects(outer, ledger, "LedgerReentered", []);
      const left = await ledger.read.balanceOf([account, 4]);
      expect(await token.read.balanceOf([ledger.address])).to.equal(left);
    });
  }
});

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

function word(value: bigint): `0x${string}` {
  return encodeAbiParameters(parseAbiParameters("uint256"), [value]);
}
