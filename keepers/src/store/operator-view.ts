import type { Address } from "viem";
import type { WaitingVoucher } from "../domain/vouchers.ts";
import { readWaiting } from "./channels.ts";
import type { Database } from "./database.ts";
import { isOpen } from "./open-deals.ts";
import { and, eq, inArray, sql } from "./orm.ts";
import { type ProcessRow, readProcesses } from "./processes.ts";
import { readDueRewards, type WaitingReward } from "./rewards.ts";
import { chainCursor, deals, outbox, pieces, proofs, rounds, sets } from "./schema.ts";

/** Periods that are looked back on for missed proofs. */
const LOOK_BACK = 30;

/** What an operator asks first, out of the database. Amounts in token base units, bytes, seconds, moments in Unix seconds of the chain. */
export type OperatorView = {
  processes: ProcessRow[];
  outbox: { queued: number; sent: number; oldestSeconds: number | null };
  sets: { setId: number; lastProvenPeriod: number | null; lastMissedPeriod: number | null; strikes: number }[];
  /** Proofs of a recorded period that are due, the most urgent first. */
  due: { setId: number; period: number; dueAt: number }[];
  /** The earliest moment until which a request waits for its answer. */
  acceptBy: number | null;
  /** Recorded periods of the last thirty whose window closed without a proof of a set with live pieces. */
  missed: number;
  /** Capacity of running and requested deals that is not filled yet. */
  expectedBytes: number;
  /** By token: what running and past deals have earned. */
  earned: { tokenId: number; amount: bigint }[];
  /** Vouchers that are not redeemed yet, of the channel that ends first before the others. */
  vouchers: WaitingVoucher[];
  /** Rewards that could be claimed when the chain was last asked, the oldest first. */
  rewards: WaitingReward[];
  head: { number: number; at: number } | undefined;
};

/** Reads it. A watcher has no sets and deals of its own. */
export async function readOperatorView(db: Database, provider: Address | undefined): Promise<OperatorView> {
  const lower = provider?.toLowerCase() as Address | undefined;
  const none: never[] = [];
  const [processes, calls, [cursor], ownSets] = await Promise.all([
    readProcesses(db),
    db
      .select({
        queued: sql<number>`count(*) filter (where ${outbox.status} = 'queued')`.mapWith(Number),
        sent: sql<number>`count(*) filter (where ${outbox.status} = 'sent')`.mapWith(Number),
        oldestSeconds: sql<number | null>`extract(epoch from now() - min(${outbox.createdAt}))::int`,
      })
      .from(outbox)
      .where(inArray(outbox.status, ["queued", "sent"])),
    db.select().from(chainCursor),
    lower ? db.select().from(sets).where(eq(sets.provider, lower)).orderBy(sets.setId) : none,
  ]);
  const nowAt = cursor?.blockAt ?? 0;
  const [windows, expected, earned, acceptBy, waiting, rewards] = lower
    ? await Promise.all([
        proofWindows(db, lower),
        expectedOf(db, lower),
        earnedOf(db, lower),
        acceptByOf(db, lower),
        readWaiting(db, nowAt),
        readDueRewards(db),
      ])
    : [none, 0, none, null, none, none];
  return {
    processes,
    outbox: calls[0] ?? { queued: 0, sent: 0, oldestSeconds: null },
    sets: ownSets.map(({ setId, lastProvenPeriod, lastMissedPeriod, strikes }) => ({
      setId,
      lastProvenPeriod,
      lastMissedPeriod,
      strikes,
    })),
    due: windows.filter(({ dueAt }) => dueAt > nowAt),
    acceptBy,
    missed: windows.filter(({ dueAt }) => dueAt <= nowAt).length,
    expectedBytes: expected,
    earned,
    vouchers: waiting,
    rewards,
    head: cursor && { number: cursor.blockNumber, at: cursor.blockAt },
  };
}

/** Recorded periods of sets with live pieces that are not proven. */
async function proofWindows(db: Database, provider: Address): Promise<OperatorView["due"]> {
  const { rows } = await db.execute<{ setId: number; period: number; dueAt: number }>(sql`
    select s.set_id::int as "setId", r.period::int as period, r.due_at::float8 as "dueAt"
    from ${sets} as s cross join ${rounds} as r
    where s.provider = ${provider}
      and r.period > (select coalesce(max(period), 0) from ${rounds}) - ${LOOK_BACK}
      and exists (select from ${pieces} as p where p.set_id = s.set_id and p.added_in < r.period
        and (p.removed_in = 0 or p.removed_in >= r.period))
      and not exists (select from ${proofs} as q where q.set_id = s.set_id and q.period = r.period)
    order by r.due_at, s.set_id`);
  return rows;
}

async function acceptByOf(db: Database, provider: Address): Promise<number | null> {
  const [row] = await db
    .select({ at: sql<number | null>`min(${deals.acceptBy})::float8` })
    .from(deals)
    .where(and(eq(deals.provider, provider), eq(deals.status, "requested")));
  return row?.at ?? null;
}

async function expectedOf(db: Database, provider: Address): Promise<number> {
  const open = and(eq(deals.provider, provider), isOpen);
  const missing = sql<number>`coalesce(sum(${deals.capacityBytes} - ${deals.liveBytes}), 0)::float8`;
  const [row] = await db.select({ bytes: missing }).from(deals).where(open);
  return row?.bytes ?? 0;
}

async function earnedOf(db: Database, provider: Address): Promise<OperatorView["earned"]> {
  const rows = await db
    .select({ tokenId: deals.tokenId, amount: sql<string>`sum(${deals.earned})::text` })
    .from(deals)
    .where(eq(deals.provider, provider))
    .groupBy(deals.tokenId)
    .orderBy(deals.tokenId);
  return rows.map(({ tokenId, amount }) => ({ tokenId, amount: BigInt(amount) }));
}
