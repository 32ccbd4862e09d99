import { describe, expect, it } from "vitest";
import { exactBytes } from "../../../sdk/src/governance/words.ts";

describe("exactBytes", () => {
  it("never rounds what is voted on", () => {
    expect(exactBytes(2n ** 30n + 1n)).toBe("1073741825 bytes");
    expect(exactBytes(1n)).toBe("1 B");
  });

  it("names the unit of an amount that has one", () => {
    expect(exactBytes(2n ** 30n)).toBe("1 GiB");
    expect(exactBytes(3n * 2n ** 39n)).toBe("1.5 TiB");
  });
});
