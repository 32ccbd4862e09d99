import { DEAL_STATUSES } from "@4ever/sdk/deal-status";
import { decodeMeta } from "@4ever/sdk/proofs/meta";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Address } from "viem";
import type { ChainEvent } from "../chain/events.ts";
import { type BlockRef, type ChainStore, UNDO_DEPTH_BLOCKS } from "../chain/follow.ts";
import { dealIdOf, marketOf } from "../domain/deal-key.ts";
import { applyChannelEvent, rewindChannels } from "./channels.ts";
import type { Database, Transaction } from "./database.ts";
import { and, desc, eq, getTableConfig, gt, lt, lte, sql } from "./orm.ts";
import { rewindOutbox } from "./outbox.ts";
import { rewindRecorded } from "./rewards.ts";
import { chainBlocks, chainCursor, chainUndo, deals, pieces, proofs, rounds, sets } from "./schema.ts";

const PROJECTED: readonly PgTable[] = [deals, pieces, sets, rounds, proofs];
const lower = <T extends string>(text: T) => text.toLowerCase() as T;

/**
 * The tables that repeat what the events of `market` say, and of the channels that pay `payee`, and the cursor up to which they do.
 * @param payee Undefined when no channels are followed.
 */
export function createProjection(db: Database, market: Address, payee?: Address): ChainStore {
  const ours = lower(market);

  const follows = payee !== undefined;

  async function applyEvent(tx: Transaction, event: ChainEvent): Promise<void> {
    if (payee) await applyChannelEvent(tx, event, payee);
    switch (event.eventName) {
      case "DealRequested": {
        const { request, ...args } = event.args;
        await tx.insert(deals).values({
          dealId: args.dealId,
          dealKey: args.dealKey,
          status: "requested",
          customer: lower(args.customer),
          provider: lower(args.provider),
          signer: lower(/^0x0+$/.test(request.sessionKey) ? args.customer : request.sessionKey),
          offerId: request.offerId,
          tokenId: request.tokenId,
          capacityBytes: request.capacityBytes,
          termPeriods: request.termPeriods,
          unitPrice: args.unitPrice,
          locked: args.locked,
          acceptBy: args.acceptBy,
          firstRoot: lower(request.firstPiece.root),
          firstLeafCount: request.firstPiece.leafCount,
          firstCidDigest: lower(request.firstPiece.cidDigest),
          requestedBlock: Number(event.blockNumber),
        });
        return;
      }
      case "DealAccepted": {
        const { dealId, setId, fromPeriod, termEndPeriod, endPeriod } = event.args;
        const started = { setId, fromPeriod, termEndPeriod, endPeriod, settledPeriod: fromPeriod };
        await tx
          .update(deals)
          .set({ status: "active", ...started })
          .where(eq(deals.dealId, dealId));
        return;
      }
      case "DealClosedUnaccepted": {
        const status = DEAL_STATUSES[event.args.status] ?? "expired";
        await tx.update(deals).set({ status }).where(eq(deals.dealId, event.args.dealId));
        return;
      }
      case "DealRenewed": {
        const { dealId, termEndPeriod, endPeriod, locked } = event.args;
        const added = sql`${deals.locked} + ${locked.toString()}::numeric`;
        await tx.update(deals).set({ termEndPeriod, endPeriod, locked: added }).where(eq(deals.dealId, dealId));
        return;
      }
      case "DealCapacityChanged": {
        const { dealId, capacityBytes, unitPrice, locked } = event.args;
        const added = sql`${deals.locked} + ${locked.toString()}::numeric`;
        await tx.update(deals).set({ capacityBytes, unitPrice, locked: added }).where(eq(deals.dealId, dealId));
        return;
      }
      case "DealEnding": {
        const { dealId, endPeriod } = event.args;
        await tx.update(deals).set({ status: "ending", endPeriod }).where(eq(deals.dealId, dealId));
        return;
      }
      case "DealFinished":
        await tx.update(deals).set({ status: "finished" }).where(eq(deals.dealId, event.args.dealId));
        return;
      case "RateChanged":
        await updateStream(tx, event.args.dealKey, { liveBytes: event.args.liveBytes });
        return;
      case "SignerChanged":
        await updateStream(tx, event.args.dealKey, { signer: lower(event.args.signer) });
        return;
      case "EndChanged":
        await updateStream(tx, event.args.dealKey, { endPeriod: event.args.endPeriod });
        return;
      case "Settled": {
        const { dealKey, settledPeriod, earned } = event.args;
        await updateStream(tx, dealKey, { settledPeriod, earned });
        return;
      }
      case "SetOpened": {
        const { setId, provider, operator } = event.args;
        if (lower(event.args.market) !== ours) return;
        const row = { setId: Number(setId), provider: lower(provider), operator: lower(operator) };
        await tx.insert(sets).values(row);
        return;
      }
      case "SetOperatorChanged": {
        const { setId, operator } = event.args;
        await tx
          .update(sets)
          .set({ operator: lower(operator) })
          .where(eq(sets.setId, Number(setId)));
        return;
      }
      case "PieceAdded": {
        const { setId, slot, dealKey, root, cidDigest, meta } = event.args;
        if (marketOf(dealKey) !== ours) return;
        const row = { root: lower(root), cidDigest: lower(cidDigest), meta, ...decodeMeta(meta) };
        await tx
          .insert(pieces)
          .values({ setId: Number(setId), slot: Number(slot), ...row })
          .onConflictDoUpdate({ target: [pieces.setId, pieces.slot], set: row }); // a freed slot was used again
        return;
      }
      case "PieceRemoved": {
        const { setId, slot, meta, period } = event.args;
        await tx
          .update(pieces)
          .set({ meta: meta | (period << 56n), removedIn: Number(period) }) // the event tells the word as it was
          .where(and(eq(pieces.setId, Number(setId)), eq(pieces.slot, Number(slot))));
        return;
      }
      case "PeriodProven": {
        const [setId, period] = [Number(event.args.setId), Number(event.args.period)];
        const [known] = await tx
          .update(sets)
          .set({ lastProvenPeriod: period })
          .where(eq(sets.setId, setId))
          .returning();
        if (known) await tx.insert(proofs).values({ setId, period });
        return;
      }
      case "PeriodMissed": {
        const { setId, period, strikes } = event.args;
        const missed = { lastMissedPeriod: Number(period), strikes };
        await tx
          .update(sets)
          .set(missed)
          .where(eq(sets.setId, Number(setId)));
        return;
      }
      case "RoundRecorded": {
        const { period, seed, blockNumber, dueAt } = event.args;
        await tx.insert(rounds).values({ period: Number(period), seed, blockNumber: Number(blockNumber), dueAt });
        return;
      }
    }
  }

  function updateStream(tx: Transaction, dealKey: bigint, change: Partial<typeof deals.$inferInsert>) {
    if (marketOf(dealKey) !== ours) return;
    return tx
      .update(deals)
      .set(change)
      .where(eq(deals.dealId, dealIdOf(dealKey)));
  }

  return {
    async identity() {
      const [row] = await db.select().from(chainCursor);
      return row && { chainId: row.chainId, genesisHash: row.genesisHash, market: row.market };
    },

    async cursor() {
      const [row] = await db.select().from(chainCursor);
      return row && { number: row.blockNumber, hash: row.blockHash, at: row.blockAt };
    },

    async lacksChannels() {
      const [row] = await db.select().from(chainCursor);
      return follows && row !== undefined && row.channelsHash !== row.blockHash;
    },

    fillChannels: (events) =>
      db.transaction(async (tx) => {
        await rewindChannels(tx, -1);
        await rewindRecorded(tx, -1);
        for (const event of events) if (payee) await applyChannelEvent(tx, event, payee);
        await tx.update(chainCursor).set({ channelsHash: sql`${chainCursor.blockHash}` });
      }),

    recentBlocks: () => db.select().from(chainBlocks).orderBy(desc(chainBlocks.number)),

    apply: (identity, { to, recent, events }) =>
      db.transaction(async (tx) => {
        const undoable = new Set(recent.map(({ number }) => number));
        let block: number | undefined;
        for (const event of events) {
          const number = Number(event.blockNumber);
          if (number !== block) {
            block = number;
            await tx.execute(sql`select set_config('keeper.block', ${undoable.has(number) ? `${number}` : ""}, true)`);
          }
          await applyEvent(tx, event);
        }
        if (recent.length > 0) {
          const rows = recent.map(({ number, hash, at }) => ({ number, hash, at }));
          await tx.insert(chainBlocks).values(rows);
        }
        await moveCursor(tx, to, { identity, follows });
        await tx.delete(chainBlocks).where(lte(chainBlocks.number, to.number - UNDO_DEPTH_BLOCKS));
        await tx.delete(chainUndo).where(lte(chainUndo.blockNumber, to.number - UNDO_DEPTH_BLOCKS));
      }),

    rewindTo: (block) =>
      db.transaction(async (tx) => {
        const undo = await tx
          .select({ id: chainUndo.id, tableName: chainUndo.tableName })
          .from(chainUndo)
          .where(gt(chainUndo.blockNumber, block.number))
          .orderBy(desc(chainUndo.id));
        for (const { id, tableName } of undo) await restore(tx, id, tableName);
        await tx.delete(chainUndo).where(gt(chainUndo.blockNumber, block.number));
        await tx.delete(chainBlocks).where(gt(chainBlocks.number, block.number));
        await rewindChannels(tx, block.number);
        await rewindRecorded(tx, block.number);
        await moveCursor(tx, block, { follows });
        await rewindOutbox(tx, block.number);
      }),

    forget: () =>
      db.transaction(async (tx) => {
        await rewindChannels(tx, -1);
        for (const table of [...PROJECTED, chainUndo, chainBlocks, chainCursor]) await tx.delete(table);
        await rewindOutbox(tx, -1);
      }),
  };
}

