import { readFileSync } from "node:fs";
import solc from "solc";
import { describe, expect, it } from "vitest";
import { Source } from "../../../scripts/security/money/syntax.ts";
import { mutantsOf } from "../../../scripts/security/mutants/operators.ts";
import {
  ARGUMENTS,
  type Entry,
  parseArguments,
  REPORT,
  type Report,
  shareOf,
  standingOf,
} from "../../../scripts/security/mutants/record.ts";

const CONTRACT = `pragma solidity 0.8.37;
contract Purse {
    uint256 constant MOST = 7 days; // — wide letters count as bytes
    uint256 held;
    event Taken(uint256 amount, uint256 left);
    modifier guarded() { _; }
    function take(uint256 amount, uint256 fee, bool isFree) external guarded returns (uint256) {
        if (amount > held && !isFree) revert();
        held -= amount;
        emit Taken(amount, held);
        uint256[2] memory parts = [fee, amount];
        for (uint256 i; i < 2; ++i) parts[i] <<= 1;
        return isFree ? 0 : amount + fee;
    }
}
interface IPurse { function take() external; }
`;

function treeOf(content: string) {
  const settings = { outputSelection: { "*": { "": ["ast"] } } };
  const input = { language: "Solidity", sources: { "a.sol": { content } }, settings };
  return JSON.parse(solc.compile(JSON.stringify(input))).sources["a.sol"].ast;
}

describe("mutantsOf", () => {
  const mutants = mutantsOf(CONTRACT, treeOf(CONTRACT));
  const keys = mutants.map(({ key }) => key);

  it("breaks conditions, comparisons, operators, statements, constants, arguments and modifiers", () => {
    expect(keys).toEqual(
      expect.arrayContaining([
        "Purse.MOST constant: 7 days → (7 days + 1)",
        "Purse.MOST constant: 7 days → (7 days - 1)",
        "Purse.take modifier: guarded → nothing",
        "Purse.take condition: amount > held && !isFree → true",
        "Purse.take condition: amount > held && !isFree → false",
        "Purse.take condition: amount > held → true",
        "Purse.take condition: !isFree → true",
        "Purse.take comparison: amount > held → amount >= held",
        "Purse.take operator: amount > held && !isFree → amount > held || !isFree",
        "Purse.take unary: !isFree → isFree",
        "Purse.take operator: held -= amount → held += amount",
        "Purse.take delete: held -= amount → nothing",
        "Purse.take delete: emit Taken(amount, held) → nothing",
        "Purse.take swap: Taken(amount, held) → Taken(held, amount)",
        "Purse.take swap: [fee, amount] → [amount, fee]",
        "Purse.take condition: i < 2 → false",
        "Purse.take unary: ++i → --i",
        "Purse.take operator: parts[i] <<= 1 → parts[i] >>= 1",
        "Purse.take constant: 0 → (0 + 1)",
        "Purse.take operator: amount + fee → amount - fee",
      ]),
    );
  });

  it("names each once, and none below 0 or in the size of an array", () => {
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key.includes("(0 - 1)"))).toEqual([]);
    expect(keys.filter((key) => key.startsWith("Purse.take constant: 2 "))).toHaveLength(2);
  });

  it("each compiles or is refused by the compiler, and is not the original", () => {
    for (const { edit } of mutants) expect(new Source(CONTRACT).edited([edit])).not.toBe(CONTRACT);
    const bare = mutants.find(({ key }) => key === "Purse.take delete: held -= amount → nothing");
    const broken = new Source(CONTRACT).edited([bare?.edit ?? { start: 0, end: 0, text: "" }]);
    expect(broken).toBe(CONTRACT.replace("held -= amount;", "{}"));
  });
});

describe("standingOf", () => {
  const entry = (verdict: Entry["verdict"], source = "now"): Entry => ({ source, verdict });
  const record = {
    a: entry("killed"),
    b: entry("survived"),
    c: entry("survived"),
    d: entry("same"),
    e: entry("invalid"),
    f: entry("killed", "before the source was edited"),
    g: entry("stuck"),
  };
  const standing = standingOf([..."abcdefgh"], "now", record, ["c", "a"]);

  it("counts what is known of the source as it is", () => {
    expect(standing).toMatchObject({ mutants: 8, looked: 6, invalid: 1, same: 1, tried: 4, killed: 1, stuck: 1 });
  });

  it("takes survivors with an argument out of the count, and nothing else", () => {
    expect(standing).toMatchObject({ equivalent: ["c"], survived: ["b"] });
    expect(shareOf(standing)).toBeCloseTo(66.7, 1);
  });

  it("has no share where nothing was tried", () => {
    expect(shareOf(standingOf(["a"], "later", record, []))).toBeUndefined();
  });
});

describe("the committed result", () => {
  const report: Report = JSON.parse(readFileSync(REPORT, "utf8"));
  const argued = parseArguments(readFileSync(ARGUMENTS, "utf8"));

  it("leaves only survivors with an argument out of the count, and each argument is about one", () => {
    const equivalent = Object.values(report.sources).flatMap((standing) => standing.equivalent);
    expect(equivalent.toSorted()).toEqual(argued.toSorted());
  });

  it("adds up", () => {
    for (const { mutants, looked, invalid, same, tried, killed, stuck, equivalent, survived } of Object.values(
      report.sources,
    )) {
      expect(looked).toBeLessThanOrEqual(mutants);
      expect(invalid + same + tried).toBe(looked);
      expect(killed + stuck + equivalent.length + survived.length).toBe(tried);
    }
  });
});
