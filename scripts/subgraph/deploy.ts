// Deploys a built subgraph to a graph-node somewhere else: its files go to an IPFS node, their address to the graph-node. graph-cli
// would compile the mappings again, from sources that it looks for beside the manifest.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** What a graph-node or an IPFS node answered instead of doing it. */
export class SubgraphDeployFailed extends Error {
  override readonly name = "SubgraphDeployFailed";
}

export interface DeployTarget {
  /** Folder that `buildSubgraph` wrote. */
  buildDir: string;
  /** URL of the graph-node's JSON-RPC for deployments, or of Subgraph Studio's. */
  nodeUrl: string;
  /** URL of an IPFS node's RPC API that the graph-node reads from. */
  ipfsUrl: string;
  /** Name that the subgraph is served under. */
  name: string;
  versionLabel?: string | undefined;
  /** Bearer token of the graph-node, or deploy key of the studio. */
  token?: string | undefined;
}

/**
 * Uploads and deploys; safe to repeat, since the same files have the same address. Gives the deployment's IPFS hash and the paths or
 * URLs that the node serves it at. Throws {@link SubgraphDeployFailed}.
 */
export async function deploySubgraph(
  { buildDir, nodeUrl, ipfsUrl, name, versionLabel, token }: DeployTarget,
  fetch = globalThis.fetch,
): Promise<{ hash: string; routes: Record<string, string> }> {
  const add = async (content: string | Uint8Array<ArrayBuffer>): Promise<string> => {
    const body = new FormData();
    body.append("file", new Blob([content]));
    const url = new URL("api/v0/add?pin=true&cid-version=0", ipfsUrl.endsWith("/") ? ipfsUrl : `${ipfsUrl}/`);
    const response = await fetch(url, { method: "POST", body });
    if (!response.ok) throw new SubgraphDeployFailed(`The IPFS node answered HTTP ${response.status}.`);
    return ((await response.json()) as { Hash: string }).Hash;
  };
  const call = async (method: string, params: object): Promise<unknown> => {
    const response = await fetch(nodeUrl, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ jsonrpc: "2.0", id: "1", method, params }),
    });
    if (!response.ok) throw new SubgraphDeployFailed(`The graph-node answered HTTP ${response.status}.`);
    const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (error) throw new SubgraphDeployFailed(`The graph-node refused ${method}: ${error.message}.`);
    return result;
  };

  const manifest = await readFile(join(buildDir, "subgraph.yaml"), "utf8");
  const hashes = new Map<string, string>();
  for (const [, path = ""] of manifest.matchAll(FILE)) {
    if (!hashes.has(path)) hashes.set(path, await add(new Uint8Array(await readFile(join(buildDir, path)))));
  }
  const hash = await add(
    manifest.replaceAll(FILE, (line, path) => line.replace(path, `{ /: /ipfs/${hashes.get(path)} }`)),
  );
  await call("subgraph_create", { name }).catch((cause: Error) => {
    if (!cause.message.includes("already exists")) throw cause;
  });
  const options = versionLabel === undefined ? {} : { version_label: versionLabel };
  const routes = await call("subgraph_deploy", { name, ipfs_hash: hash, ...options });
  return { hash, routes: (routes ?? {}) as Record<string, string> };
}

/** A manifest's reference to a file beside it. */
const FILE = /^ *file: (.+)$/gm;

const USAGE = `Usage: npm run deploy -w @4ever/subgraph -- --build DIR --node URL --ipfs URL --name NAME [--label VERSION]

DIR is what "npm run build -w @4ever/subgraph" wrote. A token or deploy key is read from GRAPH_TOKEN.`;

if (import.meta.main) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { build: text, node: text, ipfs: text, name: text, label: text } });
  const { build, node, ipfs, name, label } = values;
  if (!build || !node || !ipfs || !name) {
    console.error(USAGE);
    process.exit(1);
  }
  const buildDir = resolve(process.env.INIT_CWD ?? process.cwd(), build);
  const token = process.env.GRAPH_TOKEN;
  const { hash, routes } = await deploySubgraph({
    buildDir,
    nodeUrl: node,
    ipfsUrl: ipfs,
    name,
    versionLabel: label,
    token,
  });
  console.log(`Deployed as ${hash}`);
  for (const [kind, route] of Object.entries(routes)) console.log(`${kind}: ${route}`);
}
