import type { StorageAdapter } from "./adapter.ts";
import type { FindRoots } from "./blockstore.ts";
import { createHeliaAdapter } from "./helia.ts";
import { createKuboAdapter } from "./kubo.ts";
import { createNodeStorageAdapter } from "./node-storage.ts";

/** What a configuration says about storage. */
export type StorageConfig = {
  dataDir: string;
  storage: { adapter: "helia" | "node-storage" } | { adapter: "kubo"; api: string };
  ipfs: { listen: readonly string[] };
};

/** The storage adapter that a configuration names. */
export function createStorage({ dataDir, storage, ipfs }: StorageConfig, findRoots: FindRoots): StorageAdapter {
  switch (storage.adapter) {
    case "helia":
      return createHeliaAdapter({ dataDir, findRoots, listen: ipfs.listen });
    case "node-storage":
      return createNodeStorageAdapter({ dataDir });
    case "kubo":
      return createKuboAdapter({ dataDir, api: storage.api });
  }
}
