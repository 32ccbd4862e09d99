// Which process is meant by a number that was written down: process ids are used again, a start time tells the two apart.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** `startedAt` is opaque: equal for the same process, and undefined when the system does not tell. */
export type ProcessRecord = { name: string; pid: number; startedAt: string | undefined; stopSignal: NodeJS.Signals };

const START_TIME_FIELD = 21; // `starttime` of proc(5), counted after the command's name in parentheses: two less

/** What proc(5) says of a process after its name; undefined when it has ended, though nobody may have collected it yet. */
function readStat(pid: number): string[] | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const stat = readFileSync(file, "utf8");
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" ? undefined : fields;
}

/** When a process started, or undefined when there is none with this id. */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") {
    const fields = readStat(pid);
    if (!fields) return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${fields[START_TIME_FIELD - 3]}`;
  }
  const { stdout, status } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** The name of a process's program, "" when it does not run. */
export function processName(pid: number): string {
  if (process.platform === "linux") {
    return readStat(pid) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : "";
  }
  return spawnSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
}

/** Ids of the processes that work in a folder, on Linux; elsewhere none is found. */
export function processesIn(folder: string): number[] {
  if (process.platform !== "linux") return [];
  const path = realpathSync(folder);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === path;
      } catch {
        return false; // it has ended, or belongs to somebody else: neither is ours
      }
    });
}

/** Whether the very process that was written down still runs. */
export function isRunning({ pid, startedAt }: Pick<ProcessRecord, "pid" | "startedAt">): boolean {
  return startedAt !== undefined && processStart(pid) === startedAt;
}

/** Ends a process that is not our child, first by its signal, after `graceMs` by force. False when it no longer ran. */
export async function endProcess(record: ProcessRecord, graceMs: number): Promise<boolean> {
  if (!isRunning(record)) return false;
  process.kill(record.pid, record.stopSignal);
  for (const deadline = Date.now() + graceMs; isRunning(record); await delay(40)) {
    if (Date.now() > deadline) process.kill(record.pid, "SIGKILL");
  }
  return true;
}
