// One stack per directory: who runs it, and where it is reached.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRunning, processStart } from "./process-records.ts";

/** Folder and database of a deployment's keepers. */
export type KeepersHome = { folder: string; databaseUrl: string };

/** Where a running stack is reached. Parts that were left out are absent. */
export type StackAddresses = {
  rpcUrl: string;
  subgraphUrl?: string;
  dashboardUrl?: string;
  /** The record that `scripts/deploy.ts` wrote. */
  deploymentFile?: string;
  /** By the keeper's name. */
  keeperUrls?: Record<string, string>;
  /** Where the keepers of this deployment keep what is theirs; another keeper of it may join them. */
  keepersHome?: KeepersHome;
};

export type RunningStack = { pid: number; addresses?: StackAddresses };

type Claim = RunningStack & { startedAt: string | undefined };

const claimFile = (dir: string) => join(dir, "run/supervisor.json");

/** The stack that runs in `dir`; `addresses` are absent while it starts. Undefined when none runs. */
export function findStack(dir: string): RunningStack | undefined {
  const file = claimFile(dir);
  if (!existsSync(file)) return undefined;
  const claim = JSON.parse(readFileSync(file, "utf8")) as Claim;
  return isRunning(claim) ? claim : undefined;
}

/** Another process runs the stack of this directory. */
export class StackRunning extends Error {
  override name = "StackRunning";
  readonly running: RunningStack;
  constructor(dir: string, running: RunningStack) {
    super(`process ${running.pid} already runs the stack in ${dir}`);
    this.running = running;
  }
}

export type StackClaim = {
  /** Tells others where the stack is. */
  announce(addresses: StackAddresses): void;
  release(): void;
};

/** Takes the directory for this process. @throws StackRunning */
export function claimStack(dir: string): StackClaim {
  const file = claimFile(dir);
  mkdirSync(dirname(file), { recursive: true });
  const other = findStack(dir);
  if (other) throw new StackRunning(dir, other);
  rmSync(file, { force: true });
  const claim: Claim = { pid: process.pid, startedAt: processStart(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(claim), { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const faster = findStack(dir);
    if (faster) throw new StackRunning(dir, faster);
    throw cause;
  }
  return {
    announce(addresses) {
      writeFileSync(`${file}.new`, JSON.stringify({ ...claim, addresses }, null, 2), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}
