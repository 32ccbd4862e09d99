import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { forgetStack, type Stack, type StackOptions, startStack } from "../../../scripts/stack/stack.ts";

/** A directory of one test, removed in its end. */
export function testDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "4ever-stack-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A stack on free ports, ended with the test, also when the time is over while it starts. */
export async function startTestStack(options: Omit<StackOptions, "ports" | "isDurable" | "signal">): Promise<Stack> {
  const abort = new AbortController();
  const starting = startStack({ ...options, ports: "any", isDurable: false, signal: abort.signal });
  onTestFinished(async () => {
    abort.abort();
    await starting.then(
      (stack) => stack.stop(),
      () => undefined, // the test has seen why it did not start
    );
    forgetStack(options.dir);
  });
  return starting;
}
