import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { withLockFile } from "../../scripts/lock-file.ts";

function setup(): string {
  const dir = mkdtempSync(join(tmpdir(), "lock-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, "lock");
}

describe("withLockFile", () => {
  it("lets one work at a time, and tells the other whom it waits for", async () => {
    const file = setup();
    const order: string[] = [];
    const waitedFor: number[] = [];
    const gate = Promise.withResolvers<void>();
    const first = withLockFile(file, async () => {
      order.push("first begins");
      await gate.promise;
      order.push("first ends");
    });
    const second = withLockFile(file, async () => void order.push("second"), {
      onWait: (pid) => {
        waitedFor.push(pid);
        gate.resolve();
      },
    });
    await Promise.all([first, second]);
    expect(order).toEqual(["first begins", "first ends", "second"]);
    expect(waitedFor).toEqual([process.pid]);
    expect(existsSync(file)).toBe(false);
  });

  it("takes over from a process that was killed", async () => {
    const file = setup();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(file, JSON.stringify({ pid, startedAt: "before" }));
    const held = await withLockFile(file, async () => JSON.parse(readFileSync(file, "utf8")) as { pid: number });
    expect(held.pid).toBe(process.pid);
  });

  it("lets go when the work fails", async () => {
    const file = setup();
    const work = withLockFile(file, async () => {
      throw new Error("broken");
    });
    await expect(work).rejects.toThrow("broken");
    expect(existsSync(file)).toBe(false);
  });

  it("stops waiting when it is given up", async () => {
    const file = setup();
    await withLockFile(file, async () => {
      const abort = new AbortController();
      const waiting = withLockFile(file, async () => {}, { signal: abort.signal, onWait: () => abort.abort() });
      await expect(waiting).rejects.toThrow("aborted");
    });
  });
});
