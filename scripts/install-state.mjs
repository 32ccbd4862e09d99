// What is installed, and does it fit the lock? Pure functions over the parsed files; no dependency.
import { createHash } from "node:crypto";

/** @typedef {import("./complete-lock.mjs").Lock} Lock */
/** @typedef {import("./complete-lock.mjs").LockEntry} LockEntry */
/** @typedef {{ os: string, cpu: string, libc: string | undefined }} Machine */

/** The system this process runs on, in the words of package.json. @returns {Machine} */
export function thisMachine() {
  const report = process.platform === "linux" ? process.report.getReport() : undefined;
  const header = /** @type {{ header?: { glibcVersionRuntime?: string } } | undefined} */ (report)?.header;
  const libc = header === undefined ? undefined : header.glibcVersionRuntime ? "glibc" : "musl";
  return { os: process.platform, cpu: process.arch, libc };
}

/**
 * Changes when an install is needed: with the lock, and with what the manifests ask for, but not with their scripts.
 * @param {string} lockText package-lock.json
 * @param {Record<string, unknown>[]} manifests parsed package.json of the root and each workspace
 * @param {Machine} machine a node_modules copied from another system does not fit
 */
export function installFingerprint(lockText, manifests, machine) {
  const asked = manifests.map(({ name, dependencies, devDependencies, optionalDependencies, overrides }) => ({
    name,
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
  }));
  return createHash("sha256")
    .update(lockText)
    .update(JSON.stringify([asked, machine]))
    .digest("hex");
}

/** @param {string[] | undefined} allowed as in package.json: `["linux"]` or `["!win32"]` @param {string | undefined} actual */
function fits(allowed, actual) {
  if (!allowed || actual === undefined) return true;
  const refused = allowed.filter((name) => name.startsWith("!")).map((name) => name.slice(1));
  if (refused.includes(actual)) return false;
  return refused.length === allowed.length || allowed.includes(actual);
}

/** @param {LockEntry} entry @param {Machine} machine */
export function fitsMachine({ os, cpu, libc }, machine) {
  return fits(os, machine.os) && fits(cpu, machine.cpu) && fits(libc, machine.libc);
}

/**
 * Native packages made for this machine which are not on disk. npm under Node < 22 skips in silence those that declare
 * `engines >= 22` (Hardhat's EDR binding), although they will run under the Node 24 that the project brings along.
 * @param {Lock} lock
 * @param {Machine} machine
 * @param {(path: string) => boolean} isOnDisk
 * @returns {string[]} paths of the lock
 */
export function skippedNatives(lock, machine, isOnDisk) {
  return Object.entries(lock.packages)
    .filter(
      ([path, entry]) => entry.optional && entry.os && entry.cpu && fitsMachine(entry, machine) && !isOnDisk(path),
    )
    .map(([path]) => path);
}

/**
 * Whether npm's own record of node_modules holds each required package of the lock at its version.
 * @param {Lock} lock
 * @param {Lock} installed node_modules/.package-lock.json
 */
export function fitsLock(lock, installed) {
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (!path.includes("node_modules/") || entry.optional) return true;
    const found = installed.packages[path];
    return found !== undefined && found.version === entry.version && found.link === entry.link;
  });
}

/** One sentence for a person, from what npm printed. @param {string} output @param {string} root */
export function explainFailure(output, root) {
  const causes = /** @type {[RegExp, string][]} */ ([
    [/ENOSPC|no space left/i, `The disk is full: the packages need about 2 GiB under ${root}.`],
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH/,
      "The package registry cannot be reached: check the network, or npm's proxy settings, and run the command again.",
    ],
    [
      /E401|E403|ENEEDAUTH/,
      "The package registry refuses access: check the registry and login in npm's configuration.",
    ],
    [
      /EINTEGRITY/,
      "A downloaded package is not the one that the lock records. Run `npm cache clean --force` and try again; if it stays so, do not go on.",
    ],
    [/EACCES|EPERM|EROFS/, `Files under ${root} cannot be written: use the user who owns the folder.`],
    [/ETARGET|E404/, "The package registry in npm's configuration does not have a package that the lock asks for."],
  ]);
  const cause = causes.find(([pattern]) => pattern.test(output));
  return cause ? cause[1] : "npm could not install the packages; its last lines are above.";
}

/** `npm ci` refuses a lock that does not fit the manifests with this code. @param {string} output */
export function isLockMismatch(output) {
  return /EUSAGE/.test(output) && /lock file|package-lock/.test(output);
}
