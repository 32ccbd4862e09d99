import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../../../scripts/build-steps.ts";
import { findSolver, type Lemmas, Prover, RESULT, withIncludes } from "../../../scripts/security/lemmas.ts";

const solver = findSolver();
if (!solver) console.warn("No lemma is proven: there is no Z3.");
const { lemmas }: Lemmas = JSON.parse(readFileSync(RESULT, "utf8"));

describe("the committed lemmas", () => {
  beforeAll(() => ensureBuilt(["contracts"]), 300_000);

  it("are those that are claimed, within the same bounds", { timeout: 120_000 }, () => {
    const claims = new Prover("", 1).claims.map(({ name, says, inputs, assumes }) => [name, { says, inputs, assumes }]);
    const recorded = Object.entries(lemmas).map(([name, { outcome: _outcome, ...claim }]) => [name, claim]);
    expect(recorded).toEqual(claims);
  });

  it("are proven, or said to be unproven", () => {
    const outcomes = Object.values(lemmas).map(({ outcome }) => outcome);
    expect(outcomes).not.toContain("refuted");
    expect(outcomes).not.toContain("vacuous");
  });
});

describe.skipIf(!solver)("Prover", () => {
  beforeAll(() => ensureBuilt(["contracts"]), 300_000);
  const FALSE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract TooGood { function lemma(uint256 a, uint256 b) external pure { require(a < 100 && b < 100); assert(a + b < 198); } }
contract Empty { function lemma(uint256 a) external pure { require(a < 100 && a > 200); assert(a == 7); } }
contract Good { function lemma(uint256 a) external pure { require(a < 100); assert(a * 2 < 199); } }
`;
  const outcomes = () => {
    const prover = new Prover(solver ?? "", 30, { "False.sol": FALSE });
    return Object.fromEntries(prover.claims.map((claim) => [claim.name, prover.prove(claim)]));
  };

  it("tells true, false and empty lemmas apart", { timeout: 300_000 }, () => {
    expect(outcomes()).toEqual({ TooGood: "refuted", Empty: "vacuous", Good: "proven" });
  });
});

describe.skipIf(!solver)("lemmas about a broken library", () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const library = read("contracts/libraries/StakePool.sol");
  const lemmas = read("scripts/security/lemmas/Stake.sol").replace(/^(\/\/ SPDX|pragma|import).*$/gm, "");

  for (const [lemma, line, broken] of [
    ["SharesNeverGain", "(amount * ONE) / index;", "(amount * ONE) / index + 1;"],
    ["SharesOutCover", "(amount * ONE + index - 1) / index", "(amount * ONE) / index"],
    ["SlashKeepsSolvency", "(index * (tokens - taken)) / tokens", "(index * (tokens - taken)) / tokens + 1"],
    [
      "RewardKeepsSolvency",
      "(tokens + VIRTUAL_TOKENS + added)) / (tokens",
      "(tokens + VIRTUAL_TOKENS + added + 1)) / (tokens",
    ],
  ] as const) {
    it(`are refuted, or not proven: ${lemma}`, { timeout: 200_000 }, () => {
      expect(library).toContain(line);
      const prover = new Prover(solver ?? "", 30, { "Broken.sol": library.replace(line, broken) + lemmas });
      const claim = prover.claims.find(({ name }) => name === lemma);
      expect(claim && prover.prove(claim)).not.toBe("proven");
    });
  }
});

describe("withIncludes", () => {
  it("refuses a function that the contract does not have", () => {
    const sourceOf = () => ({ text: "", tree: { nodeType: "SourceUnit", src: "0:0:0" } });
    expect(() => withIncludes("    // include a/B.sol _c", sourceOf)).toThrow("contracts/a/B.sol has no function _c");
  });
});
