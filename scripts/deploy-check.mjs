// Where the tool comes from that checks deploy/: a small program on the code of Helm, Kubernetes and Compose, built once below `.local`.
// `node scripts/deploy-check.mjs` builds it where Go is. Dependency-free, and for Node 20: CI runs it before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("deploy-check", import.meta.url));
const HOME = fileURLToPath(new URL("../.local/deploy-check", import.meta.url));

/** Another one for other sources, and other versions of what they use. */
function binary() {
  const hash = createHash("sha256");
  for (const name of ["main.go", "go.mod", "go.sum"]) hash.update(readFileSync(join(SOURCES, name)));
  return join(
    HOME,
    hash.digest("hex").slice(0, 16),
    process.platform === "win32" ? "deploy-check.exe" : "deploy-check",
  );
}

/** The path of the built tool, or undefined. */
export function findDeployCheck() {
  const path = binary();
  return existsSync(path) ? path : undefined;
}

/** Builds it. @throws with Go's last lines */
function build() {
  const path = binary();
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const args = ["build", "-C", SOURCES, "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", unfinished, "."];
  const env = { ...process.env, CGO_ENABLED: "0" };
  const { status, stdout, stderr, error } = spawnSync("go", args, { env, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) {
    const lines = (error?.message ?? stdout + stderr).trimEnd().split("\n").slice(-20).join("\n");
    throw new Error(`The tool that checks deploy/ could not be built:\n${lines}`);
  }
  renameSync(unfinished, path);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(findDeployCheck() ?? build());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
