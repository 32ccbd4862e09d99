import { expect } from "chai";
import { network } from "hardhat";
import { type Address, decodeAbiParameters, encodeFunctionData, getAddress, type Hex, parseAbiParameters } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { attempts, balancesOf, deployLedger, MAX_UINT128, USD } from "../../helpers/money.ts";

const connection = await network.create();
const load = connection.networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);

const TOKEN = 1;
const PLAIN = 2;
const LOCK = 7n;
const MOST = 500n * USD;

/**
 * Customer and stranger have 1,000 dollars in the ledger. The hostile contract is operator and agent in one; the customer is about to
 * hand it a call for up to 500 dollars. The stranger has once approved it for good, the customer has not.
 */
async function funded() {
  const deployed = await deployLedger(connection);
  const { ledger, usd, plain, hostile, customer, stranger, provider, by } = deployed;
  for (const account of [customer, stranger]) {
    const options = { account: account.account };
    await usd.write.approve([ledger.address, 1_000n * USD], options);
    await plain.write.approve([ledger.address, 1_000n * USD], options);
    for (const tokenId of [TOKEN, PLAIN]) {
      await ledger.write.deposit([account.account.address, tokenId, 1_000n * USD], options);
    }
  }
  const agent = getAddress(hostile.address);
  await ledger.write.approveOperator([agent, agent, TOKEN, MAX_UINT128, 2n ** 40n], by.stranger);
  const { abi } = ledger;
  const call = (data: Hex) => ({ target: ledger.address, data });
  const payer = getAddress(customer.account.address);
  const payee = getAddress(provider.account.address);
  const lock = (from: Address, amount: bigint, { lockId = LOCK, tokenId = TOKEN, as = agent as Address } = {}) =>
    call(encodeFunctionData({ abi, functionName: "lock", args: [as, lockId, from, payee, tokenId, amount, 2 ** 39] }));
  const raise = (lockId: bigint, amount: bigint) =>
    call(encodeFunctionData({ abi, functionName: "raiseLock", args: [agent, lockId, amount, 2 ** 39] }));
  const handover = { operator: agent, agent, tokenId: TOKEN, most: MOST };
  return {
    ...deployed,
    agent,
    payer,
    payee,
    other: getAddress(stranger.account.address),
    handover,
    call,
    lock,
    raise,
    handOver: (calls: readonly { target: Address; data: Hex }[], changes: Partial<typeof handover> = {}) =>
      ledger.write.approveAndCall([{ ...handover, ...changes }, attempts(calls)], by.customer),
  };
}

/** And a contract that makes several calls in one transaction has 200 dollars in the ledger. `handOver` uses 100 of the 500 handed over. */
async function withWallet() {
  const deployed = await funded();
  const { ledger, usd, hostile, handover, lock, call, payee, agent, by } = deployed;
  const wallet = await connection.viem.deployContract("HostileMarket");
  const account = getAddress(wallet.address);
  await usd.write.approve([ledger.address, 200n * USD], by.customer);
  await ledger.write.deposit([account, TOKEN, 200n * USD], by.customer);
  const { abi } = ledger;
  const args = [handover, attempts([lock(account, 100n * USD)])] as const;
  const more = lock(account, USD, { lockId: 8n });
  const attempt = { abi: hostile.abi, functionName: "attempt", args: [more.target, more.data] } as const;
  return {
    ...deployed,
    account,
    handOver: call(encodeFunctionData({ abi, functionName: "approveAndCall", args })),
    /** The agent asks for another dollar, without a handover. */
    again: { target: agent, data: encodeFunctionData(attempt) },
    deposit: (tokenId: number) =>
      call(encodeFunctionData({ abi, functionName: "deposit", args: [account, tokenId, 0n] })),
    withdrawal: (amount: bigint) =>
      call(encodeFunctionData({ abi, functionName: "withdraw", args: [payee, TOKEN, amount] })),
    batch: (calls: Parameters<typeof attempts>[0]) => wallet.write.onApproval([account, attempts(calls)]),
  };
}

