import solc from "solc";
import { describe, expect, it } from "vitest";
import { countsOf, parseReasons } from "../../../scripts/security/coverage.ts";
import { Instrumentation } from "../../../scripts/security/money/instrument.ts";

const CONTRACT = `pragma solidity 0.8.37;
contract Purse {
    uint256 held;
    function take(uint256 amount, bool isFree) external returns (uint256 left) {
        if (amount > held && !isFree) revert();
        for (uint256 i; i < 2; ++i) held -= amount;
        left = isFree ? 0 : held;
    }
}
`;

function instrumented(content: string) {
  const settings = { outputSelection: { "*": { "": ["ast"] } } };
  const input = { language: "Solidity", sources: { "a.sol": { content } }, settings };
  const instrumentation = new Instrumentation();
  const { ast } = JSON.parse(solc.compile(JSON.stringify(input))).sources["a.sol"];
  return { text: instrumentation.instrumented("a.sol", content, ast), points: instrumentation.points };
}

describe("Instrumentation", () => {
  const { text, points } = instrumented(CONTRACT);

  it("reports each statement, and each condition both ways", () => {
    expect(points.map(({ key }) => key)).toEqual([
      "Purse.take: amount > held && !isFree is true",
      "Purse.take: amount > held && !isFree is false",
      "Purse.take: amount > held is true",
      "Purse.take: amount > held is false",
      "Purse.take: !isFree is true",
      "Purse.take: !isFree is false",
      "Purse.take: revert()",
      "Purse.take: held -= amount",
      "Purse.take: i < 2 is true",
      "Purse.take: i < 2 is false",
      "Purse.take: left = isFree ? 0 : held",
      "Purse.take: isFree is true",
      "Purse.take: isFree is false",
    ]);
  });

  it("keeps what the contract does", () => {
    expect(text).toContain(
      "if (Branches.taken(Branches.taken(amount > held, 2, 3) && Branches.taken(!isFree, 4, 5), 0, 1))",
    );
    expect(text).toContain("{ Hits.sendHit(6); revert(); }");
    expect(text).toContain("left = Branches.taken(isFree, 11, 12) ? 0 : held;");
  });
});

describe("countsOf", () => {
  it("counts a line as reached when all that begins on it is", () => {
    const point = (line: number, kind: "statement" | "branch") => ({ key: "", kind, line });
    const points = [point(1, "statement"), point(1, "branch"), point(2, "statement")];
    const [first, , last] = points;
    expect(countsOf(points, (one) => one === first || one === last)).toEqual({
      lines: [1, 2],
      statements: [2, 2],
      branches: [0, 1],
    });
  });
});

describe("parseReasons", () => {
  it("takes a line without a reason for none", () => {
    expect(parseReasons("- `A.b: c is true`: it never is, says the token.\n- `A.b: d is true`:\n")).toEqual([
      "A.b: c is true",
    ]);
  });
});
