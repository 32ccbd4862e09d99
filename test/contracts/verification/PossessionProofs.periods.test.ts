import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, maxUint256 } from "viem";
import { deployPossession, FIRST_PERIOD, seedOf } from "../../helpers/possession.ts";
import { randomPiece } from "../../helpers/proofs.ts";
import { createRandom } from "../../helpers/random.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const { revertWithCustomErrorWithArgs: refuses, emitWithArgs: emits } = viem.assertions;

/** One leaf: its proof is the same whatever the seed. */
const PIECE = randomPiece(1, createRandom(3));
const PERIOD = FIRST_PERIOD + 1n;
const FAR = 2n ** 39n;

/** One piece of one leaf is in the set since the first period. */
async function added() {
  const context = await deployPossession(connection);
  await context.add([PIECE]);
  const [slot] = await context.slots();
  if (!slot) throw new Error("one slot was added");
  return { ...context, slot };
}

/** The second period is over; its proof is due in a while. */
async function due() {
  const context = await networkHelpers.loadFixture(added);
  const { dueAt } = await context.close(PERIOD);
  const { proofs, setId, slot, by } = context;
  const report = (period = PERIOD, { root, meta } = slot) =>
    proofs.write.reportMissed([setId, period, BigInt(slot.slot), root, meta], by.stranger);
  return { ...context, dueAt, report };
}

/** The second period went unproven. */
async function missed() {
  const context = await networkHelpers.loadFixture(due);
  await networkHelpers.time.increaseTo(context.dueAt);
  return context;
}

describe("PossessionProofs.reportMissed", () => {
  it("refuses a period whose proof may still come, until the second at which it is due", async () => {
    const { proofs, setId, report, dueAt } = await networkHelpers.loadFixture(due);
    await refuses(report(), proofs, "ProofsMissUnproven", [setId, PERIOD]);
    await networkHelpers.time.setNextBlockTimestamp(dueAt);
    await report();
  });

  it("refuses a period without a seed: nobody is at fault", async () => {
    const { proofs, setId, report, enter } = await networkHelpers.loadFixture(missed);
    await enter(PERIOD + 5n);
    await refuses(report(PERIOD + 1n), proofs, "ProofsMissUnproven", [setId, PERIOD + 1n]);
  });

  it("refuses a period that was proven", async () => {
    const { proofs, setId, by, report, build, dueAt } = await networkHelpers.loadFixture(due);
    await proofs.write.prove([setId, PERIOD, await build(PERIOD, [PIECE])], by.operator);
    await networkHelpers.time.increaseTo(dueAt);
    await refuses(report(), proofs, "ProofsMissUnproven", [setId, PERIOD]);
  });

  it("refuses a slot that the set does not hold so", async () => {
    const { proofs, setId, report, slot } = await networkHelpers.loadFixture(missed);
    const changed = { ...slot, meta: slot.meta + 1n };
    await refuses(report(PERIOD, changed), proofs, "ProofsSlotMismatch", [setId, 0n]);
  });

  it("refuses a piece that was not live in that period", async () => {
    const { proofs, setId, by, slot, close, enter, beacon } = await networkHelpers.loadFixture(added);
    const { dueAt } = await close(FIRST_PERIOD); // in which the piece entered
    await networkHelpers.time.increaseTo(dueAt);
    const report = (period: bigint, meta: bigint) =>
      proofs.write.reportMissed([setId, period, 0n, slot.root, meta], by.stranger);
    await refuses(report(FIRST_PERIOD, slot.meta), proofs, "ProofsMissUnproven", [setId, FIRST_PERIOD]);

    await proofs.write.removePiece([setId, 0n, slot.root, slot.meta], by.operator); // in the second period
    await enter(PERIOD + 5n);
    for (const period of [PERIOD, PERIOD + 1n]) await beacon.write.setRound([period, seedOf(1n), 1]);
    const removed = slot.meta | (PERIOD << 56n);
    await refuses(report(PERIOD + 1n, removed), proofs, "ProofsMissUnproven", [setId, PERIOD + 1n]);
    await report(PERIOD, removed);
  });

  it("counts a strike, whoever reports it, once per period and in rising order", async () => {
    const { proofs, setId, by, report, beacon, enter, stranger } = await networkHelpers.loadFixture(missed);
    const reporter = getAddress(stranger.account.address);
    await emits(report(), proofs, "PeriodMissed", [setId, PERIOD, 1, reporter]);
    await refuses(report(), proofs, "ProofsMissUnproven", [setId, PERIOD]);

    await enter(PERIOD + 9n);
    for (const offset of [1n, 2n, 3n]) await beacon.write.setRound([PERIOD + offset, seedOf(offset), 1]);
    await emits(report(PERIOD + 2n), proofs, "PeriodMissed", [setId, PERIOD + 2n, 2, reporter]);
    await refuses(report(PERIOD + 1n), proofs, "ProofsMissUnproven", [setId, PERIOD + 1n]);
    await emits(report(PERIOD + 3n), proofs, "PeriodMissed", [setId, PERIOD + 3n, 3, reporter]);
    const set = await proofs.read.setOf([setId]);
    expect([set.strikes, set.lastStrikePeriod]).to.deep.equal([3, Number(PERIOD) + 3]);
    expect(set.operator).to.equal(getAddress(by.operator.account.address));
  });
});

describe("PossessionProofs.provenPeriods", () => {
  it("is 0 for a set that does not exist, for no periods and for periods backwards", async () => {
    const { proofs, setId } = await networkHelpers.loadFixture(added);
    for (const [set, from, to] of [
      [9n, 0n, 1_000n],
      [9n, 0n, maxUint256],
      [setId, 0n, maxUint256],
      [setId, 5n, 5n],
      [setId, 7n, 2n],
    ] as const) {
      expect(await proofs.read.provenPeriods([set, from, to])).to.equal(0n);
    }
  });

  for (let run = 0; run < 4; run++) {
    it(`equals a plain count over random histories and spans, across words of 224 periods, run ${run}`, async () => {
      const { proofs, setId, by, beacon, build } = await networkHelpers.loadFixture(added);
      const random = createRandom(50 + run);
      const proven: bigint[] = [];
      const proofAt = async (period: bigint) => {
        await beacon.write.setRound([period, seedOf(period), Number(FAR)]);
        await proofs.write.prove([setId, period, await build(period, [PIECE])], by.operator);
        proven.push(period);
      };
      const strides = [1, 2, 30, 223];
      for (let period = FIRST_PERIOD; period < FIRST_PERIOD + 2_000n; ) {
        period += BigInt(1 + random(strides[random(strides.length)] ?? 1));
        await proofAt(period);
      }
      for (const edge of proven.slice(0, 3)) expect(await proofs.read.isProven([setId, edge])).to.equal(true);
      const end = Number(FIRST_PERIOD) + 2_600;
      const bounds = [...proven, ...proven.map((period) => period + 1n), 0n, 223n, 224n, 447n, 448n, 449n, maxUint256];
      for (let i = 0; i < 250; i++) {
        const pick = () => (random(2) === 0 ? (bounds[random(bounds.length)] ?? 0n) : BigInt(random(end)));
        const [from, to] = [pick(), pick()];
        const expected = proven.filter((period) => from <= period && period < to).length;
        expect(await proofs.read.provenPeriods([setId, from, to])).to.equal(BigInt(expected));
      }
    });
  }
});
