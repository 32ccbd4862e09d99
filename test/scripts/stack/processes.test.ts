import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isRunning, processesIn, processName, processStart } from "../../../scripts/stack/process-records.ts";
import {
  createProcessTable,
  endOrphans,
  ProcessFailed,
  type ProcessOptions,
} from "../../../scripts/stack/processes.ts";
import { testDirectory } from "./directory.ts";

const STAY = "setInterval(() => {}, 1000);";

function setup() {
  const dir = testDirectory();
  const table = createProcessTable(dir);
  onTestFinished(() => table.stopAll());
  const node = (script: string, options: Partial<ProcessOptions> = {}) =>
    table.start({ name: "part", command: process.execPath, args: ["--eval", script], ...options });
  /** Ready once the script has made this file. */
  const mark = join(dir, "mark");
  const marked = { isReady: async () => existsSync(mark), env: { MARK: mark } };
  const MARK = 'require("fs").writeFileSync(process.env.MARK, "");';
  return { dir, table, node, marked, MARK };
}

describe.runIf(process.platform === "linux")("a process that has ended and that nobody collects", () => {
  it("has no name and no start", async () => {
    const dir = testDirectory();
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 300"], {
      cwd: dir,
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void parent.kill());
    const [pid] = (await once(parent.stdout, "data")).map(Number);
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(" Z "));
    expect(processStart(pid ?? 0)).toBeUndefined();
    expect(processName(pid ?? 0)).toBe("");
    await vi.waitFor(() => expect(processesIn(dir)).toEqual([parent.pid]));
  });
});

describe("start", () => {
  it("says the last lines of a process that ends before it is ready", async () => {
    const { node } = setup();
    const start = node('console.error("no such disk"); process.exit(7)', { isReady: async () => false });
    await expect(start).rejects.toThrow(ProcessFailed);
    await expect(start).rejects.toThrow(/part ended with code 7[\s\S]*no such disk/);
  });

  it("says so when there is no such program", async () => {
    const { table } = setup();
    const start = table.start({ name: "part", command: "/no/such/program", args: [] });
    await expect(start).rejects.toThrow(/part cannot be started.*ENOENT/);
  });

  it("ends a process that does not get ready in time", async () => {
    const { dir, node } = setup();
    await expect(node(STAY, { isReady: async () => false, readyWithinMs: 100 })).rejects.toThrow(
      "not ready within 0.1 s",
    );
    expect(await endOrphans(dir)).toEqual([]);
  });

  it("waits on for a process that gets on", async () => {
    const { node } = setup();
    const startedAt = Date.now();
    const isReady = async (getsOn: () => void) => {
      getsOn();
      return Date.now() > startedAt + 500;
    };
    await expect(node(STAY, { isReady, readyWithinMs: 100 })).resolves.toMatchObject({ name: "part" });
  });

  it("ends a process when the start is given up", async () => {
    const { dir, node } = setup();
    const abort = new AbortController();
    const start = node(STAY, { isReady: async () => false, signal: abort.signal });
    abort.abort(new Error("given up"));
    await expect(start).rejects.toThrow("given up");
    expect(await endOrphans(dir)).toEqual([]);
  });

  it("writes one log per process and keeps the one before", async () => {
    const { dir, node } = setup();
    for (const word of ["first", "second"]) await (await node(`console.log("${word}")`)).exited;
    expect(readFileSync(join(dir, "logs/part.log"), "utf8")).toBe("second\n");
    expect(readFileSync(join(dir, "logs/part.previous.log"), "utf8")).toBe("first\n");
  });
});

describe("stop", () => {
  it("asks first", async () => {
    const { node, marked, MARK } = setup();
    const part = await node(`process.on("SIGTERM", () => process.exit(3)); ${MARK} ${STAY}`, marked);
    expect(await part.stop()).toEqual({ code: 3, signal: null });
  });

  it("kills what does not listen", async () => {
    const { node, marked, MARK } = setup();
    const part = await node(`process.on("SIGTERM", () => {}); ${MARK} ${STAY}`, { ...marked, graceMs: 50 });
    expect(await part.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });
});

describe("endOrphans", () => {
  it("ends what a killed supervisor left behind", async () => {
    const { dir, node, marked, MARK } = setup();
    const part = await node(MARK + STAY, marked);
    expect(await endOrphans(dir)).toEqual(["part"]);
    expect(await part.exited).toEqual({ code: null, signal: "SIGTERM" });
    expect(await endOrphans(dir)).toEqual([]);
  });

  it("leaves a process alone that only has the number of one that was ours", async () => {
    const { dir } = setup();
    const stranger = spawn(process.execPath, ["--eval", STAY]);
    onTestFinished(() => void stranger.kill("SIGKILL"));
    await once(stranger, "spawn");
    const { pid = 0 } = stranger;
    const records = [{ name: "part", pid, startedAt: "long ago", stopSignal: "SIGTERM" }];
    writeFileSync(join(dir, "run/processes.json"), JSON.stringify(records));
    expect(await endOrphans(dir)).toEqual([]);
    expect(isRunning({ pid, startedAt: processStart(pid) })).toBe(true);
  });
});
