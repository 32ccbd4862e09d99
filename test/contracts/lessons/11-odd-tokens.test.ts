import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, type Hex, zeroHash } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { channelNet } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import {
  deployLedger,
  GENESIS_USD,
  MAX_UINT96,
  MAX_UINT128,
  netOf,
  PER_GIB_PERIOD,
  UNIT_PRICE,
  USD,
} from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);
const { fresh } = paymentsFixtures(connection);
const { opened } = channelsFixtures(connection);
const alone = () => deployLedger(connection);
const END = P + 41n;

describe("lesson 11: tokens that take a fee, call back or lie", () => {
  it("that take a fee leave nobody short: each account gets out what arrived for it, to the last unit", async () => {
    const { ledger, fee, customer, stranger, by } = await load(alone);
    const held: bigint[] = [];
    for (const [wallet, amount] of [
      [customer, 1_000n],
      [stranger, 777n],
      [customer, 199n],
    ] as const) {
      const from = { account: wallet.account };
      await fee.write.approve([ledger.address, amount], from);
      await ledger.write.deposit([wallet.account.address, 3, amount], from);
      held.push(amount - amount / 100n);
    }
    const total = held.reduce((sum, each) => sum + each);
    expect(await fee.read.balanceOf([ledger.address])).to.equal(total);
    for (const from of [by.customer, by.stranger]) {
      const balance = await ledger.read.balanceOf([from.account.address, 3]);
      await ledger.write.withdraw([from.account.address, 3, balance], from);
    }
    expect(await fee.read.balanceOf([ledger.address])).to.equal(0n);
  });

  it("that call back credit nothing twice: a deposit within a deposit, a withdrawal within a withdrawal", async () => {
    const { ledger, customer, by } = await load(alone);
    const token = await viem.deployContract("ReentrantToken");
    await ledger.write.registerToken([token.address]);
    const owner = customer.account.address;
    for (const account of [owner, token.address]) await token.write.mint([account, 1_000n]);
    await token.write.approve([ledger.address, 1_000n], by.customer);
    // The token is an account of the ledger itself: all that it calls is in its own right.
    await ledger.write.deposit([token.address, 4, 100n], by.customer);
    const { abi } = ledger;
    const inner: readonly Hex[] = [
      encodeFunctionData({ abi, functionName: "deposit", args: [token.address, 4, 0n] }),
      encodeFunctionData({ abi, functionName: "withdraw", args: [owner, 4, 100n] }),
      encodeFunctionData({ abi, functionName: "refundExpired", args: [owner, 1n] }),
      encodeFunctionData({ abi, functionName: "approveOperator", args: [owner, owner, 4, 1n, 2n ** 40n] }),
    ];
    for (const data of inner) {
      await token.write.arm([ledger.address, data]);
      await rejects(ledger.write.deposit([owner, 4, 50n], by.customer), ledger, "LedgerReentered", []);
      await token.write.arm([`0x${"00".repeat(20)}`, "0x"]);
    }
    await ledger.write.deposit([owner, 4, 50n], by.customer);
    for (const data of inner) {
      await token.write.arm([ledger.address, data]);
      await rejects(ledger.write.withdraw([owner, 4, 1n], by.customer), ledger, "LedgerReentered", []);
      await token.write.arm([`0x${"00".repeat(20)}`, "0x"]);
    }
    const balances = [owner, token.address].map((account) => ledger.read.balanceOf([account, 4]));
    expect(await Promise.all(balances)).to.deep.equal([50n, 100n]);
    expect(await token.read.balanceOf([ledger.address])).to.equal(150n);
  });

  it("that answer false move nothing, and credit nothing", async () => {
    const { ledger, customer, by } = await load(alone);
    const token = await viem.deployContract("OddToken", [zeroHash, zeroHash]);
    await ledger.write.registerToken([token.address]);
    const deposit = ledger.write.deposit([customer.account.address, 4, 100n], by.customer);
    await rejects(deposit, ledger, "SafeERC20FailedOperation", [getAddress(token.address)]);
    expect(await ledger.read.balanceOf([customer.account.address, 4])).to.equal(0n);
  });

  it("that swallow a permit give nobody else's allowance away", async () => {
    const { ledger, customer, by } = await load(alone);
    const token = await viem.deployContract("SilentToken");
    await ledger.write.registerToken([token.address]);
    await token.write.mint([customer.account.address, USD]);
    await token.write.approve([ledger.address, USD], by.customer);
    const permit = { amount: USD, deadline: 2n ** 48n, v: 27, r: zeroHash, s: zeroHash };
    const call = ledger.write.depositWithPermit([customer.account.address, 4, permit], by.stranger);
    await rejects(call, ledger, "LedgerPermitInvalid", [getAddress(customer.account.address)]);
  });

  it("of one ledger touch no other token's balances: each is kept by itself", async () => {
    const { ledger, usd, plain, customer, by } = await load(alone);
    const owner = customer.account.address;
    await usd.write.approve([ledger.address, USD], by.customer);
    await plain.write.approve([ledger.address, USD], by.customer);
    for (const tokenId of [1, 2]) await ledger.write.deposit([owner, tokenId, USD], by.customer);
    const short = [getAddress(owner), 1, USD, USD + 1n];
    await rejects(ledger.write.withdraw([owner, 1, USD + 1n], by.customer), ledger, "LedgerBalanceInsufficient", short);
    await ledger.write.withdraw([owner, 2, USD], by.customer);
    expect(await usd.read.balanceOf([ledger.address])).to.equal(USD);
    expect(await plain.read.balanceOf([owner])).to.equal(GENESIS_USD);
  });
});

