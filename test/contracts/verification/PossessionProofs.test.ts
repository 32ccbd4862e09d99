import { expect } from "chai";
import { network } from "hardhat";
import {
  concat,
  encodeAbiParameters,
  getAddress,
  type Hex,
  hashTypedData,
  maxUint256,
  parseAbiParameters,
  toFunctionSelector,
  zeroAddress,
  zeroHash,
} from "viem";
import { commitmentOf, encodeMeta } from "../../../sdk/src/proofs/meta.ts";
import { hashFirstPiece, piecesTypedData } from "../../../sdk/src/proofs/typed-data.ts";
import { possessionFixtures } from "../../helpers/fixtures/possession.ts";
import { DEAL_ID, FIRST_PERIOD } from "../../helpers/possession.ts";
import { type OpenablePiece, pieceOf } from "../../helpers/proofs.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { revertWithCustomErrorWithArgs: refuses, emitWithArgs: emits } = viem.assertions;

const { A, B, C, opened, twoAdded } = possessionFixtures(connection, 20261123);

describe("PossessionProofs.openSet", () => {
  it("refuses everyone but the operator that the registry names", async () => {
    const { proofs, provider, operator, deals, by } = await networkHelpers.loadFixture(opened);
    const [owner, keeper] = [getAddress(provider.account.address), getAddress(operator.account.address)];
    for (const caller of [provider, { account: by.stranger.account }]) {
      const args = [0n, keeper, getAddress(caller.account.address)] as [bigint, Hex, Hex];
      await refuses(
        proofs.write.openSet([owner, deals.address], { account: caller.account }),
        proofs,
        "ProofsOperatorOnly",
        args,
      );
    }
    await refuses(proofs.write.openSet([keeper, deals.address], by.operator), proofs, "ProofsOperatorOnly", [
      0n,
      zeroAddress,
      keeper,
    ]);
  });

  it("opens an empty set for one market, numbered from 1", async () => {
    const { proofs, provider, operator, deals, by } = await networkHelpers.loadFixture(opened);
    const [owner, keeper] = [getAddress(provider.account.address), getAddress(operator.account.address)];
    await emits(proofs.write.openSet([owner, deals.address], by.operator), proofs, "SetOpened", [
      2n,
      owner,
      getAddress(deals.address),
      keeper,
    ]);
    for (const setId of [1n, 2n]) {
      expect(await proofs.read.setOf([setId])).to.deep.equal({
        provider: owner,
        operator: keeper,
        market: getAddress(deals.address),
        total: 0n,
        slots: 0,
        strikes: 0,
        lastStrikePeriod: 0,
      });
    }
    expect((await proofs.read.setOf([3n])).provider).to.equal(zeroAddress);
  });
});

describe("PossessionProofs.syncOperator", () => {
  it("refuses a set that does not exist", async () => {
    const { proofs } = await networkHelpers.loadFixture(opened);
    await refuses(proofs.write.syncOperator([9n]), proofs, "ProofsSetUnknown", [9n]);
  });

  it("does nothing while the registry names the same key", async () => {
    const { proofs, setId, by } = await networkHelpers.loadFixture(opened);
    await proofs.write.syncOperator([setId], by.stranger);
    expect(await proofs.getEvents.SetOperatorChanged()).to.deep.equal([]);
  });

  it("hands the set to the new key, whoever calls it, and takes it from the old one", async () => {
    const { proofs, setId, by, provider, stranger, deals, add, close, build } =
      await networkHelpers.loadFixture(twoAdded);
    const [was, is] = [getAddress(by.operator.account.address), getAddress(stranger.account.address)];
    await deals.write.setOperator([provider.account.address, is]);
    await emits(proofs.write.syncOperator([setId], by.customer), proofs, "SetOperatorChanged", [setId, is]);

    expect((await proofs.read.setOf([setId])).operator).to.equal(is);
    await refuses(add([C]), proofs, "ProofsOperatorOnly", [setId, is, was]);
    await close(FIRST_PERIOD + 1n);
    const proof = await build(FIRST_PERIOD + 1n, [A, B]);
    await refuses(proofs.write.prove([setId, FIRST_PERIOD + 1n, proof], by.operator), proofs, "ProofsOperatorOnly", [
      setId,
      is,
      was,
    ]);
    await proofs.write.prove([setId, FIRST_PERIOD + 1n, proof], by.stranger);
    expect(await proofs.read.isProven([setId, FIRST_PERIOD + 1n])).to.equal(true);
  });
});

