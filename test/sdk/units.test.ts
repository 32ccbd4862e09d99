import { describe, expect, it } from "vitest";
import {
  costOf,
  earnedOf,
  formatBytes,
  formatEver,
  formatMoney,
  GIB,
  netOf,
  parseBytes,
  parseMoney,
  stakeFor,
  UnitError,
} from "../../sdk/src/units.ts";

const USD = { decimals: 6, symbol: "USD" };

describe("parseMoney", () => {
  it.each(["", "-1", "1e6", "1,5", "0x10", "1.", ".5", "one"])("refuses %j", (text) => {
    expect(() => parseMoney(text, 6)).toThrow(UnitError);
  });

  it("refuses more decimal places than the token has", () => {
    expect(() => parseMoney("0.0000001", 6)).toThrow('"0.0000001" has 7 decimal places, the token has 6. Write fewer.');
  });

  it("reads base units exactly", () => {
    expect(parseMoney(" 2.50 ", 6)).toBe(2_500_000n);
    expect(parseMoney("0", 18)).toBe(0n);
    expect(parseMoney("9007199254740993", 0)).toBe(9_007_199_254_740_993n);
  });
});

describe("formatMoney", () => {
  it("shows every base unit", () => {
    expect(formatMoney(2_500_001n, USD)).toBe("2.500001 USD");
    expect(formatMoney(3_000_000n, USD)).toBe("3 USD");
    expect(formatEver(1n)).toBe("0.000000000000000001 EVER");
  });
});

describe("formatBytes", () => {
  it.each([
    [0n, "0 B"],
    [1023n, "1023 B"],
    [1024n, "1 KiB"],
    [1536n * 1024n * 1024n, "1.5 GiB"],
    [1024n ** 5n, "1 PiB"],
    [2048n * 1024n ** 5n, "2048 PiB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("parseBytes", () => {
  it.each(["", "10GB", "ten", "-1GiB", "1.2.3MiB", "1.1234567GiB"])("refuses %j", (text) => {
    expect(() => parseBytes(text)).toThrow(UnitError);
  });

  it.each([
    ["4096", 4_096n],
    ["10GiB", 10n * GIB],
    ["1.5 mib", 1_572_864n],
    ["0.001KiB", 2n], // 1.024 bytes, rounded up
  ])("reads %s", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe("costOf and earnedOf", () => {
  it("round in the favour of whoever did not choose: up what is locked, down what is earned", () => {
    expect(costOf(1n, 1n, 1n)).toBe(1n);
    expect(earnedOf(1n, 1n, 1n)).toBe(0n);
    expect(costOf(3_000_000n, GIB, 30n)).toBe(3_000_000n);
    expect(earnedOf(3_000_000n, GIB, 30n)).toBe(3_000_000n);
    expect(costOf(0n, GIB, 30n)).toBe(0n);
  });

  it("never let a deal earn more than it locked", () => {
    let state = 42n;
    const random = (limit: bigint) => {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
      return state % limit;
    };
    for (let i = 0; i < 1_000; i++) {
      const [price, bytes, periods] = [random(2n ** 40n), random(2n ** 45n), random(4_000n)];
      expect(earnedOf(price, random(bytes + 1n), random(periods + 1n))).toBeLessThanOrEqual(
        costOf(price, bytes, periods),
      );
    }
  });
});

describe("netOf", () => {
  it("takes the fee off, rounded down", () => {
    expect(netOf(12_500n, 100n)).toBe(12_375n);
    expect(netOf(99n, 100n)).toBe(99n);
  });
});

describe("stakeFor", () => {
  it("rounds up to a multiple of 10^12", () => {
    const service = { unitBytes: GIB, stakePerUnit: 10n ** 18n };
    expect(stakeFor(service, GIB)).toBe(10n ** 18n);
    expect(stakeFor(service, 1n)).toBe(10n ** 12n);
    expect(stakeFor(service, 100n * 2n ** 20n)).toBe(97_657n * 10n ** 12n);
    expect(stakeFor(service, 0n)).toBe(0n);
  });
});
