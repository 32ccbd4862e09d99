// `node scripts/campaign/mutants.ts [--calls N] [--seed 0x…] [NAME…]`: breaks the contracts, one way after the other, and looks whether the campaign notices.
// Writes bench/campaign-mutants.json. Nothing in the project is changed: a copy of it is.
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
/** What a campaign is built of. */
const COPIED = ["contracts", "test/invariants", "scripts", "hardhat.config.ts", "package.json"];
/** Built things of the copy are its own. */
const BUILT = ["artifacts", "cache"];

export function readMutants(): Mutant[] {
  return JSON.parse(readFileSync(MUTANTS, "utf8"));
}

/** The source with the mutant in it. Throws when the place is not there, or more than once. */
export function mutated(source: string, { name, file, from, to }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has the place ${parts.length - 1} times`);
  return parts.join(to);
}

function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "4ever-mutants-"));
  for (const path of [...COPIED, ...BUILT]) cpSync(join(PROJECT_ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(PROJECT_ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

async function judge(copy: string, mutant: Mutant, args: string[]): Promise<Verdict> {
  const { name, invariant, file } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, mutated(source, mutant));
  try {
    const { code, output } = await runCommand("node", ["scripts/campaign.ts", "--dry", ...args], { cwd: copy });
    const by = /✗ an invariant broke under seed \S+: (.*)/.exec(stripVTControlCharacters(output))?.[1];
    if (by !== undefined) return { name, invariant, file, result: "killed", by };
    if (/calls in \d+ s/.test(output)) return { name, invariant, file, result: "survived" };
    return { name, invariant, file, result: "unbuilt", by: `code ${code}: ${output.slice(-300)}` };
  } finally {
    writeFileSync(path, source);
  }
}

/** After each verdict, so that a run that is ended keeps what it found. */
function write(verdicts: readonly Verdict[], { calls, seed }: { calls: string; seed: string }): void {
  const result = { mostCalls: Number(calls), seed, judged: verdicts.length, known: readMutants().length };
  writeFileSync(RESULT, `${JSON.stringify({ ...result, mutants: verdicts }, null, 2)}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { calls: { type: "string", default: "128000" }, seed: { type: "string", default: "0x4" } },
    allowPositionals: true,
  });
  const chosen = readMutants().filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const isWritten = positionals.length === 0;
  const copy = copyProject();
  const verdicts: Verdict[] = [];
  try {
    for (const mutant of chosen) {
      const startedAt = performance.now();
      const verdict = await judge(copy, mutant, ["--calls", values.calls, "--seed", values.seed]);
      verdicts.push(verdict);
      if (isWritten) write(verdicts, values);
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
