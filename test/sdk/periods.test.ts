import { describe, expect, it } from "vitest";
import { endOf, firstOpenPeriod, formatSpan, formatTime, periodAt, periodsIn, startOf } from "../../sdk/src/periods.ts";

const CLOCK = { originAt: 1_000, periodSeconds: 20 };

describe("periodAt", () => {
  it("changes exactly at the boundary", () => {
    expect([999, 1_000, 1_019, 1_020].map((at) => periodAt(CLOCK, at))).toEqual([-1, 0, 0, 1]);
  });
});

describe("startOf and endOf", () => {
  it("meet", () => {
    expect(startOf(CLOCK, 3)).toBe(1_060);
    expect(endOf(CLOCK, 2)).toBe(1_060);
  });
});

describe("firstOpenPeriod", () => {
  it("leaves the running period and the one before it open", () => {
    expect(firstOpenPeriod(CLOCK, 1_000)).toBe(0);
    expect(firstOpenPeriod(CLOCK, 1_039)).toBe(0);
    expect(firstOpenPeriod(CLOCK, 1_040)).toBe(1);
  });
});

describe("periodsIn", () => {
  it("covers the whole span", () => {
    expect([0, 1, 20, 21].map((span) => periodsIn(CLOCK, span))).toEqual([0, 1, 1, 2]);
  });
});

describe("formatSpan", () => {
  it.each([
    [0, "0 seconds"],
    [1, "1 second"],
    [90, "1.5 minutes"],
    [3_600, "1 hour"],
    [2_592_000, "30 days"],
  ])("%d s is %s", (seconds, text) => {
    expect(formatSpan(seconds)).toBe(text);
  });
});

describe("formatTime", () => {
  it("says the zone", () => {
    expect(formatTime(1_700_000_000n)).toBe("2023-11-14 22:13:20 UTC");
  });
});
