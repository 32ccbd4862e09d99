import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, zeroHash } from "viem";
import { commitmentOf, decodeMeta, encodeMeta } from "../../../sdk/src/proofs/meta.ts";
import { hashFirstPiece } from "../../../sdk/src/proofs/typed-data.ts";
import { possessionFixtures } from "../../helpers/fixtures/possession.ts";
import { DEAL_ID, FIRST_PERIOD } from "../../helpers/possession.ts";
import { type OpenablePiece, pieceOf, randomPiece } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { revertWithCustomErrorWithArgs: refuses, emitWithArgs: emits } = viem.assertions;

const { A, B, C, opened, twoAdded } = possessionFixtures(connection, 20261123);

/** A has been removed in the first period, B is still there; the second period runs. */
async function oneRemoved() {
  const context = await networkHelpers.loadFixture(twoAdded);
  const { proofs, setId, by, slotA } = context;
  await proofs.write.removePiece([setId, BigInt(slotA.slot), slotA.root, slotA.meta], by.customer);
  const removed = { ...slotA, meta: slotA.meta | (FIRST_PERIOD << 56n) };
  await context.enter(FIRST_PERIOD + 1n);
  return { ...context, removed };
}

describe("PossessionProofs.removePiece", () => {
  it("refuses what the slot does not hold", async () => {
    const { proofs, setId, by, slotA, slotB } = await networkHelpers.loadFixture(twoAdded);
    const wrong = [
      [0n, slotB.root, slotA.meta],
      [0n, slotA.root, slotB.meta],
      [1n, slotA.root, slotA.meta],
      [2n, slotA.root, slotA.meta],
    ] as const;
    for (const [slot, root, meta] of wrong) {
      const call = proofs.write.removePiece([setId, slot, root, meta], by.operator);
      await refuses(call, proofs, "ProofsSlotMismatch", [setId, slot]);
    }
  });

  it("refuses strangers while the deal runs", async () => {
    const { proofs, setId, by, slotA, deals, answers } = await networkHelpers.loadFixture(twoAdded);
    await deals.write.setAnswers([{ ...answers, endPeriod: Number(FIRST_PERIOD) + 1 }]);
    const stranger = getAddress(by.stranger.account.address);
    const call = proofs.write.removePiece([setId, 0n, slotA.root, slotA.meta], by.stranger);
    await refuses(call, proofs, "ProofsRemoverInvalid", [setId, 0n, stranger]);
  });

  it("refuses a piece that was removed", async () => {
    const { proofs, setId, by, removed } = await networkHelpers.loadFixture(oneRemoved);
    const call = proofs.write.removePiece([setId, 0n, removed.root, removed.meta], by.operator);
    await refuses(call, proofs, "ProofsPieceRemoved", [setId, 0n, FIRST_PERIOD]);
  });

  for (const who of ["customer", "operator"] as const) {
    it(`lets the ${who} remove a piece, and its bytes with it`, async () => {
      const { proofs, setId, by, slotA, dealKey, deals } = await networkHelpers.loadFixture(twoAdded);
      const removal = await proofs.write.removePiece([setId, 0n, slotA.root, slotA.meta], by[who]);
      await emits(removal, proofs, "PieceRemoved", [setId, 0n, dealKey, slotA.meta, FIRST_PERIOD]);
      await emits(removal, deals, "BytesRemoved", [dealKey, 5n * 128n]);
      const meta = slotA.meta | (FIRST_PERIOD << 56n);
      expect(decodeMeta(meta).removedIn).to.equal(Number(FIRST_PERIOD));
      expect(await proofs.read.slotOf([setId, 0n])).to.equal(commitmentOf({ root: A.root, meta }));
      expect((await proofs.read.setOf([setId])).total).to.equal(6n);
    });
  }

  it("counts a removal in the very first period as one in the next: 0 says that nobody removed it", async () => {
    const { provider, by, deals, answers } = await networkHelpers.loadFixture(opened);
    const originAt = BigInt(await networkHelpers.time.latest());
    const young = await viem.deployContract("BeaconDouble", [originAt, 86_400n]);
    const proofs = await viem.deployContract("PossessionProofs", [
      young.address,
      deals.address,
      deals.address,
      deals.address,
    ]);
    await proofs.write.openSet([provider.account.address, deals.address], by.operator);
    await deals.write.setAnswers([{ ...answers, firstPieceHash: hashFirstPiece(A) }]);
    await proofs.write.addPieces([1n, DEAL_ID, [pieceOf(A)], 0n, "0x"], by.operator);
    const meta = encodeMeta({ start: 0n, length: 5, leafCount: 5, addedIn: 0, removedIn: 0, dealId: DEAL_ID });
    await emits(proofs.write.removePiece([1n, 0n, A.root, meta], by.operator), proofs, "PieceRemoved", [
      1n,
      0n,
      () => true,
      meta,
      1n,
    ]);
    const removed = meta | (1n << 56n);
    expect(await proofs.read.slotOf([1n, 0n])).to.equal(commitmentOf({ root: A.root, meta: removed }));
    const again = proofs.write.removePiece([1n, 0n, A.root, removed], by.operator);
    await refuses(again, proofs, "ProofsPieceRemoved", [1n, 0n, 1n]);
  });

  it("lets anyone remove once the deal's last period is over", async () => {
    const { proofs, setId, by, slotA, dealKey, deals, answers } = await networkHelpers.loadFixture(twoAdded);
    await deals.write.setAnswers([{ ...answers, endPeriod: Number(FIRST_PERIOD) }]);
    const removal = await proofs.write.removePiece([setId, 0n, slotA.root, slotA.meta], by.stranger);
    await emits(removal, deals, "BytesRemoved", [dealKey, 5n * 128n]);
  });
});

