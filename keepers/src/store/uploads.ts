import type { DEAL_STATUSES } from "@4ever/sdk/deal-status";
import type { Piece } from "@4ever/sdk/proofs";
import type { UploadProblem } from "@4ever/sdk/uploads";
import type { Address, Hex } from "viem";
import type { Database } from "./database.ts";
import { and, desc, eq, ne, sql, sum } from "./orm.ts";
import { additions, deals, heldPieces, pieces, uploads } from "./schema.ts";

export type UploadRow = {
  state: "receiving" | "verifying" | "refused" | "held";
  sizeBytes: number;
  received: [from: number, to: number][];
  error: UploadProblem | null;
};

export type IngestDeal = {
  dealId: bigint;
  status: (typeof DEAL_STATUSES)[number];
  provider: Address;
  signer: Address;
  capacityBytes: bigint;
  liveBytes: bigint;
  endPeriod: number | null;
  firstPiece: Piece;
};

/** What the ingest reads and writes in the database. */
export type UploadStore = {
  deal(dealId: bigint): Promise<IngestDeal | undefined>;
  find(dealId: bigint, root: Hex): Promise<UploadRow | undefined>;
  /** Begins an upload, or begins a refused one anew; a piece that is held for another deal is held at once. */
  begin(dealId: bigint, root: Hex, sizeBytes: number): Promise<UploadRow>;
  /** Adds a received part; the state becomes `verifying` with the last one. */
  receive(dealId: bigint, root: Hex, from: number, to: number): Promise<UploadRow | undefined>;
  /** Bytes of other uploads of a deal that are not under proof yet. */
  pendingBytes(dealId: bigint, exceptRoot: Hex): Promise<bigint>;
  /** Bytes of uploads under way that are still to come. */
  expectedBytes(): Promise<number>;
  /** Whether a piece is under proof; one that was removed may come again. */
  isAdded(dealId: bigint, root: Hex): Promise<boolean>;
  held(root: Hex): Promise<{ leafCount: number; cidDigest: Hex; sizeBytes: number } | undefined>;
  /** Writes down a signed addition; false when the nonce was used for something else. */
  addAddition(dealId: bigint, nonce: number, signed: { pieces: Piece[]; signature: Hex }): Promise<boolean>;
  /** Why the latest addition of a piece could not be carried out; undefined while it is under way, and when it was. */
  additionRefusal(dealId: bigint, root: Hex): Promise<string | undefined>;
  /** Pieces of a deal with their states, for its page. */
  piecesOf(dealId: bigint): Promise<{ root: Hex; cidDigest: Hex | null; state: string }[]>;
};

const columns = {
  state: uploads.state,
  sizeBytes: uploads.sizeBytes,
  received: uploads.received,
  error: uploads.error,
};

