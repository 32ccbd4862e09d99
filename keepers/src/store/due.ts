import type { SQL } from "drizzle-orm";
import type { Address } from "viem";
import { type Clock, endOf, firstOpenPeriod, lastRecordAt, periodAt } from "../domain/clock.ts";
import type { Duty } from "../domain/duty.ts";
import type { Database } from "./database.ts";
import { isRunning, RUNNING_STATUSES } from "./open-deals.ts";
import { and, eq, gt, isNull, lt, lte, ne, notExists, notInArray, or, sql } from "./orm.ts";
import { additions, chainUndo, deals, heldPieces, pieces, proofs, rounds, sets, uploads } from "./schema.ts";
import { isUnneededForGood, noteUnneeded } from "./unneeded.ts";

/** Whose duties are asked for. */
type Self = {
  /** Provider that this keeper runs for; undefined for a watcher, which looks after everybody's deals. */
  provider: Address | undefined;
  account: Address;
};

type DuePolicy = {
  /** Closed periods after which a deal is settled. */
  settleEveryPeriods: number;
  /** Further periods a watcher leaves a deal to its provider. */
  patiencePeriods: number;
};

/** What may be due at `nowAt`, most urgent first. Candidates only: each duty asks the chain again before it acts. */
export async function dueDuties(
  db: Database,
  { clock, nowAt, self, policy }: { clock: Clock; nowAt: number; self: Self; policy: DuePolicy },
): Promise<Duty[]> {
  const current = periodAt(clock, nowAt);
  const open = firstOpenPeriod(clock, nowAt);
  const found = await Promise.all([
    recordDue(db, clock, nowAt, current),
    ...(self.provider
      ? [proveDue(db, self.provider, current, nowAt), dealDue(db, self.provider), pieceDue(db, self, current)]
      : [reportDue(db, open, nowAt, clock), neglectedDue(db, nowAt, open)]),
    settleDue(db, self, open, policy),
    uploadDue(db),
    discardDue(db, current),
  ]);
  return found.flat();
}

/** The period that ended last, while its seed is unknown and a proof window is left. */
async function recordDue(db: Database, clock: Clock, nowAt: number, current: number): Promise<Duty[]> {
  const period = current - 1;
  if (period < 0 || nowAt < endOf(clock, period) || nowAt >= lastRecordAt(clock, period)) return [];
  const known = await db.select({ period: rounds.period }).from(rounds).where(eq(rounds.period, period));
  return known.length > 0 ? [] : [{ kind: "record", period }];
}

async function proveDue(db: Database, provider: Address, current: number, nowAt: number): Promise<Duty[]> {
  const period = current - 1;
  const rows = await db
    .selectDistinct({ setId: sets.setId })
    .from(sets)
    .innerJoin(rounds, and(eq(rounds.period, period), gt(rounds.dueAt, nowAt)))
    .innerJoin(pieces, and(eq(pieces.setId, sets.setId), liveIn(period)))
    .where(and(eq(sets.provider, provider), notExists(proofOf(db, period))));
  return rows.map(({ setId }) => ({ kind: "prove", setId, period }));
}

/** Requests to answer, first pieces and later pieces to put under proof. */
async function dealDue(db: Database, provider: Address): Promise<Duty[]> {
  const ours = eq(deals.provider, provider);
  const requested = await db
    .select({ dealId: deals.dealId, heldRoot: heldPieces.root })
    .from(deals)
    .leftJoin(heldPieces, eq(heldPieces.root, deals.firstRoot))
    .where(and(ours, eq(deals.status, "requested")));
  const without = await db
    .select({ dealId: deals.dealId })
    .from(deals)
    .innerJoin(heldPieces, eq(heldPieces.root, deals.firstRoot))
    .where(
      and(ours, eq(deals.status, "active"), notExists(db.select().from(pieces).where(eq(pieces.dealId, deals.dealId)))),
    );
  // The least nonce of each deal: a higher one that came first would use up all below it.
  const pending = await db
    .selectDistinctOn([additions.dealId], { dealId: additions.dealId, nonce: additions.nonce })
    .from(additions)
    .innerJoin(deals, and(eq(deals.dealId, additions.dealId), ours, eq(deals.status, "active")))
    .where(eq(additions.state, "pending"))
    .orderBy(additions.dealId, additions.nonce);
  return [
    ...requested.map(({ dealId, heldRoot }) => ({ kind: "answer" as const, dealId, isHeld: heldRoot !== null })),
    ...without.map(({ dealId }) => ({ kind: "add-first" as const, dealId })),
    ...pending.map(({ dealId, nonce }) => ({ kind: "add" as const, dealId, nonce })),
  ];
}

/**
 * Pieces of deals that are over for good still cost proofs; sets may follow an old key. A deal that would run on, were the last blocks taken
 * back, keeps its pieces: their removal would be mined again, and what ended it might not.
 */