async function moveCursor(
  tx: Transaction,
  { number, hash, at }: BlockRef,
  {
    identity,
    follows,
  }: { identity?: { chainId: number; genesisHash: `0x${string}`; market: Address }; follows: boolean },
): Promise<void> {
  const at_ = { blockNumber: number, blockHash: hash, blockAt: at, ...(follows && { channelsHash: hash }) };
  if (identity) {
    const row = { id: 1, ...identity, ...at_ };
    await tx.insert(chainCursor).values(row).onConflictDoUpdate({ target: chainCursor.id, set: at_ });
  } else {
    await tx.update(chainCursor).set(at_);
  }
}

/** Puts one row back as it was. The row's values never leave the database, so that no number loses its precision on the way. */
async function restore(tx: Transaction, undoId: number, tableName: string): Promise<void> {
  const table = PROJECTED.find((candidate) => getTableConfig(candidate).name === tableName);
  if (!table) throw new Error(`the table ${tableName} is not projected`);
  const { columns, primaryKeys } = getTableConfig(table);
  const keys = (primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary)).map(({ name }) =>
    sql.identifier(name),
  );
  const keyOf = (row: ReturnType<typeof sql>) =>
    sql.join(
      keys.map((key) => sql`${row}.${key}`),
      sql`, `,
    );
  const name = sql.identifier(tableName);
  const record = (column: string) => sql`jsonb_populate_record(null::${name}, ${sql.identifier(column)})`;

  await tx.execute(sql`
    delete from ${name} as present using ${chainUndo} as undo, lateral ${record("after")} as became
    where undo.id = ${undoId} and undo.after is not null and (${keyOf(sql`present`)}) = (${keyOf(sql`became`)})`);
  await tx.execute(sql`
    insert into ${name} select was.* from ${chainUndo} as undo, lateral ${record("before")} as was
    where undo.id = ${undoId} and undo.before is not null`);
}

/** Forgets seeds and proofs of periods that nobody can act on any more. Periods. */
export async function prunePeriods(db: Database, beforePeriod: number): Promise<void> {
  await db.delete(rounds).where(lt(rounds.period, beforePeriod));
  await db.delete(proofs).where(lt(proofs.period, beforePeriod));
}
