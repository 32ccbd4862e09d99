// The index: the real graph-node (its developer build, gnd), the IPFS answer it asks for, and a proxy that gives the subgraph its name.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import pg from "pg";
import { buildIdleSubgraph } from "../subgraph/build.ts";
import { type IndexedBlock, indexedBlock, watchIndex } from "./index-watch.ts";
import type { Postgres } from "./postgres.ts";
import type { ManagedProcess, ProcessTable } from "./processes.ts";
import { readBlock } from "./rpc.ts";
import { type RunningServer, serve } from "./servers.ts";

const SUBGRAPH_PATH = "/subgraphs/name/4ever";
/** gnd names what it deploys by its place in the list: ours is the second. */
const GND_PATH = "/subgraphs/name/subgraph-1";
const DATABASE_PREFIX = "graph_";

/** There is no graph-node for this system; the message names what to do. */
export class GraphNodeMissing extends Error {
  override name = "GraphNodeMissing";
}

/** gnd's path: `GND_BIN`, else the npm package, which exists for Linux on x64. */
export function gndBinary(env: NodeJS.ProcessEnv = process.env): string {
  if (env.GND_BIN) return env.GND_BIN;
  const name = `@graphprotocol/gnd-${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/gnd");
  } catch (cause) {
    throw new GraphNodeMissing(
      `npm has no graph-node for ${process.platform} on ${process.arch}: set GND_BIN to the path of gnd (https://github.com/graphprotocol/graph-node/releases).`,
      { cause },
    );
  }
}

/**
 * The database for this chain and this build. An index on the database of another chain goes on serving the old entities, and a
 * rebuilt mapping is not run again: so neither ever shares one. The place counts, since gnd takes it as the deployment's id.
 */
export function indexDatabaseName(genesisHash: string, buildDir: string): string {
  const hash = createHash("sha256").update(`${genesisHash}\0${buildDir}`);
  const files = readdirSync(buildDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    hash.update(`\0${path}\0`).update(readFileSync(path));
  }
  return DATABASE_PREFIX + hash.digest("hex").slice(0, 16);
}

/** What a crash of the chain can lose of its end, and graph-node finds its way back from by itself: blocks, which take as many seconds. */
const MOST_LOST_BLOCKS = 64;

const isOnChain = async ({ number, hash }: IndexedBlock, rpcUrl: string): Promise<boolean> =>
  (await readBlock(rpcUrl, `0x${number.toString(16)}`))?.hash === hash;

/** Whether the index ended on this chain, or not long after it: it then takes back what the chain lost, as after a reorganisation. */
async function canGoOn(postgres: Postgres, database: string, rpcUrl: string): Promise<boolean> {
  const { rows: chains } = await postgres.query(database, "select namespace from ethereum_networks");
  const cached = chains.map(({ namespace }) => `select number, hash from ${pg.escapeIdentifier(namespace)}.blocks`);
  if (cached.length === 0) return false;
  const { rows } = await postgres.query(
    database,
    `with head as (
       select head_block_number::int as number, decode(head_block_hash, 'hex') as hash from ethereum_networks where head_block_hash is not null
       union all select block_number, block_hash from subgraphs.head where block_hash is not null)
     select number::int, '0x' || encode(hash, 'hex') as hash from (select * from head union ${cached.join(" union ")}) as block
     where number >= (select max(number) from head) - ${MOST_LOST_BLOCKS} order by number desc`,
  );
  for (const block of rows as IndexedBlock[]) if (await isOnChain(block, rpcUrl)) return true;
  return false;
}

/** How long the index may stand while the chain goes on: far longer than it keeps to itself what it read. */
const STUCK_AFTER_MS = 60_000;

/** Kept as the database's comment once the subgraph in it has answered: before, its deployment may be half made. */
const DEPLOYED = "deployed";

/** Gives the index an empty database, or the one it had, and forgets those of other chains and builds. True when it had one. */
export async function prepareDatabase(postgres: Postgres, name: string, rpcUrl: string): Promise<boolean> {
  await postgres.dropOthers(DATABASE_PREFIX, name);
  // -2 marks one whose removal a crash cut off: nobody can connect to it, and it can only be removed again.
  const comment =
    "select shobj_description(oid, 'pg_database') as text from pg_database where datname = $1 and datconnlimit <> -2";
  const { rows } = await postgres.query("postgres", comment, [name]);
  const isKept = rows[0]?.text === DEPLOYED && (await canGoOn(postgres, name, rpcUrl));
  if (!isKept) await postgres.dropDatabase(name);
  await postgres.ensureDatabase(name, { isRebuildable: true });
  return isKept;
}

/** gnd asks an IPFS node for its version at the start, and nothing more: the build lies on disk. */
function serveIpfsVersion(): Promise<RunningServer> {
  return serve(0, ({ url = "" }, response) => {
    const isVersion = url.startsWith("/api/v0/version");
    response.writeHead(isVersion ? 200 : 404, { "content-type": "application/json" });
    response.end(isVersion ? '{"Version":"0.29.0"}' : "{}");
  });
}

