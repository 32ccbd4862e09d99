import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createGraphNode } from "../../scripts/stack/graph-node.ts";
import { allocatePorts } from "../../scripts/stack/ports.ts";
import { removePostgres, startPostgres } from "../../scripts/stack/postgres.ts";
import { createProcessTable } from "../../scripts/stack/processes.ts";
import { buildSubgraph } from "../../scripts/subgraph/build.ts";
import { createSubgraph } from "../../sdk/src/subgraph/client.ts";
import { getIndexedBlock } from "../../sdk/src/subgraph/queries.ts";
import type { LocalChain } from "./local-chain.ts";

/** The real graph-node on a chain of this test's own. */
export type LocalIndex = Awaited<ReturnType<typeof startLocalIndex>>;

/** Builds the subgraph for the chain's deployment, and starts PostgreSQL and graph-node on it. Stop it before the chain. */
export async function startLocalIndex({ deployment, rpcUrl, directory, reader }: LocalChain) {
  const processes = createProcessTable(directory);
  const ports = await allocatePorts({ postgres: 0, subgraph: 0, graphql: 0, indexNode: 0, admin: 0, metrics: 0 });
  const buildDir = join(directory, "subgraph");
  await buildSubgraph(deployment, buildDir);
  const postgres = await startPostgres(processes, { dir: directory, port: ports.postgres, isDurable: false });
  const { network } = deployment;
  const graph = await createGraphNode(processes, { buildDir, network, rpcUrl, postgres, ports });
  const stopBeside = async () => {
    await graph.close();
    await postgres.process.stop();
  };
  const graphNode = await graph.start().catch(async (cause: unknown) => {
    await stopBeside();
    throw cause;
  });
  const subgraph = createSubgraph(graph.subgraphUrl);
  return {
    graphNode,
    postgres,
    /** Where it answers. */
    url: graph.subgraphUrl,
    subgraph,
    /** Asks whatever a test wants to know. */
    ask: <Result>(document: string, variables: object = {}) => subgraph.ask({ document }, variables) as Promise<Result>,
    /** Waits until the index has read the chain's latest block, by its hash: another block of the same height is another state. */
    async caughtUp() {
      const { hash } = await reader.getBlock();
      for (;;) {
        const indexed = await getIndexedBlock(subgraph);
        if (indexed?.hasFailed) throw new Error(`indexing failed; see ${graphNode.logFile}`);
        if (indexed?.hash === hash) return;
        await delay(20);
      }
    },
    async stop() {
      await graphNode.stop();
      await stopBeside();
      removePostgres(directory);
    },
  };
}
