import { earnedOf } from "@4ever/sdk/units";
import { describe, expect, it } from "vitest";
import { cellsOf } from "@/components/period-cells";
import { bandOf, effectiveRates, type PeriodFacts } from "@/features/deals/band";
import { CAPACITY_UNITS, capacityObstacle, capacityText, parseCapacity, unitOf } from "@/features/deals/capacity";
import { phaseOf } from "@/features/deals/deal";
import { earningSpanOf, pieceStateOf, stayingPieces } from "@/features/deals/pieces";
import { createPeriodClock } from "@/lib/periods";

const clock = createPeriodClock({ originAt: 0, periodSeconds: 20 });
const MIB = 2n ** 20n;

function facts(change: Partial<PeriodFacts> = {}): PeriodFacts {
  return {
    fromPeriod: 10,
    endPeriod: 20,
    rates: [{ fromPeriod: 10, liveBytes: 64n * MIB, unitPrice: 3_000_000n }],
    proven: new Set([10, 11, 13]),
    seeded: new Set([10, 11, 12, 13]),
    current: 16,
    ...change,
  };
}

describe("bandOf", () => {
  it("tells proven, missed, excused, pending and coming periods apart", () => {
    const states = bandOf(facts(), clock).map(({ state }) => state);
    expect(states).toEqual([
      "proven",
      "proven",
      "missed", // had a seed, and no proof
      "proven",
      "excused", // had no seed
      "pending", // its proof can still come
      "future",
      "future",
      "future",
      "future",
    ]);
  });

  it("is idle before anything is under proof", () => {
    const late = facts({ rates: [{ fromPeriod: 12, liveBytes: MIB, unitPrice: 1n }] });
    expect(bandOf(late, clock)[0]?.state).toBe("idle");
  });

  it("adds up as the contract does, whatever the history", () => {
    const rates = [
      { fromPeriod: 10, liveBytes: 64n * MIB, unitPrice: 3_000_000n },
      { fromPeriod: 12, liveBytes: 80n * MIB, unitPrice: 3_000_000n },
      { fromPeriod: 12, liveBytes: 96n * MIB, unitPrice: 2_500_001n }, // replaces the one before
    ];
    const proven = new Set([10, 11, 12, 14]);
    const band = bandOf(facts({ rates, proven }), clock);
    const whole = earnedOf(1n, 3_000_000n * 64n * MIB * 2n + 2_500_001n * 96n * MIB * 2n, 1n);
    expect(band.at(-1)?.earned).toBe(whole);
    expect(effectiveRates(rates)).toHaveLength(2);
  });

  it("says when each period ends", () => {
    expect(bandOf(facts(), clock)[0]).toMatchObject({ period: 10, endsAt: 220 });
  });
});

describe("cellsOf", () => {
  it("hides no miss when many periods share a cell", () => {
    const periods = Array.from({ length: 1_000 }, (_, period) => ({
      period,
      state: period === 777 ? ("missed" as const) : ("proven" as const),
      endsAt: 0,
      earned: 0n,
    }));
    const cells = cellsOf(periods, 180);
    expect(cells.length).toBeLessThanOrEqual(180);
    expect(cells.filter(({ state }) => state === "missed")).toHaveLength(1);
    expect(cells[0]?.from.period).toBe(0);
    expect(cells.at(-1)?.to.period).toBe(999);
  });
});

describe("phaseOf", () => {
  const deal = { status: "ACTIVE" as const, acceptBy: 100, termEndPeriod: 15, endPeriod: 18 };

  it("knows the states that no event announces", () => {
    expect(phaseOf({ ...deal, status: "REQUESTED" }, 100, 1).word).toBe("Awaiting the provider");
    expect(phaseOf({ ...deal, status: "REQUESTED" }, 101, 1).word).toBe("Not accepted in time");
    expect(phaseOf(deal, 0, 14).word).toBe("Active");
    expect(phaseOf(deal, 0, 15).word).toBe("In grace");
  });

  it("is ready to finish once the last paid period is closed, and not before", () => {
    // The last paid period is 17; it is closed when period 18 has ended.
    expect(phaseOf(deal, 0, 18).word).toBe("In grace");
    expect(phaseOf(deal, 0, 19).word).toBe("Ready to finish");
    expect(phaseOf({ ...deal, status: "ENDING" }, 0, 18).word).toBe("Ending");
  });
});

