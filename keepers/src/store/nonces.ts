import type { Address } from "viem";
import type { NonceBook } from "../chain/nonces.ts";
import type { Database, Transaction } from "./database.ts";
import { and, count, eq, sql } from "./orm.ts";
import { nonces, senders } from "./schema.ts";

/** The nonces of one account in PostgreSQL. */
export function createNonceBook(db: Database, sender: Address): NonceBook {
  const account = sender.toLowerCase() as Address;
  return {
    async sender() {
      const [row] = await db.select().from(senders).where(eq(senders.account, account));
      return row && { sinceNonce: row.sinceNonce, adoptedAt: row.adoptedAt };
    },

    async missing(from, to) {
      const { rows } = await db.execute<{ nonce: number }>(sql`
        select nonce::int from generate_series(${from}::bigint, ${to - 1}::bigint) as nonce
        where not exists (select from ${nonces} as known where known.account = ${account} and known.nonce = nonce.nonce)
        order by nonce desc`);
      return rows.map(({ nonce }) => nonce);
    },

    async writeForeign(foreign) {
      const rows = foreign.map(({ nonce, what }) => ({ account, nonce, isForeign: true, what }));
      if (rows.length > 0) await db.insert(nonces).values(rows).onConflictDoNothing();
    },

    async foreignCount() {
      const isForeign = and(eq(nonces.account, account), eq(nonces.isForeign, true));
      const [row] = await db.select({ n: count() }).from(nonces).where(isForeign);
      return row?.n ?? 0;
    },

    async adopt(sinceNonce, adoptedAt) {
      const row = { account, sinceNonce, adoptedAt };
      await db.insert(senders).values(row).onConflictDoUpdate({ target: senders.account, set: row });
    },
  };
}

/** Part of the transaction that signs: a nonce of ours is never taken for somebody else's. */
export async function claimNonce(tx: Transaction, account: Address, nonce: number): Promise<void> {
  const ours = { isForeign: false, what: null };
  const target = [nonces.account, nonces.nonce];
  await tx
    .insert(nonces)
    .values({ account, nonce, ...ours })
    .onConflictDoUpdate({ target, set: ours });
}

/** Part of the transaction that queues a call again whose nonce went to somebody else. */
export async function disownNonce(tx: Transaction, account: Address, nonce: number): Promise<void> {
  await tx.delete(nonces).where(and(eq(nonces.account, account), eq(nonces.nonce, nonce)));
}
