import type { Pool } from "@4ever/sdk/pools";
import type { PoolEvent } from "@4ever/sdk/subgraph/pools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timelineOf } from "@/features/delegation/timeline";
import { growthWords, nameOf, provenWords } from "@/features/delegation/words";
import { parseCut } from "@/features/provider/cut";
import { formatBps } from "@/lib/format/count";

const event = (at: number, own: bigint, delegated: bigint): PoolEvent =>
  ({ id: `0x${at}`, at, hash: "0x", kind: "reward", cut: 0n, own, delegated }) as PoolEvent;

describe("timelineOf", () => {
  it("is empty where nothing moved", () => {
    expect(timelineOf({ own: 5n, delegated: 0n }, [])).toEqual([]);
    const cut = { ...event(3, 0n, 0n), kind: "cut" } as PoolEvent;
    expect(timelineOf({ own: 5n, delegated: 0n }, [cut])).toEqual([]);
  });

  it("goes back from what is there now, and tells what each block left", () => {
    const newestFirst = [event(30, 0n, -5n), event(20, 10n, 20n), event(20, 1n, 0n), event(10, 0n, 40n)];
    expect(timelineOf({ own: 111n, delegated: 55n }, newestFirst)).toEqual([
      { at: 10, own: 100n, delegated: 40n },
      { at: 20, own: 111n, delegated: 60n },
      { at: 30, own: 111n, delegated: 55n },
    ]);
  });

  it("ends with what is there now, however far back the events go", () => {
    const moves = fc.array(fc.record({ own: fc.bigInt(-9n, 9n), delegated: fc.bigInt(1n, 9n) }), { minLength: 1 });
    fc.assert(
      fc.property(moves, fc.bigInt(), fc.bigInt(), (drawn, own, delegated) => {
        const events = drawn.map((move, i) => event(1_000 - i, move.own, move.delegated));
        const moments = timelineOf({ own, delegated }, events);
        expect(moments).toHaveLength(drawn.length);
        expect(moments.at(-1)).toMatchObject({ own, delegated });
      }),
    );
  });
});

describe("the words for a pool", () => {
  const provider = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" as const;
  const growth = (bps: bigint): Pick<Pool, "index"> => ({ index: (2n ** 64n * (10_000n + bps)) / 10_000n + 1n });

  it("say growth with its sign", () => {
    expect(growthWords(growth(0n))).toBe("0 %");
    expect(growthWords(growth(123n))).toBe("+1.23 %");
    expect(growthWords({ index: 2n ** 63n })).toBe("−50 %");
  });

  it("say proven of judged, and nothing where nothing was due", () => {
    expect(provenWords({ provenPeriods: 0, missedPeriods: 0 })).toBe("none due yet");
    expect(provenWords({ provenPeriods: 995, missedPeriods: 5 })).toBe("99.5 %");
  });

  it("call a nameless provider by its address", () => {
    expect(nameOf({ name: "", provider })).toContain("0x7099");
    expect(nameOf({ name: "Alder", provider })).toBe("Alder");
  });

  it("say basis points as percent", () => {
    expect([0, 50, 1_250].map(formatBps)).toEqual(["0 %", "0.5 %", "12.5 %"]);
  });
});

describe("parseCut", () => {
  it.each([
    ["10", 1_000],
    ["7.5", 750],
    ["0.25", 25],
    ["0", 0],
    [" 30 ", 3_000],
  ])("reads %j", (text, cutBps) => {
    expect(parseCut(text, 3_000)).toEqual({ ok: true, cutBps });
  });

  it.each(["", "x", "-1", "1.234", "1000"])("does not read %j", (text) => {
    expect(parseCut(text, 3_000)).toMatchObject({ ok: false, problem: expect.stringContaining("Enter percent") });
  });

  it("refuses more than the vault allows, once that is known", () => {
    expect(parseCut("30.01", 3_000)).toEqual({ ok: false, problem: "At most 30 %." });
    expect(parseCut("30.01", undefined)).toEqual({ ok: true, cutBps: 3_001 });
  });
});
