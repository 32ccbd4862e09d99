// `npm run mutants`: breaks the money contracts in small ways and looks whether a test notices; the result is docs/security/mutants.json.
// Run `npx hardhat build` before it.
//   --contract NAME   only this source, such as StakeVault or StakePool
//   --sample N        at most N mutants of each source that compile to other code (default: all)
//   --seed S          which ones (default 1); a larger sample of a seed contains the smaller ones
//   --survivors       tries those again that survived, and no others
//   --wide            by the tests of all money contracts, and not only of the folders of those that are made of the source
//   --report          runs nothing; writes the result of what was run before
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT } from "../command.ts";
import { type Bytecodes, MoneyCompiler } from "./money/compiler.ts";
import { allTests, CONTRACTS, nameOf, SOURCES, testsOf } from "./money/subjects.ts";
import { Source } from "./money/syntax.ts";
import { Trials } from "./money/trials.ts";
import { type Mutant, mutantsOf } from "./mutants/operators.ts";
import {
  ARGUMENTS,
  digestOf,
  type Entry,
  parseArguments,
  REPORT,
  type Record,
  type Report,
  readRecord,
  shareOf,
  standingOf,
  type Verdict,
  writeRecord,
} from "./mutants/record.ts";

/** A source and its mutants, in the order in which they are tried. */
type Subject = { path: string; text: string; digest: string; mutants: Mutant[]; original: Bytecodes };

/** Far more than all tests of a folder take on a busy machine. */
const TIMEOUT_MS = 300_000;
/** Verdicts that the original must confirm by passing: a chain that kept something would kill whatever comes. */
const CHECKED_EVERY = 40;

const { values } = parseArgs({
  options: {
    contract: { type: "string" },
    sample: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "1" },
    survivors: { type: "boolean", default: false },
    wide: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});
const [most, seed] = [Number(values.sample), Number(values.seed)];

const compiler = new MoneyCompiler(Object.values(CONTRACTS).flat());
const record = readRecord();
const trials = new Trials();
const kills = new Map<string, number>();
/** Verdicts that are not written yet, and the test files that they come from. */
let pending: { entries: Record; files: Set<string> } = { entries: {}, files: new Set() };

function subjectOf(path: string): Subject {
  const { text, tree } = compiler.sourceOf(path);
  const order = new Map(mutantsOf(text, tree).map((mutant) => [digestOf(`${seed} ${mutant.key}`), mutant]));
  const mutants = [...order].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, mutant]) => mutant);
  return { path, text, digest: digestOf(text), mutants, original: {} };
}

function entryOf({ digest }: Subject, { key }: Mutant): Entry | undefined {
  const entry = pending.entries[key] ?? record[key];
  return entry?.source === digest ? entry : undefined;
}

const isTried = ({ verdict }: Entry) => verdict !== "invalid" && verdict !== "same";

/** Mutants of this run. */
const taken = new Set<string>();

/** The next mutant of a source within the sample. */
function nextOf(subject: Subject): Mutant | undefined {
  let tried = 0;
  for (const mutant of subject.mutants) {
    if (tried === most) return undefined;
    const entry = entryOf(subject, mutant);
    const isWanted = values.survivors ? entry?.verdict === "survived" : entry === undefined;
    if (isWanted && !taken.has(mutant.key)) return mutant;
    if (entry === undefined || isTried(entry)) tried++;
  }
  return undefined;
}

function originalOf(subject: Subject): Bytecodes {
  const contracts = compiler.contractsWith(subject.path);
  if (Object.keys(subject.original).length === 0) {
    const compiled = compiler.compile(contracts, {}, { isOptimized: false });
    if ("error" in compiled) throw new Error(compiled.error);
    subject.original = compiled.bytecodes;
  }
  return subject.original;
}

/** Those that killed most come first, so that most mutants need one file. */
const byKills = (files: readonly string[]) =>
  files.toSorted((one, other) => (kills.get(other) ?? 0) - (kills.get(one) ?? 0));

/** The code, not optimized, of the contracts that the mutant changes, by name; otherwise why it needs no test. */
function compile(subject: Subject, { edit }: Mutant): Bytecodes | Verdict {
  const original = originalOf(subject);
  const broken = new Source(subject.text).edited([edit]);
  const compiled = compiler.compile(Object.keys(original), { [subject.path]: broken }, { isOptimized: false });
  if ("error" in compiled) return "invalid";
  const changed = Object.entries(compiled.bytecodes).filter(([name, code]) => code !== original[name]);
  return changed.length === 0 ? "same" : Object.fromEntries(changed);
}

/** Whether the optimizer makes the same code of the mutant and the original. */
function isSame(subject: Subject, { edit }: Mutant): boolean {
  const contracts = Object.keys(originalOf(subject));
  const [original, broken] = [{}, { [subject.path]: new Source(subject.text).edited([edit]) }].map((changes) =>
    compiler.compile(contracts, changes),
  );
  return JSON.stringify(original) === JSON.stringify(broken);
}

