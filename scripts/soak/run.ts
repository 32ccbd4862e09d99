// One soak from its start to its report.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetStack } from "../stack/stack.ts";
import { createActors } from "./accounts.ts";
import { audit } from "./audit.ts";
import { type Books, type Broken, createBooks } from "./books.ts";
import { type Chaos, createChaos } from "./chaos.ts";
import { liveAsCustomer } from "./customers.ts";
import { findHalfWritten, findLeftovers } from "./leftovers.ts";
import { liveAsLiar } from "./liars.ts";
import { type SoakNetwork, startSoakNetwork } from "./network.ts";
import { type Clock, judgePeriods, type Periods, watchClock } from "./periods.ts";
import { planOf } from "./plan.ts";
import { becomeQuiet } from "./quiet.ts";
import { createRandom } from "./random.ts";
import { ChainBroken, requireWholeChain } from "./whole-chain.ts";

const QUIET_SECONDS = 180;

export type SoakOptions = {
  seed: number;
  minutes: number;
  dir?: string;
  say: (text: string) => void;
  signal: AbortSignal;
};

export type SoakReport = {
  seed: number;
  minutes: number;
  /** How the full disk was made. */
  disk: SoakNetwork["disk"];
  /** What was done, by kind. */
  actions: Record<string, number>;
  kills: Record<string, number>;
  reorganisations: { count: number; deepest: number; transactionsLost: number };
  /** What customers and liars tried, and how it went. */
  tried: Record<string, number>;
  uploads: { acknowledged: number; readable: number; proven: number; excused: Record<string, number> };
  periods: Periods;
  /** By part: how often it was down, and the longest time until it served again. Seconds. */
  recoveries: Record<string, { count: number; longestSeconds: number; failedStarts: number }>;
  deals: number;
  accounts: number;
  /** Token base units in the ledger at the end. */
  inLedger: bigint;
  broken: Broken[];
  /** Where the logs are; they are kept when something broke. */
  dir: string;
};

/** Runs a soak. Rejects when the network does not even start, or does not come to rest; with {@link ChainBroken} when the chain under it broke. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { seed, minutes, say, signal } = options;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "4ever-soak-"));
  const books = createBooks();
  let network: SoakNetwork | undefined;
  let report: SoakReport | undefined;
  try {
    say(`seed ${seed}: starting the network in ${dir}`);
    network = await startSoakNetwork(dir, say);
    report = await stress(network, books, options);
    if (books.broken.length > 0) await requireWholeChain(network.client);
  } catch (error) {
    const fault = network && (await faultBehind(error, network));
    if (network) await network.stop();
    say(`the logs are in ${dir}`);
    throw fault ?? error;
  }
  await network.stop();
  for (const what of await findLeftovers(dir, network.ports)) books.breakPromise("nothing is left over", what);
  signal.throwIfAborted();
  if (books.broken.length === 0 && options.dir === undefined) {
    forgetStack(dir); // PostgreSQL's files may lie elsewhere
    rmSync(dir, { recursive: true, force: true });
  }
  return { ...report, minutes };
}

/** A chain that broke explains all else; one that does not answer explains nothing. */
async function faultBehind(error: unknown, { client }: SoakNetwork): Promise<ChainBroken | undefined> {
  if (error instanceof ChainBroken) return error;
  return await requireWholeChain(client).then(
    () => undefined,
    (fault: unknown) => (fault instanceof ChainBroken ? fault : undefined),
  );
}

async function stress(
  network: SoakNetwork,
  books: Books,
  { seed, minutes, say, signal }: SoakOptions,
): Promise<SoakReport> {
  const random = createRandom(seed);
  const { customers, liar } = await createActors(network);
  const chaos = createChaos(network, random.fork("chaos"), say);
  const plan = planOf(seed, minutes);
  say(`${minutes} minutes: ${plan.length} actions, ${customers.length} customers, one liar, ${describeDisk(network)}`);

  const ending = new AbortController();
  const living = AbortSignal.any([signal, ending.signal]);
  const clock: Clock = [];
  const watching = watchClock(network, clock, signal);
  const common = { network, books, signal: living };
  const lives = [
    ...customers.map((actor) => liveAsCustomer({ ...common, actor, random: random.fork(actor.name) })),
    liveAsLiar({ ...common, actor: liar, random: random.fork("liar") }),
  ];
  const startedAt = performance.now();
  try {
    await Promise.race([chaos.run(plan, startedAt, signal), Promise.all(lives).then(() => undefined)]);
  } finally {
    ending.abort();
    await Promise.allSettled(lives);
  }
  await Promise.all(lives); // a fault of the soak itself is told

  say("all is over; waiting for rest");
  await becomeQuiet(network, QUIET_SECONDS, signal);
  say("at rest; looking at everything");
  const { history, uploads, ...figures } = await audit(network, books, signal);
  for (const file of findHalfWritten(network.sellers.map(({ dataDir }) => dataDir)))
    books.breakPromise("nothing is left over", `${file} was never finished`);
  const { outages } = network.supervisor;
  const periods = judgePeriods(network, history, { clock, done: chaos.done, outages });
  void watching;
  return {
    seed,
    minutes,
    disk: network.disk,
    ...describeChaos(chaos),
    tried: books.counts(),
    uploads: { acknowledged: books.acknowledged.length, ...uploads },
    periods,
    recoveries: recoveriesOf(network),
    ...figures,
    broken: books.broken,
    dir: network.dir,
  };
}

function describeDisk({ disk }: SoakNetwork): string {
  return disk === "tmpfs"
    ? "a small disk for one provider"
    : "a byte quota for one provider, since only root may mount a disk";
}

function describeChaos(chaos: Chaos): Pick<SoakReport, "actions" | "kills" | "reorganisations"> {
  const actions: Record<string, number> = {};
  for (const { action } of chaos.done) actions[action.kind] = (actions[action.kind] ?? 0) + 1;
  const depths = chaos.done.flatMap(({ action, note }) =>
    action.kind === "reorg" && !note.startsWith("could not") ? [action.depth] : [],
  );
  return {
    actions,
    kills: Object.fromEntries(chaos.kills),
    reorganisations: {
      count: depths.length,
      deepest: Math.max(0, ...depths),
      transactionsLost: chaos.lostTransactions(),
    },
  };
}

function recoveriesOf({ supervisor }: SoakNetwork): SoakReport["recoveries"] {
  const found: SoakReport["recoveries"] = {};
  for (const name of supervisor.names()) {
    const spans = supervisor.outages
      .filter((outage) => outage.name === name)
      .map(({ fromMs, toMs }) => (toMs - fromMs) / 1_000);
    const longestSeconds = Math.round(10 * Math.max(0, ...spans)) / 10;
    found[name] = { count: spans.length, longestSeconds, failedStarts: supervisor.failedStarts.get(name) ?? 0 };
  }
  return found;
}
