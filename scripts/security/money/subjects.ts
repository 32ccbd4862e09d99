// Which contracts hold money or stake or decide about them, what they are made of, and which tests speak of them.
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PROJECT_ROOT } from "../../command.ts";

/** Contracts whose code counts, by the folder of their tests. */
export const CONTRACTS = {
  payments: ["Ledger", "DealPayments", "UsageChannels", "FeeRouter", "InsurancePool"],
  staking: ["StakeVault", "RewardPool", "ExitBounties"],
  registry: ["InviteRegistry"],
  governance: ["EverGovernor", "EverTimelock", "Guardian", "Council"],
} as const;

/** What they are made of: paths below `contracts`. */
export const SOURCES = [
  ...globSync("{payments,staking,governance}/*.sol", { cwd: join(PROJECT_ROOT, "contracts") }).sort(),
  "registry/InviteRegistry.sol",
  ...[
    "StakePool",
    "ThawQueue",
    "MarketListing",
    "StreamEarnings",
    "StreamProgress",
    "StreamRate",
    "StreamTerms",
    "UnitPrice",
    "PeriodClock",
    "PaidFees",
    "EpochClock",
    "VoucherHash",
    "EntryPause",
  ].map((name) => `libraries/${name}.sol`),
];

const TESTS = join(PROJECT_ROOT, "test/contracts");

/** A test of gas would notice nearly every change, and say nothing of what the contract does. */
function find(pattern: string): string[] {
  return globSync(pattern, { cwd: TESTS })
    .filter((file) => !file.endsWith(".gas.test.ts"))
    .sort()
    .map((file) => join(TESTS, file));
}

/** Folders whose tests speak of the contracts of another one. */
const NEIGHBOURS: Partial<Record<string, readonly string[]>> = {
  payments: ["market"],
  staking: ["market"],
  registry: ["governance"],
};

/** The test files that bear the contracts' names, then the others of their folders and of the neighbours. */
export function testsOf(contracts: readonly string[]): { named: string[]; others: string[] } {
  const folders = Object.entries(CONTRACTS).flatMap(([folder, names]) =>
    contracts.some((name) => (names as readonly string[]).includes(name)) ? [folder] : [],
  );
  const near = new Set([...folders, ...folders.flatMap((folder) => NEIGHBOURS[folder] ?? [])]);
  const files = [...near].flatMap((folder) => find(`${folder}/*.test.ts`));
  const named = files.filter((file) => contracts.includes(basename(file).split(".")[0] ?? ""));
  return { named, others: files.filter((file) => !named.includes(file)) };
}

/** All of them. */
export function allTests(): string[] {
  return [...new Set([...Object.keys(CONTRACTS), "market"].flatMap((folder) => find(`${folder}/*.test.ts`)))];
}

/** `payments/Ledger` of `payments/Ledger.sol`. */
export function nameOf(source: string): string {
  return join(dirname(source), basename(source, ".sol"));
}
