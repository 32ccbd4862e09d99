// The whole network on this machine, as one thing that is started and stopped: by `npm start`, by tests, by the demo.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { ensureBuilt } from "../build-steps.ts";
import { PROJECT_ROOT } from "../command.ts";
import type { DeploymentRecord } from "../deployment/record.ts";
import { type Chain, startAnvil } from "./anvil.ts";
import { serveDashboard } from "./dashboard.ts";
import { ensureDeployed, type FoundDeployment } from "./deployment.ts";
import { createGraphNode } from "./graph-node.ts";
import { type KeeperSeat, type RunningKeeper, startKeeper } from "./keepers.ts";
import { allocatePorts } from "./ports.ts";
import { type Postgres, removePostgres, startPostgres } from "./postgres.ts";
import {
  createProcessTable,
  describeExit,
  endOrphans,
  type ManagedProcess,
  ProcessFailed,
  type ProcessTable,
} from "./processes.ts";
import { enterProvider, fundTestWallet, LOCAL_PROVIDERS } from "./providers.ts";
import { type KeptProcess, keepProcess } from "./restarts.ts";
import { claimStack, type KeepersHome, type StackAddresses, type StackClaim } from "./running.ts";
import type { RunningServer } from "./servers.ts";

/** What stays on disk between two runs, below the stack's directory. Logs are kept, too, and are written anew. */
const STATE = ["chain", "deployment", "graph", "keepers", "postgres-password", "ports.json", "logs"];
const KEEPERS_PREFIX = "keepers_";

/** Ports that `npm start` wants; the others are whatever is free. */
const USUAL_PORTS = {
  dashboard: 3000,
  rpc: 8545,
  subgraph: 8000,
  "provider-alder": 4101,
  "provider-birch": 4102,
  "provider-cedar": 4103,
  watcher: 4100,
  postgres: 0,
  graphql: 0,
  indexNode: 0,
  admin: 0,
  metrics: 0,
};
type PortName = keyof typeof USUAL_PORTS;
type Ports = Record<PortName, number>;

/** Parts of the stack, each of which needs those before it. */
export const PARTS = ["chain", "contracts", "index", "keepers", "dashboard"] as const;
export type Part = (typeof PARTS)[number];

/** One line of progress. `ms` is set when the step has ended. */
export type Progress = { step: string; detail?: string; ms?: number };

export type StackOptions = {
  /** State, logs and process records; created when absent. */
  dir: string;
  /** Forgets everything that an earlier run left in `dir`. */
  isFresh?: boolean;
  /** Default: all. The chain and the database always run. */
  parts?: readonly Part[];
  /** `usual` are those of `npm start`, others where they are taken; `any` leaves all to the system, for tests. */
  ports?: "usual" | "any";
  /** False gives up safety against a crash of the machine for speed. Default true. */
  isDurable?: boolean;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
};

export type Stack = StackAddresses & {
  dir: string;
  deployment?: DeploymentRecord;
  postgres: Postgres;
  keepers: RunningKeeper[];
  /** Address of the funded account for a first try, when the providers were set up. */
  testWallet?: `0x${string}`;
  /** Resolves when a part of the stack ended by itself. Never rejects. */
  failed: Promise<ProcessFailed>;
  /** Ends everything, the last started first. Safe to call twice. */
  stop(): Promise<void>;
};

/** Removes everything that a stack keeps in `dir`. No stack may run there. */
export function forgetStack(dir: string): void {
  removePostgres(dir);
  for (const name of STATE) rmSync(join(dir, name), { recursive: true, force: true });
}

/** The ports of the last run where they are free, so that open pages and links go on working. */
async function choosePorts(dir: string, kind: "usual" | "any"): Promise<Ports> {
  const file = join(dir, "ports.json");
  const saved: Partial<Ports> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const usual =
    kind === "usual" ? USUAL_PORTS : (Object.fromEntries(Object.keys(USUAL_PORTS).map((name) => [name, 0])) as Ports);
  const ports = await allocatePorts<PortName>({ ...usual, ...saved });
  writeFileSync(file, JSON.stringify(ports, null, 2));
  return ports;
}

/** Resolves when one of the processes ends without being asked to, or one that is kept cannot be kept running. */
function firstFailure(processes: ManagedProcess[], kept: KeptProcess[]): Promise<ProcessFailed> {
  return new Promise((resolve) => {
    for (const { failed } of kept) void failed.then(resolve);
    for (const process of processes) {
      void process.exited.then((exit) => {
        if (!process.isStopping) resolve(new ProcessFailed(process.name, describeExit(exit), process.logFile));
      });
    }
  });
}