describe("Ledger.approveAndCall", () => {
  it("refuses the agent more than what was handed over, in one lock or several", async () => {
    const { ledger, handOver, lock, raise, payer, agent } = await load(funded);
    const short = (available: bigint, required: bigint) => [payer, agent, agent, available, required] as const;
    const name = "LedgerApprovalInsufficient";
    await rejects(handOver([lock(payer, MOST + 1n)]), ledger, name, short(MOST, MOST + 1n));
    const parts = [lock(payer, MOST - 5n), raise(LOCK, 5n), lock(payer, 1n, { lockId: 8n })];
    await rejects(handOver(parts), ledger, name, short(0n, 1n));
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(1_000n * USD);
  });

  it("refuses the money of anybody else, even of one who approved the agent for good", async () => {
    const { ledger, handOver, lock, other } = await load(funded);
    await rejects(handOver([lock(other, USD)]), ledger, "LedgerReentered", []);
  });

  it("refuses to raise a lock of anybody else", async () => {
    const { ledger, hostile, handOver, lock, raise, other } = await load(funded);
    const made = lock(other, USD, { lockId: 8n });
    await hostile.write.attempt([made.target, made.data]);
    await rejects(handOver([raise(8n, USD)]), ledger, "LedgerReentered", []);
  });

  it("refuses another token, agent or operator than the ones named", async () => {
    const { ledger, handOver, lock, payer, other } = await load(funded);
    for (const attempt of [
      handOver([lock(payer, USD, { tokenId: PLAIN })]),
      handOver([lock(payer, USD, { as: other })]),
      handOver([lock(payer, USD)], { operator: other }),
    ]) {
      await rejects(attempt, ledger, "LedgerReentered", []);
    }
  });

  it("refuses everything but locking while it hands over", async () => {
    const { ledger, usd, handOver, call, lock, payer, agent, handover, by } = await load(funded);
    const { abi } = ledger;
    await usd.write.approve([ledger.address, USD], by.customer);
    const permit = { amount: 0n, deadline: 0n, v: 27, r: `0x${"11".repeat(32)}`, s: `0x${"22".repeat(32)}` } as const;
    const forbidden = [
      encodeFunctionData({ abi, functionName: "deposit", args: [agent, TOKEN, 0n] }),
      encodeFunctionData({ abi, functionName: "depositWithPermit", args: [payer, TOKEN, permit] }),
      encodeFunctionData({ abi, functionName: "withdraw", args: [agent, TOKEN, 0n] }),
      encodeFunctionData({ abi, functionName: "approveOperator", args: [agent, agent, TOKEN, 1n, 1n] }),
      encodeFunctionData({ abi, functionName: "approveAndCall", args: [handover, "0x"] }),
      encodeFunctionData({ abi, functionName: "depositAndCall", args: [permit, handover, "0x"] }),
      encodeFunctionData({ abi, functionName: "setPayee", args: [LOCK, agent] }),
      encodeFunctionData({ abi, functionName: "pay", args: [LOCK, 1n] }),
      encodeFunctionData({ abi, functionName: "payFee", args: [LOCK, 1n] }),
      encodeFunctionData({ abi, functionName: "refund", args: [LOCK, 1n] }),
      encodeFunctionData({ abi, functionName: "refundExpired", args: [agent, LOCK] }),
    ];
    for (const data of forbidden) {
      await rejects(handOver([lock(payer, USD), call(data)]), ledger, "LedgerReentered", []);
    }
  });

  it("refuses with the agent's own error", async () => {
    const { ledger, handOver, lock, payer, agent } = await load(funded);
    const twice = handOver([lock(payer, USD), lock(payer, USD)]);
    await rejects(twice, ledger, "LedgerLockExists", [agent, LOCK]);
  });

  it("leaves nothing of the approval behind", async () => {
    const { ledger, hostile, handOver, lock, payer, agent } = await load(funded);
    await handOver([lock(payer, 100n * USD)]);
    const later = lock(payer, USD, { lockId: 8n });
    const short = [payer, agent, agent, 0n, USD] as const;
    await rejects(hostile.write.attempt([later.target, later.data]), ledger, "LedgerApprovalInsufficient", short);
    expect(await ledger.read.approvalOf([payer, agent, agent, TOKEN])).to.deep.equal({ most: 0n, expiresAt: 0n });
  });

  it("leaves nothing behind in the same transaction either, and is free again", async () => {
    const { ledger, usd, withdrawal, handOver, again, batch, payee, agent, account } = await load(withWallet);
    const short = [account, agent, agent, 0n, USD] as const;
    await rejects(batch([handOver, again]), ledger, "LedgerApprovalInsufficient", short);
    await batch([handOver, withdrawal(100n * USD)]);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(0n);
    expect(await usd.read.balanceOf([payee])).to.equal(100n * USD);
  });

  it("leaves nothing for a token either that is deposited in the same transaction and calls the agent back", async () => {
    const { ledger, deposit, handOver, again, batch } = await load(withWallet);
    const token = await connection.viem.deployContract("ReentrantToken");
    await ledger.write.registerToken([token.address]);
    await token.write.arm([again.target, again.data]);
    await rejects(batch([handOver, deposit(4)]), ledger, "LedgerReentered", []);
  });

  it("does not touch a lasting approval", async () => {
    const { ledger, handOver, lock, payer, agent, by } = await load(funded);
    await ledger.write.approveOperator([agent, agent, TOKEN, 3n * USD, 2n ** 40n], by.customer);
    await handOver([lock(payer, 100n * USD)]);
    expect((await ledger.read.approvalOf([payer, agent, agent, TOKEN])).most).to.equal(3n * USD);
  });

  it("lets the agent lock and raise up to the very last unit, and returns its reply", async () => {
    const { ledger, handover, hostile, lock, raise, payer, payee, agent, call, by } = await load(funded);
    const balance = call(encodeFunctionData({ abi: ledger.abi, functionName: "balanceOf", args: [payer, TOKEN] }));
    const calls = attempts([lock(payer, MOST - 5n), raise(LOCK, 5n), balance]);
    const { result } = await ledger.simulate.approveAndCall([handover, calls], { account: payer });
    expect(decodeAbiParameters(parseAbiParameters("uint256"), result)).to.deep.equal([500n * USD]);
    await ledger.write.approveAndCall([handover, calls], by.customer);
    const made = await ledger.read.lockOf([hostile.address, LOCK]);
    expect(made).to.deep.equal({ payer, left: MOST, payee, tokenId: TOKEN, expiresAt: 2 ** 39 });
    expect(await balancesOf(ledger, TOKEN, [payer, payee, agent])).to.deep.equal([500n * USD, 0n, 0n]);
  });
});

