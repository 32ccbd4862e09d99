// A network that is as a test tells it to be: the dashboard's export before a chain and an index that can fall behind, fail, or be away.
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type GraphQLFieldResolver, GraphQLList, GraphQLNonNull, graphql } from "graphql";
import { PROJECT_ROOT } from "../../../scripts/command.ts";
import { serveDashboard } from "../../../scripts/stack/dashboard.ts";
import { serve } from "../../../scripts/stack/servers.ts";
import { indexSchema } from "../../web/index-schema.ts";

/** Arguments of a list, as far as the explorer's tables use them. */
export interface ListArguments {
  where?: Record<string, unknown>;
  orderDirection?: "asc" | "desc";
  first: number;
}

export interface ToldNetwork {
  dashboardUrl: string;
  chain: { head: number; isAway: boolean };
  index: {
    block: number;
    hasFailed: boolean;
    isAway: boolean;
    /** Root fields by name. What is not told is an empty list, or null. */
    fields: Record<string, unknown>;
    /** Awaited before each answer. */
    beforeAnswer: (variables: Record<string, unknown>) => Promise<void>;
  };
  stop(): Promise<void>;
}

const HASH = `0x${"ab".repeat(32)}`;
const ADDRESS = `0x${"11".repeat(20)}`;
const CONTRACTS =
  "EverToken PaymentToken Ledger DealPayments DealMarket PossessionProofs RandomBeacon StakeVault ProviderRegistry InviteRegistry ServiceCatalog";
const PARAMETERS = {
  originAt: 1_000,
  periodSeconds: 20,
  proofWindowSeconds: 10,
  retrySeconds: 10,
  acceptSeconds: 120,
  gracePeriods: 3,
  noticePeriods: 2,
  holdbackPeriods: 2,
  unbondingSeconds: 300,
  refundDelaySeconds: 600,
  feeRecipient: ADDRESS,
};

/** What was told, else an empty list or null. */
const resolve: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, { fieldName, returnType }) => {
  const told = (source as Record<string, unknown> | undefined)?.[fieldName];
  if (typeof told === "function") return told(args);
  if (told !== undefined) return told;
  const type = returnType instanceof GraphQLNonNull ? returnType.ofType : returnType;
  return type instanceof GraphQLList ? [] : null;
};

const hex = (value: number) => `0x${value.toString(16)}`;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString() || "null");
}

/** Answers JSON across origins, as nodes and indexes do; `undefined` is a server that is away. */
function answering(answer: (body: unknown) => Promise<unknown>) {
  const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  return async (request: IncomingMessage, response: ServerResponse) => {
    const body = request.method === "OPTIONS" ? undefined : await answer(await bodyOf(request));
    if (request.method === "OPTIONS") response.writeHead(204, headers).end();
    else if (body === undefined) response.destroy();
    else response.writeHead(200, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

/** Serves the dashboard's export with a network that the test tells. */
export async function tellNetwork(): Promise<ToldNetwork> {
  const schema = indexSchema();
  const chain = { head: 100, isAway: false };
  const index: ToldNetwork["index"] = {
    block: 100,
    hasFailed: false,
    isAway: false,
    fields: {},
    beforeAnswer: async () => {},
  };

  const rpc = await serve(
    0,
    answering(async (body) => {
      if (chain.isAway) return undefined;
      const { id, method } = body as { id: number; method: string };
      const block = { number: hex(chain.head), hash: HASH, timestamp: hex(1_000 + chain.head), transactions: [] };
      const results: Record<string, unknown> = {
        eth_chainId: hex(31_337),
        eth_blockNumber: hex(chain.head),
        eth_getBlockByNumber: block,
      };
      return { jsonrpc: "2.0", id, result: results[method] ?? null };
    }),
  );
  const graph = await serve(
    0,
    answering(async (body) => {
      if (index.isAway) return undefined;
      const { query, variables } = body as { query: string; variables?: Record<string, unknown> };
      await index.beforeAnswer(variables ?? {});
      const meta = {
        block: { number: index.block, hash: HASH, timestamp: 1_000 + index.block },
        deployment: "told",
        hasIndexingErrors: index.hasFailed,
      };
      const rootValue = { _meta: meta, ...index.fields };
      return graphql({ schema, source: query, rootValue, variableValues: variables ?? {}, fieldResolver: resolve });
    }),
  );
  const dashboard = await serveDashboard(join(PROJECT_ROOT, "web/out"), 0, {
    chain: { name: "Told chain", rpcUrl: rpc.url, isLocal: true },
    subgraphUrl: graph.url,
    deployment: {
      network: "localhost",
      chainId: 31_337,
      startBlock: 1,
      contracts: Object.fromEntries(CONTRACTS.split(" ").map((name) => [name, ADDRESS])),
      parameters: PARAMETERS,
    },
  });
  return {
    dashboardUrl: dashboard.url,
    chain,
    index,
    stop: async () => {
      await Promise.all([dashboard, graph, rpc].map((server) => server.stop()));
    },
  };
}