async function judge(subject: Subject, mutant: Mutant, changed: Bytecodes | Verdict): Promise<Entry> {
  const source = subject.digest;
  if (typeof changed === "string") return { source, verdict: changed };
  const [first, second] = [testsOf(Object.keys(changed)), testsOf(Object.keys(originalOf(subject)))];
  const others = values.wide ? allTests() : second.others;
  const files = [...new Set([first.named, second.named, others].flatMap(byKills))];
  const order = { files, bytecodes: changed };
  // A mutant that loops without an end fills the process's memory; whether it was this one shows in a process of its own.
  const result = await trials.run(order, TIMEOUT_MS).catch(() => trials.run(order, TIMEOUT_MS).catch(() => undefined));
  if (!result) return { source, verdict: "stuck" };
  for (const { file } of result.results) pending.files.add(join(PROJECT_ROOT, file));
  const last = result.results.at(-1);
  if (last?.failure === undefined) return { source, verdict: isSame(subject, mutant) ? "same" : "survived" };
  const file = join(PROJECT_ROOT, last.file);
  kills.set(file, (kills.get(file) ?? 0) + 1);
  return { source, verdict: "killed", by: `${basename(last.file)}: ${last.failure}` };
}

/**
 * Writes what is pending, after the original, compiled as the mutants are, passed whatever was used since the last time.
 * @throws when it does not pass; then nothing is written
 */
async function keep(): Promise<void> {
  const { entries, files } = pending;
  if (Object.keys(entries).length === 0) return;
  const original = Object.assign({}, ...subjects.map((subject) => subject.original));
  const result = await trials.run({ files: [...files], bytecodes: original }, TIMEOUT_MS);
  const failed = result?.results.filter(({ failure }) => failure !== undefined);
  if (failed?.length !== 0) {
    trials.close();
    throw new Error(
      `The contracts as they are fail; the last verdicts are void: ${JSON.stringify(failed ?? "too slow")}`,
    );
  }
  Object.assign(record, entries);
  writeRecord(record);
  pending = { entries: {}, files: new Set() };
}

const chosen = SOURCES.filter((path) => values.contract === undefined || basename(path, ".sol") === values.contract);
if (chosen.length === 0) throw new Error(`No source is called ${values.contract}`);
const subjects = SOURCES.map(subjectOf);

let isStopped = values.report;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (isStopped = true));

/** One of fifty of each source in turn, so that whoever stops it early has seen something of all, and most of the largest. */
function* mutantsInTurn(): Generator<{ subject: Subject; mutant: Mutant }> {
  const round = subjects
    .filter(({ path }) => chosen.includes(path))
    .flatMap((subject) => Array<Subject>(Math.ceil(subject.mutants.length / 50)).fill(subject));
  for (let isAny = true; isAny; ) {
    isAny = false;
    for (const subject of round) {
      const mutant = isStopped ? undefined : nextOf(subject);
      if (!mutant) continue;
      isAny = true;
      taken.add(mutant.key);
      yield { subject, mutant };
    }
  }
}

const turns = mutantsInTurn();
/** The next mutant, compiled. */
function prepare() {
  const { value } = turns.next();
  return value && { ...value, changed: compile(value.subject, value.mutant) };
}

for (let next = prepare(); next; ) {
  const { subject, mutant, changed } = next;
  const startedAt = performance.now();
  const judged = judge(subject, mutant, changed);
  next = prepare(); // while the tests run
  const entry = await judged;
  pending.entries[mutant.key] = entry;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${entry.verdict.padEnd(8)} ${seconds.padStart(6)} s  ${nameOf(subject.path)}:${mutant.line}  ${mutant.key}`,
  );
  if (Object.keys(pending.entries).length >= CHECKED_EVERY) await keep();
}
await keep();
trials.close();

const argued = existsSync(ARGUMENTS) ? parseArguments(readFileSync(ARGUMENTS, "utf8")) : [];
const report: Report = { seed, sources: {} };
for (const { path, mutants, digest } of subjects) {
  const keys = mutants.map(({ key }) => key);
  const standing = standingOf(keys, digest, record, argued);
  report.sources[nameOf(path)] = standing;
  const share = shareOf(standing)?.toFixed(1) ?? "–";
  const { tried, killed, stuck, equivalent, survived } = standing;
  console.log(
    `${nameOf(path).padEnd(28)} ${String(mutants.length).padStart(4)} mutants, ${tried} tried: ${killed} killed, ${stuck} stuck, ` +
      `${equivalent.length} equivalent, ${survived.length} survived: ${share} %`,
  );
}
writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
