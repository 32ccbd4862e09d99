import type { Address, Hex } from "viem";
import type { Database } from "./database.ts";
import { isRunning } from "./open-deals.ts";
import { and, eq, exists, gt, gte, notExists, or } from "./orm.ts";
import { carBlocks, deals, heldPieces, pieces } from "./schema.ts";

/** Which kept pieces hold a block. */
export type ContentStore = {
  /** A piece of a running deal of ours that holds the block; undefined when none does, or none does any more. */
  servedRoot(digest: Uint8Array, currentPeriod: number): Promise<Hex | undefined>;
  /** All kept pieces with the block. */
  rootsWith(digest: Uint8Array): Promise<Hex[]>;
  /** Any kept piece, to probe. */
  anyRoot(): Promise<Hex | undefined>;
};

export function createContentStore(db: Database, provider: Address): ContentStore {
  const ours = provider.toLowerCase() as Address;
  return {
    async servedRoot(digest, currentPeriod) {
      const runs = and(eq(deals.provider, ours), isRunning, gt(deals.endPeriod, currentPeriod));
      const stays = or(eq(pieces.removedIn, 0), gte(pieces.removedIn, currentPeriod));
      const underProof = db
        .select()
        .from(pieces)
        .innerJoin(deals, and(eq(deals.dealId, pieces.dealId), runs))
        .where(and(eq(pieces.root, carBlocks.root), stays));
      // The first piece is read from the acceptance on, a block or two before it is under proof; and no longer once it was removed.
      const wasAdded = db
        .select()
        .from(pieces)
        .where(and(eq(pieces.dealId, deals.dealId), eq(pieces.root, deals.firstRoot)));
      const accepted = db
        .select({ dealId: deals.dealId })
        .from(deals)
        .where(and(eq(deals.firstRoot, carBlocks.root), runs, notExists(wasAdded)));
      const [row] = await db
        .select({ root: carBlocks.root })
        .from(carBlocks)
        .where(and(eq(carBlocks.digest, digest), or(exists(underProof), exists(accepted))))
        .limit(1);
      return row?.root;
    },

    async rootsWith(digest) {
      const rows = await db.select({ root: carBlocks.root }).from(carBlocks).where(eq(carBlocks.digest, digest));
      return rows.map(({ root }) => root);
    },

    async anyRoot() {
      const [row] = await db.select({ root: heldPieces.root }).from(heldPieces).orderBy(heldPieces.heldAt).limit(1);
      return row?.root;
    },
  };
}
