import { expect } from "chai";
import { network } from "hardhat";
import { type Abi, type Address, encodeFunctionData, getAddress, type Hex, parseEther } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { attempts, MAX_UINT96, MAX_UINT128, USD } from "../../helpers/money.ts";
import { GIB, HOSTING } from "../../helpers/policy.ts";
import { deployProtocol, FIRST_PERIOD, LOCAL_SPANS, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const load = connection.networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);

const ADMIN = 0n; // AccessManager.ADMIN_ROLE
const SET = 1n;
const FAR_AWAY = 2 ** 40 - 1;

/**
 * A deal runs at the real market, whose customer has 1,000 dollars in the ledger and has approved it for good; a neighbour has 500
 * dollars there and has approved nobody. The hostile contract is listed as a market everywhere and administers the access manager,
 * which gives it every role there is.
 */
async function overrun() {
  const deployed = await deployProtocol(connection, LOCAL_SPANS);
  const { ledger, usd, market, payments, proofs, registry, vault, manager, provider, customer, stranger } = deployed;
  const { request, deposit, approve, by, keyOf } = deployed;
  const hostile = await connection.viem.deployContract("HostileMarket");
  const thief = getAddress(hostile.address);
  await deposit();
  await approve(MAX_UINT128);
  await usd.write.approve([ledger.address, 500n * USD], by.stranger);
  await ledger.write.deposit([stranger.account.address, TOKEN, 500n * USD], by.stranger);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  await market.write.request([request()], by.customer);
  await market.write.accept([1n, Number(SET)], by.operator);
  await proofs.write.addPieces([SET, 1n, [request().firstPiece], 0n, "0x"], by.operator);
  await market.write.request([request()], by.customer);

  await registry.write.setMarket([thief, true], by.governor);
  await vault.write.setMarket([thief, true], by.governor);
  for (const role of [ADMIN, 1n, 2n]) await manager.write.grantRole([role, thief, 0], by.governor);

  const victims = [customer, stranger, provider, deployed.feeRecipient].map(({ account }) =>
    getAddress(account.address),
  );
  /** Everything of value in the payment path: by account, and locked by deal. */
  async function wealth() {
    const balances = await Promise.all(victims.map((account) => ledger.read.balanceOf([account, TOKEN])));
    const wallets = await Promise.all(victims.map((account) => usd.read.balanceOf([account])));
    const locks = await Promise.all([1n, 2n].map((id) => ledger.read.lockOf([payments.address, keyOf(id)])));
    return { balances, wallets, locks, held: await usd.read.balanceOf([ledger.address]) };
  }
  const loot = async () => [await ledger.read.balanceOf([thief, TOKEN]), await usd.read.balanceOf([thief])];
  /** A call that the hostile contract makes. */
  const attempt = ({ address, abi }: { address: Address; abi: Abi }, functionName: string, args: readonly unknown[]) =>
    hostile.write.attempt([address, encodeFunctionData({ abi, functionName, args })], by.stranger);
  return { ...deployed, hostile, thief, victims, wealth, loot, attempt };
}

type Overrun = Awaited<ReturnType<typeof overrun>>;

/** Each attempt fails; afterwards everything is where it was. */
async function takesNothing(deployed: Overrun, calls: readonly (readonly [string, () => Promise<Hex>])[]) {
  const before = await deployed.wealth();
  for (const [name, call] of calls) {
    const outcome = await call().then(
      () => "went through",
      () => "failed",
    );
    expect(outcome, name).to.equal("failed");
  }
  expect(await deployed.wealth()).to.deep.equal(before);
  expect(await deployed.loot()).to.deep.equal([0n, 0n]);
}