describe("pieceStateOf", () => {
  const of = (piece: { addedIn: number; removedIn?: number }, current: number | undefined, endPeriod = 20) =>
    pieceStateOf({ removedIn: undefined, ...piece }, current, endPeriod).word;

  it.each([
    [{ addedIn: 5 }, 5, "Enters at the boundary"],
    [{ addedIn: 5 }, 6, "Under proof"],
    [{ addedIn: 5 }, undefined, "Under proof"],
    [{ addedIn: 5, removedIn: 8 }, 8, "Leaves at the boundary"],
    [{ addedIn: 5, removedIn: 8 }, 9, "Removed"],
    [{ addedIn: 5 }, 19, "Under proof"],
    [{ addedIn: 5 }, 20, "Over"],
    [{ addedIn: 5, removedIn: 8 }, 20, "Over"],
  ])("of %o in period %s is %s", (piece, current, word) => {
    expect(of(piece, current)).toBe(word);
  });
});

describe("earningSpanOf", () => {
  it.each([
    [{ addedIn: 5, removedIn: undefined }, undefined, "since period 6"],
    [{ addedIn: 5, removedIn: undefined }, 20, "periods 6 – 19"],
    [{ addedIn: 5, removedIn: undefined }, 6, "in no period"],
    [{ addedIn: 5, removedIn: 5 }, undefined, "in no period"],
    [{ addedIn: 5, removedIn: 6 }, undefined, "in period 6"],
    [{ addedIn: 5, removedIn: 8 }, 20, "periods 6 – 8"],
    [{ addedIn: 5, removedIn: 30 }, 20, "periods 6 – 19"], // removed only after its deal was over
  ])("of %o with the end at %s is %s", (piece, endPeriod, words) => {
    expect(earningSpanOf(piece, endPeriod)).toBe(words);
  });
});

describe("stayingPieces", () => {
  it("leaves out what was removed, and puts the newest first", () => {
    const piece = { id: "0x", cid: "", root: "0x", meta: 0n, sizeBytes: 1n, addedIn: 1, removedIn: undefined } as const;
    const pieces = [
      { ...piece, slot: 0, addedAt: 10 },
      { ...piece, slot: 1, addedAt: 20 },
      { ...piece, slot: 2, addedAt: 20 },
      { ...piece, slot: 3, addedAt: 30, removedIn: 4 },
    ];
    expect(stayingPieces(pieces).map(({ slot }) => slot)).toEqual([2, 1, 0]);
  });
});

describe("a capacity", () => {
  const [mib, gib, tib] = CAPACITY_UNITS;

  it("is read in the unit that was chosen, down to whole bytes", () => {
    expect(parseCapacity("1.5", gib)).toEqual({ ok: true, bytes: 1536n * MIB });
    expect(parseCapacity("0.001", mib)).toEqual({ ok: true, bytes: 1048n });
    expect(parseCapacity("a lot", mib).ok).toBe(false);
  });

  it("is shown in the largest unit that it fills, and never as less than it is", () => {
    expect([1n, 1024n * MIB - 1n, 1024n * MIB, 2048n * 1024n * MIB].map(unitOf)).toEqual([mib, mib, gib, tib]);
    const bytes = 3n * MIB + 1n;
    const again = parseCapacity(capacityText(bytes, mib), mib);
    expect(capacityText(bytes, mib)).toBe("3.001");
    expect(again.ok && again.bytes >= bytes).toBe(true);
    expect(capacityText(3n * MIB, mib)).toBe("3");
  });

  it.each([
    [0n, "zero"],
    [10n, "same"],
    [3n, "used"],
    [4n, undefined],
    [15n, undefined],
    [16n, "offer"],
  ])("of %s where 4 of 10 are used and 5 are on offer is refused as %s", (wanted, reason) => {
    const deal = { present: 10n, used: 4n, offered: 5n };
    expect(capacityObstacle({ ...deal, wanted, isOffered: true })).toBe(reason);
  });

  it("can still shrink, but not grow, when the offer was withdrawn", () => {
    const deal = { present: 10n, used: 4n, offered: 5n, isOffered: false };
    expect(capacityObstacle({ ...deal, wanted: 11n })).toBe("withdrawn");
    expect(capacityObstacle({ ...deal, wanted: 9n })).toBeUndefined();
  });
});
