// Builds the subgraph for a deployment: compiles the mappings when they changed, then writes manifest, schema, ABIs and
// WebAssembly into one folder that graph-node, gnd and graph-cli take. Safe to run twice, and at the same time.
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { access, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Abi, zeroAddress } from "viem";
import { type ContractName, type Deployment, parseDeployment } from "../../sdk/src/deployments.ts";
import { DATA_SOURCES, type DataSource, renderManifest, type Subject } from "./manifest.ts";

const SUBGRAPH = fileURLToPath(new URL("../../subgraph/", import.meta.url));
/** Bump when this file changes what it compiles. */
const RECIPE = 1;

/** A manifest must name addresses to be compiled, but no byte of the result depends on them. */
const PLACEHOLDER: Subject = {
  network: "mainnet",
  startBlock: 0,
  addressOf: () => zeroAddress,
  parameters: { originAt: 0, periodSeconds: 0, feeRecipient: zeroAddress },
};

/**
 * Builds the subgraph of a deployment into `outDir`, whose `subgraph.yaml` is the manifest to deploy.
 * Compiling takes some seconds, and nothing when the sources are as they were.
 */
export async function buildSubgraph(deployment: Deployment, outDir: string, signal?: AbortSignal): Promise<void> {
  await writeBuild({ ...deployment, addressOf: (contract) => deployment.contracts[contract] }, outDir, signal);
}

/** Builds a subgraph that follows a network from a block on and has nothing to read there: no contract is at the zero address. */
export async function buildIdleSubgraph(
  network: string,
  startBlock: number,
  outDir: string,
  signal?: AbortSignal,
): Promise<void> {
  await writeBuild({ ...PLACEHOLDER, network, startBlock }, outDir, signal);
}

async function writeBuild(subject: Subject, outDir: string, signal?: AbortSignal): Promise<void> {
  const compiled = await compile(signal);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(dirname(outDir), { recursive: true });
  await cp(compiled, outDir, { recursive: true });
  const manifest = renderManifest(subject, await readAbis(), {
    schema: "schema.graphql",
    abiOf: (contract) => `abis/${contract}.json`,
    mapping: "mapping.wasm",
  });
  await writeFile(join(outDir, "subgraph.yaml"), manifest);
}

/** Compiles schema, ABIs and mappings into a folder that is named after their hash. */
async function compile(signal?: AbortSignal): Promise<string> {
  const target = join(SUBGRAPH, "build", `compiled-${await hashSources()}`);
  if (await exists(target)) return target;

  // Inside subgraph/, since the compiler looks for its packages in the folders above the manifest.
  const work = join(SUBGRAPH, "build", `work-${randomUUID()}`);
  try {
    await mkdir(work, { recursive: true });
    for (const part of ["src", "abis", "schema.graphql"])
      await cp(join(SUBGRAPH, part), join(work, part), { recursive: true });
    const manifest = renderManifest(PLACEHOLDER, await readAbis(), {
      schema: "./schema.graphql",
      abiOf: (contract) => `./abis/${contract}.json`,
      mapping: "./src/mapping.ts",
    });
    await writeFile(join(work, "subgraph.yaml"), manifest);
    await graph(["codegen", "subgraph.yaml", "--output-dir", "generated"], work, signal);
    await graph(["build", "subgraph.yaml", "--output-dir", "out"], work, signal);

    const done = join(work, "done");
    await mkdir(join(done, "abis"), { recursive: true });
    await cp(join(work, "schema.graphql"), join(done, "schema.graphql"));
    for (const { contract } of DATA_SOURCES)
      await cp(join(work, "abis", `${contract}.json`), join(done, "abis", `${contract}.json`));
    const { contract } = DATA_SOURCES[0] as DataSource; // the compiler puts what all share with the first
    await cp(join(work, "out", contract, `${contract}.wasm`), join(done, "mapping.wasm"));
    await rename(done, target).catch(async (cause) => {
      if (!(await exists(target))) throw cause; // else somebody else was faster
    });
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function hashSources(): Promise<string> {
  const { version } = createRequire(import.meta.url)("@graphprotocol/graph-cli/package.json") as { version: string };
  const hash = createHash("sha256").update(JSON.stringify([RECIPE, version, DATA_SOURCES]));
  const sources = await readdir(join(SUBGRAPH, "src"));
  const abis = DATA_SOURCES.map(({ contract }) => `abis/${contract}.json`);
  for (const path of ["schema.graphql", ...sources.sort().map((name) => `src/${name}`), ...abis])
    hash.update(`\0${path}\0`).update(await readFile(join(SUBGRAPH, path)));
  return hash.digest("hex").slice(0, 16);
}

async function readAbis(): Promise<Map<ContractName, Abi>> {
  const entries = DATA_SOURCES.map(async ({ contract }): Promise<[ContractName, Abi]> => {
    return [contract, JSON.parse(await readFile(join(SUBGRAPH, "abis", `${contract}.json`), "utf8"))];
  });
  return new Map(await Promise.all(entries));
}

/** Runs graph-cli. Throws with what it printed when it fails. */
async function graph(args: string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const cli = join(
    dirname(createRequire(import.meta.url).resolve("@graphprotocol/graph-cli/package.json")),
    "bin/run.js",
  );
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal ? { signal } : {}),
    env: { ...process.env, GRAPH_CLI_SKIP_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" },
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  if (code !== 0) throw new Error(`graph ${args[0]} failed:\n${output}`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { deployment: { type: "string" }, out: { type: "string" } } });
  // npm runs a workspace's script in its folder; paths are meant from where the person stands.
  const from = process.env.INIT_CWD ?? process.cwd();
  const file = values.deployment ?? process.env.DEPLOYMENT;
  if (!file) {
    console.error(
      "Name the deployment: --deployment FILE, or DEPLOYMENT=FILE. It is the JSON that scripts/deploy.ts writes.",
    );
    process.exit(1);
  }
  const deployment = parseDeployment(JSON.parse(await readFile(resolve(from, file), "utf8")));
  const outDir = values.out ? resolve(from, values.out) : join(SUBGRAPH, "build", deployment.network);
  await buildSubgraph(deployment, outDir);
  console.log(
    `Subgraph of ${deployment.network} (chain ${deployment.chainId}) built: ${join(outDir, "subgraph.yaml")}`,
  );
}
