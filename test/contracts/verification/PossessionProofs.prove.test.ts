import { expect } from "chai";
import { network } from "hardhat";
import { bytesToHex, concat, getAddress, type Hex, hexToBytes, numberToHex, size, slice, zeroAddress } from "viem";
import { drawChallenges, lineOf, type Question } from "../../../sdk/src/proofs/challenges.ts";
import { decodeMeta, type SlotRecord } from "../../../sdk/src/proofs/meta.ts";
import { verifyProof } from "../../../sdk/src/proofs/verify.ts";
import { possessionFixtures } from "../../helpers/fixtures/possession.ts";
import { DEAL_ID, FIRST_PERIOD, seedOf } from "../../helpers/possession.ts";
import { type OpenablePiece, pieceOf, randomPiece, uniformPiece } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { revertWithCustomErrorWithArgs: refuses, emitWithArgs: emits } = viem.assertions;

const { A, B, C, opened } = possessionFixtures(connection, 7);
const PERIOD = FIRST_PERIOD + 1n;

/** A and B entered in the first period; the second one is over and has its seed, and C entered after it. */
async function closed() {
  const context = await networkHelpers.loadFixture(opened);
  await context.add([A, B]);
  const { seed, dueAt } = await context.close(PERIOD);
  await context.add([C]);
  return { ...context, seed, dueAt, proof: await context.build(PERIOD, [A, B]) };
}
const anyPosition = (position: bigint) => position >= 0n;

