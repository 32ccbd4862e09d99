import type { CarIndex } from "@4ever/sdk/pieces";
import { cidToDigest } from "@4ever/sdk/pieces";
import type { Address } from "viem";
import type { DutyStore } from "../duties/context.ts";
import { readWaiting } from "./channels.ts";
import type { Database } from "./database.ts";
import { isOpen } from "./open-deals.ts";
import { and, asc, count, desc, eq, gt, gte, inArray, lt, lte, ne, or, sql, sum } from "./orm.ts";
import { noteRecorded, readFeeTokens, readPaidFees, setDueRewards } from "./rewards.ts";
import { additions, carBlocks, deals, heldPieces, outbox, pieces, rounds, sets, uploads } from "./schema.ts";
import { isUnneededForGood } from "./unneeded.ts";

const slotColumns = { slot: pieces.slot, root: pieces.root, meta: pieces.meta };
const BLOCKS_PER_INSERT = 5_000;

/** What duties ask the database. */
export function createDutyStore(db: Database): DutyStore {
  return {
    async deal(dealId) {
      const [row] = await db.select().from(deals).where(eq(deals.dealId, dealId));
      if (!row) return undefined;
      const firstPiece = { root: row.firstRoot, leafCount: row.firstLeafCount, cidDigest: row.firstCidDigest };
      return { ...row, firstPiece };
    },

    setsOf: (provider) =>
      db
        .select()
        .from(sets)
        .where(eq(sets.provider, provider.toLowerCase() as Address))
        .orderBy(desc(sets.setId)),

    async set(setId) {
      const [row] = await db.select().from(sets).where(eq(sets.setId, setId));
      return row;
    },

    slotsOf: (setId) => db.select(slotColumns).from(pieces).where(eq(pieces.setId, setId)),

    async slot(setId, slot) {
      const [row] = await db
        .select({ ...slotColumns, dealId: pieces.dealId, removedIn: pieces.removedIn })
        .from(pieces)
        .where(and(eq(pieces.setId, setId), eq(pieces.slot, slot)));
      return row;
    },

    async liveSlot(setId, period) {
      const isLive = and(lt(pieces.addedIn, period), or(eq(pieces.removedIn, 0), gte(pieces.removedIn, period)));
      const [row] = await db
        .select(slotColumns)
        .from(pieces)
        .where(and(eq(pieces.setId, setId), isLive))
        .limit(1);
      return row;
    },

    async freeSlot(setId, leafCount, currentPeriod) {
      const isFree = and(gt(pieces.removedIn, 0), lte(pieces.removedIn, currentPeriod - 2));
      const [row] = await db
        .select(slotColumns)
        .from(pieces)
        .where(and(eq(pieces.setId, setId), isFree, gte(pieces.length, leafCount)))
        .orderBy(asc(pieces.length))
        .limit(1);
      return row;
    },

    async hasPiece(dealId, root) {
      const found = await db
        .select({ slot: pieces.slot })
        .from(pieces)
        .where(and(eq(pieces.dealId, dealId), eq(pieces.root, root)))
        .limit(1);
      return found.length > 0;
    },

    async held(root) {
      const [row] = await db.select().from(heldPieces).where(eq(heldPieces.root, root));
      return row;
    },

    async committedBytes(provider, exceptDeal) {
      const [row] = await db
        .select({ bytes: sum(deals.capacityBytes) })
        .from(deals)
        .where(and(eq(deals.provider, provider.toLowerCase() as Address), isOpen, ne(deals.dealId, exceptDeal)));
      return BigInt(row?.bytes ?? 0);
    },

    async knowsSeeds(fromPeriod, toPeriod) {
      const inside = and(gte(rounds.period, fromPeriod), lt(rounds.period, toPeriod));
      const [row] = await db.select({ known: count() }).from(rounds).where(inside);
      return row?.known === toPeriod - fromPeriod;
    },

    async addition(dealId, nonce) {
      const [row] = await db
        .select()
        .from(additions)
        .where(and(eq(additions.dealId, dealId), eq(additions.nonce, nonce)));
      return row;
    },

    async closeAddition(dealId, nonce, state, error) {
      await db
        .update(additions)
        .set({ state, error: error ?? null })
        .where(and(eq(additions.dealId, dealId), eq(additions.nonce, nonce)));
    },

    async upload(dealId, root) {
      const [row] = await db
        .select({ sizeBytes: uploads.sizeBytes, state: uploads.state })
        .from(uploads)
        .where(and(eq(uploads.dealId, dealId), eq(uploads.root, root)));
      return row;
    },

    async refuseUpload(dealId, root, error) {
      await db
        .update(uploads)
        .set({ state: "refused", error, received: [], updatedAt: sql`now()` })
        .where(and(eq(uploads.dealId, dealId), eq(uploads.root, root)));
    },

    keep: (dealId, index) =>
      db.transaction(async (tx) => {
        const { root, leafCount, sizeBytes } = index;
        const cidDigest = cidToDigest(index.rootCid);
        await tx.insert(heldPieces).values({ root, cidDigest, leafCount, sizeBytes }).onConflictDoNothing();
        for (const rows of blockRows(index)) await tx.insert(carBlocks).values(rows).onConflictDoNothing();
        await tx
          .update(uploads)
          .set({ state: "held", error: null, updatedAt: sql`now()` })
          .where(and(eq(uploads.dealId, dealId), eq(uploads.root, root)));
      }),

    async dropUpload(dealId, root) {
      await db.delete(uploads).where(and(eq(uploads.dealId, dealId), eq(uploads.root, root)));
    },

    discard: (root) =>
      db.transaction(async (tx) => {
        const gone = await tx
          .delete(heldPieces)
          .where(and(eq(heldPieces.root, root), isUnneededForGood(tx)))
          .returning({ root: heldPieces.root });
        if (gone.length === 0) return false;
        await tx.delete(carBlocks).where(eq(carBlocks.root, root));
        return true;
      }),

    async isUnderWay(key) {
      const isOpenCall = and(eq(outbox.key, key), inArray(outbox.status, ["queued", "sent"]));
      return (await db.select({ id: outbox.id }).from(outbox).where(isOpenCall)).length > 0;
    },

    async isUnderWayBelow(prefix) {
      const isOpenCall = and(sql`starts_with(${outbox.key}, ${prefix})`, inArray(outbox.status, ["queued", "sent"]));
      return (await db.select({ id: outbox.id }).from(outbox).where(isOpenCall).limit(1)).length > 0;
    },

    waitingVouchers: (nowAt) => readWaiting(db, nowAt),

    paidFees: (provider, limit) => readPaidFees(db, provider, limit),
    noteRecorded: (row) => noteRecorded(db, row),
    feeTokens: (provider) => readFeeTokens(db, provider),
    setDueRewards: (due, runningEpoch) => setDueRewards(db, due, runningEpoch),

    async minedCalls(prefix) {
      const isMined = and(sql`starts_with(${outbox.key}, ${prefix})`, eq(outbox.status, "mined"));
      const [row] = await db.select({ mined: count() }).from(outbox).where(isMined);
      return row?.mined ?? 0;
    },
  };
}

function* blockRows({ root, blocks }: CarIndex) {
  let rows: { digest: Uint8Array; root: CarIndex["root"] }[] = [];
  for (const { cid } of blocks) {
    rows.push({ digest: cid.multihash.digest, root });
    if (rows.length < BLOCKS_PER_INSERT) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}