describe("PossessionProofs.reuseSlot", () => {
  const reuse = async (
    context: Awaited<ReturnType<typeof oneRemoved>>,
    piece: OpenablePiece,
    { slot = 0n, root = context.removed.root, meta = context.removed.meta, nonce = 9n } = {},
  ) => {
    const signature = await context.sign([piece], { nonce });
    const call = [context.setId, slot, root, meta, DEAL_ID, pieceOf(piece), nonce, signature] as const;
    return context.proofs.write.reuseSlot(call, context.by.operator);
  };
  const D = randomPiece(3, createRandom(4));

  it("refuses everyone but the operator, and what the slot does not hold", async () => {
    const context = await networkHelpers.loadFixture(oneRemoved);
    const { proofs, setId, by, removed, sign, operator, slotA } = context;
    const call = [
      setId,
      0n,
      removed.root,
      removed.meta,
      DEAL_ID,
      pieceOf(D),
      9n,
      await sign([D], { nonce: 9n }),
    ] as const;
    const [keeper, stranger] = [getAddress(operator.account.address), getAddress(by.stranger.account.address)];
    await refuses(proofs.write.reuseSlot(call, by.stranger), proofs, "ProofsOperatorOnly", [setId, keeper, stranger]);
    await refuses(reuse(context, D, { meta: slotA.meta }), proofs, "ProofsSlotMismatch", [setId, 0n]);
    await refuses(reuse(context, D, { root: B.root }), proofs, "ProofsSlotMismatch", [setId, 0n]);
  });

  it("refuses a slot that is in use, or whose piece left less than two periods ago", async () => {
    const context = await networkHelpers.loadFixture(oneRemoved);
    const { proofs, setId, slotB } = context;
    await refuses(reuse(context, D), proofs, "ProofsSlotUnavailable", [setId, 0n, 5n, 3n]);
    await context.enter(FIRST_PERIOD + 5n);
    const inUse = reuse(context, B, { slot: 1n, root: slotB.root, meta: slotB.meta });
    await refuses(inUse, proofs, "ProofsSlotUnavailable", [setId, 1n, 1n, 1n]);
  });

  it("refuses a piece that does not fit, has no leaves, or is not signed", async () => {
    const context = await networkHelpers.loadFixture(oneRemoved);
    const { proofs, setId, by, removed, signer } = context;
    await context.enter(FIRST_PERIOD + 2n);
    await refuses(reuse(context, C), proofs, "ProofsSlotUnavailable", [setId, 0n, 5n, 16n]);
    await refuses(reuse(context, { ...D, leafCount: 0 }), proofs, "ProofsPieceInvalid", [D.root, 0n]);
    await refuses(reuse(context, { ...D, root: zeroHash }), proofs, "ProofsPieceInvalid", [zeroHash, 3n]);
    const signature = await context.sign([D, D], { nonce: 9n });
    const call = [setId, 0n, removed.root, removed.meta, DEAL_ID, pieceOf(D), 9n, signature] as const;
    await refuses(proofs.write.reuseSlot(call, by.operator), proofs, "ProofsSignatureInvalid", [
      DEAL_ID,
      getAddress(signer.account.address),
      () => true,
    ]);
    const first = [setId, 0n, removed.root, removed.meta, DEAL_ID, pieceOf(D), 0n, "0x"] as const;
    await refuses(proofs.write.reuseSlot(first, by.operator), proofs, "ProofsFirstPieceMismatch", [
      DEAL_ID,
      zeroHash,
      hashFirstPiece(D),
    ]);
  });

  it("puts a piece into the range from the second period on, and leaves the line as long as it was", async () => {
    const context = await networkHelpers.loadFixture(oneRemoved);
    const { proofs, setId, deals, dealKey } = context;
    await context.enter(FIRST_PERIOD + 2n);
    const meta = encodeMeta({
      start: 0n,
      length: 5,
      leafCount: 3,
      addedIn: Number(FIRST_PERIOD) + 2,
      removedIn: 0,
      dealId: DEAL_ID,
    });
    const reused = await reuse(context, D);
    await emits(reused, proofs, "PieceAdded", [setId, 0n, dealKey, D.root, D.cidDigest, meta]);
    await emits(reused, deals, "BytesAdded", [dealKey, setId, 3n * 128n, 9n]);
    const set = await proofs.read.setOf([setId]);
    expect([set.total, set.slots]).to.deep.equal([6n, 2]);
    expect(await proofs.read.slotOf([setId, 0n])).to.equal(commitmentOf({ root: D.root, meta }));
  });

  it("takes the first piece of a request without a signature", async () => {
    const context = await networkHelpers.loadFixture(oneRemoved);
    const { proofs, setId, by, removed, deals, answers } = context;
    await context.enter(FIRST_PERIOD + 2n);
    await deals.write.setAnswers([{ ...answers, firstPieceHash: hashFirstPiece(D) }]);
    const call = [setId, 0n, removed.root, removed.meta, DEAL_ID, pieceOf(D), 0n, "0x"] as const;
    await emits(proofs.write.reuseSlot(call, by.operator), proofs, "PieceAdded", [
      setId,
      0n,
      () => true,
      D.root,
      D.cidDigest,
      () => true,
    ]);
  });
});
