// Processes that stay: started with a log file each, watched until they are ready, written down so that the next run can end what a
// killed supervisor left behind.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lastLines, projectEnv } from "../command.ts";
import { endProcess, type ProcessRecord, processStart } from "./process-records.ts";

const PROBE_MS = 40;
const GRACE_MS = 15_000;

/** Why a process ended: its exit code, or the signal's name. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type ProcessOptions = {
  /** Names the log file, and the process in messages. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** User to run as, when we are root. */
  uid?: number;
  gid?: number;
  stopSignal?: NodeJS.Signals;
  /** Resolves to true once the process can be used; called again until then. A throw means "not yet". `getsOn` starts its time anew. */
  isReady?: (getsOn: () => void) => Promise<boolean>;
  readyWithinMs?: number;
  /** How long it may take to end after it was asked to. Default 15 seconds. */
  graceMs?: number;
  signal?: AbortSignal;
};

export type ManagedProcess = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<Exit>;
  readonly isStopping: boolean;
  /** Asks the process to end, and kills it when it does not in time. */
  stop(): Promise<Exit>;
};

/** A process ended or did not get ready; the message has the last lines of its log. */
export class ProcessFailed extends Error {
  override name = "ProcessFailed";
  readonly process: string;
  constructor(process: string, what: string, logFile: string, options?: ErrorOptions) {
    const tail = logTail(logFile);
    super(`${process} ${what}. ${tail ? `The last lines of ${logFile}:\n${tail}` : `${logFile} is empty.`}`, options);
    this.process = process;
  }
}

/** The last lines of a log file. */
export function logTail(logFile: string, lines = 20): string {
  return existsSync(logFile) ? lastLines(readFileSync(logFile, "utf8"), lines) : "";
}

/** How an exit reads in a sentence. */
export function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}

export type ProcessTable = {
  /** Starts a process and waits until it is ready. @throws ProcessFailed */
  start(options: ProcessOptions): Promise<ManagedProcess>;
  /** Ends everything that still runs, the last started first. */
  stopAll(): Promise<void>;
  /** Asks everything that still runs to end, without waiting: for the moment in which this process itself ends. */
  endAll(): void;
};

/** Processes below one directory: logs in `logs/`, what runs in `run/processes.json`. */
export function createProcessTable(dir: string): ProcessTable {
  const running = new Map<ManagedProcess, ProcessRecord>();
  const recordFile = join(dir, "run/processes.json");

  function writeRecords(): void {
    writeFileSync(`${recordFile}.new`, JSON.stringify([...running.values()], null, 2));
    renameSync(`${recordFile}.new`, recordFile);
  }

  async function start(options: ProcessOptions): Promise<ManagedProcess> {
    const { name, isReady = async () => true, readyWithinMs = 60_000, graceMs = GRACE_MS, signal } = options;
    const stopSignal = options.stopSignal ?? "SIGTERM";
    signal?.throwIfAborted();
    const logFile = openLog(dir, name);
    const child = spawnInto(logFile, options);
    const exited = new Promise<Exit>((resolve) => {
      child.once("exit", (code, exitSignal) => resolve({ code, signal: exitSignal }));
      child.once("error", () => resolve({ code: 127, signal: null }));
    });
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once("error", resolve));
      throw new ProcessFailed(name, `cannot be started (${cause.message})`, logFile, { cause });
    }
    const { pid } = child;
    let isStopping = false;
    const managed: ManagedProcess = {
      name,
      pid,
      logFile,
      exited,
      get isStopping() {
        return isStopping;
      },
      async stop() {
        isStopping = true;
        child.kill(stopSignal);
        const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
        try {
          return await exited;
        } finally {
          clearTimeout(timer);
        }
      },
    };
    running.set(managed, { name, pid, startedAt: processStart(pid), stopSignal });
    writeRecords();
    void exited.then(() => {
      running.delete(managed);
      writeRecords();
    });
    await waitUntilReady(managed, isReady, readyWithinMs, signal);
    return managed;
  }

  mkdirSync(dirname(recordFile), { recursive: true });
  return {
    start,
    async stopAll() {
      for (const managed of [...running.keys()].reverse()) await managed.stop();
    },
    endAll() {
      for (const { pid, stopSignal } of running.values()) process.kill(pid, stopSignal);
    },
  };
}

function openLog(dir: string, name: string): string {
  const logFile = join(dir, "logs", `${name}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  if (existsSync(logFile)) renameSync(logFile, `${logFile.slice(0, -".log".length)}.previous.log`);
  return logFile;
}

function spawnInto(logFile: string, { command, args, cwd, env, uid, gid }: ProcessOptions): ChildProcess {
  const log = openSync(logFile, "a");
  try {
    return spawn(command, args, {
      env: projectEnv(env),
      stdio: ["ignore", log, log],
      // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends the others in their order.
      detached: true,
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(
  managed: ManagedProcess,
  isReady: (getsOn: () => void) => Promise<boolean>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<void> {
  let deadline = Date.now() + withinMs;
  const getsOn = () => {
    deadline = Date.now() + withinMs;
  };
  let exit: Exit | undefined;
  void managed.exited.then((end) => {
    exit = end;
  });
  for (let cause: unknown; ; ) {
    if (exit) throw new ProcessFailed(managed.name, describeExit(exit), managed.logFile);
    try {
      if (await isReady(getsOn)) return;
    } catch (error) {
      cause = error; // said only when the time is over
    }
    if (signal?.aborted || Date.now() > deadline) {
      await managed.stop();
      signal?.throwIfAborted();
      throw new ProcessFailed(managed.name, `was not ready within ${withinMs / 1000} s`, managed.logFile, { cause });
    }
    await delay(PROBE_MS);
  }
}

/** Ends what a former run in `dir` left behind, the last started first. Returns the names of what was found. */
export async function endOrphans(dir: string): Promise<string[]> {
  const recordFile = join(dir, "run/processes.json");
  if (!existsSync(recordFile)) return [];
  const records = JSON.parse(readFileSync(recordFile, "utf8")) as ProcessRecord[];
  const ended: string[] = [];
  for (const record of records.reverse()) {
    if (await endProcess(record, GRACE_MS)) ended.push(record.name);
  }
  rmSync(recordFile);
  return ended;
}