async function pieceDue(db: Database, { provider, account }: Self, current: number): Promise<Duty[]> {
  if (!provider) return [];
  const dead = await db
    .select({ setId: pieces.setId, slot: pieces.slot })
    .from(pieces)
    .innerJoin(deals, eq(deals.dealId, pieces.dealId))
    .where(
      and(
        eq(deals.provider, provider),
        eq(pieces.removedIn, 0),
        or(eq(deals.status, "finished"), and(isRunning, lte(deals.endPeriod, current))),
        notExists(recentChangeOf(db, sql`(${chainUndo.before} ->> 'end_period')::bigint > ${current}`)),
      ),
    );
  const foreign = await db
    .select({ setId: sets.setId })
    .from(sets)
    .where(and(eq(sets.provider, provider), ne(sets.operator, account.toLowerCase() as Address)));
  return [
    ...dead.map(({ setId, slot }) => ({ kind: "remove" as const, setId, slot })),
    ...foreign.map(({ setId }) => ({ kind: "sync-operator" as const, setId })),
  ];
}

async function settleDue(db: Database, { provider }: Self, open: number, policy: DuePolicy): Promise<Duty[]> {
  const every = policy.settleEveryPeriods + (provider ? 0 : policy.patiencePeriods);
  const patience = provider ? 0 : policy.patiencePeriods;
  const rows = await db
    .select({ dealId: deals.dealId, endPeriod: deals.endPeriod })
    .from(deals)
    .where(
      and(
        provider ? eq(deals.provider, provider) : undefined,
        isRunning,
        or(lte(deals.endPeriod, open - patience), lte(deals.settledPeriod, open - every)),
      ),
    );
  return rows.map(({ dealId, endPeriod }) =>
    endPeriod !== null && endPeriod <= open ? { kind: "finish", dealId } : { kind: "settle", dealId, toPeriod: open },
  );
}

/** Recent periods that went unproven, of anybody's set. The latest first: reporting it closes the earlier ones. */
async function reportDue(db: Database, open: number, nowAt: number, clock: Clock): Promise<Duty[]> {
  const found: Duty[] = [];
  for (let period = Math.max(0, open - 2); period <= periodAt(clock, nowAt) - 1; period++) {
    const rows = await db
      .selectDistinct({ setId: sets.setId })
      .from(sets)
      .innerJoin(rounds, and(eq(rounds.period, period), lte(rounds.dueAt, nowAt)))
      .innerJoin(pieces, and(eq(pieces.setId, sets.setId), liveIn(period)))
      .innerJoin(deals, and(eq(deals.dealId, pieces.dealId), isRunning, gt(deals.endPeriod, period)))
      .where(and(or(isNull(sets.lastMissedPeriod), lt(sets.lastMissedPeriod, period)), notExists(proofOf(db, period))));
    found.push(...rows.map(({ setId }) => ({ kind: "report" as const, setId, period })));
  }
  return found;
}

/** Requests that nobody answered, and deals whose provider has stopped proving. */
async function neglectedDue(db: Database, nowAt: number, open: number): Promise<Duty[]> {
  const late = await db
    .select({ dealId: deals.dealId })
    .from(deals)
    .where(and(eq(deals.status, "requested"), lt(deals.acceptBy, nowAt)));
  const unproven = await db
    .select({ dealId: deals.dealId })
    .from(deals)
    .innerJoin(sets, eq(sets.setId, deals.setId))
    .where(
      and(
        eq(deals.status, "active"),
        gt(deals.endPeriod, open),
        lte(deals.fromPeriod, open - 3),
        or(isNull(sets.lastProvenPeriod), lt(sets.lastProvenPeriod, open - 3)),
      ),
    );
  return [
    ...late.map(({ dealId }) => ({ kind: "expire" as const, dealId })),
    ...unproven.map(({ dealId }) => ({ kind: "abandon" as const, dealId })),
  ];
}

/** Uploads to be checked, and those of deals that closed, once that cannot be taken back any more. */
async function uploadDue(db: Database): Promise<Duty[]> {
  const upload = { dealId: uploads.dealId, root: uploads.root };
  const whole = await db.select(upload).from(uploads).where(eq(uploads.state, "verifying"));
  const orphaned = await db
    .select(upload)
    .from(uploads)
    .innerJoin(deals, eq(deals.dealId, uploads.dealId))
    .where(and(notInArray(deals.status, ["requested", ...RUNNING_STATUSES]), notExists(recentChangeOf(db))));
  return [
    ...whole.map((row) => ({ kind: "verify" as const, ...row })),
    ...orphaned.map((row) => ({ kind: "forget" as const, ...row })),
  ];
}

/** Kept bytes that no open deal and no proof still to come has needed for as many blocks as can be taken back. */
async function discardDue(db: Database, current: number): Promise<Duty[]> {
  await noteUnneeded(db, current);
  const rows = await db.select({ root: heldPieces.root }).from(heldPieces).where(isUnneededForGood(db));
  return rows.map(({ root }) => ({ kind: "discard", root }));
}

/** What the last blocks changed of a deal, where what it was before `is` so. */
function recentChangeOf(db: Database, is?: SQL) {
  const isOf = sql`${chainUndo.before} ->> 'deal_id' = ${deals.dealId}::text`;
  return db
    .select()
    .from(chainUndo)
    .where(and(eq(chainUndo.tableName, "deals"), isOf, is));
}

function liveIn(period: number) {
  return and(lt(pieces.addedIn, period), or(eq(pieces.removedIn, 0), sql`${pieces.removedIn} >= ${period}`));
}

function proofOf(db: Database, period: number) {
  return db
    .select()
    .from(proofs)
    .where(and(eq(proofs.setId, sets.setId), eq(proofs.period, period)));
}
