// `npm start [-- --fresh]`: the whole network on this machine, until Ctrl-C.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandFailed, PROJECT_ROOT } from "./command.ts";
import { GraphNodeMissing } from "./stack/graph-node.ts";
import { PostgresUnusable } from "./stack/postgres.ts";
import { ProcessFailed } from "./stack/processes.ts";
import { type StackAddresses, StackRunning } from "./stack/running.ts";
import { PARTS, type Part, type Progress, type Stack, startStack } from "./stack/stack.ts";

const USAGE = `Usage: npm start [-- --fresh]

Runs the whole 4EVER network on this machine until Ctrl-C, and goes on where it ended the last time.
  --fresh     forgets chain, deals, keys and content of earlier runs first
  --dir D     keeps state and logs in D instead of .local
  --until P   starts the parts up to P only: ${PARTS.join(", ")}`;

const PARENT_CHECK_MS = 250;

/** Failures that a sentence explains; anything else shows its stack. */
const EXPLAINED = [ProcessFailed, CommandFailed, PostgresUnusable, GraphNodeMissing];

function explain(error: unknown): void {
  console.error(EXPLAINED.some((kind) => error instanceof kind) ? `\n✗ ${(error as Error).message}` : error);
}

function showProgress({ step, detail, ms }: Progress): void {
  const words = detail === undefined ? step.padEnd(12) : `${step.padEnd(12)} ${detail}`;
  if (ms === undefined) console.log(`  … ${step}`);
  else console.log(`  ✓ ${words}${ms > 0 ? `  (${(ms / 1_000).toFixed(1)} s)` : ""}`);
}

function describeAddresses({ dashboardUrl, subgraphUrl, rpcUrl, keeperUrls = {} }: StackAddresses): string {
  const lines: [string, string | undefined][] = [
    ["Dashboard", dashboardUrl],
    ["Chain (RPC)", rpcUrl],
    ["Index (GraphQL)", subgraphUrl],
    ...Object.entries(keeperUrls),
  ];
  return lines.flatMap(([name, url]) => (url ? [`  ${name.padEnd(16)} ${url}`] : [])).join("\n");
}

function describeTestWallet({ testWallet }: Stack): string {
  if (!testWallet) return "";
  return `
  Test wallet      ${testWallet}
                   account 10 of the public mnemonic "test test test test test test test test test test test junk";
                   the dashboard offers it by itself. Never send anything of value to it.
`;
}

const { values } = parseArgs({
  options: {
    fresh: { type: "boolean", default: false },
    dir: { type: "string", default: join(PROJECT_ROOT, ".local") },
    until: { type: "string", default: PARTS.at(-1) as Part },
    help: { type: "boolean", short: "h" },
  },
});
const last = PARTS.indexOf(values.until as Part);
if (values.help) console.log(USAGE);
else if (last === -1) {
  console.error(`No part is called ${values.until}; there is ${PARTS.join(", ")}.`);
  process.exitCode = 1;
} else await run(resolve(values.dir), values.fresh, PARTS.slice(0, last + 1));

/** A SIGTERM to `npm start` ends npm and its shell, and is not passed on to us: then our parent is another one. */
function onParentLost(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
}

async function run(dir: string, isFresh: boolean, parts: readonly Part[]): Promise<void> {
  const startedAt = performance.now();
  const interrupt = new AbortController();
  let stack: Stack | undefined;
  const interrupted = new Promise<void>((resolve) => {
    let count = 0;
    const stop = () => {
      if (++count > 1) process.exit(1); // asked twice: what still runs is told to end, and not waited for
      console.log("\nStopping; once more stops without waiting.");
      interrupt.abort();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
    onParentLost(stop);
  });

  try {
    stack = await startStack({ dir, isFresh, parts, onProgress: showProgress, signal: interrupt.signal });
  } catch (error) {
    if (error instanceof StackRunning) {
      const { pid, addresses } = error.running;
      console.log(`The network already runs here (process ${pid}).`);
      console.log(addresses ? describeAddresses(addresses) : "It is still starting.");
      if (isFresh) process.exitCode = 1; // nothing was forgotten
      return;
    }
    if (interrupt.signal.aborted) return;
    explain(error);
    process.exitCode = 1;
    return;
  }

  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`\nThe network runs (${seconds} s).\n\n${describeAddresses(stack)}\n${describeTestWallet(stack)}`);
  console.log(`  Logs             ${join(dir, "logs")}\n\nCtrl-C ends it; the next start goes on from there.`);
  const failure = await Promise.race([stack.failed, interrupted]);
  if (failure) {
    explain(failure);
    process.exitCode = 1;
  }
  await stack.stop();
  console.log("Stopped.");
}
