import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory of one test, removed in its end. */
export function testDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "4ever-stack-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
