import { describe, expect, it } from "vitest";
import { nextRange } from "../../../sdk/src/audit/chain.ts";

describe("nextRange", () => {
  it("doubles where little happened, up to what nodes answer", () => {
    expect(nextRange(2_000n, 0)).toBe(4_000n);
    expect(nextRange(2_000n, 2_500)).toBe(4_000n);
    expect(nextRange(40_000n, 3)).toBe(50_000n);
    expect(nextRange(50_000n, 0)).toBe(50_000n);
  });

  it("asks for as many blocks as hold what fits into memory, however busy they are", () => {
    expect(nextRange(2_000n, 5_000)).toBe(2_000n);
    expect(nextRange(2_000n, 20_000)).toBe(500n);
    expect(nextRange(50_000n, 1_000_000)).toBe(250n);
    expect(nextRange(1n, 100_000)).toBe(1n);
  });
});
