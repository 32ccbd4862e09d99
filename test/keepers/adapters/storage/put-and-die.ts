// Puts a piece, in a process that is killed as if by a power cut: `step` steps of the adapter are done, the next one is not.
// A step is a call that changes files, or one to the backend. Ends with 0 when the put was through before.
import { createReadStream } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import type { StorageConfig } from "../../../../keepers/src/adapters/storage/create-storage.ts";

type Job = { config: StorageConfig; path: string; step: number };
const { config, path, step } = JSON.parse(process.argv[2] ?? "") as Job;

const { createStorage } = await import("../../../../keepers/src/adapters/storage/create-storage.ts");
const { indexCar } = await import("../../../../sdk/src/pieces/index.ts");
const index = await indexCar(createReadStream(path), { maxSizeBytes: 2 ** 30 });

let left = step;
function countDown(): void {
  if (--left === 0) process.kill(process.pid, "SIGKILL");
}
for (const name of ["writeFile", "rename", "rm", "copyFile", "open"] as const) {
  const act = files[name] as (...args: unknown[]) => unknown;
  (files as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
    countDown();
    return act(...args);
  };
}
syncBuiltinESMExports();
const { fetch } = globalThis;
globalThis.fetch = (...args) => {
  countDown();
  return fetch(...args);
};

const storage = createStorage(config, async () => []);
await storage.prepare();
const result = await storage.put(path, index, new AbortController().signal);
if (result.put !== "kept") throw new Error(JSON.stringify(result));
process.exit(0);
