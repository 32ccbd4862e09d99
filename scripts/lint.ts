// `npm run lint` looks, `npm run format` (`--fix`) repairs what can be repaired.

import { CHECKS } from "./checks/checks.ts";
import { runCommand } from "./command.ts";

const isFixing = process.argv.includes("--fix");
const failed: string[] = [];
for (const { name, command, fix } of CHECKS) {
  if (isFixing && !fix) continue;
  const [binary = "", ...args] = (isFixing && fix) || command;
  const { code, output } = await runCommand(binary, args);
  console.log(`${code === 0 ? "✓" : "✗"} ${name}`);
  if (code !== 0) {
    failed.push(name);
    console.log(output.trimEnd());
  }
}
if (failed.length > 0) {
  console.error(`\n${failed.length} of the checks failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
