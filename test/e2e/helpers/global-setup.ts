// One stack for all stories: chain, contracts, index, keepers and dashboard, as `npm start` runs them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { forgetStack, startStack } from "../../../scripts/stack/stack.ts";
import type { NetworkAddresses } from "./network.ts";

declare module "vitest" {
  export interface ProvidedContext {
    network: NetworkAddresses;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "4ever-e2e-"));
  const remove = () => {
    forgetStack(dir); // PostgreSQL's files may lie elsewhere
    rmSync(dir, { recursive: true, force: true });
  };
  const stack = await startStack({ dir, ports: "any", isDurable: false }).catch((cause: unknown) => {
    console.error(`The stack did not start; its logs are in ${dir}.`);
    throw cause;
  });
  const { rpcUrl, dashboardUrl, deploymentFile, keepers } = stack;
  if (!dashboardUrl || !deploymentFile) throw new Error("The stack runs without contracts or dashboard.");
  const pids = Object.fromEntries(keepers.map(({ url, pid }) => [url, pid]));
  project.provide("network", { rpcUrl, dashboardUrl, deploymentFile, keeperPids: pids });
  return async () => {
    await stack.stop();
    remove();
  };
}
