import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Duty, DutyResult } from "../../../keepers/src/domain/duty.ts";
import type { DutyContext } from "../../../keepers/src/duties/context.ts";
import { createRunner } from "../../../keepers/src/duties/runner.ts";
import { startPostgres, type TestPostgres } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

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

describe("a queue with more to do than a worker takes at a time", () => {
  let postgres: TestPostgres;
  let boss: PgBoss;
  beforeAll(async () => {
    postgres = await startPostgres();
    boss = new PgBoss({ connectionString: postgres.url, schema: "jobs", max: 4, schedule: false });
    boss.on("error", () => undefined);
    await boss.start();
  });
  afterAll(async () => {
    await boss?.stop({ graceful: false });
    await postgres?.stop();
  });

  it("goes on without a rest between two duties, and checks what customers wait for first", async () => {
    const root = (number: number): `0x${string}` => `0x${number.toString(16).padStart(64, "0")}`;
    const discards = Array.from({ length: 200 }, (_, i): Duty => ({ kind: "discard", root: root(i) }));
    const done: string[] = [];
    const planned = Promise.withResolvers<void>(); // until then the workers hold what they took first
    const note = async (duty: Duty): Promise<DutyResult> => {
      await planned.promise;
      done.push(duty.kind);
      return { status: "done", note: "" };
    };
    const runner = createRunner({
      boss,
      handlers: { discard: note, verify: note } as never,
      context: { head: () => ({ number: 1, hash: "0x", at: 1 }) } as unknown as DutyContext,
      epoch: "1",
      onResult: () => undefined,
      onError: (_, error) => {
        throw error;
      },
    });
    await runner.start();
    await runner.plan([...discards, { kind: "verify", dealId: 1n, root: root(0) }]);
    planned.resolve();
    await until(async () => done.length === 201); // a rest of two seconds after each would take minutes
    expect(done.indexOf("verify")).toBeLessThan(5);
  });
});
