import type { NetworkPoint } from "@4ever/sdk/subgraph/history";
import { describe, expect, it } from "vitest";
import { byteTicks, picturesOf, provenShare } from "@/features/explorer/history";

const NOW = 1_000;
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
    expect(provenShare([point({ provenCount: 1, missedCount: 0 })], NOW)).toEqual({ proven: 1, due: 2 });
  });

  it("leaves out periods that are not judged yet, and those that nobody could prove", () => {
    expect(provenShare([point({ dueAt: NOW }), point({ dueAt: null })], NOW)).toEqual({ proven: 0, due: 0 });
  });
});

describe("picturesOf", () => {
  const share = picturesOf(TOKEN, NOW).find(({ key }) => key === "share")?.series[0];

  it.each<[Partial<NetworkPoint>, number | null, string]>([
    [{}, 100, "100 % (2 of 2 sets)"],
    [{ provenCount: 1 }, 50, "50 % (1 of 2 sets)"],
    [{ dueCount: 0, provenCount: 0 }, null, "nothing due (0 of 0 sets)"],
    [{ dueAt: NOW + 1, provenCount: 0 }, null, "not judged yet (0 of 2 sets)"],
    [{ dueAt: null, provenCount: 0 }, null, "no seed (0 of 2 sets)"],
  ])("says of %j that the share is %s", (facts, height, words) => {
    expect(share?.height(point(facts))).toBe(height);
    expect(share?.exact(point(facts))).toBe(words);
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
