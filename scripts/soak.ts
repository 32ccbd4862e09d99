// `npm run soak -- --minutes N [--seed S] [--json]`: the network, ten customers and a liar, while everything breaks.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { formatReport } from "./soak/report.ts";
import { runSoak } from "./soak/run.ts";
import { ChainBroken } from "./soak/whole-chain.ts";

/** What is returned when nothing can be said, since the local chain itself broke. */
const CHAIN_BROKEN = 2;

const USAGE = `Usage: npm run soak -- [--minutes N] [--seed S] [--dir D] [--json]

Runs three providers, ten customers and a liar on a network of its own, kills and restarts every process at random, reorganises the chain,
lets its clock jump and fills a disk; then lets all come to rest, and checks that every acknowledged byte is readable and proven, that money
adds up to the last unit, and that nothing is left over. Exits 1 and keeps the logs when a promise was broken, 2 when the local chain itself broke, so that nothing can be said.
  --minutes N  how long things break (default 3; 20 at night)
  --seed S     does again what was done under this seed; else another one each time, which is printed
  --dir D      keeps state and logs in D, whatever happens
  --json       prints the report for machines; progress goes to standard error`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: process.env.SOAK_MINUTES ?? "3" },
    seed: { type: "string", default: process.env.SOAK_SEED ?? `${randomInt(2 ** 31)}` },
    dir: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];

if (values.help) console.log(USAGE);
else if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error(`--minutes is a number above 0, --seed a whole number.\n\n${USAGE}`);
  process.exitCode = 1;
} else await main();

async function main(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stopping.abort(new Error(`ended by ${signal}`)));
  const startedAt = performance.now();
  const say = (text: string) => {
    const line = `${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)}  ${text}`;
    (values.json ? console.error : console.log)(line);
  };
  try {
    const { dir } = values;
    const report = await runSoak({ seed, minutes, say, signal: stopping.signal, ...(dir !== undefined && { dir }) });
    if (values.json)
      console.log(JSON.stringify(report, (_, value) => (typeof value === "bigint" ? `${value}` : value), 2));
    else console.log(`\n${formatReport(report)}`);
    if (report.broken.length > 0) process.exitCode = 1;
  } catch (error) {
    console.error(error);
    console.error(`\n✗ seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof ChainBroken ? CHAIN_BROKEN : 1;
  }
  process.exit(); // a connection may still be open: nobody waits for it
}