export function createUploadStore(db: Database): UploadStore {
  const is = (dealId: bigint, root: Hex) => and(eq(uploads.dealId, dealId), eq(uploads.root, root));
  const asRow = (row: { [K in keyof UploadRow]: unknown } | undefined) => row as UploadRow | undefined;

  const find = async (dealId: bigint, root: Hex) => {
    const [row] = await db.select(columns).from(uploads).where(is(dealId, root));
    return asRow(row);
  };

  return {
    find,

    async deal(dealId) {
      const [row] = await db.select().from(deals).where(eq(deals.dealId, dealId));
      if (!row) return undefined;
      const firstPiece = { root: row.firstRoot, leafCount: row.firstLeafCount, cidDigest: row.firstCidDigest };
      return { ...row, firstPiece };
    },

    begin: (dealId, root, sizeBytes) =>
      db.transaction(async (tx) => {
        // Locked, so that the piece is not discarded between looking and counting on it.
        const [kept] = await tx.select().from(heldPieces).where(eq(heldPieces.root, root)).for("share");
        const state = kept?.sizeBytes === sizeBytes ? "held" : "receiving";
        await tx.insert(uploads).values({ dealId, root, sizeBytes, state }).onConflictDoNothing();
        await tx
          .update(uploads)
          .set({ state, sizeBytes, received: [], error: null, updatedAt: sql`now()` })
          .where(and(is(dealId, root), eq(uploads.state, "refused")));
        const [row] = await tx.select(columns).from(uploads).where(is(dealId, root));
        return asRow(row) as UploadRow;
      }),

    async receive(dealId, root, from, to) {
      const received = sql`${uploads.received} + int8multirange(int8range(${from}, ${to}))`;
      const isWhole = sql`(${received}) @> int8range(0, ${uploads.sizeBytes})`;
      const [row] = await db
        .update(uploads)
        .set({
          received,
          state: sql`case when ${isWhole} then 'verifying' else ${uploads.state} end`,
          updatedAt: sql`now()`,
        })
        .where(and(is(dealId, root), eq(uploads.state, "receiving")))
        .returning(columns);
      return asRow(row);
    },

    async pendingBytes(dealId, exceptRoot) {
      const added = db.select({ root: pieces.root }).from(pieces).where(eq(pieces.dealId, dealId));
      const [row] = await db
        .select({ bytes: sum(uploads.sizeBytes) })
        .from(uploads)
        .where(
          and(
            eq(uploads.dealId, dealId),
            ne(uploads.root, exceptRoot),
            ne(uploads.state, "refused"),
            sql`${uploads.root} not in ${added}`,
          ),
        );
      return BigInt(row?.bytes ?? 0);
    },

    async expectedBytes() {
      const here = sql`coalesce((select sum(upper(part) - lower(part)) from unnest(${uploads.received}) as part), 0)`;
      const [row] = await db
        .select({ bytes: sql<string | null>`sum(${uploads.sizeBytes} - ${here})` })
        .from(uploads)
        .where(eq(uploads.state, "receiving"));
      return Number(row?.bytes ?? 0);
    },

    async isAdded(dealId, root) {
      const rows = await db
        .select({ slot: pieces.slot })
        .from(pieces)
        .where(and(eq(pieces.dealId, dealId), eq(pieces.root, root), eq(pieces.removedIn, 0)))
        .limit(1);
      return rows.length > 0;
    },

    async held(root) {
      const [row] = await db.select().from(heldPieces).where(eq(heldPieces.root, root));
      return row;
    },

    async addAddition(dealId, nonce, signed) {
      await db
        .insert(additions)
        .values({ dealId, nonce, ...signed })
        .onConflictDoUpdate({
          target: [additions.dealId, additions.nonce],
          set: { ...signed, state: "pending", error: null },
          setWhere: eq(additions.state, "refused"),
        });
      const [row] = await db
        .select()
        .from(additions)
        .where(and(eq(additions.dealId, dealId), eq(additions.nonce, nonce)));
      return row?.signature === signed.signature;
    },

    async additionRefusal(dealId, root) {
      const [latest] = await db
        .select({ state: additions.state, error: additions.error })
        .from(additions)
        .where(and(eq(additions.dealId, dealId), sql`${additions.pieces} @> ${JSON.stringify([{ root }])}::jsonb`))
        .orderBy(desc(additions.nonce))
        .limit(1);
      return latest?.state === "refused" ? (latest.error ?? "the contract refused them") : undefined;
    },

    async piecesOf(dealId) {
      const onChain = await db
        .select({ root: pieces.root, cidDigest: pieces.cidDigest, removedIn: pieces.removedIn })
        .from(pieces)
        .where(eq(pieces.dealId, dealId));
      const arriving = await db
        .select({ root: uploads.root, cidDigest: heldPieces.cidDigest, state: uploads.state })
        .from(uploads)
        .leftJoin(heldPieces, eq(heldPieces.root, uploads.root))
        .where(eq(uploads.dealId, dealId));
      const added = new Set(onChain.map(({ root }) => root));
      return [
        ...onChain.map(({ root, cidDigest, removedIn }) => ({
          root,
          cidDigest,
          state: removedIn === 0 ? "added" : "removed",
        })),
        ...arriving.filter(({ root }) => !added.has(root)),
      ];
    },
  };
}