describe("PossessionProofs.prove", () => {
  it("refuses a period without a seed", async () => {
    const { proofs, setId, by, proof } = await networkHelpers.loadFixture(closed);
    for (const period of [PERIOD + 1n, PERIOD + 2n, 2n ** 200n]) {
      const call = proofs.write.prove([setId, period, proof], by.operator);
      await refuses(call, proofs, "ProofsWindowClosed", [period, 0n]);
    }
  });

  it("refuses from the second on at which the proof was due, and takes it one second earlier", async () => {
    const { proofs, setId, by, proof, dueAt } = await networkHelpers.loadFixture(closed);
    await networkHelpers.time.setNextBlockTimestamp(dueAt);
    const call = proofs.write.prove([setId, PERIOD, proof], { ...by.operator, gas: 1_000_000n });
    await refuses(call, proofs, "ProofsWindowClosed", [PERIOD, dueAt]);
    const again = await networkHelpers.loadFixture(closed);
    await networkHelpers.time.setNextBlockTimestamp(again.dueAt - 1n);
    await proofs.write.prove([setId, PERIOD, again.proof], by.operator);
  });

  it("refuses everyone but the operator, also for a set that does not exist", async () => {
    const { proofs, setId, by, proof } = await networkHelpers.loadFixture(closed);
    const [keeper, stranger] = [getAddress(by.operator.account.address), getAddress(by.stranger.account.address)];
    const call = proofs.write.prove([setId, PERIOD, proof], by.stranger);
    await refuses(call, proofs, "ProofsOperatorOnly", [setId, keeper, stranger]);
    const unknown = proofs.write.prove([9n, PERIOD, proof], by.operator);
    await refuses(unknown, proofs, "ProofsOperatorOnly", [9n, zeroAddress, keeper]);
  });

  it("refuses an empty set, and one that was empty when the period ended", async () => {
    const { proofs, setId, by, close, add } = await networkHelpers.loadFixture(opened);
    await close(PERIOD);
    const call = () => proofs.write.prove([setId, PERIOD, "0x00"], by.operator);
    await refuses(call(), proofs, "ProofsSetEmpty", [setId]);
    await add([A]);
    await refuses(call(), proofs, "ProofsSetEmpty", [setId]);
  });

  it("refuses a second proof of the same period", async () => {
    const { proofs, setId, by, proof } = await networkHelpers.loadFixture(closed);
    await proofs.write.prove([setId, PERIOD, proof], by.operator);
    const call = proofs.write.prove([setId, PERIOD, proof], by.operator);
    await refuses(call, proofs, "ProofsPeriodProven", [setId, PERIOD]);
  });

  it("refuses the proof of another period, of another seed and of another set", async () => {
    const { proofs, setId, by, proof, close, provider, deals, sign, slots } = await networkHelpers.loadFixture(closed);
    const question = { setId, period: Number(PERIOD), total: 6n, seed: seedOf(PERIOD) };
    const same = (other: Question, records: readonly SlotRecord[]) =>
      String(drawChallenges(other, lineOf(records, other.total)).positions) ===
      String(drawChallenges(question, lineOf(records, 6n)).positions);
    const records = await slots();
    let other = PERIOD + 1n;
    while (same({ ...question, seed: seedOf(other) }, records)) other++; // another seed may ask for the same leaves
    await close(PERIOD, seedOf(other));
    const replayed = proofs.write.prove([setId, PERIOD, proof], by.operator);
    await refuses(replayed, proofs, "ProofsProofInvalid", [setId, PERIOD, anyPosition]);

    await close(PERIOD);
    await proofs.write.openSet([provider.account.address, deals.address], by.operator);
    const empty = proofs.write.prove([2n, PERIOD, proof], by.operator);
    await refuses(empty, proofs, "ProofsSetEmpty", [2n]);
    const pieces = [A, B].map(pieceOf);
    await proofs.write.addPieces([2n, DEAL_ID, pieces, 1n, await sign([A, B], { nonce: 1n })], by.operator);
    await close(PERIOD + 2n, seedOf(PERIOD));
    const foreign = proofs.write.prove([2n, PERIOD + 2n, proof], by.operator);
    await refuses(foreign, proofs, "ProofsProofInvalid", [2n, PERIOD + 2n, anyPosition]);
  });

  it("refuses a proof that ends early, at any byte, or goes on", async () => {
    const { proofs, setId, proof, tryProve } = await networkHelpers.loadFixture(closed);
    const bytes = hexToBytes(proof);
    const cuts = [0, 1, 5, 6, 37, 38, 165, 166, bytes.length - 33, bytes.length - 32, bytes.length - 1];
    for (const end of cuts) {
      const call = tryProve(PERIOD, bytesToHex(bytes.subarray(0, end)));
      await refuses(call, proofs, "ProofsProofInvalid", [setId, PERIOD, anyPosition]);
    }
    for (const more of ["0x00", proof, numberToHex(0, { size: 69 })] as const) {
      const call = tryProve(PERIOD, concat([proof, more]));
      await refuses(call, proofs, "ProofsProofInvalid", [setId, PERIOD, 6n]);
    }
  });

  it("refuses a live piece that is passed off as dead", async () => {
    const { proofs, setId, proof, tryProve, slots } = await networkHelpers.loadFixture(closed);
    const [slotA] = await slots();
    if (!slotA) throw new Error("A is in the set");
    const entry = concat([numberToHex(slotA.slot, { size: 5 }), numberToHex(slotA.meta, { size: 32 }), slotA.root]);
    // Its range is live to the last leaf, so that the entry names nothing at all: it is ignored, and costs only its own gas.
    await tryProve(PERIOD, concat(["0x01", entry, slice(proof, 1)]));
    const removed = numberToHex(slotA.meta | (FIRST_PERIOD << 56n), { size: 32 });
    const forged = concat(["0x01", numberToHex(slotA.slot, { size: 5 }), removed, slotA.root, slice(proof, 1)]);
    const call = tryProve(PERIOD, forged);
    await refuses(call, proofs, "ProofsProofInvalid", [setId, PERIOD, 0n]);
  });

  it("refuses dead ranges out of order or twice", async () => {
    const { proofs, setId, by, add, close, build, slots, tryProve } = await networkHelpers.loadFixture(opened);
    await add([A]);
    await close(PERIOD - 1n); // nothing is live in the first period, and the next one begins
    await add([B, B, C]);
    const seed = seedThat({ setId, period: Number(PERIOD), total: 23n }, await slots(), (dead) => dead.length > 1);
    await close(PERIOD, seed);
    const proof = await build(PERIOD, [A, B, C]);
    const entries = Array.from({ length: Number(slice(proof, 0, 1)) }, (_, i) => slice(proof, 1 + 69 * i, 70 + 69 * i));
    const rest = slice(proof, 1 + 69 * entries.length);
    const swapped = concat([slice(proof, 0, 1), ...entries.toReversed(), rest]);
    const twice = concat([numberToHex(entries.length + 1, { size: 1 }), entries[0] as Hex, ...entries, rest]);
    for (const forged of [swapped, twice]) {
      const call = tryProve(PERIOD, forged);
      await refuses(call, proofs, "ProofsProofInvalid", [setId, PERIOD, anyPosition]);
    }
    await proofs.write.prove([setId, PERIOD, proof], by.operator);
  });

  it("takes a valid proof, once for all pieces", async () => {
    const { proofs, setId, by, proof } = await networkHelpers.loadFixture(closed);
    expect(await proofs.read.isProven([setId, PERIOD])).to.equal(false);
    const proven = proofs.write.prove([setId, PERIOD, proof], by.operator);
    await emits(proven, proofs, "PeriodProven", [setId, PERIOD, 6n]);
    expect(await proofs.read.isProven([setId, PERIOD])).to.equal(true);
    expect(await proofs.read.provenPeriods([setId, PERIOD, PERIOD + 1n])).to.equal(1n);
  });

  it("merges equal challenges: five of them hit the only leaf", async () => {
    const { proofs, setId, by, add, close, build } = await networkHelpers.loadFixture(opened);
    await add([B]);
    await close(PERIOD);
    const proof = await build(PERIOD, [B]);
    expect(size(proof)).to.equal(1 + 37 + 128);
    await proofs.write.prove([setId, PERIOD, proof], by.operator);
  });

  it("draws again while a challenge falls on a piece that is not live yet", async () => {
    const { proofs, setId, by, add, enter, close, build } = await networkHelpers.loadFixture(opened);
    await add([B]);
    await enter(PERIOD);
    await add([C]); // entered in the very period that is proven
    await close(PERIOD);
    const proof = await build(PERIOD, [B]);
    expect(Number(slice(proof, 0, 1))).to.equal(1);
    expect(await proofs.read.totalAt([setId, PERIOD])).to.equal(17n);
    await proofs.write.prove([setId, PERIOD, proof], by.operator);
  });

  it("still asks for a piece in the period in which it was removed, and no longer after it", async () => {
    const { proofs, setId, by, slots, enter, close, build, add } = await networkHelpers.loadFixture(opened);
    await add([C, B]);
    await enter(PERIOD);
    const [slotC] = await slots();
    if (!slotC) throw new Error("C is in the set");
    await proofs.write.removePiece([setId, 0n, slotC.root, slotC.meta], by.customer);
    await close(PERIOD);
    const whole = await build(PERIOD, [B, C]);
    expect(Number(slice(whole, 0, 1))).to.equal(0);
    await proofs.write.prove([setId, PERIOD, whole], by.operator);
    await close(PERIOD + 1n);
    const rest = await build(PERIOD + 1n, [B]);
    expect(Number(slice(rest, 0, 1))).to.equal(1);
    await proofs.write.prove([setId, PERIOD + 1n, rest], by.operator);
  });

  it("stays provable when next to nothing of the line is live, at the price of one draw for each dead range", async () => {
    const { proofs, setId, by, slots, enter, close, build, add } = await networkHelpers.loadFixture(opened);
    const [gone, young] = [uniformPiece(2 ** 33, "a TiB that its customer took out"), uniformPiece(2 ** 33, "another")];
    await add([gone, B]);
    const [slot] = await slots();
    if (!slot) throw new Error("the first piece is in the set");
    await proofs.write.removePiece([setId, 0n, slot.root, slot.meta], by.customer);
    await enter(PERIOD);
    await add([young]);
    await close(PERIOD);
    const proof = await build(PERIOD, [B]);
    expect(Number(slice(proof, 0, 1))).to.equal(2);
    await proofs.write.prove([setId, PERIOD, proof], { ...by.operator, gas: 200_000n });
    expect(await proofs.read.isProven([setId, PERIOD])).to.equal(true);
  });

  it("draws again on the rest that a smaller piece leaves of a range", async () => {
    const { proofs, setId, by, slots, enter, close, build, add, sign } = await networkHelpers.loadFixture(opened);
    await add([C, A]);
    const [slotC] = await slots();
    if (!slotC) throw new Error("C is in the set");
    await proofs.write.removePiece([setId, 0n, slotC.root, slotC.meta], by.operator);
    await enter(FIRST_PERIOD + 2n);
    const old = [slotC.root, slotC.meta | (FIRST_PERIOD << 56n)] as const;
    const reused = [setId, 0n, ...old, DEAL_ID, pieceOf(B), 2n, await sign([B], { nonce: 2n })] as const;
    await proofs.write.reuseSlot(reused, by.operator);
    const period = FIRST_PERIOD + 3n;
    const question = { setId, period: Number(period), total: 21n };
    const seed = seedThat(question, await slots(), (dead, positions) => dead.length === 1 && positions[0] === 0n);
    await close(period, seed);
    const proof = await build(period, [A, B]);
    await proofs.write.prove([setId, period, proof], by.operator);
  });

  it("refuses a set that went unproven through a whole word of 224 periods, and new pieces for it", async () => {
    const { proofs, setId, by, enter, close, build, add } = await networkHelpers.loadFixture(opened);
    await add([B]);
    await close(PERIOD);
    await proofs.write.prove([setId, PERIOD, await build(PERIOD, [B])], by.operator);
    const lastOfNextWord = 224n * 3n - 1n; // the first word in use is number 1
    await enter(lastOfNextWord);
    await add([A]);
    await close(lastOfNextWord + 1n);
    const proof = await build(lastOfNextWord + 1n, [A, B]);
    const late = proofs.write.prove([setId, lastOfNextWord + 1n, proof], by.operator);
    await refuses(late, proofs, "ProofsSetOver", [setId]);
    await refuses(add([C]), proofs, "ProofsSetOver", [setId]);
    expect(await proofs.read.provenPeriods([setId, 0n, 2_000n])).to.equal(1n);
  });

  it("lets a set that has proven nothing yet wait as long as it likes", async () => {
    const { proofs, setId, by, enter, close, build, add } = await networkHelpers.loadFixture(opened);
    const first = 224n * 9n + 5n;
    await enter(first - 1n);
    await add([B]);
    await close(first);
    await proofs.write.prove([setId, first, await build(first, [B])], by.operator);
    expect(await proofs.read.provenPeriods([setId, 0n, first])).to.equal(0n);
    expect(await proofs.read.provenPeriods([setId, 0n, first + 1n])).to.equal(1n);
  });
});

