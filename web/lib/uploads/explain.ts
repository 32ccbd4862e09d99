import { refusalSentence, type UploadErrorCode, UploadRefused } from "@4ever/sdk/uploads";
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

/** Whether trying again cannot help. */
export function isFinalRefusal(error: unknown): boolean {
  return error instanceof UploadRefused && FINAL.has(error.code);
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
  return {
    kind: "unreachable",
    what: "The provider cannot be reached.",
    next: "What has arrived there is kept. Try again; should it stay away, everything locked comes back after the deadline.",
  };
}
