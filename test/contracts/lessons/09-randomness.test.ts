// Draws by weight, whose trees are to be versioned, have no contract yet (`Allocator`, the mode *draw* of the market): nothing of that
// part of the lesson is tested here. What there is: the seeds of proofs, and the sets that they ask.
import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, zeroHash } from "viem";
import { buildProof, challengedPieces } from "../../../sdk/src/proofs/build.ts";
import { createAssertions } from "../../helpers/assertions.ts";
import { possessionFixtures } from "../../helpers/fixtures/possession.ts";
import { FIRST_PERIOD, seedOf } from "../../helpers/possession.ts";
import {
  boundaryBlock,
  headersOf,
  PERIOD_SECONDS,
  PROOF_WINDOW_SECONDS,
  RETRY_SECONDS,
  readerOf,
} from "../../helpers/proofs.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { rejects } = createAssertions(connection);
const { A, B, C, opened } = possessionFixtures(connection, 9);
const PERIOD = FIRST_PERIOD + 1n;

describe("lesson 9: a seed that is ground or withheld", () => {
  /** Period 10 has ended, and a chain of blocks lies around its end. */
  async function ended() {
    const originAt = BigInt(await networkHelpers.time.latest()) + 100n - 10n * PERIOD_SECONDS;
    const spans = [originAt, PERIOD_SECONDS, PROOF_WINDOW_SECONDS, RETRY_SECONDS] as const;
    const beacon = await viem.deployContract("RandomBeacon", [...spans]);
    const endAt = originAt + 11n * PERIOD_SECONDS;
    await networkHelpers.time.increaseTo(endAt - 30n);
    await networkHelpers.mine(2, { interval: 12 });
    const first = await boundaryBlock(connection, endAt + 3n);
    await networkHelpers.mine(12, { interval: 12 });
    return { beacon, endAt, first };
  }

  /** Which of the blocks around `first` could be recorded now. */
  async function recordable(beacon: Awaited<ReturnType<typeof ended>>["beacon"], first: bigint) {
    const found: bigint[] = [];
    for (let number = first - 3n; number <= first + 10n; number++) {
      const snapshot = await networkHelpers.takeSnapshot();
      const isTaken = await beacon.write.record([10n, ...(await headersOf(connection, number))]).then(
        () => true,
        () => false,
      );
      await snapshot.restore();
      if (isTaken) found.push(number);
    }
    return found;
  }

  it("is no choice: of all blocks around the end of a period one can be recorded, once, by whomever", async () => {
    const { beacon, first } = await networkHelpers.loadFixture(ended);
    expect(await recordable(beacon, first)).to.deep.equal([first]);
    await beacon.write.record([10n, ...(await headersOf(connection, first))]);
    expect(await recordable(beacon, first)).to.deep.equal([]);
  });

  it("is no choice when it was withheld either: it moves on to one later block, and the deadline with it", async () => {
    const { beacon, endAt, first } = await networkHelpers.loadFixture(ended);
    const secondAt = endAt + RETRY_SECONDS;
    const second = await boundaryBlock(connection, secondAt + 5n);
    await networkHelpers.mine(12, { interval: 12 });
    expect(await recordable(beacon, first)).to.deep.equal([]);
    expect(await recordable(beacon, second)).to.deep.equal([second]);
    await beacon.write.record([10n, ...(await headersOf(connection, second))]);
    const [, dueAt] = await beacon.read.roundOf([10n]);
    expect(BigInt(dueAt)).to.equal(BigInt(await networkHelpers.time.latest()) + PROOF_WINDOW_SECONDS);
  });

  it("that nobody recorded counts against nobody: no proof is due, and no miss can be reported", async () => {
    const { proofs, setId, add, slots, enter, by } = await networkHelpers.loadFixture(opened);
    await add([A]);
    await enter(PERIOD + 2n);
    const [slot] = await slots();
    if (!slot) throw new Error("A is in the set");
    const report = proofs.write.reportMissed([setId, PERIOD, 0n, slot.root, slot.meta], by.stranger);
    await rejects(report, proofs, "ProofsMissUnproven", [setId, PERIOD]);
    expect((await proofs.read.setOf([setId])).strikes).to.equal(0);
  });
});

describe("lesson 9: a set that is moved after the seed", () => {
  /** A, B and C are in the set; C is lost, and the seed of the period asks for it. */
  async function lost() {
    const context = await opened();
    const { add, slots, close, setId, proofs } = context;
    await add([A, B, C]);
    const total = 22n;
    const question = { setId, period: Number(PERIOD), total };
    let seed: Hex = zeroHash;
    for (let number = 0n; ; number++) {
      seed = seedOf(number);
      const asked = challengedPieces({ ...question, seed }, await slots());
      if (asked.some(({ root }) => root === C.root)) break;
    }
    await close(PERIOD, seed);
    const forge = async (records: Awaited<ReturnType<typeof slots>>, length: bigint) =>
      buildProof({ ...question, total: length, seed, slots: records, readPiece: readerOf([A, B]) });
    const slotOf = async (root: Hex) => {
      const slot = (await slots()).find((each) => each.root === root);
      if (!slot) throw new Error("the piece is in the set");
      return slot;
    };
    expect(await proofs.read.totalAt([setId, PERIOD])).to.equal(total);
    return { ...context, total, question, seed, forge, slotOf };
  }

  it("still owes the lost piece: to remove it, or to say that it was removed in time, does not help", async () => {
    const { proofs, setId, by, slots, slotOf, forge, total, tryProve } = await networkHelpers.loadFixture(lost);
    const { slot, root, meta } = await slotOf(C.root);
    await proofs.write.removePiece([setId, BigInt(slot), root, meta], by.operator);
    expect(await proofs.read.totalAt([setId, PERIOD])).to.equal(total);
    const claimed = (await slots()).map((each) =>
      each.root === C.root ? { ...each, meta: meta | ((PERIOD - 1n) << 56n) } : each,
    );
    const forged = await forge(claimed, total);
    await rejects(tryProve(PERIOD, forged), proofs, "ProofsProofInvalid");
    // Left out of the line altogether.
    const short = await forge(
      (await slots()).filter((each) => each.root !== C.root),
      6n,
    );
    await rejects(tryProve(PERIOD, short), proofs, "ProofsProofInvalid");
  });

  it("is asked as it was: what enters after the seed neither draws challenges to itself nor shifts them", async () => {
    const { proofs, setId, by, add, build, seed, slots, question, total } = await networkHelpers.loadFixture(lost);
    const before = challengedPieces({ ...question, seed }, await slots());
    for (let i = 0; i < 5; i++) await add([A, B]);
    expect(await proofs.read.totalAt([setId, PERIOD])).to.equal(total);
    expect(challengedPieces({ ...question, seed }, await slots())).to.deep.equal(before);
    await proofs.write.prove([setId, PERIOD, await build(PERIOD, [A, B, C])], by.operator);
  });
});
