// `npm run campaign:mutants -- [--missing] [--calls N] [--seed 0x…] [NAME…]`: breaks the contracts, one way after the other, and looks whether the
// campaign notices. Those named, those without a verdict so far, or all. Writes bench/campaign-mutants.json, unless other calls or another
// seed are asked for than it is made of. Nothing in the project is changed: a copy of it is.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { PROJECT_ROOT, runCommand } from "../command.ts";

/** One way to break a contract: `from` is in the file once. */
export type Mutant = { name: string; invariant: string; file: string; from: string; to: string };
/** `by` says what broke; an unbuilt mutant says nothing about the campaign. */
type Verdict = Pick<Mutant, "name" | "invariant" | "file"> & { result: "killed" | "survived" | "unbuilt"; by?: string };

export const MUTANTS = join(PROJECT_ROOT, "test/invariants/mutants.json");
const RESULT = join(PROJECT_ROOT, "bench/campaign-mutants.json");
/** What the written verdicts are made of: most calls of a campaign, and its seed. */
const [CALLS, SEED] = ["128000", "0x4"];
/** Calls of the campaign without a mutant: what breaks by itself says nothing of any. */
const CONTROL_CALLS = "10000";
/** What a campaign is built of. */
const COPIED = ["contracts", "test/invariants", "scripts", "hardhat.config.ts", "package.json"];
/** Code that is not optimized is built in a third of the time, and does the same for more gas. */
const UNOPTIMIZED = {
  name: "built without the optimizer",
  file: "hardhat.config.ts",
  from: "optimizer: { enabled: true, runs: 200 }",
  to: "optimizer: { enabled: false }",
};

export function readMutants(): Mutant[] {
  return JSON.parse(readFileSync(MUTANTS, "utf8"));
}

/** The source with the mutant in it. Throws when the place is not there, or more than once. */
export function mutated(source: string, { name, file, from, to }: Omit<Mutant, "invariant">): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has the place ${parts.length - 1} times`);
  return parts.join(to);
}

function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "4ever-mutants-"));
  for (const path of COPIED) cpSync(join(PROJECT_ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(PROJECT_ROOT, "node_modules"), join(copy, "node_modules"));
  const config = join(copy, "hardhat.config.ts");
  writeFileSync(config, mutated(readFileSync(config, "utf8"), UNOPTIMIZED));
  return copy;
}

async function campaign(copy: string, args: string[]): Promise<Pick<Verdict, "result" | "by">> {
  const { code, output } = await runCommand("node", ["scripts/campaign.ts", "--dry", ...args], { cwd: copy });
  const by = /✗ an invariant broke under seed \S+: (.*)/.exec(stripVTControlCharacters(output))?.[1];
  if (by !== undefined) return { result: "killed", by };
  if (/calls in \d+ s/.test(output)) return { result: "survived" };
  return { result: "unbuilt", by: `code ${code}: ${output.slice(-300)}` };
}

async function judge(copy: string, mutant: Mutant, args: string[]): Promise<Verdict> {
  const { name, invariant, file } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, mutated(source, mutant));
  try {
    return { name, invariant, file, ...(await campaign(copy, args)) };
  } finally {
    writeFileSync(path, source);
  }
}

/** What was judged before, of the mutants that there are. */
function readVerdicts(): Verdict[] {
  const { mutants }: { mutants: Verdict[] } = JSON.parse(readFileSync(RESULT, "utf8"));
  const known = new Set(readMutants().map(({ name }) => name));
  return mutants.filter(({ name }) => known.has(name));
}

/** After each verdict, so that a run that is ended keeps what it found. */
function write(verdict: Verdict): void {
  const verdicts = new Map(readVerdicts().map((before) => [before.name, before]));
  verdicts.set(verdict.name, verdict);
  const known = readMutants();
  const mutants = known.flatMap(({ name }) => verdicts.get(name) ?? []);
  const result = { mostCalls: Number(CALLS), seed: SEED, judged: mutants.length, known: known.length, mutants };
  writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      calls: { type: "string", default: CALLS },
      seed: { type: "string", default: SEED },
      missing: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const judged = new Set(values.missing ? readVerdicts().map(({ name }) => name) : []);
  const named = new Set(positionals);
  const chosen = readMutants().filter(({ name }) => !judged.has(name) && (named.size === 0 || named.has(name)));
  const isWritten = values.calls === CALLS && values.seed === SEED;
  const copy = copyProject();
  const verdicts: Verdict[] = [];
  try {
    const control = await campaign(copy, ["--calls", CONTROL_CALLS, "--seed", values.seed]);
    if (control.result !== "survived") throw new Error(`The campaign fails without a mutant: ${control.by}`);
    for (const mutant of chosen) {
      const startedAt = performance.now();
      const verdict = await judge(copy, mutant, ["--calls", values.calls, "--seed", values.seed]);
      verdicts.push(verdict);
      if (isWritten) write(verdict);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      console.log(`${verdict.result.padEnd(8)} ${verdict.name} (${seconds} s): ${verdict.by ?? ""}`);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
  const killed = verdicts.filter(({ result }) => result === "killed").length;
  console.log(`${killed} of ${verdicts.length} killed`);
  if (killed < verdicts.length) process.exitCode = 1;
}

if (import.meta.main) await main();
