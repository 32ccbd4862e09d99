// What a network may not leave behind.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/** Sentences about processes, open ports and mounted disks that are still there. On Linux; elsewhere ports only. */
export async function findLeftovers(dir: string, ports: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  if (process.platform === "linux") {
    const ours = withAncestors(process.pid);
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name) || ours.has(Number(name))) continue;
      const words = describeProcess(Number(name), dir);
      if (words) found.push(`the process ${name} still runs: ${words}`);
    }
    for (const line of readFileSync("/proc/mounts", "utf8").split("\n")) {
      const place = line.split(" ")[1] ?? "";
      if (place.startsWith(dir)) found.push(`${place} is still mounted`);
    }
  }
  for (const port of ports) if (await isOpen(port)) found.push(`somebody still listens on port ${port}`);
  return found;
}

/** This process and those that started it, whose commands may name the folder, too. */
function withAncestors(pid: number): Set<number> {
  const found = new Set<number>();
  for (let next = pid; next > 0 && !found.has(next); ) {
    found.add(next);
    const stat = readFileSync(`/proc/${next}/stat`, "utf8");
    next = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return found;
}

/** What a process of the network runs; undefined for any other. */
function describeProcess(pid: number, dir: string): string | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    const isOurs = command.includes(dir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir);
    return isOurs && command !== "" ? command.slice(0, 200) : undefined;
  } catch {
    return undefined; // it ended meanwhile, or belongs to somebody else
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Files that writers leave when they are killed between writing and renaming, once all is at rest. */
export function findHalfWritten(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder, { recursive: true }).map(String);
    return files.filter((name) => /\.(partial|new|tmp)$/.test(name)).map((name) => join(folder, name));
  });
}
