import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Mutant, mutated, readMutants } from "../../scripts/campaign/mutants.ts";
import { handlerSources, invariantNames } from "../../scripts/campaign/sources.ts";
import { functionsIn, invariantsIn, neverDone, type Tally, tallyOf } from "../../scripts/campaign/tally.ts";
import { PROJECT_ROOT } from "../../scripts/command.ts";

const read = (file: string) => JSON.parse(readFileSync(join(PROJECT_ROOT, "bench", file), "utf8"));
const tally = (name: string, done: number): Tally => ({ function: name, done, reverts: 0, discards: 0 });

describe("tallyOf", () => {
  it("counts what was done, without what failed or found nothing to do", () => {
    const metrics = {
      "test/B.t.sol:B.stake": { calls: 3n, reverts: 0n, discards: 3n },
      "A.pay": { calls: 10n, reverts: 1n, discards: 2n },
    };
    expect(tallyOf(metrics)).toEqual([
      { function: "A.pay", done: 7, reverts: 1, discards: 2 },
      { function: "B.stake", done: 0, reverts: 0, discards: 3 },
    ]);
  });
});

describe("neverDone", () => {
  it("names what was not called, and what was called in vain", () => {
    expect(neverDone(["A.pay", "A.take", "A.give"], [tally("A.pay", 1), tally("A.take", 0)])).toEqual([
      "A.take",
      "A.give",
    ]);
  });
});

describe("functionsIn", () => {
  it("finds what a handler lets a campaign call, and nothing of what is no handler", () => {
    const source = `contract AHandler is Handler, B {
    function pay(uint256 seed, uint256 amount) external counted {}
    function take(uint256 seed) external booked(seed) {}
    function seen() external view returns (uint256) {}
    function _give() private {}
}`;
    expect(functionsIn(source)).toEqual(["AHandler.pay", "AHandler.take"]);
    expect(functionsIn(source.replace("Handler, B", "B"))).toEqual([]);
  });
});

describe("invariantsIn", () => {
  it("finds what is checked at the end of each run, once", () => {
    const source =
      "    function afterInvariant() public {\n        _one(1);\n        _two();\n        _one(2);\n    }\n";
    expect(invariantsIn(source)).toEqual(["one", "two"]);
  });
});

describe("the mutants", () => {
  it.each(readMutants().map((mutant) => [mutant.name, mutant] as const))("%s: is somewhere to put", (_, mutant) => {
    const source = readFileSync(join(PROJECT_ROOT, mutant.file), "utf8");
    expect(mutated(source, mutant)).not.toBe(source);
    expect(invariantNames()).toContain(mutant.invariant);
  });

  it("break every invariant at least once", () => {
    const broken = new Set(readMutants().map(({ invariant }) => invariant));
    expect(invariantNames().filter((name) => !broken.has(name))).toEqual([]);
  });

  it("were all judged, each under the invariant that it breaks, and killed", () => {
    const { mutants } = read("campaign-mutants.json") as { mutants: (Mutant & { result: string })[] };
    expect(mutants.map(({ name, invariant, result }) => [name, invariant, result])).toEqual(
      readMutants().map(({ name, invariant }) => [name, invariant, "killed"]),
    );
  });
});

describe("the committed campaign", () => {
  it("reached every function that there is, and checked every invariant", () => {
    expect(existsSync(join(PROJECT_ROOT, "bench/campaign.json"))).toBe(true);
    const { functions, invariants, calls } = read("campaign.json");
    expect(neverDone(handlerSources().flatMap(functionsIn), functions)).toEqual([]);
    expect(invariants).toEqual(invariantNames());
    expect(functions.reduce((sum: number, { done }: Tally) => sum + done, 0)).toBe(calls);
  });
});
