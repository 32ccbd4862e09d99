// `npm run coverage`: which statements and branches of the money contracts the tests in test/contracts reach; the counts are written to
// docs/security/coverage.json. What they do not reach must have its reason in docs/security/coverage.md, and what has one must be out of
// reach, or this fails. Run `npx hardhat build` before it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getCoverageLibrary } from "@nomicfoundation/edr/coverage";
import { PROJECT_ROOT } from "../command.ts";
import { MoneyCompiler } from "./money/compiler.ts";
import { BRANCHES, Instrumentation, type Point } from "./money/instrument.ts";
import { allTests, CONTRACTS, nameOf, SOURCES } from "./money/subjects.ts";
import { Trials } from "./money/trials.ts";

/** `[reached, all]`. A line counts as reached when each statement and branch that begins on it was. */
type Count = [number, number];
type Counts = { lines: Count; statements: Count; branches: Count };

const COUNTS = join(PROJECT_ROOT, "docs/security/coverage.json");
const REASONS = join(PROJECT_ROOT, "docs/security/coverage.md");
const TIMEOUT_MS = 1_800_000;

/** The keys that the page gives a reason for: lines that begin with "- `key`: ". */
export function parseReasons(page: string): string[] {
  return [...page.matchAll(/^- `(.+?)`: \S.{10,}$/gm)].map(([, key = ""]) => key);
}

export function countsOf(points: readonly Point[], isHit: (point: Point) => boolean): Counts {
  const lines = new Map<number, boolean>();
  for (const point of points) lines.set(point.line, (lines.get(point.line) ?? true) && isHit(point));
  const count = (kind: Point["kind"]): Count => {
    const all = points.filter((point) => point.kind === kind);
    return [all.filter(isHit).length, all.length];
  };
  const reached = [...lines.values()].filter(Boolean).length;
  return { lines: [reached, lines.size], statements: count("statement"), branches: count("branch") };
}

async function measure(): Promise<{ source: string; points: Point[]; hits: Set<Point> }[]> {
  const contracts = Object.values(CONTRACTS).flat();
  const compiler = new MoneyCompiler(contracts);
  const instrumentation = new Instrumentation();
  const changes = Object.fromEntries(
    SOURCES.map((path) => {
      const { text, tree } = compiler.sourceOf(path);
      return [path, instrumentation.instrumented(path, text, tree)];
    }),
  );
  const added = { "coverage.sol": getCoverageLibrary().content, [BRANCHES.name]: BRANCHES.content };
  const compiled = compiler.compile(contracts, changes, { added });
  if ("error" in compiled) throw new Error(compiled.error);

  const trials = new Trials({ collectsHits: true });
  const result = await trials.run({ files: allTests(), bytecodes: compiled.bytecodes, isWhole: true }, TIMEOUT_MS);
  trials.close();
  if (!result) throw new Error("The tests took too long");
  for (const { file, failure } of result.results) if (failure !== undefined) console.warn(`${file} failed: ${failure}`);
  const hits = new Set(result.hits.map((tag) => instrumentation.points[Number(`0x${tag}`)] as Point));
  return SOURCES.map((source) => ({
    source: nameOf(source),
    points: instrumentation.points.filter((point) => point.source === source),
    hits,
  }));
}

if (import.meta.main) {
  const reasons = parseReasons(readFileSync(REASONS, "utf8"));
  const measured = await measure();
  const show = ([reached, all]: Count) => `${reached}/${all}`.padStart(9);
  const counts: Record<string, Counts> = {};
  const missed = new Set<string>();
  for (const { source, points, hits } of measured) {
    const counted = countsOf(points, (point) => hits.has(point));
    counts[source] = counted;
    console.log(
      `${source.padEnd(28)} lines ${show(counted.lines)}  statements ${show(counted.statements)}  branches ${show(counted.branches)}`,
    );
    for (const point of points.filter((one) => !hits.has(one))) {
      missed.add(point.key);
      const hasReason = reasons.includes(point.key);
      console.log(`  ${hasReason ? "reason" : "✗ none"}  line ${point.line}  ${point.key}`);
    }
  }
  const text = JSON.stringify(counts, null, 2).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, "[$1, $2]");
  writeFileSync(COUNTS, `${text}\n`);
  const wrong = [...reasons.filter((key) => !missed.has(key)), ...[...missed].filter((key) => !reasons.includes(key))];
  for (const key of reasons.filter((one) => !missed.has(one))) console.error(`✗ has a reason, and is reached: ${key}`);
  if (wrong.length > 0) process.exitCode = 1;
}
