// npm under Node < 22 silently skips optional native packages that declare `engines >= 22` (Hardhat's EDR binding).
// npm runs lifecycle scripts under the Node 24 that it has just installed, so one more install from here brings them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const binding = `node_modules/@nomicfoundation/edr-${process.platform}-${process.arch}${process.platform === "linux" ? "-gnu" : ""}`;
const isHealing = process.env.FOUREVER_HEALING === "1";
if (!isHealing && existsSync("node_modules/@nomicfoundation/edr") && !existsSync(binding)) {
  const { status } = spawnSync("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], {
    stdio: "inherit",
    env: { ...process.env, FOUREVER_HEALING: "1" },
    shell: process.platform === "win32",
  });
  process.exitCode = status ?? 1;
}
