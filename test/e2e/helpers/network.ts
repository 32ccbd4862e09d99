// The running stack as a story sees it beside the browser: the chain itself, and the keepers' processes.
import { inject } from "vitest";
import { type ChainWatch, createChainWatch } from "../../../scripts/demo/chain-watch.ts";
import { type DeploymentRecord, readRecord } from "../../../scripts/deployment/record.ts";

/** What the global setup hands to the stories. */
export interface NetworkAddresses {
  rpcUrl: string;
  dashboardUrl: string;
  deploymentFile: string;
  /** Process ids by the keepers' addresses. */
  keeperPids: Record<string, number>;
}

export interface Network extends NetworkAddresses {
  deployment: DeploymentRecord;
  watch: ChainWatch;
}

/** The stack of the global setup. */
export async function joinNetwork(): Promise<Network> {
  const addresses = inject("network");
  const deployment = await readRecord(addresses.deploymentFile);
  if (!deployment) throw new Error(`There is no deployment in ${addresses.deploymentFile}.`);
  return { ...addresses, deployment, watch: createChainWatch(addresses.rpcUrl, deployment) };
}
