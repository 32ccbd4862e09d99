// The campaign's sources: its handlers, and what it checks by name.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../command.ts";
import { invariantsIn } from "./tally.ts";

const INVARIANTS = join(PROJECT_ROOT, "test/invariants");
/** Has handlers of its own, over doubles; everything else is part of the campaign over all contracts. */
const APART = /^Rewards/;

/** Files that the campaign is built of. */
export function campaignFiles(): string[] {
  const names = readdirSync(INVARIANTS, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith(".t.sol") && !APART.test(name)).map((name) => join(INVARIANTS, name));
}

/** Sources of all handlers whose functions the campaign calls. */
export function handlerSources(): string[] {
  return campaignFiles()
    .filter((file) => file.endsWith("Handler.t.sol"))
    .map((file) => readFileSync(file, "utf8"));
}

/** The invariants of the campaign by name. */
export function invariantNames(): string[] {
  return invariantsIn(readFileSync(join(INVARIANTS, "network/Network.t.sol"), "utf8"));
}
