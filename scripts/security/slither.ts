// `npm run slither`: Slither's findings in our contracts that docs/security/slither.md does not answer, and answers without a finding.
// Run `npx hardhat build` before it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT_ROOT, runCommand } from "../command.ts";
import { readCompilerInput } from "./compiler-input.ts";

/** One detector in one function, variable or contract; however often it struck there. */
export type Finding = { check: string; impact: string; where: string };
/** A row of docs/security/slither.md. `where` names places, or is `everywhere`. */
export type Answer = { check: string; where: readonly string[] | "everywhere" };

/** As Slither tells what it found. */
export type Detection = { check: string; impact: string; elements: Element[] };
type Element = { name: string; type: string; type_specific_fields?: { parent?: Element } };

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
/** Another version has other detectors. */
export const VERSION = /^slither-analyzer==(.+)$/m.exec(readFileSync(REQUIREMENTS, "utf8"))?.[1];
export const ANSWERS = join(PROJECT_ROOT, "docs/security/slither.md");
const BINARY = process.platform === "win32" ? "slither.exe" : "slither";

function isUsable(binary: string): boolean {
  return existsSync(binary) && spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout?.trim() === VERSION;
}

/**
 * The path of a Slither of our version: `SLITHER_BIN`, where `.ci/run` puts one, or from the PATH; undefined where there is none.
 * @throws when `SLITHER_BIN` names something else: whoever set it wants to know
 */
export function findSlither(env = process.env): string | undefined {
  if (env.SLITHER_BIN) {
    if (isUsable(env.SLITHER_BIN)) return env.SLITHER_BIN;
    throw new Error(`SLITHER_BIN=${env.SLITHER_BIN} is no Slither ${VERSION}. Name another one, or unset it.`);
  }
  const folders = [join(PROJECT_ROOT, ".local/slither/bin"), ...(env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, BINARY)).find(isUsable);
}

/** What Slither says of the contracts as they were built last: about a minute. @throws with its last words when it cannot say */
export async function runSlither(slither: string): Promise<Finding[]> {
  const directory = mkdtempSync(join(tmpdir(), "4ever-slither-"));
  try {
    // Slither reads the sources as files, too.
    const input = readCompilerInput(["abi", "metadata", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"]);
    for (const [name, { content }] of Object.entries(input.sources)) {
      mkdirSync(join(directory, dirname(name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    writeFileSync(join(directory, "input.json"), JSON.stringify(input));
    const solc = join(directory, "solc");
    const program = pathToFileURL(join(import.meta.dirname, "solc.ts")).href;
    writeFileSync(solc, `#!/usr/bin/env node\nimport(${JSON.stringify(program)});\n`, { mode: 0o755 });

    const args = ["input.json", "--compile-force-framework", "Solc-json", "--solc", solc];
    const options = ["--filter-paths", "openzeppelin", "--json", "output.json"];
    const { output } = await runCommand(slither, [...args, ...options], { cwd: directory });
    const report = join(directory, "output.json"); // its exit code counts findings
    if (!existsSync(report)) throw new Error(`Slither left no report:\n${output.slice(-2_000)}`);
    const { success, error, results } = JSON.parse(readFileSync(report, "utf8"));
    if (!success) throw new Error(`Slither failed: ${error}`);
    return findingsOf(results.detectors);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Each detector and place once, sorted. */
export function findingsOf(detections: readonly Detection[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const { check, impact, elements } of detections) {
    const where = placeOf(elements[0]);
    found.set(`${check} ${where}`, { check, impact, where });
  }
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, finding]) => finding);
}

/** `Contract.function`, also for what is within the function. */
function placeOf(element: Element | undefined): string {
  const names: string[] = [];
  for (let at = element; at && at.name !== ""; at = at.type_specific_fields?.parent) names.unshift(at.name);
  return names.slice(0, 2).join(".");
}

/** The rows `detector | where | answer` of the page. One without an answer is none. */
export function parseAnswers(page: string): Answer[] {
  return [...page.matchAll(/^\| `([\w-]+)` \| (.+?) \| \S.* \|$/gm)].map(([, check = "", where = ""]) => ({
    check,
    where: where === "everywhere" ? where : [...where.matchAll(/`([\w.]+)`/g)].map(([, place = ""]) => place),
  }));
}

/** What is found and not answered, and what is answered and not found (any more), in words. */
export function differencesOf(findings: readonly Finding[], answers: readonly Answer[]): string[] {
  const isAnswered = ({ check, where }: Finding) =>
    answers.some((answer) => answer.check === check && (answer.where === "everywhere" || answer.where.includes(where)));
  const isFound = (check: string, place: string) =>
    findings.some((finding) => finding.check === check && (place === "everywhere" || finding.where === place));
  return [
    ...findings
      .filter((finding) => !isAnswered(finding))
      .map(({ check, impact, where }) => `not answered: ${check} in ${where} (${impact})`),
    ...answers.flatMap(({ check, where }) =>
      [where].flat().flatMap((place) => (isFound(check, place) ? [] : [`not found: ${check} in ${place}`])),
    ),
  ];
}

if (import.meta.main) {
  const slither = findSlither();
  if (!slither) throw new Error(`No Slither ${VERSION}: pip install -r ${REQUIREMENTS}, or name one by SLITHER_BIN`);
  const findings = await runSlither(slither);
  const differences = differencesOf(findings, parseAnswers(readFileSync(ANSWERS, "utf8")));
  for (const difference of differences) console.error(`✗ ${difference}`);
  console.log(`${findings.length} findings, ${differences.length} differences from docs/security/slither.md`);
  if (differences.length > 0) process.exitCode = 1;
}
