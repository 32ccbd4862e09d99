import { describe, expect, it } from "vitest";
import { exactBytes, formatBytes } from "@/lib/format/bytes";
import { formatShare, plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { exactAmount, formatAmount, formatMoney, parseAmount } from "@/lib/format/money";
import { formatRelative, formatSpan } from "@/lib/format/time";

const USDC = { symbol: "USDC", decimals: 6 };
const EVER = { symbol: "EVER", decimals: 18 };

describe("formatAmount", () => {
  it.each([
    [0n, 6, "0"],
    [1_000_000n, 6, "1"],
    [1_234_567_890_123n, 6, "1,234,567.8901"],
    [419_922n, 6, "0.4199"],
    [1_050n, 6, "0.00105"],
    [1n, 6, "0.000001"],
    [1n, 18, "< 0.000001"],
    [-2_500_000n, 6, "−2.5"],
    [12n, 0, "12"],
  ])("shows %s base units with %s decimals as %s", (amount, decimals, shown) => {
    expect(formatAmount(amount, decimals)).toBe(shown);
  });

  it("never shows more than there is, and never less than has to be paid", () => {
    expect(formatAmount(1_999_999n, 6, "down")).toBe("1.9999");
    expect(formatAmount(1_999_901n, 6, "up")).toBe("2");
    expect(formatMoney(51_563n, USDC, "up")).toBe("0.05157 USDC");
  });
});

describe("exactAmount", () => {
  it("keeps every digit, without grouping", () => {
    expect(exactAmount(1_234_567_890_000_000_001n, 18)).toBe("1.234567890000000001");
    expect(exactAmount(-1n, 6)).toBe("-0.000001");
    expect(exactAmount(5n, 0)).toBe("5");
  });
});

describe("parseAmount", () => {
  it.each(["", "  ", "abc", "1.2.3", "-1", "1e3", "."])("refuses %j", (text) => {
    expect(parseAmount(text, USDC).ok).toBe(false);
  });

  it("refuses more decimals than the token has", () => {
    expect(parseAmount("1.1234567", USDC)).toEqual({ ok: false, problem: "USDC has 6 decimals; this has 7." });
  });

  it("reads what people type", () => {
    expect(parseAmount("1,250.5", USDC)).toEqual({ ok: true, amount: 1_250_500_000n });
    expect(parseAmount(".5", EVER)).toEqual({ ok: true, amount: 500_000_000_000_000_000n });
    expect(parseAmount("7.1000000000", USDC)).toEqual({ ok: true, amount: 7_100_000n });
  });

  it("gives back what exactAmount wrote, for any amount", () => {
    for (let exponent = 0n; exponent < 40n; exponent += 1n) {
      const amount = 10n ** exponent + exponent * 7n;
      expect(parseAmount(exactAmount(amount, 18), EVER)).toEqual({ ok: true, amount });
    }
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_024, "1 KiB"],
    [1_536, "1.5 KiB"],
    [20_000_000, "19.1 MiB"],
    [2n ** 30n, "1 GiB"],
    [2n ** 40n * 3n, "3 TiB"],
  ])("shows %s as %s", (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown);
  });

  it("tells every byte on demand", () => {
    expect(exactBytes(1_572_864)).toBe("1,572,864 bytes");
    expect(exactBytes(1n)).toBe("1 byte");
  });
});

describe("time", () => {
  it.each([
    [0, "now"],
    [1, "in 1 second"],
    [-59, "59 seconds ago"],
    [-60, "1 minute ago"],
    [7_200, "in 2 hours"],
    [-86_400 * 3, "3 days ago"],
    [86_400 * 60 - 1, "in 59 days"],
    [86_400 * 60, "in 2 months"],
    [-86_400 * 365, "12 months ago"],
    [86_400 * 730, "in 2 years"],
  ])("says a distance of %s seconds as %s", (distance, words) => {
    expect(formatRelative(1_000_000_000 + distance, 1_000_000_000)).toBe(words);
  });

  it.each([
    [45, "45 s"],
    [300, "5 min"],
    [800, "13 min 20 s"],
    [7_500, "2 h 5 min"],
    [93_600, "1 d 2 h"],
    [21 * 86_400, "21 days"],
  ])("says a span of %s seconds as %s", (seconds, words) => {
    expect(formatSpan(seconds)).toBe(words);
  });
});

describe("words", () => {
  it("shortens in the middle, and leaves short text alone", () => {
    expect(shorten("0x71C7656EC7ab88b098defB751B7401B5f6d8976F")).toBe("0x71C7…976F");
    expect(shorten("Basalt")).toBe("Basalt");
  });

  it("puts numbers beside their nouns, and shares beside their whole", () => {
    expect(plural(1, "piece")).toBe("1 piece");
    expect(plural(2_000n, "entry", "entries")).toBe("2,000 entries");
    expect(formatShare(0, 0)).toBe("—");
    expect(formatShare(1, 3)).toBe("33.3 %");
    expect(formatShare(99_999, 100_000)).toBe("> 99.9 %");
    expect(formatShare(1, 100_000)).toBe("< 0.1 %");
    expect(formatShare(5, 5)).toBe("100 %");
  });
});
