import type { Hex } from "viem";

/** A piece of a deal. Sizes in bytes; `addedIn` and `removedIn` are periods. */
export interface DealPiece {
  id: Hex;
  cid: string;
  root: Hex;
  slot: number;
  /** The slot's packed word, which removing names. */
  meta: bigint;
  sizeBytes: bigint;
  addedIn: number;
  /** Last period whose proof it is part of; undefined while it stays. */
  removedIn: number | undefined;
  addedAt: number;
}

/** Where a piece is in its life, in a word. */
export type PieceState =
  | { word: "Enters at the boundary"; tone: "waiting" }
  | { word: "Under proof"; tone: "good" }
  | { word: "Leaves at the boundary"; tone: "warn" }
  | { word: "Removed" | "Over"; tone: "neutral" };

/** Reads a piece's state while period `current` runs; `endPeriod` is the first one that is not paid any more. */
export function pieceStateOf(
  { addedIn, removedIn }: Pick<DealPiece, "addedIn" | "removedIn">,
  current: number | undefined,
  endPeriod: number | undefined,
): PieceState {
  if (current !== undefined && endPeriod !== undefined && current >= endPeriod)
    return { word: "Over", tone: "neutral" };
  if (removedIn !== undefined) {
    return current !== undefined && current <= removedIn
      ? { word: "Leaves at the boundary", tone: "warn" }
      : { word: "Removed", tone: "neutral" };
  }
  return current !== undefined && current <= addedIn
    ? { word: "Enters at the boundary", tone: "waiting" }
    : { word: "Under proof", tone: "good" };
}

/**
 * In which periods a piece can earn, in words. `endPeriod` is the deal's first period that is not paid any more; undefined while a
 * renewal can move it.
 */
export function earningSpanOf(
  { addedIn, removedIn }: Pick<DealPiece, "addedIn" | "removedIn">,
  endPeriod: number | undefined,
): string {
  const first = addedIn + 1;
  if (removedIn === undefined && endPeriod === undefined) return `since period ${first}`;
  const last = Math.min(removedIn ?? Number.POSITIVE_INFINITY, (endPeriod ?? Number.POSITIVE_INFINITY) - 1);
  if (last < first) return "in no period";
  return last === first ? `in period ${first}` : `periods ${first} – ${last}`;
}

/** Pieces that are there to stay, the newest first. */
export function stayingPieces(pieces: readonly DealPiece[]): DealPiece[] {
  return pieces.filter(({ removedIn }) => removedIn === undefined).toSorted(byNewest);
}

/** The newest first; within one block the one in the later slot. */
export function byNewest(a: Pick<DealPiece, "addedAt" | "slot">, b: Pick<DealPiece, "addedAt" | "slot">): number {
  return b.addedAt - a.addedAt || b.slot - a.slot;
}
