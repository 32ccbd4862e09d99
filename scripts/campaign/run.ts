// Runs the campaign over all contracts, in Hardhat's runner of Solidity tests.
import type { SuiteResult } from "@nomicfoundation/edr";
import hre from "hardhat";
import { campaignFiles } from "./sources.ts";
import { type Tally, tallyOf } from "./tally.ts";

const SUITE = "NetworkTest";
const TEST = "invariant_everyPromiseIsKept";

export type Campaign = { runs: number; depth: number; seed: string };

export type CampaignResult = {
  /** What each function of each handler did. */
  functions: Tally[];
  /** What was broken; undefined when nothing was. */
  broken: string | undefined;
  seconds: number;
};

/** Runs it to its end, or to the first broken invariant. Throws when it could not be run at all. */
export async function runCampaign({ runs, depth, seed }: Campaign): Promise<CampaignResult> {
  const profile = hre.config.test.solidity.profiles.default;
  if (!profile) throw new Error("Hardhat has no default profile of Solidity tests");
  profile.fuzz = { ...profile.fuzz, seed };
  profile.invariant = { ...profile.invariant, runs, depth };

  const startedAt = performance.now();
  // The runner knows handlers by the code that was built of them, so that all of them are built.
  const outcome: { value?: Outcome; error?: Outcome } = await hre.tasks
    .getTask(["test", "solidity"])
    .run({ testFiles: campaignFiles(), grep: TEST });
  const seconds = (performance.now() - startedAt) / 1_000;
  const suites = (outcome.value ?? outcome.error)?.suiteResults ?? [];
  const test = suites.find(({ id }) => id.name === SUITE)?.testResults[0];
  if (!test || !("metrics" in test.kind)) throw new Error(`${SUITE} was not run`);
  return {
    functions: tallyOf(test.kind.metrics),
    broken: test.status === "Success" ? undefined : (test.reason ?? "for an unknown reason"),
    seconds,
  };
}

type Outcome = { suiteResults: SuiteResult[] };