describe("a hostile market with every role", () => {
  it("really has them", async () => {
    const { registry, vault, manager, thief } = await load(overrun);
    expect(await registry.read.isMarket([thief])).to.equal(true);
    expect(await vault.read.isMarket([thief])).to.equal(true);
    for (const role of [ADMIN, 1n, 2n]) expect((await manager.read.hasRole([role, thief]))[0]).to.equal(true);
  });

  it("takes nothing out of the ledger as an operator of its own", async () => {
    const deployed = await load(overrun);
    const { ledger, payments, market, attempt, thief, victims, keyOf } = deployed;
    const own = { address: ledger.address, abi: ledger.abi as Abi };
    const key = keyOf(1n);
    const calls = victims.flatMap((victim) =>
      [thief, market.address, payments.address].map(
        (agent) =>
          [
            `lock of ${victim} for ${agent}`,
            () => attempt(own, "lock", [agent, 1n, victim, thief, TOKEN, 1n, FAR_AWAY]),
          ] as const,
      ),
    );
    await takesNothing(deployed, [
      ...calls,
      ["withdraw", () => attempt(own, "withdraw", [thief, TOKEN, 1n])],
      ["raiseLock", () => attempt(own, "raiseLock", [market.address, key, 1n, FAR_AWAY])],
      ["setPayee", () => attempt(own, "setPayee", [key, thief])],
      ["pay", () => attempt(own, "pay", [key, 1n])],
      ["payFee", () => attempt(own, "payFee", [key, 1n])],
      ["refund", () => attempt(own, "refund", [key, 1n])],
      ["refundExpired", () => attempt(own, "refundExpired", [payments.address, key])],
    ]);
  });

  it("takes nothing through the payments, for its own deals or for others'", async () => {
    const deployed = await load(overrun);
    const { ledger, payments, proofs, attempt, thief, victims, keyOf } = deployed;
    const own = { address: payments.address, abi: payments.abi as Abi };
    const terms = (payer: Address) => ({
      payer,
      payee: thief,
      tokenId: TOKEN,
      most: 10n * USD,
      signer: thief,
      capacityBytes: GIB,
      unitPrice: UNIT_PRICE,
      feeBps: 500,
      expiresAt: FAR_AWAY,
    });
    for (const payer of victims) {
      const short = [payer, getAddress(payments.address), thief, 0n, 10n * USD];
      await rejects(attempt(own, "reserve", [1n, terms(payer)]), ledger, "LedgerApprovalInsufficient", short);
    }
    const key = keyOf(1n);
    await takesNothing(deployed, [
      ["cancel", () => attempt(own, "cancel", [2n])],
      ["start", () => attempt(own, "start", [2n, thief, 1, FAR_AWAY % 2 ** 24])],
      ["start with the real judge", () => attempt(own, "start", [2n, proofs.address, 1, Number(FIRST_PERIOD + 5n)])],
      ["addFunds", () => attempt(own, "addFunds", [1n, USD, FAR_AWAY])],
      ["changeTerms", () => attempt(own, "changeTerms", [1n, 2n * GIB, MAX_UINT96])],
      ["setEnd", () => attempt(own, "setEnd", [1n, Number(FIRST_PERIOD + 1n)])],
      ["setSigner", () => attempt(own, "setSigner", [1n, thief])],
      ["addBytes", () => attempt(own, "addBytes", [key, SET, GIB, 9n])],
      ["removeBytes", () => attempt(own, "removeBytes", [key, GIB])],
      ["close", () => attempt(own, "close", [key])],
    ]);
  });

  it("takes nothing through the real market", async () => {
    const deployed = await load(overrun);
    const { market, customer, attempt, request, thief } = deployed;
    const own = { address: market.address, abi: market.abi as Abi };
    await takesNothing(deployed, [
      ["request", () => attempt(own, "request", [request()])],
      ["onApproval", () => attempt(own, "onApproval", [customer.account.address, "0x"])],
      ["accept", () => attempt(own, "accept", [2n, 1])],
      ["decline", () => attempt(own, "decline", [2n])],
      ["cancel", () => attempt(own, "cancel", [2n])],
      ["expire", () => attempt(own, "expire", [2n])],
      ["renew", () => attempt(own, "renew", [1n, 5])],
      ["changeCapacity", () => attempt(own, "changeCapacity", [1n, 9n * GIB, MAX_UINT96])],
      ["setSessionKey", () => attempt(own, "setSessionKey", [1n, thief])],
      ["end", () => attempt(own, "end", [1n])],
      ["giveNotice", () => attempt(own, "giveNotice", [1n])],
      ["endAbandoned", () => attempt(own, "endAbandoned", [1n])],
      ["finish", () => attempt(own, "finish", [1n])],
    ]);
  });

  it("takes nothing from others within a call that somebody hands to it", async () => {
    const deployed = await load(overrun);
    const { ledger, payments, hostile, thief, victims, by, stranger } = deployed;
    const foreign = victims.filter((victim) => victim !== getAddress(stranger.account.address));
    const lock = (payer: Address) => ({
      target: ledger.address,
      data: encodeFunctionData({
        abi: ledger.abi,
        functionName: "lock",
        args: [thief, 1n, payer, thief, TOKEN, 1n, FAR_AWAY],
      }),
    });
    for (const operator of [thief, payments.address]) {
      const handover = { operator, agent: hostile.address, tokenId: TOKEN, most: 500n * USD };
      await takesNothing(
        deployed,
        foreign.map((victim) => [
          `lock of ${victim}`,
          () => ledger.write.approveAndCall([handover, attempts([lock(victim)])], by.stranger),
        ]),
      );
    }
  });

  it("changes nothing of a running deal by closing the network to it", async () => {
    const { registry, vault, catalog, market, payments, attempt, keyOf, enter, victims, wealth, loot, by } =
      await load(overrun);
    const before = await wealth();
    await attempt({ address: registry.address, abi: registry.abi as Abi }, "setMarket", [market.address, false]);
    await attempt({ address: vault.address, abi: vault.abi as Abi }, "setMarket", [market.address, false]);
    await attempt({ address: registry.address, abi: registry.abi as Abi }, "setJailed", [victims[2], true]);
    await attempt({ address: catalog.address, abi: catalog.abi as Abi }, "setToken", [TOKEN, false]);
    await attempt({ address: registry.address, abi: registry.abi as Abi }, "giveCapacity", [1n, 50n * GIB]);
    await attempt({ address: vault.address, abi: vault.abi as Abi }, "release", [
      victims[2],
      HOSTING,
      parseEther("500"),
    ]);
    expect(await wealth()).to.deep.equal(before);

    // Both deals still find their way out, and every unit goes where it belongs.
    await market.write.cancel([2n], by.customer);
    await market.write.end([1n], by.customer);
    await enter(FIRST_PERIOD + 3n);
    await market.write.finish([1n], by.stranger);
    expect((await market.read.dealOf([1n])).status).to.equal(Status.Finished);
    const after = await wealth();
    expect(after.balances).to.deep.equal([1_000n * USD, 500n * USD, 0n, 0n]);
    expect(after.held).to.equal(1_500n * USD);
    expect((await payments.read.streamOf([keyOf(1n)])).closed).to.equal(true);
    expect(await loot()).to.deep.equal([0n, 0n]);
  });

  it("reaches, of one who approved it, no more than what that one approved", async () => {
    const { ledger, payments, hostile, stranger, thief, attempt, enter, loot, wealth, by } = await load(overrun);
    const own = { address: payments.address, abi: payments.abi as Abi };
    const judge = await connection.viem.deployContract("VerifierDouble");
    const payer = getAddress(stranger.account.address);
    await ledger.write.approveOperator([payments.address, hostile.address, TOKEN, 3n * USD, 2n ** 40n], by.stranger);
    await enter(FIRST_PERIOD + 3n);
    const before = await wealth();
    const terms = { payer, payee: thief, tokenId: TOKEN, most: 3n * USD, signer: thief, capacityBytes: GIB };
    const price = { unitPrice: 30n * USD, feeBps: 0, expiresAt: FAR_AWAY };
    await attempt(own, "reserve", [1n, { ...terms, ...price }]);
    await attempt(own, "start", [1n, judge.address, 1, Number(FIRST_PERIOD + 7n)]);
    const key = (BigInt(thief) << 96n) | 1n;
    await judge.write.addBytes([payments.address, key, 1n, GIB, 0n]);
    await judge.write.exaggerate([2n ** 200n]);
    await enter(FIRST_PERIOD + 8n);
    await payments.write.close([key], by.stranger);
    expect(await loot()).to.deep.equal([3n * USD, 0n]);
    const after = await wealth();
    expect(after.balances).to.deep.equal(before.balances.map((held, i) => (i === 1 ? held - 3n * USD : held)));
    const again = attempt(own, "reserve", [2n, { ...terms, ...price }]);
    await rejects(again, ledger, "LedgerApprovalInsufficient", [
      payer,
      getAddress(payments.address),
      thief,
      0n,
      3n * USD,
    ]);
  });
});
