// What has to be built before anything runs, and whether it is already: by the hash of the sources, so that a warm start builds nothing.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, PROJECT_ROOT } from "./command.ts";
import { withLockFile } from "./lock-file.ts";

export type BuildStep = {
  name: string;
  /** Files and folders whose content decides, relative to the root. */
  inputs: readonly string[];
  /** Files among the inputs that the step, or a check of its types, writes: they tell nothing. */
  generated?: readonly string[];
  /** What must exist afterwards. */
  outputs: readonly string[];
  command: readonly string[];
  cwd?: string;
};

/** In the order in which they need each other. The subgraph is built for a deployment (`scripts/subgraph/build.ts`). */
export const BUILD_STEPS: readonly BuildStep[] = [
  {
    name: "contracts",
    inputs: ["contracts", "hardhat.config.ts"],
    outputs: ["artifacts/contracts"],
    command: ["hardhat", "build", "--quiet"],
  },
  {
    name: "abis",
    inputs: ["contracts", "scripts/export-abis.ts"],
    outputs: ["sdk/src/generated/abis.ts"],
    command: ["node", "scripts/export-abis.ts"],
  },
  {
    name: "web",
    inputs: ["web", "sdk/src", "sdk/package.json", "scripts/web"],
    generated: ["web/next-env.d.ts", "web/tsconfig.tsbuildinfo"],
    outputs: ["web/out/index.html"],
    command: ["npm", "run", "build", "--workspace", "@4ever/web"],
  },
];

/** Folders that tools write: packages, builds, and the journals of deployments. */
const NOT_SOURCES = new Set(["node_modules", "build", "out", ".next", "coverage", "deployments"]);

function filesBelow(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (found.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !NOT_SOURCES.has(entry.name))
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}

/** Changes with the content, and the place below `root`, of every file of the step's inputs, and with the installed packages. */
export function inputsFingerprint({ name, inputs, generated = [], command }: BuildStep, root: string): string {
  const hash = createHash("sha256").update(JSON.stringify([name, command]));
  const own = new Set(generated.map((file) => join(root, file)));
  const files = [...inputs, "package-lock.json"].flatMap((input) => filesBelow(join(root, input)));
  for (const file of files.filter((found) => !own.has(found)).sort()) {
    hash.update(`\0${file.slice(root.length)}\0`).update(createHash("sha256").update(readFileSync(file)).digest());
  }
  return hash.digest("hex");
}

function isBuilt(step: BuildStep, root: string, stamp: string): boolean {
  return (
    existsSync(stamp) &&
    step.outputs.every((output) => existsSync(join(root, output))) &&
    readFileSync(stamp, "utf8") === inputsFingerprint(step, root)
  );
}

type BuildOptions = {
  root?: string;
  steps?: readonly BuildStep[];
  /** Told before each step that runs. */
  onStep?: (name: string) => void;
  signal?: AbortSignal;
};

/** Runs the named steps that are not up to date, in order; two commands in one clone build one after the other. @throws CommandFailed */
export async function ensureBuilt(
  names: readonly string[] = BUILD_STEPS.map(({ name }) => name),
  { root = PROJECT_ROOT, steps = BUILD_STEPS, onStep = () => {}, signal }: BuildOptions = {},
): Promise<void> {
  const stamps = join(root, ".local/build");
  mkdirSync(stamps, { recursive: true });
  for (const step of steps.filter(({ name }) => names.includes(name))) {
    const stamp = join(stamps, step.name);
    if (isBuilt(step, root, stamp)) continue;
    const build = async () => {
      if (isBuilt(step, root, stamp)) return; // by the one that was waited for
      onStep(step.name);
      const fingerprint = inputsFingerprint(step, root); // what changes while it builds is built again the next time
      const [binary = "", ...args] = step.command;
      await mustRun(binary, args, { cwd: join(root, step.cwd ?? "."), ...(signal && { signal }) });
      writeFileSync(stamp, fingerprint);
    };
    const onWait = (pid: number) => onStep(`${step.name}, after process ${pid}`);
    await withLockFile(`${stamp}.lock`, build, { onWait, ...(signal && { signal }) });
  }
}
