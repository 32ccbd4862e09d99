// Runs Hardhat's tests (mocha, and Solidity's where there are some) in a process of its own and writes one report.
// Usage: node scripts/testing/hardhat.ts REPORT.json
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import hre from "hardhat";
import Mocha from "mocha";
import { PROJECT_ROOT } from "../command.ts";
import type { FailedTest } from "./report.ts";

const [reportFile] = process.argv.slice(2);
if (!reportFile) throw new Error("Usage: node scripts/testing/hardhat.ts REPORT.json");

let passed = 0;
const failed: FailedTest[] = [];

/** Prints as mocha's own reporter does, and keeps what happened. */
class KeepingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on("pass", () => passed++);
    runner.on("fail", (test, error) => failed.push({ name: test.fullTitle(), message: error.stack ?? String(error) }));
  }
}

function hasFiles(folder: string, ending: string): boolean {
  const path = join(PROJECT_ROOT, folder);
  return existsSync(path) && readdirSync(path, { recursive: true }).some((name) => String(name).endsWith(ending));
}

hre.config.test.mocha.reporter = KeepingReporter;
if (hasFiles("test/contracts", ".ts")) await hre.tasks.getTask(["test", "mocha"]).run({});
if (hasFiles("test/invariants", ".sol")) {
  const result: { success: boolean; value?: SolidityResult; error?: SolidityResult } = await hre.tasks
    .getTask(["test", "solidity"])
    .run({});
  const summary = (result.value ?? result.error)?.summary;
  if (!summary) throw new Error("Hardhat's Solidity tests left no summary");
  passed += summary.passed;
  for (let i = 0; i < summary.failed; i++) failed.push({ name: "test/invariants", message: "see the output above" });
}
writeFileSync(reportFile, JSON.stringify({ passed, failed }));
process.exit(failed.length > 0 ? 1 : 0);

type SolidityResult = { summary: { passed: number; failed: number } };
