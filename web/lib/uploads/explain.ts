import { refusalSentence, type UploadErrorCode, UploadRefused } from "@4ever/sdk/uploads";
import { explain } from "@/lib/transactions/explain";
import type { Explanation } from "@/lib/transactions/types";

/** Refusals after which the same bytes or the same deal will never be taken. */
const FINAL: ReadonlySet<UploadErrorCode> = new Set([
  "deal_foreign",
  "deal_over",
  "piece_unexpected",
  "size_mismatch",
  "size_exceeds_capacity",
  "car_invalid",
  "car_blocks_missing",
  "root_mismatch",
  "leaf_count_mismatch",
  "cid_mismatch",
]);

/** Whether trying again cannot help. For a later piece, room can still be made. */
export function isFinalRefusal(error: unknown, isLaterPiece: boolean): boolean {
  if (!(error instanceof UploadRefused)) return false;
  return FINAL.has(error.code) && !(isLaterPiece && error.code === "size_exceeds_capacity");
}

/** What a provider or the connection said, for a person. The money stays locked for the deal until it is accepted or refunded. */
export function explainUpload(error: unknown): Explanation {
  if (error instanceof UploadRefused) {
    const { message, hint } = refusalSentence(error);
    return { kind: "refused", what: message, next: hint };
  }
  if (error instanceof DOMException && error.name === "NotFoundError") {
    return {
      kind: "refused",
      what: "This browser has discarded the packed files.",
      next: "Choose the same folder again.",
    };
  }
  const { kind, what } = explain(error);
  if (kind === "rejected") return { kind, what, next: "Nothing was uploaded. Go on when you want to." };
  return {
    kind: "unreachable",
    what: "The provider cannot be reached.",
    next: "What has arrived there is kept. Try again; should it stay away, everything locked comes back after the deadline.",
  };
}
