// The contracts on the local chain: deployed once, and found again without loading a compiler.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { BUILD_STEPS, inputsFingerprint } from "../build-steps.ts";
import { PROJECT_ROOT } from "../command.ts";
import { type DeploymentRecord, readRecord } from "../deployment/record.ts";
import { callRpc, readBlock } from "./rpc.ts";

/** What the deployed code and its parameters are made from: all of `contracts/`, the profiles included, and the deployment itself. */
function sourcesFingerprint(): string {
  const contracts = BUILD_STEPS.find(({ name }) => name === "contracts");
  if (!contracts) throw new Error("no build step is called contracts");
  const inputs = [...contracts.inputs, "scripts/deploy.ts", "scripts/deployment"];
  return inputsFingerprint({ ...contracts, inputs }, PROJECT_ROOT);
}

/** Whether the chain is the record's, and each of its addresses has code: a crash may have taken the chain's last blocks. */
async function isThere({ genesisHash, contracts }: DeploymentRecord, rpcUrl: string): Promise<boolean> {
  const genesis = await readBlock(rpcUrl, "0x0");
  if (genesis?.hash !== genesisHash) return false;
  const codes = await Promise.all(
    Object.values(contracts).map((address) => callRpc<string>(rpcUrl, "eth_getCode", [address, "latest"])),
  );
  return codes.every((code) => code !== "0x");
}

export type FoundDeployment = { deployment: DeploymentRecord; isNew: boolean };

/** Deploys the protocol, unless the record in `file` is of this chain and of these sources. Throws what `deploy` throws. */
export async function ensureDeployed(rpcUrl: string, file: string): Promise<FoundDeployment> {
  const sourcesFile = `${file}.sources`;
  const sources = sourcesFingerprint();
  const known = await readRecord(file);
  const isCurrent = existsSync(sourcesFile) && readFileSync(sourcesFile, "utf8") === sources;
  if (known && isCurrent && (await isThere(known, rpcUrl))) return { deployment: known, isNew: false };
  const { deploy } = await import("../deploy.ts"); // Hardhat takes seconds to load
  const deployment = await deploy({ rpcUrl, outFile: file });
  writeFileSync(sourcesFile, sources);
  return { deployment, isNew: deployment.contracts.DealMarket !== known?.contracts.DealMarket };
}
