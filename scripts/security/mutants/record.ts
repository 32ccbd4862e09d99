// What became of each mutant: kept below `.local` from run to run, and told in docs/security/mutants.json.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROJECT_ROOT } from "../../command.ts";

/**
 * `invalid` did not compile; `same` compiles to the code of the original; `killed` fails a test; `stuck` took too long or all memory,
 * which a test would notice as well; `survived` fails none of the tests that were run.
 */
export type Verdict = "invalid" | "same" | "killed" | "stuck" | "survived";
/** `source` is a digest of the file that was broken: a verdict counts only as long as that is the same. */
export type Entry = { source: string; verdict: Verdict; by?: string };
export type Record = { [key: string]: Entry };

/** How a source stands. `tried` are those that compiled to other code and ran. Survivors are named by their keys. */
export type Standing = {
  mutants: number;
  looked: number;
  invalid: number;
  same: number;
  tried: number;
  killed: number;
  stuck: number;
  equivalent: string[];
  survived: string[];
};
export type Report = { seed: number; sources: { [name: string]: Standing } };

const RECORD = join(PROJECT_ROOT, ".local/mutants.json");
export const REPORT = join(PROJECT_ROOT, "docs/security/mutants.json");
export const ARGUMENTS = join(PROJECT_ROOT, "docs/security/mutants.md");

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export function readRecord(): Record {
  return existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};
}

export function writeRecord(record: Record): void {
  mkdirSync(dirname(RECORD), { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(record, null, 1)}\n`);
}

/** The keys that the page argues are equivalent: lines that begin with "- `key`: ", and go on with the argument. */
export function parseArguments(page: string): string[] {
  return [...page.matchAll(/^- ``? ?(.+?) ?``?: \S.{10,}$/gm)].map(([, key = ""]) => key);
}

/** @param keys all mutants of a source, in any order. @param source digest of its file. */
export function standingOf(
  keys: readonly string[],
  source: string,
  record: Record,
  argued: readonly string[],
): Standing {
  const entries = keys.flatMap((key) => {
    const entry = record[key];
    return entry?.source === source ? [{ key, ...entry }] : [];
  });
  const keysOf = (verdict: Verdict) => entries.filter((entry) => entry.verdict === verdict).map(({ key }) => key);
  const survivors = keysOf("survived").sort();
  const [invalid, same] = [keysOf("invalid").length, keysOf("same").length];
  return {
    mutants: keys.length,
    looked: entries.length,
    invalid,
    same,
    tried: entries.length - invalid - same,
    killed: keysOf("killed").length,
    stuck: keysOf("stuck").length,
    equivalent: survivors.filter((key) => argued.includes(key)),
    survived: survivors.filter((key) => !argued.includes(key)),
  };
}

/** Killed, stuck included, of what was tried and is not equivalent, in percent; undefined when nothing was. */
export function shareOf({ tried, killed, stuck, equivalent }: Standing): number | undefined {
  const counted = tried - equivalent.length;
  return counted === 0 ? undefined : (100 * (killed + stuck)) / counted;
}