describe("PossessionProofs.prove over random sets", () => {
  for (let round = 0; round < 12; round++) {
    it(`agrees with an auditor's own check of honest and damaged proofs, set ${round}`, async () => {
      const draw = createRandom(1_000 + round);
      const context = await networkHelpers.loadFixture(opened);
      const { proofs, setId, by, add, enter, close, build, slots, sign, tryProve } = context;
      const pieces = new Map<Hex, OpenablePiece>();
      const grow = (most: number) => {
        const piece = randomPiece(1 + draw(most), draw);
        pieces.set(piece.root, piece);
        return piece;
      };
      let period = FIRST_PERIOD;
      await add(Array.from({ length: 1 + draw(4) }, () => grow(40)));
      for (let step = 0; step < 3; step++) {
        period++;
        await enter(period);
        if (draw(2) === 0) await add(Array.from({ length: 1 + draw(3) }, () => grow(40)));
        for (const { slot, root, meta } of await slots()) {
          const { removedIn, length } = decodeMeta(meta);
          if (removedIn === 0 && slot > 0 && draw(4) === 0) {
            await proofs.write.removePiece([setId, BigInt(slot), root, meta], by.operator);
          } else if (removedIn !== 0 && removedIn + 2 <= Number(period) && draw(2) === 0) {
            const piece = grow(length);
            const call = [setId, BigInt(slot), root, meta, DEAL_ID, pieceOf(piece), 2n] as const;
            await proofs.write.reuseSlot([...call, await sign([piece], { nonce: 2n })], by.operator);
          }
        }
        const { seed } = await close(period, seedOf(BigInt(draw(1_000_000))));
        const proof = await build(period, [...pieces.values()]);
        const records = await slots();
        const question = { seed, setId, period: Number(period), total: await proofs.read.totalAt([setId, period]) };
        expect(verifyProof(question, proof, records)).to.deep.equal({ valid: true });
        for (let damage = 0; damage < 12; damage++) {
          const damaged = damage === 0 ? proof : damageOf(proof, draw);
          const verdict = verifyProof(question, damaged, records);
          const call = tryProve(period, damaged);
          if (verdict.valid) await call;
          else await refuses(call, proofs, "ProofsProofInvalid", [setId, period, verdict.position]);
        }
        await proofs.write.prove([setId, period, proof], by.operator);
      }
    });
  }
});

