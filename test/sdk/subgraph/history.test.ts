import { describe, expect, it } from "vitest";
import { pointsOf, type SentHistory } from "../../../sdk/src/subgraph/history.ts";

const network = (period: number, liveBytes: string, provingSetCount: number) => ({
  period,
  offeredBytes: "1000",
  rentedBytes: "0",
  liveBytes,
  providerCount: 1,
  activeDealCount: 0,
  provingSetCount,
  transactionHash: `0x${period.toString(16)}` as const,
});
const nothing: SentHistory = { networkBefore: [], network: [], moneyBefore: [], money: [], rounds: [] };

describe("pointsOf", () => {
  it("is nought before the first event", () => {
    const [point] = pointsOf({ from: 0, to: 0 }, nothing);
    expect(point).toMatchObject({ liveBytes: 0n, locked: 0n, dueCount: 0, dueAt: null, networkHash: null });
  });

  it("keeps the figures of the latest period with an event, from before the span too", () => {
    const sent = { ...nothing, networkBefore: [network(3, "128", 1)], network: [network(12, "256", 2)] };
    const points = pointsOf({ from: 10, to: 13 }, sent);
    expect(points.map(({ liveBytes }) => liveBytes)).toEqual([128n, 128n, 256n, 256n]);
    expect(points[0]?.networkHash).toBe("0x3");
  });

  it("lets a period owe the proofs of the sets that were there when it began", () => {
    const sent = { ...nothing, network: [network(1, "128", 1), network(3, "0", 0)] };
    const points = pointsOf({ from: 0, to: 4 }, sent);
    expect(points.map(({ dueCount }) => dueCount)).toEqual([0, 0, 1, 1, 0]);
  });
});