/**
 * Starts the stack of `dir`, where it ended when it ran before, also after its supervisor was killed. Rejects after having stopped what
 * had started. @throws StackRunning, ProcessFailed, CommandFailed, PostgresUnusable, GraphNodeMissing
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, isFresh = false, onProgress } = options;
  mkdirSync(dir, { recursive: true });
  const claim = claimStack(dir);
  try {
    const orphans = await endOrphans(dir);
    if (orphans.length > 0) onProgress?.({ step: "earlier run", detail: `ended ${orphans.join(", ")}`, ms: 0 });
    if (isFresh) forgetStack(dir);
    const processes = createProcessTable(dir);
    const servers: RunningServer[] = [];
    const keepers: RunningKeeper[] = [];
    const kept: KeptProcess[] = [];
    process.once("exit", processes.endAll); // a supervisor that breaks leaves nothing behind
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= (async () => {
        await Promise.all([
          ...servers.map((server) => server.stop()),
          ...[...keepers, ...kept].map((one) => one.stop()),
        ]);
        await processes.stopAll();
        process.off("exit", processes.endAll);
        claim.release();
      })();
      return stopping;
    };
    try {
      return await startParts({ ...options, processes, servers, keepers, kept, claim, stop });
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

type Parts = StackOptions & {
  processes: ProcessTable;
  /** Filled while the stack starts, for `stop`. */
  servers: RunningServer[];
  keepers: RunningKeeper[];
  /** What is kept running beside the keepers. */
  kept: KeptProcess[];
  claim: StackClaim;
  stop: () => Promise<void>;
};

async function startParts(all: Parts): Promise<Stack> {
  const { dir, parts = PARTS, isDurable = true, processes, servers, claim, stop } = all;
  const has = (part: Part) => parts.includes(part);
  const together = createTogether(all.signal);
  const { signal } = together;
  const step = createStep(all.onProgress, signal);
  const ports = await choosePorts(dir, all.ports ?? "usual");

  const needed = [...(has("contracts") ? ["contracts", "abis"] : []), ...(has("dashboard") ? ["web"] : [])];
  const isBuilding = (name: string) => all.onProgress?.({ step: `building ${name}` });
  if (needed.length > 0) await step("build", () => ensureBuilt(needed, { onStep: isBuilding, signal }));
  const [chain, postgres] = await together.run([
    step("chain", () => startAnvil(processes, { dir, port: ports.rpc, signal }), describeChain),
    step("database", () => startPostgres(processes, { dir, port: ports.postgres, isDurable, signal })),
  ]);
  const { rpcUrl } = chain;
  const stack: Stack = {
    rpcUrl,
    dir,
    postgres,
    keepers: all.keepers,
    failed: new Promise(() => {}),
    stop,
  };
  const managed = [chain.process, postgres.process];

  if (has("contracts")) {
    const deploymentFile = join(dir, "deployment/deployment.json");
    const found = await step("contracts", () => ensureDeployed(rpcUrl, deploymentFile), describeDeployment);
    const { deployment } = found;
    const indexing =
      has("index") && step("index", () => startIndex({ ...all, signal }, deployment, chain, postgres, ports));
    const keeping =
      has("keepers") &&
      step("keepers", () => startKeepers({ ...all, signal }, deployment, { rpcUrl, deploymentFile }, postgres, ports));
    const [subgraphUrl, seated] = await together.run([Promise.resolve(indexing), Promise.resolve(keeping)]);
    Object.assign(stack, { deployment, deploymentFile });
    if (subgraphUrl) stack.subgraphUrl = subgraphUrl;
    if (seated) {
      stack.testWallet = seated.testWallet;
      stack.keepersHome = seated.home;
      stack.keeperUrls = Object.fromEntries(all.keepers.map(({ name, url }) => [name, url]));
    }
    if (has("dashboard") && stack.subgraphUrl) {
      const config = dashboardConfig(rpcUrl, stack.subgraphUrl, deployment);
      const dashboard = await step("dashboard", () =>
        serveDashboard(join(PROJECT_ROOT, "web/out"), ports.dashboard, config),
      );
      servers.push(dashboard);
      stack.dashboardUrl = dashboard.url;
    }
  }
  stack.failed = firstFailure(managed, [...all.keepers, ...all.kept]);
  const { subgraphUrl, dashboardUrl, deploymentFile, keeperUrls, keepersHome } = stack;
  claim.announce({
    rpcUrl,
    ...(subgraphUrl && { subgraphUrl }),
    ...(dashboardUrl && { dashboardUrl }),
    ...(deploymentFile && { deploymentFile }),
    ...(keeperUrls && { keeperUrls }),
    ...(keepersHome && { keepersHome }),
  });
  return stack;
}

type Step = <T>(name: string, work: () => Promise<T>, detailOf?: (result: T) => string) => Promise<T>;

function createStep(onProgress: StackOptions["onProgress"], signal: AbortSignal): Step {
  return async (step, work, detailOf) => {
    signal.throwIfAborted();
    onProgress?.({ step });
    const startedAt = performance.now();
    const result = await work();
    const detail = detailOf?.(result);
    onProgress?.({ step, ...(detail !== undefined && { detail }), ms: Math.round(performance.now() - startedAt) });
    return result;
  };
}

