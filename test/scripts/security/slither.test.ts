import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ensureBuilt } from "../../../scripts/build-steps.ts";
import {
  ANSWERS,
  type Detection,
  differencesOf,
  findingsOf,
  findSlither,
  parseAnswers,
  runSlither,
  VERSION,
} from "../../../scripts/security/slither.ts";

const slither = findSlither();
if (!slither) console.warn(`The contracts are not read by Slither: there is no Slither ${VERSION}.`);

const ROWS = `| detector | where | answer |
| --- | --- | --- |
| \`timestamp\` | everywhere | Periods. |
| \`calls-loop\` | \`Lens.a\`, \`Lens.b\` | At most 100. |`;
const found = (check: string, where: string) => ({ check, impact: "Low", where });
const FINDINGS = [found("timestamp", "Market.end"), found("calls-loop", "Lens.a"), found("calls-loop", "Lens.b")];

describe.skipIf(!slither)("Slither", () => {
  it("finds what docs/security/slither.md answers, and nothing else", { timeout: 900_000 }, async () => {
    await ensureBuilt(["contracts"]);
    const findings = await runSlither(slither ?? "");
    expect(differencesOf(findings, parseAnswers(readFileSync(ANSWERS, "utf8")))).toEqual([]);
  });
});

describe("differencesOf", () => {
  const differences = (findings = FINDINGS, rows = ROWS) => differencesOf(findings, parseAnswers(rows));

  it("are none when each finding has its row, and each row its finding", () => {
    expect(differences()).toEqual([]);
  });

  it("tells a finding without a row, in a known place too", () => {
    const others = [found("calls-loop", "Lens.c"), found("suicidal", "Lens.a")];
    expect(differences([...FINDINGS, ...others])).toEqual([
      "not answered: calls-loop in Lens.c (Low)",
      "not answered: suicidal in Lens.a (Low)",
    ]);
  });

  it("takes a row without an answer for none", () => {
    expect(differences(FINDINGS, ROWS.replace("At most 100.", ""))).toEqual([
      "not answered: calls-loop in Lens.a (Low)",
      "not answered: calls-loop in Lens.b (Low)",
    ]);
  });

  it("tells a row, and a place of a row, without a finding", () => {
    expect(differences(FINDINGS.slice(1, 2))).toEqual([
      "not found: timestamp in everywhere",
      "not found: calls-loop in Lens.b",
    ]);
  });
});

describe("findingsOf", () => {
  const contract = { name: "Vault", type: "contract", type_specific_fields: { parent: { name: "", type: "unit" } } };
  const slash = { name: "slash", type: "function", type_specific_fields: { parent: contract } };
  const held = { name: "held", type: "variable", type_specific_fields: { parent: slash } };
  const detection = (...elements: Detection["elements"]) => ({ check: "some", impact: "Low", elements });

  it("names contract and function, for what lies within it too, and each once", () => {
    expect(findingsOf([detection(held), detection(slash, contract), detection(contract)])).toEqual([
      found("some", "Vault"),
      found("some", "Vault.slash"),
    ]);
  });
});

describe("findSlither", () => {
  it("refuses another program by the variable's name", () => {
    expect(() => findSlither({ SLITHER_BIN: process.execPath })).toThrow("SLITHER_BIN");
  });

  it("finds none on an empty PATH, unless one is installed below .local", () => {
    expect(findSlither({ PATH: "" }) ?? ".local/slither").toContain(".local/slither");
  });
});
