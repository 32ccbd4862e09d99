// Where the Kubo comes from with which the tests compare: `KUBO_BIN`, the PATH, or a build of our own below `.local/kubo`.
// `node scripts/kubo.mjs` builds one where Go is. Dependency-free, and for Node 20: CI runs it before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "v0.43.0";
/** Checksum of that version's module, whose go.sum has those of everything below it. */
const SUM = "h1:yIqtKSCSKZXsYHz68J6hf1/dWOe/eMyaPsTubsVUb3M=";
/** The first minor version of Kubo 0 that knows the profile unixfs-v1-2025. */
const OLDEST_MINOR = 40;
/** The first minor version of Go 1 that builds `VERSION`. */
const OLDEST_GO_MINOR = 26;
const HOME = fileURLToPath(new URL("../.local/kubo", import.meta.url));
const BINARY = process.platform === "win32" ? "ipfs.exe" : "ipfs";
const OWN = join(HOME, VERSION, BINARY);

/** What a command prints, or undefined when it cannot be run or fails. @param {string} command @param {string[]} args */
function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** @param {string} binary */
function isUsable(binary) {
  const [major, minor] = (outputOf(binary, ["version", "--number"]) ?? "").split(".").map(Number);
  return major !== undefined && minor !== undefined && (major > 0 || minor >= OLDEST_MINOR);
}

/**
 * The path of a Kubo of 0.40 or later, or undefined where there is none.
 * @throws when `KUBO_BIN` names something else: whoever set it wants to know
 */
export function findKubo(env = process.env) {
  if (env.KUBO_BIN) {
    if (isUsable(env.KUBO_BIN)) return env.KUBO_BIN;
    throw new Error(
      `KUBO_BIN=${env.KUBO_BIN} is no Kubo of 0.${OLDEST_MINOR} or later. Name another one, or unset it.`,
    );
  }
  const onPath = (env.PATH ?? "").split(delimiter).map((folder) => join(folder, BINARY));
  return [...onPath, OWN].find((file) => existsSync(file) && isUsable(file));
}

/** Runs Go, and gives what it prints. @param {string[]} args @throws with its last lines */
function go(args) {
  const { status, stdout, stderr, error } = spawnSync("go", args, {
    env: { ...process.env, CGO_ENABLED: "0" },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    timeout: 30 * 60_000,
  });
  if (status === 0) return stdout;
  const lines = (error?.message ?? stdout + stderr).trimEnd().split("\n").slice(-20).join("\n");
  throw new Error(`Kubo ${VERSION} could not be built, so nothing will be compared with it:\n${lines}`);
}

/** Builds Kubo's command in its own module, as Go's module proxy serves it, with exactly the dependencies that it was released with. */
function build() {
  const { Dir, Sum } = JSON.parse(go(["mod", "download", "-json", `github.com/ipfs/kubo@${VERSION}`]));
  if (Sum !== SUM) throw new Error(`Kubo ${VERSION} has the checksum ${Sum}, not ${SUM}: it is not what we know.`);
  mkdirSync(dirname(OWN), { recursive: true });
  const unfinished = `${OWN}.${process.pid}`;
  go(["build", "-C", Dir, "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", unfinished, "./cmd/ipfs"]);
  renameSync(unfinished, OWN);
}

/** Finds a Kubo, or builds one where Go 1.26 or later is. @returns {string | undefined} its path */
function ensureKubo() {
  const found = findKubo();
  if (found) return found;
  const version = outputOf("go", ["env", "GOVERSION"]);
  const minor = Number(/^go1\.(\d+)/.exec(version ?? "")?.[1] ?? 0);
  if (minor < OLDEST_GO_MINOR) {
    console.warn(`No Kubo, and no Go 1.${OLDEST_GO_MINOR} to build it (${version ?? "no Go at all"}).`);
    return undefined;
  }
  console.log(`Building Kubo ${VERSION}: some minutes, once.`);
  build();
  return OWN;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const path = ensureKubo();
    if (path) console.log(path);
    else process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
