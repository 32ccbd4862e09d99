import type { Address } from "viem";
import type { Outbox, OutboxRow } from "../chain/outbox.ts";
import type { Database, Transaction } from "./database.ts";
import { claimNonce, disownNonce } from "./nonces.ts";
import { and, asc, eq, gt, inArray, lte, ne, sql } from "./orm.ts";
import { outbox, outboxAttempts } from "./schema.ts";

/** The outbox of one account in PostgreSQL. */
export function createOutbox(db: Database, signerAddress: Address): Outbox {
  const signer = signerAddress.toLowerCase() as Address;
  const find = async (key: string): Promise<OutboxRow | undefined> => {
    const [row] = await db.select().from(outbox).where(eq(outbox.key, key));
    return row;
  };

  return {
    find,

    async enqueue({ notAfter = null, ...call }) {
      const fresh = { ...call, notAfter, status: "queued" as const, signer };
      const [row] = await db
        .insert(outbox)
        .values(fresh)
        .onConflictDoUpdate({
          target: outbox.key,
          set: { ...fresh, nonce: null, hash: null, blockNumber: null, gasUsed: null, gas: null, error: null },
          setWhere: inArray(outbox.status, ["refused", "reverted", "late"]),
        })
        .returning();
      const known = row ?? (await find(call.key));
      if (!known) throw new Error(`the outbox lost ${call.key}`);
      return known;
    },

    queued: () =>
      db
        .select()
        .from(outbox)
        .where(and(eq(outbox.signer, signer), eq(outbox.status, "queued")))
        .orderBy(asc(outbox.priority), asc(outbox.id)),

    async sent() {
      const rows = await db
        .select()
        .from(outbox)
        .where(and(eq(outbox.signer, signer), eq(outbox.status, "sent")))
        .orderBy(asc(outbox.nonce));
      if (rows.length === 0) return [];
      const ids = rows.map(({ id }) => id);
      const attempts = await db
        .select()
        .from(outboxAttempts)
        .where(inArray(outboxAttempts.outboxId, ids))
        .orderBy(asc(outboxAttempts.maxFeePerGas));
      return rows.map((row) => ({
        ...row,
        nonce: row.nonce ?? 0,
        gas: row.gas ?? 0,
        attempts: attempts.filter(({ outboxId }) => outboxId === row.id),
      }));
    },

    sign: (id, nonce, gas, attempt) =>
      db.transaction(async (tx) => {
        const isQueued = and(eq(outbox.id, id), eq(outbox.status, "queued"));
        const [row] = await tx.update(outbox).set({ status: "sent", nonce, gas }).where(isQueued).returning();
        if (!row) throw new Error(`call ${id} no longer waits: somebody else signed it`);
        await tx.delete(outboxAttempts).where(eq(outboxAttempts.outboxId, id)); // of an earlier life of the same key
        await tx.insert(outboxAttempts).values({ outboxId: id, ...attempt });
        await claimNonce(tx, signer, nonce);
      }),

    async addAttempt(id, attempt) {
      await db.insert(outboxAttempts).values({ outboxId: id, ...attempt });
    },

    async finish(id, status, mined, error) {
      await db
        .update(outbox)
        .set({ status, ...mined, error: error ?? null })
        .where(and(eq(outbox.id, id), eq(outbox.status, "sent")));
    },

    async close(id, status, error) {
      await db.update(outbox).set({ status, error }).where(eq(outbox.id, id));
    },

    requeue: (id) =>
      db.transaction(async (tx) => {
        const isSent = and(eq(outbox.id, id), eq(outbox.status, "sent"));
        const [row] = await tx.select({ nonce: outbox.nonce }).from(outbox).where(isSent);
        await tx.update(outbox).set({ status: "queued", nonce: null, gas: null }).where(isSent);
        if (typeof row?.nonce === "number") await disownNonce(tx, signer, row.nonce);
        await tx.delete(outboxAttempts).where(eq(outboxAttempts.outboxId, id));
      }),

    rewind: (blockNumber) => rewindOutbox(db, blockNumber),
  };
}

/**
 * What was mined after a block is under way again. Part of the same database transaction that takes the events back: a crash between the two
 * would leave calls that count as mined and never happened.
 */
export async function rewindOutbox(db: Database | Transaction, blockNumber: number): Promise<void> {
  const undone = and(inArray(outbox.status, ["mined", "reverted"]), gt(outbox.blockNumber, blockNumber));
  const isKept = sql`exists (select from ${outboxAttempts} where ${outboxAttempts.outboxId} = ${outbox.id})`;
  const nowhere = { hash: null, blockNumber: null, gasUsed: null };
  const sent = { ...nowhere, status: "sent" as const, error: null };
  await db.update(outbox).set(sent).where(and(undone, isKept));
  const error = "the chain went back further than its bytes are kept";
  await db
    .update(outbox)
    .set({ ...nowhere, status: "refused", nonce: null, error })
    .where(undone);
}

/**
 * Forgets the bytes of calls that were mined up to a block: a proof has some ten kilobytes each time, and what lies deeper than a reorganisation is
 * undone is not sent again. That they happened stays known.
 */
export async function pruneOutbox(db: Database, upToBlock: number): Promise<void> {
  const isOver = and(inArray(outbox.status, ["mined", "reverted"]), lte(outbox.blockNumber, upToBlock));
  const ids = db.select({ id: outbox.id }).from(outbox).where(isOver);
  await db.transaction(async (tx) => {
    await tx.delete(outboxAttempts).where(inArray(outboxAttempts.outboxId, ids));
    await tx
      .update(outbox)
      .set({ data: "0x" })
      .where(and(isOver, ne(outbox.data, "0x")));
  });
}
