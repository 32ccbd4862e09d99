// Which kept bytes may go. What makes a piece unneeded stands in a block, and a block can be taken back: a piece that was deleted at once would
// be missing from the deal that the next chain has again.
import { UNDO_DEPTH_BLOCKS } from "../chain/follow.ts";
import type { Database, Transaction } from "./database.ts";
import { isOpen } from "./open-deals.ts";
import { and, eq, exists, gt, isNotNull, isNull, not, notExists, or, sql } from "./orm.ts";
import { chainCursor, deals, heldPieces, pieces, uploads } from "./schema.ts";

const head = sql`(select ${chainCursor.blockNumber} from ${chainCursor})`;

/** Writes down since which block each kept piece is not needed: by an open deal, an upload for one, or a proof still to come. */
export async function noteUnneeded(db: Database, currentPeriod: number): Promise<void> {
  const openDeal = db
    .select()
    .from(deals)
    .where(and(eq(deals.firstRoot, heldPieces.root), isOpen));
  const isProvenYet = or(eq(pieces.removedIn, 0), gt(pieces.removedIn, currentPeriod - 2));
  const livePiece = db
    .select()
    .from(pieces)
    .where(and(eq(pieces.root, heldPieces.root), isProvenYet));
  const wanted = wantedUploads(db);
  const isNeeded = sql`(${exists(openDeal)} or ${exists(livePiece)} or ${exists(wanted)})`;
  const { unneededSince } = heldPieces;
  await db
    .update(heldPieces)
    .set({ unneededSince: null })
    .where(and(isNotNull(unneededSince), isNeeded));
  await db
    .update(heldPieces)
    .set({ unneededSince: head })
    .where(and(or(isNull(unneededSince), gt(unneededSince, head)), not(isNeeded)));
}

/** Whether a kept piece has not been needed for as many blocks as can be taken back, nor is now by an upload that came since. */
export function isUnneededForGood(db: Database | Transaction) {
  const isFinal = sql`${heldPieces.unneededSince} <= ${head} - ${UNDO_DEPTH_BLOCKS}::int`;
  return and(isFinal, notExists(wantedUploads(db)));
}

/** Uploads of a kept piece for deals that are open. */
function wantedUploads(db: Database | Transaction) {
  return db
    .select()
    .from(uploads)
    .innerJoin(deals, and(eq(deals.dealId, uploads.dealId), isOpen))
    .where(eq(uploads.root, heldPieces.root));
}
