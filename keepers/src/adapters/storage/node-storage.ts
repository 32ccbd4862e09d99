import type { StorageAdapter } from "./adapter.ts";
import { createCarFiles } from "./car-files.ts";
import { createProbing, readBlockOf } from "./probing.ts";

/** Plain files on this machine's disk, on no network but through the gateway. */
export function createNodeStorageAdapter({ dataDir }: { dataDir: string }): StorageAdapter {
  const files = createCarFiles(dataDir);
  const { status, probe } = createProbing(files.indexOf, readBlockOf(files));
  return {
    name: "node-storage",
    network: "node-storage",
    capabilities: { servesBlocks: false, addresses: [] },
    ...files,
    status,
    probe,
    async start() {},
    async stop() {},
  };
}
