// The main job without a browser: boots or finds the network, hosts a folder, proves it, settles it, and checks every figure.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT } from "./command.ts";
import { openNetwork } from "./demo/network.ts";
import { createRecorder, formatHead, formatStep, type Step } from "./demo/steps.ts";
import { tellStory } from "./demo/story.ts";

const USAGE = `Usage: npm run demo -- [--path DIR] [--json]

Hosts DIR (default: the dashboard's own export) on the local network through the protocol, reads it back, waits for real periods,
settles, and checks the refund. Starts the network, or uses the one that \`npm start\` runs. Takes about four minutes.`;

const DASHBOARD = join(PROJECT_ROOT, "web/out");

/** The JSON of `--json`: money as decimal strings in base units, `gas` null off chain. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part), 2);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { path: { type: "string" }, json: { type: "boolean", default: false }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const say = values.json ? () => {} : console.log;
  if (values.path !== undefined && !existsSync(values.path)) {
    console.error(`There is no folder ${values.path}.\n\n${USAGE}`);
    return 1;
  }
  const steps: Step[] = [];
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  try {
    await using network = await openNetwork({ say, signal: stopping.signal });
    const path = resolve(values.path ?? DASHBOARD);
    say(`\nHosting ${path}\n\n${formatHead()}`);
    const recorder = createRecorder((step) => {
      steps.push(step);
      say(formatStep(step));
    });
    const outcome = await tellStory(network, path, recorder);
    if (values.json) console.log(toJson({ ok: true, ...outcome, steps: steps.map(publicStep) }));
    else say(`\nEverything held. ${outcome.url}`);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (values.json) console.log(toJson({ ok: false, error: message, steps: steps.map(publicStep) }));
    else console.error(`\n${message}`);
    return 1;
  }
}

function publicStep({ name, ms, gas }: Step): { name: string; ms: number; gas: number | null } {
  return { name, ms, gas: gas === null ? null : Number(gas) };
}

process.exitCode = await main();
