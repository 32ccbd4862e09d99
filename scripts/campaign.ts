// `npm run campaign -- [--calls N] [--depth N] [--seed 0x…] [--dry]`: all money and stake contracts under everybody at once.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCampaign } from "./campaign/run.ts";
import { handlerSources, invariantNames } from "./campaign/sources.ts";
import { functionsIn, neverDone } from "./campaign/tally.ts";
import { PROJECT_ROOT } from "./command.ts";

const USAGE = `Usage: npm run campaign -- [--calls N] [--depth N] [--seed 0x…] [--dry]

Lets every actor of test/invariants do what it likes with one deployment of all contracts, and checks the invariants of the protocol.
Writes bench/campaign.json. Exits 1 when an invariant broke, or when some function of a handler never did anything.
  --calls N   how many calls in all (default 1000000); calls that find nothing to do are not counted
  --depth N   how many of them in each run, which begins anew (default 500)
  --seed S    does again what was done under this seed; else another one each time
  --dry       writes nothing`;

const RESULT = join(PROJECT_ROOT, "bench/campaign.json");

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "1000000" },
    depth: { type: "string", default: "500" },
    seed: { type: "string", default: `0x${randomBytes(8).toString("hex")}` },
    dry: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [calls, depth] = [Number(values.calls), Number(values.depth)];

if (values.help) console.log(USAGE);
else if (!Number.isSafeInteger(calls) || !Number.isSafeInteger(depth) || calls < depth || depth < 1) {
  console.error(`--calls and --depth are whole numbers, and calls no fewer than depth.\n\n${USAGE}`);
  process.exitCode = 1;
} else await main();

async function main(): Promise<void> {
  const { seed, dry } = values;
  const runs = Math.ceil(calls / depth);
  const { functions, broken, seconds } = await runCampaign({ runs, depth, seed });
  console.table(functions);
  const done = functions.reduce((sum, tally) => sum + tally.done, 0);
  const discards = functions.reduce((sum, tally) => sum + tally.discards, 0);
  console.log(`seed ${seed}: ${done} calls in ${seconds.toFixed(0)} s, ${discards} more found nothing to do`);
  const missing = neverDone(handlerSources().flatMap(functionsIn), functions);
  if (broken !== undefined) console.error(`\n✗ an invariant broke under seed ${seed}: ${broken}`);
  if (missing.length > 0) console.error(`\n✗ never did anything: ${missing.join(", ")}`);
  if (broken !== undefined || missing.length > 0) process.exitCode = 1;
  else if (!dry) {
    const measuredAt = new Date().toISOString().slice(0, 10);
    const result = { measuredAt, seed, runs, depth, calls: done, discards, seconds: Math.round(seconds) };
    writeFileSync(RESULT, `${JSON.stringify({ ...result, invariants: invariantNames(), functions }, null, 2)}\n`);
    console.log(`${RESULT} written`);
  }
}
