// Installs the packages when that is needed, and only then. Dependency-free: it runs before node_modules exists.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  explainFailure,
  fitsLock,
  installFingerprint,
  isLockMismatch,
  skippedNatives,
  thisMachine,
} from "./install-state.mjs";

const INSTALLED_BYTES = 2 * 2 ** 30; // 1.8 GiB on Linux, and npm's cache shrinks nothing
const PROJECT_ROOT = fileURLToPath(new URL("..", import.meta.url));

class InstallFailed extends Error {
  /** @override */
  name = "InstallFailed";
}

/** @param {string} file @returns {any} */
function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** @param {string} root */
function fingerprintOf(root) {
  const manifest = readJson(join(root, "package.json"));
  const workspaces = /** @type {string[]} */ (manifest.workspaces ?? []);
  const manifests = [manifest, ...workspaces.map((folder) => readJson(join(root, folder, "package.json")))];
  return installFingerprint(readFileSync(join(root, "package-lock.json"), "utf8"), manifests, thisMachine());
}

/** @param {string} root */
const stampFile = (root) => join(root, "node_modules/.4ever-install");

/**
 * Whether node_modules is what the lock asks for: by our stamp, or by npm's own record when a person ran npm themselves.
 * @param {string} root
 */
export function isInstalled(root) {
  if (!existsSync(join(root, "node_modules/.bin/node"))) return false;
  const stamp = stampFile(root);
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") === fingerprintOf(root);
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const lock = readJson(join(root, "package-lock.json"));
  return (
    fitsLock(lock, readJson(record)) &&
    skippedNatives(lock, thisMachine(), (path) => existsSync(join(root, path))).length === 0
  );
}

/**
 * Runs npm with its output shown and kept.
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
function npm(root, args) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith("js") ? [process.execPath, [cli]] : ["npm", []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && command === "npm",
  });
  let output = "";
  for (const [stream, target] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ])) {
    stream.on("data", (chunk) => {
      output += chunk;
      target.write(chunk);
    });
  }
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, output: `${output}\n${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** Two commands in one clone must not install at once: the second waits. @param {string} root @returns {Promise<() => void>} */
async function takeInstallLock(root) {
  const file = join(root, ".local/install.lock");
  mkdirSync(join(root, ".local"), { recursive: true });
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") {
        throw new InstallFailed(explainFailure(String(error), root), { cause: error });
      }
    }
    const owner = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
    else {
      if (!isWaiting) console.log(`Another command (process ${owner}) is installing the packages; waiting for it.`);
      await delay(500);
    }
  }
}

/** @param {string} root */
function refuseFullDisk(root) {
  const { bavail, bsize } = statfsSync(root);
  if (!existsSync(join(root, "node_modules")) && bavail * bsize < INSTALLED_BYTES) {
    const free = ((bavail * bsize) / 2 ** 30).toFixed(1);
    throw new InstallFailed(`The disk is too full: the packages need about 2 GiB under ${root}, ${free} GiB are free.`);
  }
}

/** `npm ci` into an empty clone; else the difference only, so that a `git pull` costs seconds. @param {string} root */
async function runNpm(root) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const isFresh = !existsSync(join(root, "node_modules"));
  let result = await npm(root, isFresh ? ["ci", ...quiet] : ["install", "--no-save", ...quiet]);
  if (result.code !== 0 && isFresh && isLockMismatch(result.output)) {
    console.log("The lock does not fit package.json: installing what package.json asks for.");
    result = await npm(root, ["install", ...quiet]);
  }
  if (result.code !== 0) throw new InstallFailed(explainFailure(result.output, root));
}

/** The scripts need the project's own Node, which one install script brings. @param {string} root */
function refuseWithoutNode(root) {
  const { stdout, status } = spawnSync(join(root, "node_modules/.bin/node"), ["--version"], { encoding: "utf8" });
  const wanted = readJson(join(root, "node_modules/node/package.json")).version;
  if (status === 0 && stdout.trim() === `v${wanted}`) return;
  throw new InstallFailed(
    `The project's own Node ${wanted} was not installed. npm must be allowed to run install scripts: ` +
      "`npm config get ignore-scripts` should print false. Then remove node_modules and run the command again.",
  );
}

/**
 * Makes node_modules what the lock asks for. Does nothing in a few milliseconds when it already is.
 * @throws InstallFailed with a sentence for a person
 */
export async function ensureInstalled(root = PROJECT_ROOT) {
  if (isInstalled(root)) {
    if (!existsSync(stampFile(root))) writeFileSync(stampFile(root), fingerprintOf(root));
    return;
  }
  const release = await takeInstallLock(root);
  try {
    if (isInstalled(root)) return;
    refuseFullDisk(root);
    const startedAt = Date.now();
    const isFirst = !existsSync(join(root, "node_modules"));
    console.log(isFirst ? "Installing packages; the first time takes two or three minutes." : "Updating packages.");
    await runNpm(root);
    refuseWithoutNode(root);
    writeFileSync(stampFile(root), fingerprintOf(root));
    console.log(`Packages installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  } finally {
    release();
  }
}
