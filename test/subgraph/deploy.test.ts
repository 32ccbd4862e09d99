import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { deploySubgraph, SubgraphDeployFailed } from "../../scripts/subgraph/deploy.ts";

const MANIFEST = `specVersion: 1.2.0
schema:
  file: schema.graphql
dataSources:
  - kind: ethereum
    mapping:
      file: mapping.wasm
      abis:
        - name: Ledger
          file: abis.json
  - kind: ethereum
    mapping:
      file: mapping.wasm
`;

/** A built subgraph, an IPFS node that keeps what it gets, and a graph-node that answers what the test says. */
async function setup(answer: (method: string) => object = () => ({ result: { playground: ":8000/graphql" } })) {
  const buildDir = await mkdtemp(join(tmpdir(), "4ever-deploy-"));
  onTestFinished(() => rm(buildDir, { recursive: true }));
  const files = { "subgraph.yaml": MANIFEST, "schema.graphql": "type A", "mapping.wasm": "\0asm", "abis.json": "[]" };
  for (const [name, text] of Object.entries(files)) await writeFile(join(buildDir, name), text);

  const stored = new Map<string, string>();
  const calls: { method: string; params: Record<string, unknown>; authorization: string | null }[] = [];
  const fetch = (async (url: URL | string, init: RequestInit) => {
    if (new URL(url).pathname === "/api/v0/add") {
      const file = (init.body as FormData).get("file") as File;
      const text = await file.text();
      const Hash = `Qm${createHash("sha256").update(text).digest("hex").slice(0, 44)}`;
      stored.set(Hash, text);
      return Response.json({ Hash });
    }
    const { method, params } = JSON.parse(init.body as string);
    calls.push({ method, params, authorization: new Headers(init.headers).get("authorization") });
    return Response.json({ jsonrpc: "2.0", id: "1", ...answer(method) });
  }) as typeof globalThis.fetch;
  const target = { buildDir, nodeUrl: "http://node.example/", ipfsUrl: "http://ipfs.example", name: "4ever" };
  return { buildDir, stored, calls, fetch, target };
}

describe("deploySubgraph", () => {
  it("says what a node refused", async () => {
    const { target, fetch } = await setup((method) =>
      method === "subgraph_deploy" ? { error: { message: "network not supported" } } : { result: null },
    );
    await expect(deploySubgraph(target, fetch)).rejects.toThrow(SubgraphDeployFailed);
    await expect(deploySubgraph(target, fetch)).rejects.toThrow("refused subgraph_deploy: network not supported.");
    const broken = (async () => new Response("", { status: 502 })) as typeof globalThis.fetch;
    await expect(deploySubgraph(target, broken)).rejects.toThrow("The IPFS node answered HTTP 502.");
  });

  it("uploads each file once, and a manifest that names them by their address", async () => {
    const { target, fetch, stored, calls, buildDir } = await setup();
    const { hash, routes } = await deploySubgraph({ ...target, versionLabel: "0.1.0", token: "secret" }, fetch);
    expect(routes).toEqual({ playground: ":8000/graphql" });
    expect(stored.size).toBe(4);
    const manifest = stored.get(hash) ?? "";
    expect(manifest.match(/file: .+/g)).toHaveLength(4);
    for (const [, address = ""] of manifest.matchAll(/file: \{ \/: \/ipfs\/(\w+) \}/g))
      expect(stored.has(address)).toBe(true);
    expect(manifest.match(/file: \{ \/: \/ipfs\/\w+ \}/g)).toHaveLength(4);
    expect(await readFile(join(buildDir, "subgraph.yaml"), "utf8")).toBe(MANIFEST);
    expect(calls).toEqual([
      { method: "subgraph_create", params: { name: "4ever" }, authorization: "Bearer secret" },
      {
        method: "subgraph_deploy",
        params: { name: "4ever", ipfs_hash: hash, version_label: "0.1.0" },
        authorization: "Bearer secret",
      },
    ]);
  });

  it("deploys again under a name that exists", async () => {
    const { target, fetch, calls } = await setup((method) =>
      method === "subgraph_create" ? { error: { message: "subgraph already exists" } } : { result: {} },
    );
    await deploySubgraph(target, fetch);
    expect(calls.map(({ method }) => method)).toEqual(["subgraph_create", "subgraph_deploy"]);
  });
});