describe("PossessionProofs.hashPieces", () => {
  it("is the EIP-712 hash that wallets sign, for any number of pieces", async () => {
    const { proofs, deals, operator } = await networkHelpers.loadFixture(opened);
    const chainId = await operator.getChainId();
    for (const pieces of [[], [A], [A, B, C]]) {
      for (const [dealId, nonce] of [
        [0n, 0n],
        [DEAL_ID, 1n],
        [2n ** 56n - 1n, maxUint256],
      ] as const) {
        const request = { market: deals.address, dealId, pieces: pieces.map(pieceOf), nonce };
        const expected = hashTypedData(piecesTypedData({ chainId, proofs: proofs.address, ...request }));
        expect(await proofs.read.hashPieces([deals.address, dealId, request.pieces, nonce])).to.equal(expected);
      }
    }
  });

  it("names its domain by ERC-5267", async () => {
    const { proofs } = await networkHelpers.loadFixture(opened);
    const [, name, version, , verifyingContract] = await proofs.read.eip712Domain();
    expect([name, version, verifyingContract]).to.deep.equal(["PossessionProofs", "1", getAddress(proofs.address)]);
  });
});

describe("PossessionProofs.addPieces", () => {
  it("refuses everyone but the operator", async () => {
    const { proofs, setId, by, operator, sign } = await networkHelpers.loadFixture(opened);
    const call = [setId, DEAL_ID, [pieceOf(A)], 1n, await sign([A], { nonce: 1n })] as const;
    const keeper = getAddress(operator.account.address);
    const customer = getAddress(by.customer.account.address);
    await refuses(proofs.write.addPieces(call, by.customer), proofs, "ProofsOperatorOnly", [setId, keeper, customer]);
    const unknown = [2n, ...call.slice(1)] as unknown as typeof call;
    await refuses(proofs.write.addPieces(unknown, by.operator), proofs, "ProofsOperatorOnly", [
      2n,
      zeroAddress,
      keeper,
    ]);
  });

  it("refuses no pieces, pieces without root or leaves, and deal numbers that fit no meta word", async () => {
    const { proofs, setId, add } = await networkHelpers.loadFixture(opened);
    await refuses(add([]), proofs, "ProofsPieceInvalid", [zeroHash, 0n]);
    await refuses(add([A, { ...B, root: zeroHash }]), proofs, "ProofsPieceInvalid", [zeroHash, 1n]);
    await refuses(add([{ ...A, leafCount: 0 }]), proofs, "ProofsPieceInvalid", [A.root, 0n]);
    await refuses(add([A], { dealId: 2n ** 56n }), proofs, "ProofsDealInvalid", [2n ** 56n]);
    expect((await proofs.read.setOf([setId])).slots).to.equal(0);
  });

  it("refuses more leaves than the field of a piece holds", async () => {
    const { proofs, setId, operator } = await networkHelpers.loadFixture(opened);
    const types = parseAbiParameters("uint256, uint256, (bytes32, uint256, bytes32)[], uint256, bytes");
    const args = encodeAbiParameters(types, [setId, DEAL_ID, [[A.root, 2n ** 40n, A.cidDigest]], 1n, "0x"]);
    const selector = toFunctionSelector("addPieces(uint256,uint256,(bytes32,uint40,bytes32)[],uint256,bytes)");
    await viem.assertions.revert(operator.sendTransaction({ to: proofs.address, data: concat([selector, args]) }));
  });

  it("refuses what the deal's key did not sign, to the letter", async () => {
    const { proofs, setId, by, sign, signer, customer, provider } = await networkHelpers.loadFixture(opened);
    const good = await sign([A, B], { nonce: 3n });
    const expected = getAddress(signer.account.address);
    const refusesWith = async (pieces: OpenablePiece[], nonce: bigint, signature: Hex, dealId = DEAL_ID) => {
      const call = [setId, dealId, pieces.map(pieceOf), nonce, signature] as const;
      await refuses(proofs.write.addPieces(call, by.operator), proofs, "ProofsSignatureInvalid", [
        dealId,
        expected,
        (recovered: Hex) => recovered !== expected,
      ]);
    };
    await refusesWith([A, B], 3n, await sign([A, B], { nonce: 3n, signer: customer.account.address }));
    await refusesWith([A, B], 4n, good);
    await refusesWith([A, B], 3n, good, DEAL_ID + 1n);
    await refusesWith([B, A], 3n, good);
    await refusesWith([A], 3n, good);
    await refusesWith([A, { ...B, leafCount: 2 }], 3n, good);
    await refusesWith([A, { ...B, cidDigest: A.cidDigest }], 3n, good);
    await refusesWith([A, B], 3n, "0x");
    await refusesWith([A, B], 3n, good.slice(0, -2) as Hex);
    await refusesWith([A, B], 3n, `${good}00`);
    await refusesWith([A, B], 3n, `${good.slice(0, -2)}1d` as Hex);
    await refusesWith([A, B], 3n, otherS(good));
    // A set of another market hears of another deal: the same number and signature are worth nothing there.
    const other = getAddress(customer.account.address);
    await proofs.write.openSet([provider.account.address, other], by.operator);
    await refuses(
      proofs.write.addPieces([2n, DEAL_ID, [A, B].map(pieceOf), 3n, good], by.operator),
      proofs,
      "ProofsSignatureInvalid",
      [DEAL_ID, expected, (recovered: Hex) => recovered !== expected],
    );
  });

  it("takes without a signature only the one piece that the request carried", async () => {
    const { proofs, setId, by, deals, answers, sign, signer } = await networkHelpers.loadFixture(opened);
    await deals.write.setAnswers([{ ...answers, firstPieceHash: hashFirstPiece(A) }]);
    const add = (pieces: OpenablePiece[], signature: Hex = "0x") =>
      proofs.write.addPieces([setId, DEAL_ID, pieces.map(pieceOf), 0n, signature], by.operator);
    await refuses(add([B]), proofs, "ProofsFirstPieceMismatch", [DEAL_ID, hashFirstPiece(A), hashFirstPiece(B)]);
    await refuses(add([A, A]), proofs, "ProofsFirstPieceMismatch", [DEAL_ID, zeroHash, () => true]);
    const signature = await sign([A], { nonce: 0n });
    await refuses(add([A], signature), proofs, "ProofsSignatureInvalid", [
      DEAL_ID,
      getAddress(signer.account.address),
      zeroAddress,
    ]);
    await add([A]);
    expect((await proofs.read.setOf([setId])).total).to.equal(5n);
  });

  it("appends each piece to the line, commits to it and counts its bytes", async () => {
    const { proofs, setId, deals, dealKey, add, slots } = await networkHelpers.loadFixture(opened);
    const metas = [A, B].map((piece, i) =>
      encodeMeta({
        start: i === 0 ? 0n : 5n,
        length: piece.leafCount,
        leafCount: piece.leafCount,
        addedIn: Number(FIRST_PERIOD),
        removedIn: 0,
        dealId: DEAL_ID,
      }),
    ) as [bigint, bigint];
    const added = await add([A, B]);
    await emits(added, proofs, "PieceAdded", [setId, 0n, dealKey, A.root, A.cidDigest, metas[0]]);
    await emits(added, proofs, "PieceAdded", [setId, 1n, dealKey, B.root, B.cidDigest, metas[1]]);
    await emits(added, deals, "BytesAdded", [dealKey, setId, 6n * 128n, 1n]);
    const set = await proofs.read.setOf([setId]);
    expect([set.total, set.slots]).to.deep.equal([6n, 2]);
    for (const record of await slots()) {
      expect(await proofs.read.slotOf([setId, BigInt(record.slot)])).to.equal(commitmentOf(record));
    }
    expect(await proofs.read.slotOf([setId, 2n])).to.equal(zeroHash);
  });

  it("keeps the length as of the end of the period before", async () => {
    const { proofs, setId, add, enter } = await networkHelpers.loadFixture(opened);
    const totals = () =>
      Promise.all([-1n, 0n, 1n].map((offset) => proofs.read.totalAt([setId, FIRST_PERIOD + offset])));
    await add([A]);
    await add([B]);
    expect(await totals()).to.deep.equal([0n, 6n, 6n]);
    await enter(FIRST_PERIOD + 1n);
    expect(await totals()).to.deep.equal([0n, 6n, 6n]);
    await add([C]);
    await add([C]);
    expect((await totals()).slice(1)).to.deep.equal([6n, 38n]);
  });
});

/** The same signature in its other, malleable form. */
function otherS(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.slice(130) === "1b" ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}` as Hex;
}
