// Adds to package-lock.json a stub for every optional platform package which the registry in use could not serve.
// Without the stub `npm ci` on that other system stops with "Missing … from lock file". Run after every change of the lock;
// `--check` only tells. npm's own entry replaces a stub as soon as a registry knows the package.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ version?: string, resolved?: string, integrity?: string, link?: boolean, dev?: boolean, optional?: boolean,
 *   license?: string, os?: string[], cpu?: string[], libc?: string[], engines?: Record<string, string>,
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 *   workspaces?: string[] }} LockEntry
 * @typedef {{ lockfileVersion?: number, packages: Record<string, LockEntry> }} Lock
 */

const EXACT_VERSION = /^\d+\.\d+\.\d+(?:[-+].+)?$/;
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPUS = new Map([
  ["amd64", "x64"],
  ...["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"].map(
    (cpu) => /** @type {[string, string]} */ ([cpu, cpu]),
  ),
]);

/**
 * What `os`, `cpu` and `libc` a platform package has, read from its name (`…-linux-arm64-musl`).
 * @param {string} name
 * @returns {Pick<LockEntry, "os" | "cpu" | "libc"> | undefined} undefined when the name tells no platform
 */
export function platformOf(name) {
  const words = name.split("/").at(-1)?.split(/[-_]/) ?? [];
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.map((word) => CPUS.get(word)).find((word) => word !== undefined);
  if (cpu === undefined) return undefined;
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return { ...(os && { os: [os] }), cpu: [cpu], ...(libc && { libc: [libc] }) };
}

/**
 * Where Node finds package `name` when the package at `from` asks for it, among the paths of the lock.
 * @param {Lock} lock
 * @param {string} from
 * @param {string} name
 */
function locate(lock, from, name) {
  for (let base = from; ; ) {
    const path = `${base === "" ? "" : `${base}/`}node_modules/${name}`;
    if (lock.packages[path]) return path;
    if (base === "") return undefined;
    const parent = base.lastIndexOf("/node_modules/");
    base = parent === -1 ? "" : base.slice(0, parent);
  }
}

/**
 * Optional dependencies with an exact version which the lock has no entry for.
 * @param {Lock} lock
 * @returns {{ parent: string, name: string, version: string }[]}
 */
export function missingOptionals(lock) {
  const missing = [];
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!locate(lock, parent, name)) missing.push({ parent, name, version });
    }
  }
  return missing;
}

/**
 * Adds the stubs to `lock` and keeps npm's order of the keys.
 * @param {Lock} lock
 * @returns {string[]} the paths that were added
 * @throws when an optional dependency has no exact version or tells no platform: no stub can be made for it
 */
export function completeLock(lock) {
  const added = [];
  for (const { parent, name, version } of missingOptionals(lock)) {
    const platform = platformOf(name);
    if (!platform || !EXACT_VERSION.test(version)) {
      throw new Error(`no stub can be made for ${name}@${version}, an optional dependency of ${parent || "the root"}`);
    }
    const siblings = Object.keys(lock.packages[parent]?.optionalDependencies ?? {});
    const sibling = siblings.map((other) => locate(lock, parent, other)).find((path) => path !== undefined);
    const home = sibling ? sibling.slice(0, sibling.lastIndexOf("node_modules/")) : "";
    const path = `${home}node_modules/${name}`;
    const { dev = false, engines } = lock.packages[sibling ?? parent] ?? {};
    lock.packages[path] = {
      version,
      cpu: platform.cpu,
      ...(dev && { dev }),
      ...(platform.libc && { libc: platform.libc }),
      optional: true,
      ...(platform.os && { os: platform.os }),
      ...(engines && { engines }),
    };
    added.push(path);
  }
  const byPath = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(byPath);
  return added;
}

/** Entries that name the host they came from. The project names no registry: npm asks the one of the person who installs. @param {Lock} lock */
export function entriesWithHost(lock) {
  return Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.includes("://"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL("../package-lock.json", import.meta.url);
  const before = readFileSync(file, "utf8");
  const lock = /** @type {Lock} */ (JSON.parse(before));
  const added = completeLock(lock);
  for (const [, entry] of entriesWithHost(lock)) delete entry.resolved;
  const after = `${JSON.stringify(lock, null, 2)}\n`;
  if (after === before) console.log("package-lock.json is complete.");
  else if (process.argv.includes("--check")) {
    console.error(`package-lock.json lacks ${added.length} entries or names a registry: run \`npm run lock\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`package-lock.json: ${added.length} stubs added.`);
  }
}