describe("lesson 11: tokens with other decimals", () => {
  /** What a deal of one GiB pays for ten periods, in a token one of whose dollars is `dollar` base units, as parts of a dollar. */
  async function paidIn(tokenId: number, scale: bigint) {
    const { payments, ledger, plain, reserve, start, add, prove, enter, dealKey, payee, payer, agent, by } =
      await load(fresh);
    if (tokenId === 2) {
      await plain.write.mint([payer, 8n * USD * scale]);
      await plain.write.approve([ledger.address, 8n * USD * scale], by.customer);
      await ledger.write.deposit([payer, 2, 8n * USD * scale], by.customer);
      const approval = [payments.address, agent.account.address, 2, MAX_UINT128, 2n ** 40n] as const;
      await ledger.write.approveOperator([...approval], by.customer);
    }
    await reserve({ tokenId, most: 8n * USD * scale, unitPrice: UNIT_PRICE * scale });
    await start();
    await add(GIB, 0n);
    await prove(P + 1n, P + 11n);
    await enter(P + 12n);
    await payments.write.settle([dealKey]);
    const settled = await ledger.read.balanceOf([payee, tokenId]);
    await enter(END + 1n);
    await payments.write.close([dealKey]);
    return [settled, await ledger.read.balanceOf([payee, tokenId])];
  }

  it("are priced in their own base units: with 18 a deal pays exactly as many dollars as with 6", async () => {
    const scale = 10n ** 12n;
    expect(await paidIn(1, 1n)).to.deep.equal([netOf(8n * PER_GIB_PERIOD), netOf(10n * PER_GIB_PERIOD)]);
    expect(await paidIn(2, scale)).to.deep.equal([
      netOf(8n * PER_GIB_PERIOD * scale),
      netOf(10n * PER_GIB_PERIOD * scale),
    ]);
  });

  it("fit a channel to the greatest cap: with 18 decimals that is 79 billion, paid to the last unit", async () => {
    const { channels, ledger, plain, open, sign, payer, payee, feeRecipient, by } = await load(opened);
    await plain.write.mint([payer, MAX_UINT96]);
    await plain.write.approve([ledger.address, MAX_UINT96], by.customer);
    await ledger.write.deposit([payer, 2, MAX_UINT96], by.customer);
    await open({ tokenId: 2, amount: MAX_UINT96 });
    for (const cumulative of [1n, MAX_UINT96 - 1n, MAX_UINT96])
      await channels.write.redeem([await sign(cumulative, { channelId: 2n })]);
    await channels.write.close([2n], by.provider);
    const [earned, fees] = await Promise.all(
      [payee, feeRecipient.account.address].map((account) => ledger.read.balanceOf([account, 2])),
    );
    expect([earned, fees]).to.deep.equal([channelNet(MAX_UINT96), MAX_UINT96 - channelNet(MAX_UINT96)]);
  });
});
