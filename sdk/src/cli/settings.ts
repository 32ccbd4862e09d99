import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { CommandFailed } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** What every command can be told. */
export interface GlobalOptions {
  /** A dashboard's address, or a deployment file. */
  deployment?: string;
  /** URL of the chain's node. */
  rpc?: string;
  json?: boolean;
  debug?: boolean;
}

const schema = z.object({ deployment: z.string().optional(), rpc: z.string().optional() });

/** What `4ever login` remembers. */
export type SavedSettings = z.infer<typeof schema>;

/** The command's own folder: keystore, settings, unfinished uploads. */
export function homeOf({ env }: Terminal): string {
  return resolve(env.FOREVER_HOME ?? join(homedir(), ".4ever"));
}

/** The remembered settings, overruled by the environment, overruled by options. */
export async function loadSettings(terminal: Terminal, options: GlobalOptions): Promise<SavedSettings> {
  const saved = await readSaved(terminal);
  return {
    deployment: options.deployment ?? terminal.env.FOREVER_DEPLOYMENT ?? saved.deployment,
    rpc: options.rpc ?? terminal.env.FOREVER_RPC ?? saved.rpc,
  };
}

/** Remembers settings that were given, for later commands. */
export async function saveSettings(terminal: Terminal, settings: SavedSettings): Promise<void> {
  const saved = await readSaved(terminal);
  await writePrivate(fileOf(terminal), `${JSON.stringify({ ...saved, ...settings }, null, 2)}\n`);
}

async function readSaved(terminal: Terminal): Promise<SavedSettings> {
  const text = await readIfThere(fileOf(terminal));
  if (text === undefined) return {};
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandFailed(
      `The settings in ${fileOf(terminal)} cannot be read.`,
      "Correct or delete the file, and run `4ever login` again.",
      { cause },
    );
  }
}

function fileOf(terminal: Terminal): string {
  return join(homeOf(terminal), "settings.json");
}

/** The text of a file; undefined when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Writes a file that only its owner may read, in one step. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
