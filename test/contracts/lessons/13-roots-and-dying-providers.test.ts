// Migration is no state of the market yet: a replica cannot be moved under a policy signed beforehand. What there is of that half of the
// lesson are the ways out that strand nobody's data or money: notice, the end by anyone after three missed periods, and a second deal
// for the same pieces elsewhere.
import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, parseEther } from "viem";
import { hashFirstPiece } from "../../../sdk/src/proofs/typed-data.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { MAX_UINT128, USD } from "../../helpers/money.ts";
import { GIB, HOSTING } from "../../helpers/policy.ts";
import { pieceOf, signPieces, slotsOf, uniformPiece } from "../../helpers/proofs.ts";
import { deployProtocol, LOCAL_SPANS, FIRST_PERIOD as P, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);
const SET = 1n;

/** Deal 1 is accepted; its provider has not added the first piece, whose bytes nobody but the customer has seen. */
async function accepted() {
  const deployed = await deployProtocol(connection, LOCAL_SPANS);
  const { market, proofs, ledger, customer, provider, request, deposit, approve, by } = deployed;
  await deposit();
  await approve(MAX_UINT128);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  await market.write.request([request()], by.customer);
  await market.write.accept([1n, Number(SET)], by.operator);
  return {
    ...deployed,
    balance: async () => ledger.read.balanceOf([customer.account.address, TOKEN]),
    sign: (pieces: Parameters<typeof signPieces>[2]["pieces"], nonce: bigint, signer = customer.account.address) =>
      signPieces(connection, signer, { proofs: proofs.address, market: market.address, dealId: 1n, pieces, nonce }),
  };
}

describe("lesson 13: roots over data that nobody has", () => {
  it("bind no provider that has not seen the bytes: nobody adds a piece to its set but its own operator", async () => {
    const { proofs, by, sign, customer, stranger, operator, firstPiece } = await load(accepted);
    const madeUp = uniformPiece(64, "bytes that do not exist");
    const signature = await sign([madeUp], 1n);
    for (const [from, wallet] of [
      [by.customer, customer],
      [by.stranger, stranger],
      [by.provider, undefined],
    ] as const) {
      const caller = getAddress((wallet ?? { account: by.provider.account }).account.address);
      const refused = [SET, getAddress(operator.account.address), caller];
      const signed = proofs.write.addPieces([SET, 1n, [pieceOf(madeUp)], 1n, signature], from);
      await rejects(signed, proofs, "ProofsOperatorOnly", refused);
      const first = proofs.write.addPieces([SET, 1n, [pieceOf(firstPiece)], 0n, "0x"], from);
      await rejects(first, proofs, "ProofsOperatorOnly", refused);
    }
    expect((await proofs.read.setOf([SET])).total).to.equal(0n);
  });

  it("cost a provider that adds nothing neither strike nor stake, and its customer nothing", async () => {
    const { proofs, market, vault, provider, record, enter, balance, firstPiece, by } = await load(accepted);
    for (const period of [P + 1n, P + 2n, P + 3n, P + 4n]) await record(period);
    await enter(P + 6n);
    const report = proofs.write.reportMissed([SET, P + 1n, 0n, firstPiece.root, 0n], by.stranger);
    await rejects(report, proofs, "ProofsSlotMismatch");
    await rejects(market.write.endAbandoned([1n], by.stranger), market, "MarketNotAbandoned", [1n]);
    await market.write.end([1n], by.customer);
    await enter(P + 9n);
    await market.write.finish([1n], by.stranger);
    expect(await balance()).to.equal(1_000n * USD);
    expect((await proofs.read.setOf([SET])).strikes).to.equal(0);
    const { active } = await vault.read.stakeOf([provider.account.address]);
    expect(active).to.equal(parseEther("1000"));
  });

  it("earn a provider nothing that its customer has not signed: no root, length or order of its own", async () => {
    const { proofs, payments, keyOf, by, sign, firstPiece, operator, customer } = await load(accepted);
    const [one, two] = [uniformPiece(64, "one"), uniformPiece(128, "two")];
    const signature = await sign([one, two], 1n);
    const pieces = [one, two].map(pieceOf);
    const forged = [
      [{ ...pieces[0], leafCount: 4_096 }, pieces[1]],
      [pieces[1], pieces[0]],
      [pieces[0]],
      [...pieces, pieces[0]],
    ] as (typeof pieces)[];
    for (const each of forged)
      await rejects(
        proofs.write.addPieces([SET, 1n, each, 1n, signature], by.operator),
        proofs,
        "ProofsSignatureInvalid",
      );
    const own = await sign([one], 1n, operator.account.address);
    await rejects(
      proofs.write.addPieces([SET, 1n, [pieceOf(one)], 1n, own], by.operator),
      proofs,
      "ProofsSignatureInvalid",
      [1n, getAddress(customer.account.address), getAddress(operator.account.address)],
    );
    const inPlace = proofs.write.addPieces([SET, 1n, [pieceOf(one)], 0n, "0x"], by.operator);
    const mismatch = [1n, hashFirstPiece(firstPiece), hashFirstPiece(one)];
    await rejects(inPlace, proofs, "ProofsFirstPieceMismatch", mismatch);
    expect((await payments.read.streamOf([keyOf(1n)])).liveBytes).to.equal(0n);
    await proofs.write.addPieces([SET, 1n, pieces, 1n, signature], by.operator);
    await rejects(
      proofs.write.addPieces([SET, 1n, pieces, 1n, signature], by.operator),
      payments,
      "PaymentsNonceUsed",
      [keyOf(1n), 1n, 1n],
    );
    expect((await payments.read.streamOf([keyOf(1n)])).liveBytes).to.equal(192n * 128n);
  });
});

