// `npm test`: every check and every test, then one line that counts them. `npm test -- NAME…` runs some of the suites.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrowserMissing, ensureChromium } from "./browser.ts";
import { ensureBuilt } from "./build-steps.ts";
import { CHECKS } from "./checks/checks.ts";
import { type CommandResult, lastLines, runCommand } from "./command.ts";
import { readVitestReport, summaryLine, type TestReport } from "./testing/report.ts";

type Suite = {
  name: string;
  run: () => Promise<Pick<TestReport, "passed" | "failed">>;
};

const reports = mkdtempSync(join(tmpdir(), "4ever-tests-"));

function readReport(file: string, { code, output }: CommandResult) {
  if (statSync(file, { throwIfNoEntry: false })) return JSON.parse(readFileSync(file, "utf8"));
  throw new Error(`the runner ended with code ${code} and no report:\n${lastLines(output, 30)}`);
}

async function runVitest(project: string) {
  const file = join(reports, `${project}.json`);
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const result = await runCommand("vitest", args, { isShown: true });
  const report = readVitestReport(readReport(file, result));
  // A setup that fails leaves a report without any test.
  const isBroken = report.failed.length === 0 && (result.code !== 0 || report.passed === 0);
  return isBroken ? { ...report, failed: [{ name: project, message: result.output }] } : report;
}

/** Runs rounds that need a browser at the same time, and adds up what they report. */
async function runInBrowser(...projects: string[]) {
  process.env.CHROMIUM_PATH = await ensureChromium();
  const reports = await Promise.all(projects.map(runVitest));
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.flatMap(({ failed }) => failed),
  };
}

async function runHardhat() {
  const file = join(reports, "hardhat.json");
  return readReport(file, await runCommand("node", ["scripts/testing/hardhat.ts", file], { isShown: true }));
}

/** The plan of chaos that is carried out each time; `SOAK_SEED` names another one. */
const SOAK_SEED = "1";

/** How `scripts/soak.ts` ends when the local chain broke under it. */
const SOAK_UNKNOWN = 2;
const MOST_SOAKS = 3;

/** Three minutes of chaos, or as many as `SOAK_MINUTES` says, and what comes of it. */
async function runSoak(): Promise<Pick<TestReport, "passed" | "failed">> {
  const args = ["scripts/soak.ts", "--seed", process.env.SOAK_SEED ?? SOAK_SEED];
  const soak = () => runCommand("node", args, { isShown: true });
  let { code, output } = await soak();
  for (let tries = 1; tries < MOST_SOAKS && code === SOAK_UNKNOWN; tries++) {
    console.log("\nThe local chain itself broke, and nothing can be said: the soak is run again.\n");
    ({ code, output } = await soak());
  }
  return code === 0
    ? { passed: 1, failed: [] }
    : { passed: 0, failed: [{ name: "every promise holds", message: output }] };
}

const SUITES: Suite[] = [
  ...CHECKS.map(({ name, command: [binary = "", ...args] }) => ({
    name,
    run: async () => {
      const { code, output } = await runCommand(binary, args);
      return code === 0 ? { passed: 1, failed: [] } : { passed: 0, failed: [{ name, message: output }] };
    },
  })),
  { name: "contracts", run: runHardhat },
  ...["sdk", "fuzz", "scripts", "keepers", "subgraph", "stack"].map((name) => ({ name, run: () => runVitest(name) })),
  { name: "web", run: () => runInBrowser("web") },
  { name: "e2e", run: () => runInBrowser("e2e", "e2e-provider") }, // both wait for real periods most of the time
  { name: "quality", run: () => runInBrowser("quality") },
  { name: "soak", run: runSoak },
];

async function runSuite({ name, run }: Suite): Promise<TestReport> {
  const startedAt = Date.now();
  console.log(`\n── ${name}`);
  try {
    return { suite: name, ...(await run()), ms: Date.now() - startedAt };
  } catch (error) {
    const message = error instanceof BrowserMissing || !(error instanceof Error) ? String(error) : (error.stack ?? "");
    return { suite: name, passed: 0, failed: [{ name, message }], ms: Date.now() - startedAt };
  }
}

function print(done: readonly TestReport[]): void {
  for (const { suite, failed } of done) {
    for (const { name, message } of failed) console.log(`\n✗ ${suite}: ${name}\n${lastLines(message, 40)}`);
  }
  console.log("");
  for (const { suite, passed, failed, ms } of done) {
    console.log(
      `${suite.padEnd(20)} ${String(passed).padStart(5)} passed ${String(failed.length).padStart(4)} failed ${(ms / 1000).toFixed(1).padStart(7)} s`,
    );
  }
  console.log(`\n${summaryLine(done)}`);
}

const asked = process.argv.slice(2);
const chosen = SUITES.filter(({ name }) => asked.length === 0 || asked.includes(name));
if (chosen.length === 0) {
  console.error(`No suite is called ${asked.join(", ")}; there is ${SUITES.map(({ name }) => name).join(", ")}.`);
  process.exitCode = 1;
} else {
  const build: Suite = {
    name: "build",
    run: async () => {
      await ensureBuilt(undefined, { onStep: (name) => console.log(`building ${name}`) });
      return { passed: 1, failed: [] };
    },
  };
  const done: TestReport[] = [];
  for (const suite of [build, ...chosen]) done.push(await runSuite(suite));
  mkdirSync(".local", { recursive: true });
  rmSync(reports, { recursive: true });
  print(done);
  if (done.some(({ failed }) => failed.length > 0)) process.exitCode = 1;
}
