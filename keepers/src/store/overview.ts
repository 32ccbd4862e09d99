import type { Address } from "viem";
import type { Database } from "./database.ts";
import { isOpen } from "./open-deals.ts";
import { and, asc, eq, inArray, sql } from "./orm.ts";
import { chainCursor, deals, heldPieces, outbox, rounds, sets, uploads } from "./schema.ts";

/** What `4ever-keeper status` tells of the database. */
export async function readOverview(db: Database, provider: Address | undefined) {
  const ours = provider ? eq(deals.provider, provider.toLowerCase() as Address) : undefined;
  const [cursor, openDeals, ownSets, lastRound, underWay, arriving, held] = await Promise.all([
    db.select().from(chainCursor),
    db.select().from(deals).where(and(isOpen, ours)).orderBy(asc(deals.dealId)),
    provider
      ? db
          .select()
          .from(sets)
          .where(eq(sets.provider, provider.toLowerCase() as Address))
      : [],
    db.select({ period: sql<number | null>`max(${rounds.period})`.mapWith(Number) }).from(rounds),
    db
      .select()
      .from(outbox)
      .where(inArray(outbox.status, ["queued", "sent"]))
      .orderBy(asc(outbox.priority), asc(outbox.id)),
    db
      .select()
      .from(uploads)
      .where(inArray(uploads.state, ["receiving", "verifying"])),
    db
      .select({
        pieces: sql<number>`count(*)`.mapWith(Number),
        bytes: sql<number>`coalesce(sum(${heldPieces.sizeBytes}), 0)`.mapWith(Number),
      })
      .from(heldPieces),
  ]);
  return {
    cursor: cursor[0],
    deals: openDeals,
    sets: ownSets,
    lastRound: lastRound[0]?.period ?? undefined,
    underWay,
    uploads: arriving,
    held: held[0] ?? { pieces: 0, bytes: 0 },
  };
}

export type Overview = Awaited<ReturnType<typeof readOverview>>;
