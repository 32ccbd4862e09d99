import type { Job, PgBoss } from "pg-boss";
import { type Duty, type DutyKind, type DutyResult, dutyKey } from "../domain/duty.ts";
import type { DutyContext, DutyHandler } from "./context.ts";

type Handlers = { [K in DutyKind]: DutyHandler<Extract<Duty, { kind: K }>> };

/** Queues by how long their duties may wait for each other; `seconds` after which a duty whose worker died is given to another. */
const QUEUES = {
  urgent: { kinds: ["record", "prove"], workers: 4, seconds: 60 },
  deals: { kinds: ["answer", "add-first", "add", "sync-operator"], workers: 4, seconds: 120 },
  bytes: { kinds: ["verify", "forget", "discard"], workers: 2, seconds: 3_600 },
  rest: {
    kinds: [
      "settle",
      "finish",
      "expire",
      "abandon",
      "report",
      "remove",
      "withdraw",
      "redeem",
      "bid",
      "record-fees",
      "claim",
      "withdraw-stake",
      "execute-exits",
    ],
    workers: 4,
    seconds: 120,
  },
} as const satisfies Record<string, { kinds: readonly DutyKind[]; workers: number; seconds: number }>;

type QueueName = keyof typeof QUEUES;

/** Blocks after which a duty with this result may be planned again: the events of what was done have been applied by then. */
const REST_BLOCKS: Record<DutyResult["status"] | "failed", number> = {
  waiting: 1,
  done: 3,
  over: 3,
  refused: 6,
  failed: 2,
};
/** Longer for what changes slowly by itself. */
const SLOW_KINDS: Partial<Record<DutyKind, number>> = {
  abandon: 5,
  withdraw: 20,
  redeem: 3,
  bid: 3,
  "sync-operator": 20,
  "record-fees": 10,
  claim: 20,
  "withdraw-stake": 20,
  "execute-exits": 3,
};
/** A request whose bytes have not come is looked at again now and then; once they have come, it is another duty. */
const REST_WITHOUT_BYTES = 15;

function restOf(duty: Duty, status: DutyResult["status"] | "failed"): number {
  if (queueOf(duty.kind) === "bytes") return status === "failed" ? REST_BLOCKS.failed : 0; // the chain has no part in it
  if (duty.kind === "answer" && !duty.isHeld && status === "waiting") return REST_WITHOUT_BYTES;
  return Math.max(REST_BLOCKS[status], SLOW_KINDS[duty.kind] ?? 0);
}

type Options = {
  boss: PgBoss;
  handlers: Handlers;
  context: DutyContext;
  /** Rises with each start: a job that a dead process left behind does not keep its duty from being queued again. */
  epoch: string;
  onResult: (duty: Duty, result: DutyResult, ms: number) => void;
  onError: (duty: Duty, error: unknown) => void;
};

/**
 * Does duties through the queue, each once at a time. What is planned again while it is under way, or rests, is left out; a duty that
 * threw is planned again by the next plans, so the queue itself never retries.
 */
export function createRunner({ boss, handlers, context, epoch, onResult, onError }: Options) {
  const restUntil = new Map<string, number>();
  /** Duties that are queued or run, with the moment since which they are. Milliseconds of this process. */
  const underWay = new Map<string, number>();
  const workers = new Map<QueueName, string[]>();
  const stopped = new AbortController();

  async function run(duty: Duty): Promise<void> {
    const key = dutyKey(duty);
    const startedAt = performance.now();
    let status: DutyResult["status"] | "failed" = "failed";
    try {
      const handler = handlers[duty.kind] as DutyHandler<Duty>;
      const result = await handler(duty, context, stopped.signal);
      status = result.status;
      onResult(duty, result, Math.round(performance.now() - startedAt));
    } catch (error) {
      if (!stopped.signal.aborted) onError(duty, error);
    } finally {
      const rest = restOf(duty, status);
      if (rest > 0) restUntil.set(key, context.head().number + rest);
      underWay.delete(key);
    }
  }

  /** A job that the database handed out while its connection broke never runs: after the queue's time its duty may be planned again. */
  function isUnderWay(key: string, kind: DutyKind): boolean {
    const since = underWay.get(key);
    return since !== undefined && performance.now() - since < QUEUES[queueOf(kind)].seconds * 1_000;
  }

  return {
    async start(): Promise<void> {
      const queues = Object.entries(QUEUES);
      const started = queues.map(async ([name, { workers: count, seconds }]) => {
        const limits = { retryLimit: 0, expireInSeconds: seconds, deleteAfterSeconds: 60 };
        await boss.createQueue(name, { ...limits, policy: "exclusive" }); // leaves one that is there as it is
        await boss.updateQueue(name, limits);
        const ids: string[] = [];
        workers.set(name as QueueName, ids);
        for (let i = 0; i < count; i++) {
          const work = async (jobs: Job<StoredDuty>[]) => {
            for (const { data } of jobs) await run(fromStored(data));
            // It looks for the next one at once: with the queue's rest after each, the ends of some hundred deals took minutes.
            boss.notifyWorker(ids[i] ?? "");
          };
          // Each by itself, since of several that are made together only the first can be woken.
          ids.push(await boss.work<StoredDuty>(name, { pollingIntervalSeconds: 2 }, work));
        }
      });
      await Promise.all(started);
    },

    /** Queues duties that are not under way and do not rest. */
    async plan(duties: readonly Duty[]): Promise<void> {
      const height = context.head().number;
      for (const [key, until] of restUntil) if (until <= height || until > height + 100) restUntil.delete(key);

      const woken = new Set<QueueName>();
      for (const duty of duties) {
        const key = dutyKey(duty);
        if (isUnderWay(key, duty.kind) || restUntil.has(key)) continue;
        const queue = queueOf(duty.kind);
        underWay.set(key, performance.now());
        let id: string | null = null;
        try {
          id = await boss.send(queue, toStored(duty), { singletonKey: `${epoch}:${key}`, priority: priorityOf(duty) });
        } finally {
          if (id === null) underWay.delete(key); // it is queued already, or the queue does not answer: the next plan tries again
        }
        if (id !== null) woken.add(queue);
      }
      for (const queue of woken) {
        for (const worker of workers.get(queue) ?? []) boss.notifyWorker(worker);
      }
    },

    /** Lets running duties see that they should end. What they sent stays in the outbox. */
    stop(): void {
      stopped.abort(new Error("the keeper stops"));
    },

    /** Duties that are queued or run, for people. */
    busy: () => [...underWay.keys()],
  };
}

/** Customers wait for the check of what they uploaded; nobody for the removal of what is over. */
const priorityOf = ({ kind }: Duty): number => (kind === "verify" ? 1 : 0);

type StoredDuty = Record<string, string | number | boolean>;

function queueOf(kind: DutyKind): QueueName {
  for (const [name, { kinds }] of Object.entries(QUEUES)) {
    if ((kinds as readonly DutyKind[]).includes(kind)) return name as QueueName;
  }
  throw new Error(`no queue takes duties of kind ${kind}`);
}

/** JSON has no big integers: the number of a deal travels as text. */
function toStored(duty: Duty): StoredDuty {
  return Object.fromEntries(
    Object.entries(duty).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );
}

function fromStored({ dealId, ...rest }: StoredDuty): Duty {
  return { ...rest, ...(dealId !== undefined && { dealId: BigInt(dealId as string) }) } as Duty;
}