describe("lesson 13: work that cannot leave a dying provider", () => {
  /** The provider of deal 1 holds the first piece; a second provider has an offer and a set of its own. */
  async function withNeighbour() {
    const deployed = await accepted();
    const { proofs, registry, vault, ever, market, stranger, firstPiece, by } = deployed;
    await proofs.write.addPieces([SET, 1n, [pieceOf(firstPiece)], 0n, "0x"], by.operator);
    await registry.write.register([stranger.account.address, 2, "https://other.example", "Second", "0x"], by.stranger);
    await ever.write.approve([vault.address, parseEther("100")], by.stranger);
    await vault.write.stake([parseEther("100")], by.stranger);
    await vault.write.allocate([HOSTING, parseEther("100")], by.stranger);
    await registry.write.publishOffer([HOSTING, TOKEN, UNIT_PRICE, 10n * GIB, 2, "eu"], by.stranger);
    await proofs.write.openSet([stranger.account.address, market.address], by.stranger);
    return deployed;
  }

  it("finds a second provider for the very same pieces while the first deal still runs", async () => {
    const { market, proofs, payments, request, keyOf, firstPiece, by } = await load(withNeighbour);
    await market.write.request([request({ offerId: 2 })], by.customer);
    await market.write.accept([2n, 2], by.stranger);
    await proofs.write.addPieces([2n, 2n, [pieceOf(firstPiece)], 0n, "0x"], by.stranger);
    await market.write.end([1n], by.customer);
    for (const id of [1n, 2n]) expect((await payments.read.streamOf([keyOf(id)])).liveBytes).to.equal(GIB);
  });

  it("is ended by anyone once the provider is silent, and all that was not proven comes back", async () => {
    const { market, record, enter, balance, by } = await load(withNeighbour);
    for (const period of [P + 1n, P + 2n, P + 3n]) await record(period);
    await enter(P + 5n);
    await market.write.endAbandoned([1n], by.stranger);
    await enter(P + 8n);
    await market.write.finish([1n], by.stranger);
    expect((await market.read.dealOf([1n])).status).to.equal(Status.Finished);
    expect(await balance()).to.equal(1_000n * USD);
  });

  it("is let go by a provider that gives notice, jailed and unlisted as it may be, and its set is emptied by anyone", async () => {
    const { market, registry, vault, proofs, provider, enter, balance, by } = await load(withNeighbour);
    await registry.write.setJailed([provider.account.address, true], by.governor);
    await registry.write.setMarket([market.address, false], by.governor);
    await vault.write.setMarket([market.address, false], by.governor);
    await market.write.giveNotice([1n], by.provider);
    await enter(P + 1n + LOCAL_SPANS.noticePeriods + 2n);
    await market.write.finish([1n], by.stranger);
    const [slot] = await slotsOf(connection, proofs.address, SET);
    if (!slot) throw new Error("the first piece is in the set");
    await proofs.write.removePiece([SET, 0n, slot.root, slot.meta], by.stranger);
    expect(await balance()).to.equal(1_000n * USD);
    expect((await vault.read.allocationOf([provider.account.address, HOSTING])).reserved).to.equal(0n);
  });
});
