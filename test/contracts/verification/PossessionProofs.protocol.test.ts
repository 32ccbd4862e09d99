import { expect } from "chai";
import { network } from "hardhat";
import { getAddress } from "viem";
import { hashFirstPiece } from "../../../sdk/src/proofs/typed-data.ts";
import { GIB } from "../../helpers/policy.ts";
import { type OpenablePiece, pieceOf, signPieces, slotsOf, uniformPiece } from "../../helpers/proofs.ts";
import { deployProtocol, FIRST_PERIOD, LOCAL_SPANS, TOKEN } from "../../helpers/protocol.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { revertWithCustomErrorWithArgs: refuses } = viem.assertions;

const SET = 1n;
const DEAL = 1n;
/** Half a GiB: with the first piece it leaves half a GiB of the deal's capacity. */
const MORE = uniformPiece(Number(GIB / 256n), "more");

/** A deal whose provider accepted in the first period and has added nothing yet; a session key signs for the customer. */
async function accepted() {
  const protocol = await deployProtocol(connection, LOCAL_SPANS);
  const { proofs, market, by, provider, deposit, approve, costOf, request, stranger, payments, keyOf } = protocol;
  await deposit();
  await approve(costOf(60n));
  await market.write.request([request({ sessionKey: stranger.account.address })], by.customer);
  await proofs.write.openSet([provider.account.address, market.address], by.operator);
  await market.write.accept([DEAL, Number(SET)], by.operator);
  const sign = (pieces: readonly OpenablePiece[], nonce: bigint, signer = stranger.account.address) =>
    signPieces(connection, signer, { proofs: proofs.address, market: market.address, dealId: DEAL, pieces, nonce });
  return {
    ...protocol,
    dealKey: keyOf(DEAL),
    sign,
    addFirst: (piece = protocol.firstPiece) =>
      proofs.write.addPieces([SET, DEAL, [pieceOf(piece)], 0n, "0x"], by.operator),
    add: async (pieces: readonly OpenablePiece[], nonce: bigint) =>
      proofs.write.addPieces([SET, DEAL, pieces.map(pieceOf), nonce, await sign(pieces, nonce)], by.operator),
    liveBytes: async () => (await payments.read.streamOf([keyOf(DEAL)])).liveBytes,
    slot: async (number: number) => {
      const found = (await slotsOf(connection, proofs.address, SET)).find(({ slot }) => slot === number);
      if (!found) throw new Error(`no slot ${number}`);
      return found;
    },
  };
}

