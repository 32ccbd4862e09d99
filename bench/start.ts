// How long a person waits for `npm start`: `npm run bench:start` writes bench/start.json.
// Clones the last commit into an empty folder and starts it there as a person would: for the first time (packages, compilation, deployment),
// again after Ctrl-C, and again after everything was killed. Seconds by the clock, from the command to "The network runs".
// Needs the packages' registry (or npm's cache, which `npm ci` prefers), 3 GiB of free disk, and a quiet machine: the load is written down.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PROJECT_ROOT } from "../scripts/command.ts";

interface Row {
  operation: string;
  seconds: number;
  /** What the specification asks for. */
  atMostSeconds: number;
}

const WARM_STARTS = 3;
const WARM_MOST_SECONDS = 15;
const FRESH_MOST_SECONDS = 300;
/** What runs when nobody interferes: local chains are older than a start when people come back to them. */
const RUN_MS = 30_000;

const [load = 0] = loadavg();
const home = mkdtempSync(join(tmpdir(), "bench-start-"));
const clone = join(home, "4ever");
const rows: Row[] = [];
try {
  const startedAt = performance.now();
  execFileSync("git", ["clone", "--quiet", PROJECT_ROOT, clone]);
  let running = await start();
  rows.push({ operation: "start/fresh-clone", seconds: since(startedAt), atMostSeconds: FRESH_MOST_SECONDS });
  for (let i = 0; i < WARM_STARTS; i++) {
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    await interrupt(running);
    const warmAt = performance.now();
    running = await start();
    rows.push({ operation: "start/warm", seconds: since(warmAt), atMostSeconds: WARM_MOST_SECONDS });
  }
  await new Promise((resolve) => setTimeout(resolve, RUN_MS));
  killAll();
  await ended(running);
  const killedAt = performance.now();
  running = await start();
  rows.push({ operation: "start/after-kill", seconds: since(killedAt), atMostSeconds: WARM_MOST_SECONDS });
  await interrupt(running);
} finally {
  rmSync(home, { recursive: true, force: true });
}

const warm = rows.filter(({ operation }) => operation === "start/warm").sort((a, b) => a.seconds - b.seconds);
const results = [rows[0], warm[Math.floor(warm.length / 2)], rows.at(-1)];
const machine = {
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  node: process.versions.node,
  load: Math.round(load * 10) / 10,
};
const report = { measuredAt: new Date().toISOString().slice(0, 10), machine, warmStarts: WARM_STARTS, results };
writeFileSync(join(import.meta.dirname, "start.json"), `${JSON.stringify(report, undefined, 2)}\n`);
console.table(results);

function since(at: number): number {
  return Math.round((performance.now() - at) / 100) / 10;
}

/** Resolves when the network runs. @throws with what was printed when it ends before */
async function start(): Promise<ChildProcess> {
  const child = spawn("npm", ["start"], { cwd: clone, stdio: ["ignore", "pipe", "inherit"], detached: true });
  let printed = "";
  for await (const line of createInterface({ input: child.stdout })) {
    printed += `${line}\n`;
    if (!line.startsWith("The network runs")) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error(`npm start ended before the network ran:\n${printed}`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
}

/** Ctrl-C: the terminal tells the whole group. */
async function interrupt(child: ChildProcess): Promise<void> {
  process.kill(-(child.pid ?? 0), "SIGINT");
  await ended(child);
}

/** The power cut of a single machine: supervisor and parts are killed at once. */
function killAll(): void {
  const run = (file: string) => JSON.parse(readFileSync(join(clone, ".local/run", file), "utf8"));
  const parts = run("processes.json") as { pid: number }[];
  for (const { pid } of [run("supervisor.json") as { pid: number }, ...parts]) process.kill(pid, "SIGKILL");
}