/** One random change: a bit, a cut, an insertion, or two parts in each other's place. */
function damageOf(proof: Hex, draw: (limit: number) => number): Hex {
  const bytes = hexToBytes(proof);
  const place = draw(bytes.length);
  switch (draw(4)) {
    case 0:
      return bytesToHex(bytes.with(place, (bytes[place] ?? 0) ^ (1 << draw(8))));
    case 1:
      return bytesToHex(bytes.subarray(0, place));
    case 2:
      return bytesToHex(Uint8Array.from([...bytes.subarray(0, place), draw(256), ...bytes.subarray(place)]));
    default: {
      const middle = place + draw(bytes.length - place);
      return bytesToHex(Uint8Array.from([...bytes.subarray(middle), ...bytes.subarray(0, middle)]));
    }
  }
}

/** A seed whose challenges fall as the test needs them. */
function seedThat(
  question: Omit<Question, "seed">,
  records: readonly SlotRecord[],
  isWanted: (dead: readonly SlotRecord[], positions: readonly bigint[]) => boolean,
): Hex {
  for (let number = 0n; ; number++) {
    const seed = seedOf(number);
    const { dead, positions } = drawChallenges({ ...question, seed }, lineOf(records, question.total));
    if (isWanted(dead, positions)) return seed;
  }
}
