// What reaches those who run a keeper, use the SDK or open the dashboard: everything that the three packages depend on, read from the lock.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../command.ts";

/** The packages that people run. The rest of the repository builds and tests them. */
export const SHIPPED = ["sdk", "keepers", "web"] as const;

type Entry = {
  name?: string;
  version?: string;
  license?: string;
  link?: boolean;
  optional?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};
export type Lock = { packages: Record<string, Entry> };

export type ShippedPackage = { name: string; version: string; license: string | undefined; isOptional: boolean };

export function readLock(): Lock {
  return JSON.parse(readFileSync(join(PROJECT_ROOT, "package-lock.json"), "utf8")) as Lock;
}

/** Where Node finds a package from a folder: in its own `node_modules`, or in one further up. */
function resolve({ packages }: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === "") return undefined;
  }
}

/** All packages that are installed with one of ours, without what only builds and tests it; by name and version. */
export function shippedPackages(lock: Lock): ShippedPackage[] {
  const seen = new Set<string>();
  const waiting: string[] = [...SHIPPED];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const path = resolve(lock, folder, name);
      if (path && !lock.packages[path]?.link) waiting.push(path); // a peer or an optional package may be absent
    }
  }
  return [...seen]
    .filter((path) => path.includes("node_modules/"))
    .map((path) => {
      const { version = "", license, optional = false } = lock.packages[path] ?? {};
      return {
        name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
        version,
        license,
        isOptional: optional,
      };
    })
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}
