// What Hardhat gave the compiler for the contracts that are deployed, so that other tools judge the same code under the same settings.
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../command.ts";

/** Solidity's standard JSON. */
export type CompilerInput = {
  language: "Solidity";
  sources: Record<string, { content: string }>;
  settings: Record<string, unknown>;
};

/** Our contracts without mocks and tests, and what they import. `outputs` is what the compiler is to say of each contract. */
export function readCompilerInput(outputs: readonly string[]): CompilerInput {
  const files = globSync("artifacts/build-info/*.json", { cwd: PROJECT_ROOT });
  const builds = files
    .filter((file) => !file.endsWith(".output.json"))
    .sort((one, other) => builtAt(one) - builtAt(other)) // what earlier builds left is kept until it is built again
    .map(readBuild);
  const last = builds.at(-1);
  if (!last) throw new Error('No build to look at: run "npx hardhat build" first');
  const sources = builds.flatMap(({ input }) => Object.entries(input.sources));
  return {
    language: "Solidity",
    sources: Object.fromEntries(sources.filter(([name]) => isShipped(name))),
    settings: { ...last.input.settings, outputSelection: { "*": { "*": outputs, "": ["ast"] } } },
  };
}

function readBuild(file: string): { input: CompilerInput } {
  return JSON.parse(readFileSync(join(PROJECT_ROOT, file), "utf8"));
}

function builtAt(file: string): number {
  return statSync(join(PROJECT_ROOT, file)).mtimeMs;
}

function isShipped(source: string): boolean {
  if (source.startsWith("npm/")) return true;
  return (
    /^project\/contracts\/(?!mocks\/)/.test(source) && existsSync(join(PROJECT_ROOT, source.replace("project/", "")))
  );
}
