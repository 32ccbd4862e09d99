// Commands that run to their end: linters, compilers, test runners.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

export const PROJECT_ROOT = join(import.meta.dirname, "..");

/** What a command left behind. `output` has its last 2 MiB, both streams in the order of arrival. */
export type CommandResult = { code: number; output: string };

export type CommandOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Passes the output on while it is kept. */
  isShown?: boolean;
  signal?: AbortSignal;
};

/** A command ended with another code than 0; the message has its last lines. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
  constructor(command: string, { code, output }: CommandResult) {
    super(`\`${command}\` ended with code ${code}:\n${lastLines(output, 30)}`);
  }
}

const KEPT_CHARACTERS = 2 * 2 ** 20;

/** The end of a text, at most `count` lines, without blank lines at the end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The environment of a command: the project's binaries, and its Node, come first on the PATH. */
export function projectEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = [join(PROJECT_ROOT, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}

/** Runs a binary of node_modules (or of the system) and waits for its end. Throws only when it cannot be started or `signal` aborts. */
export function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd = PROJECT_ROOT, env, isShown = false, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: projectEnv(env),
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
      ...(signal && { signal }),
    });
    let output = "";
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output = (output + chunk).slice(-KEPT_CHARACTERS);
        if (isShown) target.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** As `runCommand`, for a command that must succeed. @throws CommandFailed with its last lines */
export async function mustRun(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const result = await runCommand(command, args, options);
  if (result.code !== 0) throw new CommandFailed([command, ...args].join(" "), result);
  return result;
}
