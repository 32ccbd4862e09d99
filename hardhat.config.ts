import { createRequire } from "node:module";
import ignition from "@nomicfoundation/hardhat-ignition-viem";
import mocha from "@nomicfoundation/hardhat-mocha";
import networkHelpers from "@nomicfoundation/hardhat-network-helpers";
import viem from "@nomicfoundation/hardhat-viem";
import viemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { configVariable, defineConfig } from "hardhat/config";

// No native compiler is downloaded: the npm package works offline and on every system. SOLC_PATH names a faster native one.
const path = process.env.SOLC_PATH ?? createRequire(import.meta.url).resolve("solc/soljson.js");
const compiler = {
  version: "0.8.37",
  path,
  settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun" as const },
};

export default defineConfig({
  plugins: [mocha, viem, viemAssertions, networkHelpers, ignition],
  solidity: {
    profiles: { default: compiler, production: compiler },
    // Deployed as it is, and imported by none of our contracts.
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  paths: {
    sources: "./contracts",
    ignition: "./contracts/ignition",
    tests: { mocha: "./test/contracts", solidity: "./test/invariants" },
  },
  test: {
    solidity: {
      // What the campaign over all contracts takes; the others say their own. Numbers are folded by the handlers, so that those found in code
      // and storage are no better than any others.
      invariant: { runs: 256, depth: 500, includeStorage: false, includePushBytes: false },
    },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "cancun" },
    prague: { type: "edr-simulated", chainType: "l1", hardfork: "prague" },
    // A node that holds the keys itself, such as a local chain; scripts/deploy.ts overrides the URL.
    unlocked: { type: "http", chainType: "generic", url: "http://127.0.0.1:8545" },
    // The key is read from the environment when it is used, and stored nowhere.
    remote: {
      type: "http",
      chainType: "l1",
      url: configVariable("RPC_URL"),
      accounts: [configVariable("DEPLOYER_KEY")],
    },
  },
});
