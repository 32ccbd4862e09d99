import type { NetworkPoint } from "@4ever/sdk/subgraph/history";
import { describe, expect, it } from "vitest";
import { byteTicks, picturesOf, provenShare, verdictAt } from "@/features/explorer/history";

/** Time of the block at which the figures were read. */
const NOW = 1_000;
/** Period 1 and the one after it have ended, period 8 and later ones have not. */
const CLOCK = { endOf: (period: number) => (period + 1) * 100 };
const TOKEN = { tokenId: "1", symbol: "LUSD", decimals: 6 };
const point = (facts: Partial<NetworkPoint>): NetworkPoint => ({
  period: 1,
  offeredBytes: 0n,
  rentedBytes: 0n,
  liveBytes: 0n,
  providerCount: 0,
  activeDealCount: 0,
  locked: 0n,
  earned: 0n,
  paid: 0n,
  fees: 0n,
  refunded: 0n,
  deposited: 0n,
  withdrawn: 0n,
  dueCount: 2,
  provenCount: 2,
  missedCount: 0,
  dueAt: NOW - 1,
  networkHash: null,
  moneyHash: null,
  roundHash: null,
  ...facts,
});

describe("provenShare", () => {
  it("counts what nobody reported as missed", () => {
    expect(provenShare([point({ provenCount: 1, missedCount: 0 })], NOW)).toEqual({ proven: 1, due: 2, open: 0 });
  });

  it("leaves out periods that nobody could prove", () => {
    expect(provenShare([point({ dueAt: null, provenCount: 0 })], NOW)).toEqual({ proven: 0, due: 0, open: 0 });
  });

  it("calls nothing missed while its window is open, and says how many proofs can still come", () => {
    const open = point({ dueAt: NOW, provenCount: 0 });
    expect(provenShare([point({}), open], NOW)).toEqual({ proven: 2, due: 2, open: 2 });
  });
});

describe("picturesOf", () => {
  const share = picturesOf(TOKEN, NOW, CLOCK).find(({ key }) => key === "share")?.series[0];

  it.each<[Partial<NetworkPoint>, number | null, string]>([
    [{}, 100, "100 % (2 of 2 sets)"],
    [{ provenCount: 1 }, 50, "50 % (1 of 2 sets)"],
    [{ dueCount: 0, provenCount: 0 }, null, "nothing due (0 of 0 sets)"],
    [{ dueAt: NOW + 1, provenCount: 0 }, null, "window open (0 of 2 sets)"],
    [{ dueAt: NOW, provenCount: 1 }, null, "window open (1 of 2 sets)"],
    [{ period: 8, dueAt: null, provenCount: 0 }, null, "not due yet (0 of 2 sets)"],
    [{ dueAt: null, provenCount: 0 }, null, "no seed (0 of 2 sets)"],
  ])("says of %j that the share is %s", (facts, height, words) => {
    expect(share?.height(point(facts))).toBe(height);
    expect(share?.exact(point(facts))).toBe(words);
  });
});

describe("verdictAt", () => {
  it("stands still while no verdict changes", () => {
    const points = [point({ period: 1, dueAt: 250 }), point({ period: 8, dueAt: 950 })];
    const at = verdictAt(points, 960, CLOCK);
    expect([verdictAt(points, 970, CLOCK), verdictAt(points, 1_000, CLOCK)]).toEqual([at, at]);
    expect(provenShare(points, at)).toEqual(provenShare(points, 960));
  });

  it("moves when a window ends, and when a period without a round does", () => {
    const points = [point({ period: 8, dueAt: 950 }), point({ period: 9, dueAt: null })];
    const moments = [950, 951, 1_000, 1_001, 1_100, 1_101].map((readAt) => verdictAt(points, readAt, CLOCK));
    expect(moments).toEqual([0, 951, 951, 1_001, 1_001, 1_101]);
  });

  it("judges nothing when the index does not say how far it is", () => {
    expect(provenShare([point({ dueAt: 1 })], verdictAt([point({ dueAt: 1 })], 0, CLOCK)).due).toBe(0);
  });
});

describe("byteTicks", () => {
  const MIB = 2 ** 20;
  it.each<[number, number[]]>([
    [0, [0, 1]],
    [29 * MIB, [0, 10 * MIB, 20 * MIB, 30 * MIB]],
    [60 * 2 ** 30, [0, 20, 40, 60].map((gib) => gib * 2 ** 30)],
    [1_500 * MIB, [0, 500 * MIB, 1_000 * MIB, 1_500 * MIB]],
  ])("goes up to %i bytes in round steps", (highest, ticks) => {
    expect(byteTicks(highest)).toEqual(ticks);
  });
});
