import { network } from "hardhat";
import { createAssertions } from "../../helpers/assertions.ts";
import { MAX_UINT128 } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";
import { pieceOf, signPieces, uniformPiece } from "../../helpers/proofs.ts";
import { deployProtocol, encodeRequest, FIRST_PERIOD, OFFER_BYTES, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const load = connection.networkHelpers.loadFixture;
const { costsAtMost } = createAssertions(connection);

const SET = 1n;
const PERIODS = 37n; // term and grace

const cold = () => deployProtocol(connection);

/** Everything has happened once: deal 1 is accepted and holds its piece. */
async function warm() {
  const deployed = await cold();
  const { market, ledger, proofs, provider, customer, request, deposit, permit, approve, by } = deployed;
  await deposit();
  await ledger.write.depositWithPermit([customer.account.address, TOKEN, await permit(1n)], by.customer);
  await approve(MAX_UINT128);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  await market.write.request([request({ termPeriods: 300 })], by.customer);
  await market.write.accept([1n, Number(SET)], by.operator);
  await proofs.write.addPieces([SET, 1n, [request().firstPiece], 0n, "0x"], by.operator);
  return deployed;
}

/** And has been proven for longer than what is held back, and been paid. */
async function paying() {
  const deployed = await warm();
  const { payments, record, prove, keyOf } = deployed;
  let period = FIRST_PERIOD;
  const pass = async (isProven: boolean) => {
    period += 1n;
    await record(period);
    if (isProven) await prove(SET, period);
  };
  for (let i = 0; i < 35; i++) await pass(true);
  await payments.write.settle([keyOf(1n)]);
  return { ...deployed, pass };
}

describe("the money path's gas, whole transactions on Cancun", () => {
  it("a request within a lasting approval", async () => {
    const { market, request, approve, by } = await load(warm);
    await approve(2n ** 100n);
    const sessionKey = `0x${"5e".repeat(20)}` as const;
    await costsAtMost(market.write.request([request({ sessionKey })], by.customer), 225_000n);
  });

  it("a request handed over by the ledger, which copies it", async () => {
    const { ledger, request, handover, costOf, by } = await load(warm);
    const call = ledger.write.approveAndCall([handover(costOf(PERIODS)), encodeRequest(request())], by.customer);
    await costsAtMost(call, 225_000n);
  });

  for (const [name, fixture, most] of [
    ["again", warm, 280_000n],
    ["for the first time", cold, 330_000n],
  ] as const) {
    it(`a request with permit, deposit and approval, ${name}`, async () => {
      const { ledger, request, handover, permit, costOf, by } = await load(fixture as typeof cold);
      const cost = costOf(PERIODS);
      const args = [await permit(cost), handover(cost), encodeRequest(request())] as const;
      await costsAtMost(ledger.write.depositAndCall(args, by.customer), most);
    });
  }

  it("an acceptance", async () => {
    const { market, request, by } = await load(warm);
    await market.write.request([request()], by.customer);
    await costsAtMost(market.write.accept([2n, Number(SET)], by.operator), 125_000n);
  });

  it("a piece in a period that has a change already", async () => {
    const { proofs, market, customer, by } = await load(warm);
    const piece = uniformPiece(1_000, "more");
    const signed = { proofs: proofs.address, market: market.address, dealId: 1n, pieces: [piece], nonce: 1n };
    const signature = await signPieces(connection, customer.account.address, signed);
    await costsAtMost(proofs.write.addPieces([SET, 1n, [pieceOf(piece)], 1n, signature], by.operator), 86_000n);
  });

  it("a settlement at one rate", async () => {
    const { payments, pass, keyOf } = await load(paying);
    for (const isProven of [true, false, true]) await pass(isProven);
    await costsAtMost(payments.write.settle([keyOf(1n)]), 64_000n);
  });

  it("a settlement after changes of capacity and missed periods", async () => {
    const { payments, market, pass, keyOf, by } = await load(paying);
    for (const i of [0n, 1n, 2n, 3n]) {
      await market.write.changeCapacity([1n, (3n - (i % 2n)) * GIB, UNIT_PRICE], by.customer);
      await pass(i % 2n === 0n);
    }
    await pass(true);
    await costsAtMost(payments.write.settle([keyOf(1n)]), 64_000n);
  });

  it("a settlement over three rates, the most there can be", async () => {
    const { payments, market, registry, pass, keyOf, by } = await load(paying);
    for (const i of [0n, 1n, 2n, 3n]) {
      await registry.write.updateOffer([1n, UNIT_PRICE - i, OFFER_BYTES, 2, ""], by.provider);
      await market.write.changeCapacity([1n, (3n - (i % 2n)) * GIB, UNIT_PRICE], by.customer);
      await pass(i % 2n === 0n);
    }
    await pass(true);
    await pass(true);
    await costsAtMost(payments.write.settle([keyOf(1n)]), 70_000n);
  });
});