describe("PossessionProofs with the real market, payments, ledger, registry and beacon", () => {
  it("adds the first piece of the request without a signature, once, and no other", async () => {
    const { proofs, payments, addFirst, firstPiece, dealKey, liveBytes } = await networkHelpers.loadFixture(accepted);
    await refuses(addFirst(MORE), proofs, "ProofsFirstPieceMismatch", [
      DEAL,
      hashFirstPiece(firstPiece),
      hashFirstPiece(MORE),
    ]);
    await addFirst();
    expect(await liveBytes()).to.equal(GIB);
    await refuses(addFirst(), payments, "PaymentsNonceUsed", [dealKey, 0n, 0n]);
  });

  it("adds what the session key signed, each signature once, within the capacity", async () => {
    const { proofs, payments, by, addFirst, add, sign, dealKey, liveBytes, customer, stranger } =
      await networkHelpers.loadFixture(accepted);
    await addFirst();
    const byCustomer = await sign([MORE], 1n, customer.account.address);
    const call = [SET, DEAL, [pieceOf(MORE)], 1n, byCustomer] as const;
    await refuses(proofs.write.addPieces(call, by.operator), proofs, "ProofsSignatureInvalid", [
      DEAL,
      getAddress(stranger.account.address),
      getAddress(customer.account.address),
    ]);
    await add([MORE], 1n);
    await refuses(add([MORE], 1n), payments, "PaymentsNonceUsed", [dealKey, 1n, 1n]);
    const big = uniformPiece(Number(GIB / 256n) + 1, "one leaf too many");
    const most = 2n * GIB;
    await refuses(add([big], 2n), payments, "PaymentsCapacityExceeded", [dealKey, most, most + 128n]);
    await add([MORE], 5n);
    expect(await liveBytes()).to.equal(most);
  });

  it("refuses pieces of a deal for another set of the same provider and market", async () => {
    const { proofs, payments, by, provider, market, sign, dealKey } = await networkHelpers.loadFixture(accepted);
    await proofs.write.openSet([provider.account.address, market.address], by.operator);
    const call = [2n, DEAL, [pieceOf(MORE)], 1n, await sign([MORE], 1n)] as const;
    await refuses(proofs.write.addPieces(call, by.operator), payments, "PaymentsSetMismatch", [dealKey, SET, 2n]);
  });

  it("follows the registry to a new operator key", async () => {
    const { proofs, registry, by, customer, addFirst } = await networkHelpers.loadFixture(accepted);
    await registry.write.setOperator([customer.account.address], by.provider);
    await addFirst(); // the old key still holds the set
    await proofs.write.syncOperator([SET], by.stranger);
    expect((await proofs.read.setOf([SET])).operator).to.equal(getAddress(customer.account.address));
  });

  it("turns proven periods, and only those, into the provider's money", async () => {
    const { proofs, payments, ledger, by, provider, addFirst, add, record, prove, firstPiece, dealKey, costOf } =
      await networkHelpers.loadFixture(accepted);
    await addFirst();
    await add([MORE], 1n);
    const pieces = [firstPiece, MORE];
    const provenAfter = [1n, 2n, 4n, 5n]; // the third is missed
    for (const offset of [1n, 2n, 3n, 4n, 5n]) {
      await record(FIRST_PERIOD + offset);
      if (provenAfter.includes(offset)) await prove(SET, FIRST_PERIOD + offset, pieces);
    }
    await record(FIRST_PERIOD + 6n);
    await payments.write.settle([dealKey], by.stranger);
    const stream = await payments.read.streamOf([dealKey]);
    expect(await proofs.read.provenPeriods([SET, FIRST_PERIOD, FIRST_PERIOD + 7n])).to.equal(4n);
    const bytes = (3n * GIB) / 2n;
    expect(stream.earned).to.equal(costOf(4n, bytes));
    expect(stream.released).to.equal(costOf(4n, bytes) - costOf(LOCAL_SPANS.holdbackPeriods, bytes));
    const paid = await ledger.read.balanceOf([provider.account.address, TOKEN]);
    expect(paid).to.equal(stream.released - (stream.released * BigInt(stream.feeBps)) / 10_000n);
  });

  it("counts the missed period against the set, and never an empty set's", async () => {
    const { proofs, by, addFirst, record, slot, enter } = await networkHelpers.loadFixture(accepted);
    await addFirst();
    await record(FIRST_PERIOD);
    await record(FIRST_PERIOD + 1n);
    const { root, meta } = await slot(0);
    await enter(FIRST_PERIOD + 3n);
    const report = (period: bigint) => proofs.write.reportMissed([SET, period, 0n, root, meta], by.stranger);
    await refuses(report(FIRST_PERIOD), proofs, "ProofsMissUnproven", [SET, FIRST_PERIOD]);
    await refuses(report(FIRST_PERIOD + 2n), proofs, "ProofsMissUnproven", [SET, FIRST_PERIOD + 2n]);
    await report(FIRST_PERIOD + 1n);
    expect((await proofs.read.setOf([SET])).strikes).to.equal(1);
  });

  it("removes for customer and operator while the deal runs, for anyone after it, even when it is closed", async () => {
    const { proofs, market, by, addFirst, add, slot, enter, liveBytes, feeRecipient } =
      await networkHelpers.loadFixture(accepted);
    await addFirst();
    await add([MORE], 1n);
    await add([MORE], 2n);
    const remove = async (number: number, from: { account: typeof feeRecipient.account }) => {
      const { root, meta } = await slot(number);
      return proofs.write.removePiece([SET, BigInt(number), root, meta], from);
    };
    const outsider = { account: feeRecipient.account };
    const who = getAddress(feeRecipient.account.address);
    await refuses(remove(0, outsider), proofs, "ProofsRemoverInvalid", [SET, 0n, who]);
    await refuses(remove(0, by.stranger), proofs, "ProofsRemoverInvalid", [
      SET,
      0n,
      getAddress(by.stranger.account.address),
    ]);
    await remove(0, by.customer);
    expect(await liveBytes()).to.equal(GIB);
    await remove(1, by.operator);
    expect(await liveBytes()).to.equal(GIB / 2n);

    await market.write.end([DEAL], by.customer);
    await refuses(remove(2, outsider), proofs, "ProofsRemoverInvalid", [SET, 2n, who]);
    await enter(FIRST_PERIOD + 5n);
    await market.write.finish([DEAL], outsider);
    await remove(2, outsider);
    expect(await liveBytes()).to.equal(0n);
  });
});