/** Passes `/subgraphs/name/4ever` on to gnd. */
function serveName(port: number, gndPort: number): Promise<RunningServer> {
  return serve(port, (incoming, response) => {
    if (incoming.url?.split("?")[0]?.replace(/\/$/, "") !== SUBGRAPH_PATH) {
      response.writeHead(404, { "content-type": "text/plain" }).end(`The subgraph is at ${SUBGRAPH_PATH}\n`);
      return;
    }
    const { method, headers } = incoming;
    const outgoing = request({ host: "127.0.0.1", port: gndPort, path: GND_PATH, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", ({ message }) => {
      if (!response.headersSent) response.writeHead(502, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ message: `The index cannot be reached: ${message}` }] }));
    });
    incoming.on("close", () => {
      if (!incoming.complete) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  });
}

export type GraphNodeOptions = {
  /** Built subgraph: `subgraph.yaml`, schema, ABIs and WebAssembly. */
  buildDir: string;
  /** The network's name in the manifest. */
  network: string;
  rpcUrl: string;
  postgres: Postgres;
  ports: { subgraph: number; graphql: number; indexNode: number; admin: number; metrics: number };
  /** Told when graph-node is ended because its index stands. */
  onStuck?: (why: string) => void;
};

export type GraphNode = {
  /** Answers from the first start on, also while graph-node is started again. */
  subgraphUrl: string;
  /**
   * Starts graph-node on the subgraph and waits until it has read the chain up to now, however long that takes as long as it gets on.
   * From then on its index is watched: see {@link watchIndex}. @throws ProcessFailed
   */
  start(signal?: AbortSignal): Promise<ManagedProcess>;
  /** Ends what serves beside it. */
  close(): Promise<void>;
};

/**
 * What it takes to run graph-node, which is not started yet. @throws GraphNodeMissing
 *
 * gnd deletes and reads anew, at each start, every subgraph that it is told of, and wants to be told of one; those that its database
 * holds beside them go on where they ended. So it is told of an idle subgraph, and of ours only when the database is new: a start takes
 * as long after a month as after a minute.
 */
export async function createGraphNode(processes: ProcessTable, options: GraphNodeOptions): Promise<GraphNode> {
  const { buildDir, network, rpcUrl, postgres, ports, onStuck = () => {} } = options;
  const command = gndBinary();
  const gndUrl = `http://127.0.0.1:${ports.graphql}${GND_PATH}`;
  const ipfs = await serveIpfsVersion();
  const proxy = await serveName(ports.subgraph, ports.graphql).catch(async (error: unknown) => {
    await ipfs.stop();
    throw error;
  });

  async function start(signal?: AbortSignal): Promise<ManagedProcess> {
    const [genesis, head] = await Promise.all([readBlock(rpcUrl, "0x0"), readBlock(rpcUrl, "latest")]);
    if (!genesis || !head) throw new Error(`${rpcUrl} has no blocks`);
    const database = indexDatabaseName(genesis.hash, buildDir);
    const isKept = await prepareDatabase(postgres, database, rpcUrl);
    const idleDir = `${buildDir}-idle`;
    await buildIdleSubgraph(network, Number(head.number), idleDir, signal);
    let isMarked = isKept;
    let lastNumber: number | undefined;
    const args = {
      manifests: [idleDir, ...(isKept ? [] : [buildDir])].map((dir) => `${join(dir, "subgraph.yaml")}:${dir}`).join(),
      "ethereum-rpc": `${network}:${rpcUrl}`,
      ipfs: ipfs.url,
      "postgres-url": postgres.urlOf(database),
      "http-port": ports.graphql,
      "index-node-port": ports.indexNode,
      "admin-port": ports.admin,
      "metrics-port": ports.metrics,
    };
    const gnd = await processes.start({
      name: "graph-node",
      command,
      args: ["dev", ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])],
      cwd: buildDir,
      env: {
        ETHEREUM_POLLING_INTERVAL: "50",
        GRAPH_LOG: "info",
        // After an error of the database it stands still for two minutes, then for twice as long each time, up to half an hour.
        GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS: "5",
        // Far from the chain's head it would keep what it read to itself for five minutes: an index that only seems to stand.
        GRAPH_STORE_WRITE_BATCH_DURATION: "10",
        GRAPH_TELEMETRY: "0",
        RUST_BACKTRACE: "0",
      },
      stopSignal: "SIGINT",
      readyWithinMs: 120_000,
      isReady: async (getsOn) => {
        const block = await indexedBlock(gndUrl);
        if (!block) return false;
        if (!isMarked) await postgres.query("postgres", `comment on database ${database} is '${DEPLOYED}'`);
        isMarked = true;
        if (block.number !== lastNumber) getsOn();
        lastNumber = block.number;
        return block.number >= Number(head.number) && (await isOnChain(block, rpcUrl));
      },
      ...(signal && { signal }),
    });
    void watchIndex({ process: gnd, url: gndUrl, rpcUrl, stuckAfterMs: STUCK_AFTER_MS, onStuck });
    return gnd;
  }

  return {
    subgraphUrl: proxy.url + SUBGRAPH_PATH,
    start,
    async close() {
      await Promise.all([proxy.stop(), ipfs.stop()]);
    },
  };
}