/** Waits for works that go on at the same time; when one fails, the others are told to give up and waited for. */
function createTogether(outer?: AbortSignal) {
  const abort = new AbortController();
  return {
    signal: outer ? AbortSignal.any([outer, abort.signal]) : abort.signal,
    async run<Works extends readonly Promise<unknown>[] | []>(works: Works) {
      try {
        return await Promise.all(works);
      } catch (error) {
        abort.abort(error);
        await Promise.allSettled(works);
        throw error;
      }
    },
  };
}

function describeChain({ origin, rpcUrl }: Chain): string {
  const story = {
    new: "new",
    resumed: "resumed",
    restored: "restored from its last whole copy: a crash cut the state off",
  };
  return `${rpcUrl}, ${story[origin]}`;
}

function describeDeployment({ deployment, isNew }: FoundDeployment): string {
  const { contracts, startBlock } = deployment;
  return `${Object.keys(contracts).length} contracts, ${isNew ? "deployed" : "found"} from block ${startBlock} on`;
}

/** Keeps graph-node running, and resolves to where its subgraph is. */
async function startIndex(
  { dir, processes, servers, kept, onProgress, signal }: Parts,
  deployment: DeploymentRecord,
  { rpcUrl }: Chain,
  postgres: Postgres,
  ports: Ports,
): Promise<string> {
  const { buildSubgraph } = await import("../subgraph/build.ts");
  const buildDir = join(dir, "graph/build");
  await buildSubgraph(deployment, buildDir, signal);
  const { network } = deployment;
  const say = (detail: string) => onProgress?.({ step: "graph-node", detail, ms: 0 });
  const graph = await createGraphNode(processes, { buildDir, network, rpcUrl, postgres, ports, onStuck: say });
  servers.push({ url: graph.subgraphUrl, stop: graph.close });
  const onRestart = (why: string) => say(`${why}; started again`);
  kept.push(await keepProcess(graph.start, { onRestart, ...(signal && { signal }) }));
  return graph.subgraphUrl;
}

/**
 * What the keepers of a deployment keep, in database and files: of no use to another deployment, whose keepers refuse it. Those of
 * earlier deployments are removed.
 */
async function keepersHomeOf(
  { genesisHash, contracts }: DeploymentRecord,
  dir: string,
  postgres: Postgres,
): Promise<KeepersHome> {
  const key = createHash("sha256").update(`${genesisHash}${contracts.DealMarket}`).digest("hex").slice(0, 12);
  const [folder, database] = [join(dir, "keepers", key), KEEPERS_PREFIX + key];
  await postgres.dropOthers(KEEPERS_PREFIX, database);
  await postgres.ensureDatabase(database);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(dir, "keepers"))) {
    if (name !== key) rmSync(join(dir, "keepers", name), { recursive: true });
  }
  return { folder, databaseUrl: postgres.urlOf(database) };
}

/** Starts every keeper, and brings every provider onto the chain. `testWallet` is the funded account for a first try. */
async function startKeepers(
  { dir, processes, keepers, onProgress, signal }: Parts,
  deployment: DeploymentRecord,
  { rpcUrl, deploymentFile }: { rpcUrl: string; deploymentFile: string },
  postgres: Postgres,
  ports: Ports,
): Promise<{ testWallet: `0x${string}`; home: KeepersHome }> {
  const common = { deployment, rpcUrl, ...(signal && { signal }) };
  const home = await keepersHomeOf(deployment, dir, postgres);
  const seats = LOCAL_PROVIDERS.map(({ name, operator, owner }): KeeperSeat => {
    const [account, provider] = [localAccount(operator), localAccount(owner).address];
    return { name, role: "provider", account, provider, port: ports[name] };
  });
  const watcher: KeeperSeat = {
    name: "watcher",
    role: "watcher",
    account: localAccount(LOCAL_ACCOUNTS.watcher),
    port: ports.watcher,
  };
  const start = async (seat: KeeperSeat) => {
    const onRestart = (why: string) => onProgress?.({ step: seat.name, detail: `${why}; started again`, ms: 0 });
    const place = { ...home, rpcUrl, deploymentFile };
    keepers.push(await startKeeper(processes, seat, place, { onRestart, ...(signal && { signal }) }));
  };
  const entered = LOCAL_PROVIDERS.map((provider, i) => enterProvider(provider, i + 1, seats[i] as KeeperSeat, common));
  const [testWallet] = await Promise.all([fundTestWallet(common), ...entered, ...[...seats, watcher].map(start)]);
  return { testWallet, home };
}

/** What the dashboard reads as `/config.json`. */
function dashboardConfig(rpcUrl: string, subgraphUrl: string, deployment: DeploymentRecord) {
  return { chain: { name: "4EVER local chain", rpcUrl, isLocal: true }, subgraphUrl, deployment };
}
