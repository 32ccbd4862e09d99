// Writes the ABIs of Hardhat's artifacts to where they are used: TypeScript for the sdk, JSON for the subgraph. Safe to run twice.
// Run `npx hardhat build` before it.
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Abi, AbiItem } from "viem";

/** One exported ABI. */
interface AbiSource {
  name: string;
  /** Path of the artifact below the repository. */
  artifact: string;
  /** Whether the subgraph indexes it. */
  indexed: boolean;
}

const OPENZEPPELIN = "node_modules/@openzeppelin/contracts/build/contracts";
const ARTIFACTS = "artifacts/contracts";

/** Sorted as the generated file is read: what people call first. `indexed` ones become `subgraph/abis/<Contract>.json`. */
export const ABI_SOURCES: readonly AbiSource[] = [
  source("Ledger", "payments", true),
  source("DealPayments", "payments", true),
  source("UsageChannels", "payments", true),
  source("FeeRouter", "payments", true),
  source("InsurancePool", "payments", true),
  source("DealMarket", "market", true),
  source("PossessionProofs", "verification", true),
  source("RandomBeacon", "verification", true),
  source("StakeVault", "staking", true),
  source("RewardPool", "staking", true),
  source("ExitBounties", "staking", true),
  source("ProviderRegistry", "registry", true),
  source("InviteRegistry", "registry", true),
  source("ServiceCatalog", "registry", true),
  source("EverToken", "token", true),
  source("EverGovernor", "governance", true),
  source("Guardian", "governance", true),
  source("Council", "governance", false),
  source("NetworkLens", "lens", false),
  source("LocalUsd", "mocks", false),
  source("Faucet", "mocks", false),
  { name: "ERC20Permit", artifact: `${OPENZEPPELIN}/ERC20Permit.json`, indexed: false },
  { name: "AccessManager", artifact: `${OPENZEPPELIN}/AccessManager.json`, indexed: false },
  {
    name: "TimelockController",
    artifact: `${ARTIFACTS}/governance/EverTimelock.sol/EverTimelock.json`,
    indexed: true,
  },
];

function source(name: string, domain: string, indexed: boolean): AbiSource {
  return { name, artifact: `${ARTIFACTS}/${domain}/${name}.sol/${name}.json`, indexed };
}

/** `DealMarket` → `dealMarketAbi`, `ERC20Permit` → `erc20PermitAbi`. */
export function exportNameOf(contract: string): string {
  return `${contract.replace(/^[A-Z0-9]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase())}Abi`;
}

/** Every error of the given ABIs once, by signature. An error's name is unique in the protocol, so one decoder serves every call. */
export function mergeErrors(abis: readonly Abi[]): AbiItem[] {
  const errors = new Map<string, AbiItem>();
  for (const item of abis.flat()) {
    if (item.type === "error") errors.set(`${item.name}(${item.inputs.map((input) => input.type).join()})`, item);
  }
  return [...errors].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item);
}

async function readAbi(root: URL, { name, artifact }: AbiSource): Promise<Abi> {
  const path = new URL(artifact, root);
  if (!(await exists(path))) throw new Error(`No artifact of ${name}: run "npx hardhat build" first`);
  return JSON.parse(await readFile(path, "utf8")).abi;
}

async function exists(path: URL): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Writes only what changed, so that watchers of the files stay quiet. */
async function writeChanged(path: URL, text: string): Promise<void> {
  if ((await exists(path)) && (await readFile(path, "utf8")) === text) return;
  await mkdir(new URL(".", path), { recursive: true });
  await writeFile(path, text);
}

/** Every generated file by its path below the repository. */
export async function renderAbis(root: URL): Promise<Map<string, string>> {
  const abis = await Promise.all(ABI_SOURCES.map(async (each) => ({ ...each, abi: await readAbi(root, each) })));
  const blocks = abis.map(({ name, abi }) => declaration(exportNameOf(name), abi));
  const errors = declaration("protocolErrorsAbi", mergeErrors(abis.map(({ abi }) => abi)));
  const typescript = `// Written by scripts/export-abis.ts from the compiled contracts. Do not edit.\n${[...blocks, errors].join("\n")}`;
  const indexed = abis.filter((each) => each.indexed);
  return new Map([
    ["sdk/src/generated/abis.ts", typescript],
    ...indexed.map(({ name, abi }): [string, string] => [
      `subgraph/abis/${name}.json`,
      `${JSON.stringify(abi, null, 2)}\n`,
    ]),
  ]);
}

/** Exports everything. `root` is the repository. */
export async function exportAbis(root: URL): Promise<void> {
  const files = await renderAbis(root);
  await Promise.all([...files].map(([path, text]) => writeChanged(new URL(path, root), text)));
}

/** One line per ABI item: a change of one function is a change of one line. */
function declaration(name: string, items: readonly AbiItem[]): string {
  return `\nexport const ${name} = [\n${items.map((item) => `  ${JSON.stringify(item)},\n`).join("")}] as const;\n`;
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  await exportAbis(root);
  console.log(`${ABI_SOURCES.length} ABIs written below ${fileURLToPath(root)}`);
}
