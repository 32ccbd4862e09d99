import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Kubo with an empty repository of the profile unixfs-v1-2025, without a network. Gone when the test disposes it. */
export async function createKubo(binary: string) {
  const repository = await mkdtemp(join(tmpdir(), "kubo-"));
  const run = (...args: string[]) =>
    execFileSync(binary, ["--offline", ...args], {
      env: { ...process.env, IPFS_PATH: repository },
      maxBuffer: 2 ** 28,
      stdio: ["ignore", "pipe", "pipe"],
    });
  run("init", "--empty-repo", "--profile=unixfs-v1-2025");
  return {
    run,
    /** The CID of a directory, hidden entries included; nothing is kept. */
    cidOf: (directory: string) =>
      run("add", "--recursive", "--quieter", "--hidden", "--only-hash", directory).toString().trim(),
    [Symbol.asyncDispose]: () => rm(repository, { recursive: true }),
  };
}
