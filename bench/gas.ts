// What each operation costs: `npm run bench:gas` writes bench/gas.json and exits 1 when a ceiling of the protocol is broken.
// Whole transactions on Hardhat's simulated chain, with production's parameters and a fixed seed; the compiler as deployed.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Measured, SCENARIOS } from "./gas/scenarios.ts";
import { createStage, FORKS, type Fork } from "./gas/stage.ts";

/** Most gas of an operation: on both forks, or on Cancun and on Prague, where calldata is dearer. */
const CEILINGS: Readonly<Record<string, number | Record<Fork, number>>> = {
  "deposit/again": 53_000,
  withdraw: 67_000,
  "register/1": 250_000,
  "register/200": 250_000,
  "register/batch1000": 250_000,
  "register/sent1000": 250_000,
  stake: 130_000,
  thaw: 105_000,
  delegate: 125_000,
  "slash/1": 250_000,
  "slash/1000-delegators": 250_000,
  "deal/request": 225_000,
  "deal/request-handover": 225_000,
  "deal/request-permit": 280_000,
  "deal/request-permit/first": 330_000,
  "deal/accept": 125_000,
  "piece/add": 86_000,
  "piece/add/10000": 86_000,
  "piece/batch20": 42_000,
  "piece/remove": 50_000,
  "prove/1GiB/k5": { cancun: 147_000, prague: 186_000 },
  "provider-day/100-deals": { cancun: 160_000, prague: 205_000 },
  "prove/10000x1MiB": { cancun: 130_000, prague: 140_000 },
  "beacon/record": 75_000,
  "redeem/first": 105_000,
  "redeem/1": 70_000,
  "redeem/batch10": 33_000,
  "redeem/batch50": 30_000,
  "fee/collect": 75_000,
  "fee/buy": 150_000,
  "reward/record": 75_000,
  "reward/claim": 195_000,
  "exit/offer": 65_000,
  "exit/execute": 120_000,
  "settle/0": 64_000,
  "settle/10": 70_000,
  "settle/100": 70_000,
};
/** Operations that may cost at most this share more than the other: what is called flat. */
const FLAT: readonly [operation: string, like: string, share: number][] = [
  ["register/200", "register/1", 0.02],
  ["slash/1000-delegators", "slash/1", 0.02],
  ["piece/add/10000", "piece/add", 0.02],
  ["settle/100", "settle/10", 0.02],
];

interface Row {
  operation: string;
  fork: Fork;
  gas: number;
}

async function measure(fork: Fork): Promise<Row[]> {
  const measured: Measured = {};
  for (const scenario of SCENARIOS) Object.assign(measured, await scenario(await createStage(fork)));
  return Object.entries(measured).map(([operation, gas]) => ({ operation, fork, gas }));
}

function ceilingOf({ operation, fork }: Row): number | undefined {
  const ceiling = CEILINGS[operation];
  return typeof ceiling === "object" ? ceiling[fork] : ceiling;
}

/** One sentence for each ceiling that is broken. */
function breachesOf(rows: readonly Row[]): string[] {
  const breaches: string[] = [];
  for (const row of rows) {
    const ceiling = ceilingOf(row);
    if (ceiling !== undefined && row.gas > ceiling)
      breaches.push(`${row.operation} on ${row.fork} uses ${row.gas} gas, at most ${ceiling} is allowed.`);
    for (const [operation, like, share] of FLAT) {
      const other = rows.find((each) => each.operation === like && each.fork === row.fork);
      if (row.operation === operation && other && row.gas > other.gas * (1 + share))
        breaches.push(`${operation} on ${row.fork} uses ${row.gas} gas, and ${like} only ${other.gas}.`);
    }
  }
  return breaches;
}

const rows: Row[] = [];
for (const fork of Object.keys(FORKS) as Fork[]) rows.push(...(await measure(fork)));
await writeFile(join(import.meta.dirname, "gas.json"), `${JSON.stringify(rows, null, 2)}\n`);
console.table(rows.map((row) => ({ ...row, ceiling: ceilingOf(row) ?? "" })));
const breaches = breachesOf(rows);
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exitCode = 1;
