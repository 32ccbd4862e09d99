import { readFile } from "node:fs/promises";
import { type Chain, createWalletClient, defineChain, http, type LocalAccount } from "viem";
import { z } from "zod";
import { assertChain, explained, type ProtocolClient } from "../client.ts";
import { type Deployment, parseDeployment } from "../deployments.ts";
import { createSubgraph, type Subgraph } from "../subgraph/client.ts";
import { CommandFailed, wrongUsage } from "./failure.ts";
import { type GlobalOptions, loadSettings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** A network that a command works on. */
export interface Network {
  deployment: Deployment;
  rpcUrl: string;
  /** The index; undefined when nothing names one. */
  subgraph: Subgraph | undefined;
}

/** What a dashboard serves as `/config.json`, as far as it concerns this command. */
const dashboard = z.object({
  deployment: z.unknown(),
  chain: z.object({ rpcUrl: z.url() }),
  subgraphUrl: z.url().optional(),
});
const FETCH_TIMEOUT_MS = 10_000;
const MAX_CONFIG_BYTES = 1_000_000;

/** Finds the network: by option, environment or what `4ever login` remembered. Throws `CommandFailed` or `DeploymentError`. */
export async function loadNetwork(terminal: Terminal, options: GlobalOptions, signal?: AbortSignal): Promise<Network> {
  const { deployment: source, rpc } = await loadSettings(terminal, options);
  if (!source)
    throw wrongUsage(
      "No network is named.",
      "Give --deployment with a dashboard's address (https://…) or a deployment file; `4ever login` remembers it.",
    );
  const input = isUrl(source) ? await fetchConfig(source, signal) : await readConfig(source);
  const served = dashboard.safeParse(input);
  const deployment = parseDeployment(served.success ? served.data.deployment : input);
  const rpcUrl = rpc ?? (served.success ? served.data.chain.rpcUrl : undefined);
  if (!rpcUrl)
    throw wrongUsage(
      "No node of the chain is named.",
      "Give --rpc with its URL, or --deployment with a dashboard's address, which tells it.",
    );
  const subgraphUrl = served.success ? served.data.subgraphUrl : undefined;
  return { deployment, rpcUrl, subgraph: subgraphUrl ? createSubgraph(subgraphUrl) : undefined };
}

/** The network's index. Throws a `CommandFailed` that says what it would have been asked for, such as `lists providers`. */
export function indexOf({ subgraph }: Network, what: string): Subgraph {
  if (!subgraph) throw wrongUsage(`No index is named, which ${what}.`, "Give --deployment with a dashboard's address.");
  return subgraph;
}

function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

async function readConfig(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandFailed(`The deployment file ${file} cannot be read.`, "Check its path.", { cause });
  }
  return parseJson(text, file);
}

/** The configuration of a dashboard, by the address of any of its pages. */
async function fetchConfig(source: string, signal?: AbortSignal): Promise<unknown> {
  const given = new URL(source);
  const url = given.pathname.endsWith(".json") ? given : new URL("/config.json", given);
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  let text: string;
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    if (!response.ok) throw new Error(`it answered HTTP ${response.status}`);
    if (Number(response.headers.get("content-length") ?? 0) > MAX_CONFIG_BYTES) throw new Error("it is too large");
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    const why = cause instanceof Error && cause.message !== "fetch failed" ? `: ${cause.message}` : "";
    throw new CommandFailed(`${url} cannot be read${why}.`, "Check the address, and that the dashboard runs.", {
      cause,
    });
  }
  return parseJson(text, url.href);
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandFailed(`${from} is not JSON.`, "Name a dashboard's address, or a deployment file.", { cause });
  }
}

/** A client of the network's chain, with an account for what sends. Throws `ProtocolError` when it is another chain. */
export async function connect<account extends LocalAccount | undefined = undefined>(
  { deployment, rpcUrl }: Network,
  account?: account,
): Promise<ProtocolClient & { account: account }> {
  const chain: Chain = defineChain({
    id: deployment.chainId,
    name: deployment.network,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const client = createWalletClient({
    chain,
    transport: http(rpcUrl),
    account: account as LocalAccount,
    pollingInterval: 500,
  });
  await explained({}, () => assertChain(client, deployment));
  return client as unknown as ProtocolClient & { account: account };
}
