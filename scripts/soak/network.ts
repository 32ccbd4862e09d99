// The network that is put under stress: the parts of the local stack, each kept alive by itself, on free ports and in a directory of its own.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createPublicClient, http, type PublicClient } from "viem";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { listOffers, type Offer } from "../../sdk/src/offers.ts";
import { ensureBuilt } from "../build-steps.ts";
import type { DeploymentRecord } from "../deployment/record.ts";
import { startAnvil } from "../stack/anvil.ts";
import { ensureDeployed } from "../stack/deployment.ts";
import { createGraphNode } from "../stack/graph-node.ts";
import { type KeeperPlace, type KeeperSeat, keeperDataDir, keeperProcess, keeperUrl } from "../stack/keepers.ts";
import { allocatePorts } from "../stack/ports.ts";
import { type Postgres, startPostgres } from "../stack/postgres.ts";
import { createProcessTable } from "../stack/processes.ts";
import { enterProvider, LOCAL_PROVIDERS } from "../stack/providers.ts";
import { buildSubgraph } from "../subgraph/build.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/** A provider of the network. */
export type Seller = { name: string; url: string; offer: Offer; dataDir: string };

export type SoakNetwork = {
  dir: string;
  rpcUrl: string;
  subgraphUrl: string;
  client: PublicClient;
  deployment: DeploymentRecord;
  supervisor: Supervisor;
  sellers: Seller[];
  keeperUrls: Record<string, string>;
  /** How the last seller's disk is limited: its own small disk that can really be full, or the keeper's quota. */
  disk: "tmpfs" | "quota";
  ports: number[];
  stop(): Promise<void>;
};

const PORTS = {
  rpc: 0,
  postgres: 0,
  subgraph: 0,
  graphql: 0,
  indexNode: 0,
  admin: 0,
  metrics: 0,
  "provider-alder": 0,
  "provider-birch": 0,
  "provider-cedar": 0,
  watcher: 0,
};
const KEEPERS_DATABASE = "keepers_soak";
/** A keeper leaves 256 MiB free: there is room for some pieces beside them. */
const DISK_MIB = 272;
const QUOTA_BYTES = 16 * 2 ** 20;

/** Gives a folder a disk of its own in memory. False where we may not. */
export function mountDisk(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() !== 0 || process.platform !== "linux") return false;
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", folder]).status === 0;
}

/** Takes the disk away again, whoever still has a file open. Safe to repeat. */
export function unmountDisk(folder: string): void {
  spawnSync("umount", ["-l", folder]);
}

/** Builds what is missing, starts everything, and brings the providers onto the chain. Throws after having stopped what had started. */
export async function startSoakNetwork(dir: string, say: (text: string) => void): Promise<SoakNetwork> {
  mkdirSync(join(dir, "run"), { recursive: true });
  const processes = createProcessTable(dir);
  const supervisor = createSupervisor(say);
  const closing: (() => void | Promise<void>)[] = [];
  process.once("exit", processes.endAll);
  const stop = async () => {
    await supervisor.stop();
    await processes.stopAll();
    for (const close of closing.reverse()) await close();
    process.off("exit", processes.endAll);
  };
  try {
    await ensureBuilt(["contracts", "abis"], { onStep: (name) => say(`building ${name}`) });
    const ports = await allocatePorts(PORTS);
    return { ...(await startParts(dir, ports, { processes, supervisor, closing, say })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Parts = {
  processes: ReturnType<typeof createProcessTable>;
  supervisor: Supervisor;
  closing: (() => void | Promise<void>)[];
  say: (text: string) => void;
};

async function startParts(
  dir: string,
  ports: Record<keyof typeof PORTS, number>,
  { processes, supervisor, closing, say }: Parts,
): Promise<Omit<SoakNetwork, "stop">> {
  const rpcUrl = `http://127.0.0.1:${ports.rpc}`;
  let postgres: Postgres | undefined;
  await Promise.all([
    supervisor.keep("chain", async () => (await startAnvil(processes, { dir, port: ports.rpc })).process),
    supervisor.keep("postgres", async () => {
      postgres = await startPostgres(processes, { dir, port: ports.postgres, isDurable: false });
      return postgres.process;
    }),
  ]);
  if (!postgres) throw new Error("there is no PostgreSQL");
  const database = postgres; // its methods only need the port, which stays
  await database.ensureDatabase(KEEPERS_DATABASE);

  const deploymentFile = join(dir, "deployment/deployment.json");
  const { deployment } = await ensureDeployed(rpcUrl, deploymentFile);
  const place: KeeperPlace = {
    folder: join(dir, "keepers"),
    rpcUrl,
    deploymentFile,
    databaseUrl: database.urlOf(KEEPERS_DATABASE),
  };

  const buildDir = join(dir, "graph/build");
  const { network } = deployment;
  const onStuck = (why: string) => say(`graph-node: ${why}`);
  const graph = await createGraphNode(processes, { buildDir, network, rpcUrl, postgres: database, ports, onStuck });
  closing.push(graph.close);
  const index = async () => {
    await buildSubgraph(deployment, buildDir);
    await supervisor.keep("graph-node", graph.start);
  };

  const [lastSeat] = LOCAL_PROVIDERS.slice(-1);
  const smallDisk = keeperDataDir({ name: lastSeat?.name ?? "" }, place);
  const disk = mountDisk(smallDisk) ? ("tmpfs" as const) : ("quota" as const);
  const unmount = () => unmountDisk(smallDisk);
  if (disk === "tmpfs") {
    process.once("exit", unmount);
    closing.push(() => {
      unmount();
      process.off("exit", unmount);
    });
  }

  const seats = LOCAL_PROVIDERS.map(({ name, operator, owner }): KeeperSeat => {
    const isSmall = name === lastSeat?.name && disk === "quota";
    const base = { name, role: "provider", account: localAccount(operator), port: ports[name] } as const;
    return { ...base, provider: localAccount(owner).address, ...(isSmall && { quotaBytes: QUOTA_BYTES }) };
  });
  const watcher: KeeperSeat = {
    name: "watcher",
    role: "watcher",
    account: localAccount(LOCAL_ACCOUNTS.watcher),
    port: ports.watcher,
  };
  const keep = async (seat: KeeperSeat) => {
    const options = await keeperProcess(seat, place);
    await supervisor.keep(seat.name, () => processes.start(options));
  };
  const enter = LOCAL_PROVIDERS.map((provider, i) =>
    enterProvider(provider, i + 1, seats[i] as KeeperSeat, { deployment, rpcUrl }),
  );
  await Promise.all([index(), ...enter, ...[...seats, watcher].map(keep)]);

  const client = createPublicClient({ transport: http(rpcUrl, { timeout: 10_000, retryCount: 1 }), cacheTime: 0 });
  const offers = await listOffers(client, { deployment });
  const sellers = seats.map((seat): Seller => {
    const offer = offers.find(({ provider }) => provider.toLowerCase() === seat.provider?.toLowerCase());
    if (!offer) throw new Error(`${seat.name} has no offer`);
    return { name: seat.name, url: keeperUrl(seat), offer, dataDir: keeperDataDir(seat, place) };
  });
  const keeperUrls = Object.fromEntries([...seats, watcher].map((seat) => [seat.name, keeperUrl(seat)]));
  return {
    dir,
    rpcUrl,
    subgraphUrl: graph.subgraphUrl,
    client,
    deployment,
    supervisor,
    sellers,
    keeperUrls,
    disk,
    ports: Object.values(ports),
  };
}
