// Where the real browser for the tests comes from.
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CommandFailed, mustRun, PROJECT_ROOT } from "./command.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge"];
const APPLICATIONS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const PACKAGE = "@sparticuz/chromium@153.0.0"; // Chromium for machines where nobody may install: 67 MB, Linux on x64
const PACKAGE_HOME = join(PROJECT_ROOT, ".local/browser");
const LAUNCHER = join(PACKAGE_HOME, "launch-chromium");
const HELP =
  "The browser tests need Chromium or Chrome: install it (Debian and Ubuntu: `sudo apt-get install chromium`), or name one with CHROMIUM_PATH.";

/** No Chromium was found and none could be installed; the message names the command that helps. */
export class BrowserMissing extends Error {
  override name = "BrowserMissing";
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not for us: both mean that this one cannot be used
  }
}

/** The path of an installed Chromium: `CHROMIUM_PATH`, the PATH, the usual places, our own copy. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH;
  const onPath = (env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...APPLICATIONS, LAUNCHER].find(isExecutable);
}

/**
 * Unpacks the npm package's Chromium below `.local/browser`, with the libraries it needs, behind a launcher.
 * The package unpacks into `tmpdir()`, and its libraries only where it believes to be on Amazon Linux.
 */
async function installFromNpm(): Promise<void> {
  console.log("Installing Chromium from npm (67 MB).");
  mkdirSync(PACKAGE_HOME, { recursive: true });
  writeFileSync(join(PACKAGE_HOME, "package.json"), '{ "private": true }\n');
  await mustRun("npm", ["install", "--no-save", "--no-audit", "--no-fund", PACKAGE], { cwd: PACKAGE_HOME });
  const unpack = 'const { default: chromium } = await import("@sparticuz/chromium"); await chromium.executablePath();';
  await mustRun("node", ["--input-type=module", "--eval", unpack], {
    cwd: PACKAGE_HOME,
    env: { TMPDIR: PACKAGE_HOME, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" },
  });
  const launcher = `#!/bin/sh
LD_LIBRARY_PATH="${PACKAGE_HOME}/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "${PACKAGE_HOME}/chromium" "$@"
`;
  writeFileSync(LAUNCHER, launcher, { mode: 0o755 });
}

/** A Chromium, installed when there is none: by apt as root on Debian and its kin, else from npm. @throws BrowserMissing */
export async function ensureChromium(): Promise<string> {
  const found = findChromium();
  if (found) return found;
  try {
    if (process.getuid?.() === 0 && isExecutable("/usr/bin/apt-get")) {
      console.log("Installing chromium with apt-get.");
      const env = { DEBIAN_FRONTEND: "noninteractive" };
      await mustRun("apt-get", ["update", "-qq"], { env });
      await mustRun("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
    } else if (process.platform === "linux" && process.arch === "x64") {
      await installFromNpm();
    }
  } catch (cause) {
    if (!(cause instanceof CommandFailed)) throw cause;
    throw new BrowserMissing(`Chromium could not be installed: ${cause.message}\n${HELP}`, { cause });
  }
  const installed = findChromium();
  if (!installed) throw new BrowserMissing(HELP);
  return installed;
}
