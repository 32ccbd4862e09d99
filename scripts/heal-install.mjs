// npm's postinstall of the root. npm under Node < 22 skips native packages that declare `engines >= 22`. Lifecycle scripts run
// under the Node 24 that npm has just installed, so one more install from here brings what was skipped.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { skippedNatives, thisMachine } from "./install-state.mjs";

const isHealing = process.env.FOUREVER_HEALING === "1";
if (!isHealing && existsSync("package-lock.json")) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const skipped = skippedNatives(lock, thisMachine(), existsSync);
  if (skipped.length > 0) {
    console.log(`Installing what npm left out: ${skipped.join(", ")}`);
    const { status } = spawnSync("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], {
      stdio: "inherit",
      env: { ...process.env, FOUREVER_HEALING: "1" },
      shell: process.platform === "win32",
    });
    process.exitCode = status ?? 1;
  }
}
