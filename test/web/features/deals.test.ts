import { earnedOf } from "@4ever/sdk/units";
import { describe, expect, it } from "vitest";
import { cellsOf } from "@/components/period-cells";
import { bandOf, effectiveRates, type PeriodFacts } from "@/features/deals/band";
import { phaseOf } from "@/features/deals/deal";
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
