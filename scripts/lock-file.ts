// One at a time, across processes: what writes the same files in the same clone.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, processStart } from "./stack/process-records.ts";

const RETRY_MS = 100;

type Holder = { pid: number; startedAt: string | undefined };

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // released meanwhile, or not written yet
  }
}

function tryHold(file: string): boolean {
  const holder: Holder = { pid: process.pid, startedAt: processStart(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Runs `work` while this process holds `file`; waits for another one that runs, and takes over from one that was killed. */
export async function withLockFile<T>(
  file: string,
  work: () => Promise<T>,
  { onWait = (_pid: number) => {}, signal }: { onWait?: (pid: number) => void; signal?: AbortSignal } = {},
): Promise<T> {
  for (let isTold = false; !tryHold(file); await delay(RETRY_MS, undefined, signal && { signal })) {
    const holder = readHolder(file);
    if (holder && !isRunning(holder)) rmSync(file, { force: true });
    if (holder && !isTold) {
      onWait(holder.pid);
      isTold = true;
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
