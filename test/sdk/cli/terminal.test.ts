import { describe, expect, it } from "vitest";
import { facts, plain, table } from "../../../sdk/src/cli/terminal.ts";

describe("plain", () => {
  it("lets no stranger move the cursor, colour the line, or turn its direction", () => {
    expect(plain("a\x1b[31mb\r\nc\u202Ed\u2028e\0")).toBe("a·[31mb··c·d·e·");
  });

  it("keeps a line a line", () => {
    expect(plain("x".repeat(100), 10)).toBe("xxxxxxxxx…");
    expect(plain("Zoë's 🏔 storage")).toBe("Zoë's 🏔 storage");
  });
});

describe("table and facts", () => {
  it("align what belongs together", () => {
    expect(
      table(
        ["deal", "status"],
        [
          ["1", "active"],
          ["12", "x"],
        ],
      ),
    ).toBe("deal  status\n1     active\n12    x");
    expect(
      facts([
        ["Deal", "1"],
        ["Provider", "2"],
      ]),
    ).toBe("Deal      1\nProvider  2");
  });
});
