import { bytesToHex, concat, type Hex, numberToHex } from "viem";
import { verifyLeaves } from "../pieces/proof.ts";
import { drawChallenges, type LineSlot, lineOf, type Question, slotAt } from "./challenges.ts";
import { ProofError } from "./errors.ts";
import type { SlotRecord } from "./meta.ts";

/** The challenges that one piece answers. */
export interface PieceChallenge extends SlotRecord {
  leafCount: number;
  /** Leaves of the piece, distinct and rising. */
  indices: number[];
}

/** Opens leaves of one piece: the bytes that `proveLeaves` of the piece library gives. */
export type ReadPiece = (challenge: PieceChallenge) => Promise<Uint8Array>;

/** What a period asks of each piece: who only wants to know what to load calls this; `buildProof` does too. */
export function challengedPieces(question: Question, slots: readonly SlotRecord[]): PieceChallenge[] {
  return split(question, slots).pieces;
}

/**
 * Builds the proof of one set and period, as `PossessionProofs.prove` takes it, and checks each opening before it is used.
 * Throws `ProofNothingLive`, `ProofLineBroken`, `ProofTooSparse` or `ProofOpeningInvalid`, and whatever `readPiece` throws.
 * @param proof.slots All slots of the set, in any order.
 */
export async function buildProof({
  slots,
  readPiece,
  ...question
}: Question & { slots: readonly SlotRecord[]; readPiece: ReadPiece }): Promise<Hex> {
  const { dead, pieces } = split(question, slots);
  const { setId } = question;
  const parts: Hex[] = [numberToHex(dead.length, { size: 1 })];
  for (const { slot, meta, root } of dead) parts.push(slotHex(slot), metaHex(meta), root);
  for (const piece of pieces) {
    const { slot, root, leafCount, indices } = piece;
    const stream = await readPiece(piece);
    if (!verifyLeaves({ root, leafCount, indices, stream })) {
      throw new ProofError("ProofOpeningInvalid", { setId, slot, root });
    }
    parts.push(slotHex(slot), metaHex(piece.meta), bytesToHex(stream));
  }
  return concat(parts);
}

function split(question: Question, slots: readonly SlotRecord[]): { dead: LineSlot[]; pieces: PieceChallenge[] } {
  const line = lineOf(slots, question.total);
  const { positions, dead } = drawChallenges(question, line);
  const pieces = new Map<LineSlot, PieceChallenge>();
  for (const position of positions) {
    const at = slotAt(line, position);
    if (at === undefined) throw new ProofError("ProofLineBroken", { setId: question.setId, position });
    const { slot, root, meta, range } = at;
    const piece = pieces.get(at) ?? { slot, root, meta, leafCount: range.leafCount, indices: [] };
    piece.indices.push(Number(position - range.start));
    pieces.set(at, piece);
  }
  return { dead, pieces: [...pieces.values()] };
}

const slotHex = (slot: number): Hex => numberToHex(slot, { size: 5 });
const metaHex = (meta: bigint): Hex => numberToHex(meta, { size: 32 });
