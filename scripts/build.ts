// `npm run build [-- NAME…]`: contracts, ABIs and dashboard, as far as their sources changed.
import { BUILD_STEPS, ensureBuilt } from "./build-steps.ts";
import { CommandFailed } from "./command.ts";

const asked = process.argv.slice(2);
const known = BUILD_STEPS.map(({ name }) => name);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Nothing called ${unknown.join(", ")} can be built; there is ${known.join(", ")}.`);
  process.exitCode = 1;
} else {
  try {
    await ensureBuilt(asked.length > 0 ? asked : known, { onStep: (name) => console.log(`Building ${name}`) });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
