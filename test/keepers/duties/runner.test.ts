import type { PgBoss } from "pg-boss";
import { expect, it } from "vitest";
import type { Duty } from "../../../keepers/src/domain/duty.ts";
import type { DutyContext } from "../../../keepers/src/duties/context.ts";
import { createRunner } from "../../../keepers/src/duties/runner.ts";

const duty: Duty = { kind: "finish", dealId: 7n };

/** A runner on a queue that does what `send` says; nothing else of it is used by planning. */
function runnerOn(send: () => Promise<string | null>) {
  return createRunner({
    boss: { send, notifyWorker: () => undefined } as unknown as PgBoss,
    handlers: {} as never,
    context: { head: () => ({ number: 1, hash: "0x", at: 1 }) } as unknown as DutyContext,
    epoch: "1",
    onResult: () => undefined,
    onError: () => undefined,
  });
}

it("plans a duty again when the queue did not take it, as while the database restarts", async () => {
  const answers = [Promise.reject(new Error("the connection broke")), Promise.resolve(null), Promise.resolve("job")];
  const runner = runnerOn(() => answers.shift() ?? Promise.reject(new Error("asked too often")));
  await expect(runner.plan([duty])).rejects.toThrow("the connection broke");
  expect(runner.busy()).toEqual([]);
  await runner.plan([duty]); // queued by a process that is gone
  expect(runner.busy()).toEqual([]);
  await runner.plan([duty]);
  expect(runner.busy()).toEqual(["finish:7"]);
  await runner.plan([duty]); // under way: not queued again
});