describe("Ledger.depositAndCall", () => {
  it("refuses a permit that fails without allowance or balance", async () => {
    const { ledger, permit, handover, lock, payer, by } = await load(funded);
    const expired = await permit(1_001n * USD, 1n);
    const call = ledger.write.depositAndCall([expired, handover, attempts([lock(payer, USD)])], by.customer);
    await rejects(call, ledger, "LedgerAllowanceInsufficient", [payer, 0n, 1_001n * USD]);
  });

  it("deposits and locks under one signature", async () => {
    const { ledger, usd, permit, handover, lock, payer, by } = await load(funded);
    await ledger.write.withdraw([payer, TOKEN, 1_000n * USD], by.customer);
    const signed = await permit(MOST);
    await ledger.write.depositAndCall([signed, handover, attempts([lock(payer, MOST)])], by.customer);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(0n);
    expect((await ledger.read.lockOf([handover.operator, LOCK])).left).to.equal(MOST);
    expect(await usd.read.allowance([payer, ledger.address])).to.equal(0n);
  });

  it("deposits a single unit", async () => {
    const { ledger, permit, handover, payer, by } = await load(funded);
    await ledger.write.depositAndCall([await permit(1n), handover, attempts([])], by.customer);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(1_000n * USD + 1n);
  });

  it("skips the deposit of nothing", async () => {
    const { ledger, permit, handover, lock, payer, by } = await load(funded);
    const nothing = { ...(await permit(1n)), amount: 0n };
    await ledger.write.depositAndCall([nothing, handover, attempts([lock(payer, USD)])], by.customer);
    expect(await ledger.getEvents.Deposited()).to.deep.equal([]);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(999n * USD);
  });

  it("lets no token that calls back during the deposit gain anything", async () => {
    const { ledger, handover, customer, permit, payer, by } = await load(funded);
    const token = await connection.viem.deployContract("ReentrantToken");
    await ledger.write.registerToken([token.address]);
    await token.write.mint([customer.account.address, USD]);
    await token.write.approve([ledger.address, USD], by.customer);
    const inner = { abi: ledger.abi, functionName: "deposit", args: [payer, 4, 0n] } as const;
    await token.write.arm([ledger.address, encodeFunctionData(inner)]);
    const args = [await permit(USD), { ...handover, tokenId: 4 }, attempts([])] as const;
    await rejects(ledger.write.depositAndCall(args, by.customer), ledger, "LedgerReentered", []);
  });

  it("works after somebody used the permit at the token", async () => {
    const { ledger, usd, permit, handover, lock, payer, by } = await load(funded);
    const signed = await permit(MOST);
    const { amount, deadline, v, r, s } = signed;
    await usd.write.permit([payer, ledger.address, amount, deadline, v, r, s], by.stranger);
    await ledger.write.depositAndCall([signed, handover, attempts([lock(payer, MOST)])], by.customer);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(1_000n * USD);
  });

  it("works after somebody submitted the permit to the ledger", async () => {
    const { ledger, permit, handover, lock, payer, by } = await load(funded);
    await ledger.write.withdraw([payer, TOKEN, 1_000n * USD], by.customer);
    const signed = await permit(MOST);
    await ledger.write.depositWithPermit([payer, TOKEN, signed], by.stranger);
    await ledger.write.depositAndCall([signed, handover, attempts([lock(payer, MOST)])], by.customer);
    expect(await ledger.read.balanceOf([payer, TOKEN])).to.equal(0n);
    expect((await ledger.read.lockOf([handover.operator, LOCK])).left).to.equal(MOST);
  });

  it("takes an allowance where the token has no permit", async () => {
    const { ledger, plain, permit, handover, lock, payer, by } = await load(funded);
    await plain.write.approve([ledger.address, 9n * USD], by.customer);
    const calls = attempts([lock(payer, USD, { tokenId: PLAIN })]);
    await ledger.write.depositAndCall([await permit(9n * USD), { ...handover, tokenId: PLAIN }, calls], by.customer);
    expect(await ledger.read.balanceOf([payer, PLAIN])).to.equal(1_008n * USD);
  });
});

describe("several calls in one transaction", () => {
  it("find the ledger free after each deposit and withdrawal", async () => {
    const { ledger, usd, deposit, withdrawal, batch, payee, account } = await load(withWallet);
    await batch([withdrawal(50n * USD), deposit(TOKEN), withdrawal(70n * USD)]);
    expect(await usd.read.balanceOf([payee])).to.equal(120n * USD);
    expect(await ledger.read.balanceOf([account, TOKEN])).to.equal(80n * USD);
  });
});
