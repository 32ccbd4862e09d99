// Runs the contracts' tests again and again in one process, each time with other code in place of some contracts. Started by `trials.ts`.
// A test file and its chain are loaded once; before each run the chain goes back to its first block and forgets its fixtures.
import { relative } from "node:path";
import hre from "hardhat";
import Mocha from "mocha";
import { PROJECT_ROOT } from "../../command.ts";
import type { FileResult, Order } from "./trials.ts";

type Connection = Awaited<ReturnType<typeof hre.network.create>>;
type Chain = { connection: Connection; snapshot: unknown };
type TestFile = { mocha: Mocha; chains: Chain[] };

/** Says nothing; failures are told to whoever ordered the run. */
class Silent {}

/** Chains tell what code reports, and a file is run to its end. */
const collectsHits = process.argv.includes("--hits");
const files = new Map<string, TestFile>();
let bytecodes: Order["bytecodes"] = {};
let opened: Chain[] = [];
let hits = new Set<string>();

const takeSnapshot = ({ provider }: Connection) => provider.request({ method: "evm_snapshot" });

const readArtifact = hre.artifacts.readArtifact.bind(hre.artifacts);
Object.assign(hre.artifacts, {
  async readArtifact(name: string) {
    const artifact = await readArtifact(name);
    const code = bytecodes[artifact.contractName];
    return code === undefined ? artifact : { ...artifact, bytecode: `0x${code}` };
  },
});

const create = hre.network.create.bind(hre.network);
Object.assign(hre.network, {
  async create(asked?: Parameters<typeof create>[0]) {
    const { override, ...options } = typeof asked === "string" ? { network: asked } : { ...asked };
    // Code that is not optimized may be larger than a chain takes.
    const connection = await create({
      ...options,
      override: { ...override, allowUnlimitedContractSize: true } as never,
    });
    opened.push({ connection, snapshot: await takeSnapshot(connection) });
    return connection;
  },
});

async function load(path: string): Promise<TestFile> {
  opened = [];
  const mocha = new Mocha({ ...hre.config.test.mocha, bail: !collectsHits, reporter: Silent as never });
  mocha.addFile(path);
  await mocha.loadFilesAsync();
  mocha.cleanReferencesAfterRun(false);
  return { mocha, chains: opened };
}

async function rewind(chain: Chain): Promise<void> {
  const { provider, networkHelpers } = chain.connection;
  if ((await provider.request({ method: "evm_revert", params: [chain.snapshot] })) !== true)
    throw new Error("No way back");
  chain.snapshot = await takeSnapshot(chain.connection);
  networkHelpers.clearSnapshots();
}

async function runFile(path: string): Promise<FileResult> {
  const startedAt = performance.now();
  const file = files.get(path) ?? (await load(path));
  files.set(path, file);
  for (const chain of file.chains) await rewind(chain);

  let passed = 0;
  let failure: string | undefined;
  await new Promise((resolve) => {
    const runner = file.mocha.run(resolve);
    runner.on("pass", () => passed++);
    runner.on("fail", (test, error) => (failure ??= `${test.fullTitle()}: ${error.message.split("\n")[0]}`));
  });
  const ms = Math.round(performance.now() - startedAt);
  return { file: relative(PROJECT_ROOT, path), passed, ms, ...(failure !== undefined && { failure }) };
}

if (collectsHits) {
  hre.hooks.registerHandlers("network", {
    async onCoverageData(_context, tags) {
      for (const tag of tags) hits.add(tag);
    },
  });
}
process.env.NODE_ENV ??= "test";
process.on("message", async (order: Order) => {
  bytecodes = order.bytecodes;
  hits = new Set();
  const results: FileResult[] = [];
  for (const file of order.files) {
    const result = await runFile(file);
    results.push(result);
    if (result.failure !== undefined && !order.isWhole) break;
  }
  process.send?.({ results, hits: [...hits] });
});
