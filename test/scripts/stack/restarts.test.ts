import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createProcessTable, type ManagedProcess, ProcessFailed } from "../../../scripts/stack/processes.ts";
import { keepProcess } from "../../../scripts/stack/restarts.ts";
import { testDirectory } from "./directory.ts";

/** Starts processes that do nothing, until `code` says otherwise. */
function idleProcesses() {
  const processes = createProcessTable(testDirectory());
  onTestFinished(() => processes.stopAll());
  return (code = "setInterval(() => {}, 1e6)") =>
    processes.start({ name: "idle", command: process.execPath, args: ["-e", code] });
}

describe("keepProcess", () => {
  it("throws what the first start throws", async () => {
    const refusing = () => Promise.reject(new Error("no"));
    await expect(keepProcess(refusing)).rejects.toThrow("no");
  });

  it("starts again what was ended, and says why", async () => {
    const start = idleProcesses();
    const onRestart = vi.fn();
    const kept = await keepProcess(() => start(), { onRestart });
    const first = kept.pid;
    process.kill(first, "SIGKILL");
    await vi.waitFor(() => expect(kept.pid).not.toBe(first), { timeout: 10_000 });
    expect(onRestart).toHaveBeenCalledExactlyOnceWith("was ended by SIGKILL");
    await kept.stop();
    expect(() => process.kill(kept.pid, 0)).toThrow("ESRCH");
  });

  it("fails when it ends too often", async () => {
    const start = idleProcesses();
    const kept = await keepProcess(() => start("process.exit(3)"));
    const failure = await kept.failed;
    expect(failure).toBeInstanceOf(ProcessFailed);
    expect(failure.message).toContain("idle ended with code 3, the 6th time within a minute.");
  });

  it("fails when it cannot be started again, whatever the reason", async () => {
    const start = idleProcesses();
    let starts = 0;
    const kept = await keepProcess(() => (starts++ === 0 ? start() : Promise.reject(new Error("fetch failed"))));
    process.kill(kept.pid, "SIGKILL");
    expect((await kept.failed).message).toContain("idle could not be started again (fetch failed).");
  });

  it("ends what was just being started again when it was told to stop", async () => {
    const start = idleProcesses();
    const again = Promise.withResolvers<ManagedProcess>();
    const asked = Promise.withResolvers<void>();
    let starts = 0;
    const kept = await keepProcess(() => {
      if (starts++ === 0) return start();
      asked.resolve();
      return again.promise;
    });
    process.kill(kept.pid, "SIGKILL");
    await asked.promise;
    const stopping = kept.stop();
    const second = await start();
    again.resolve(second);
    await stopping;
    expect(await second.exited).toEqual({ code: null, signal: "SIGTERM" });
  });
});
