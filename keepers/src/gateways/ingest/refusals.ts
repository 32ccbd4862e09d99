import type { UploadErrorCode, UploadProblem } from "@4ever/sdk/uploads";

/** HTTP status of each refusal. */
const STATUS: Record<UploadErrorCode, number> = {
  token_missing: 401,
  token_malformed: 401,
  token_foreign: 403,
  token_expired: 401,
  deal_unknown: 404,
  deal_foreign: 403,
  deal_over: 410,
  piece_unexpected: 409,
  size_mismatch: 409,
  size_exceeds_capacity: 413,
  size_exceeds_disk: 507,
  part_out_of_range: 416,
  part_too_large: 413,
  part_length_unknown: 411,
  part_truncated: 400,
  part_busy: 409,
  upload_incomplete: 409,
  upload_closed: 409,
  car_invalid: 422,
  car_blocks_missing: 422,
  root_mismatch: 422,
  leaf_count_mismatch: 422,
  cid_mismatch: 422,
  pieces_invalid: 422,
  pieces_signature_foreign: 403,
  pieces_nonce_used: 409,
  pieces_refused: 409,
  rate_limited: 429,
  standby: 503,
  internal: 500,
};

/** A request that is not served, with its reason and what to do about it. */
export class IngestRefusal extends Error {
  override readonly name = "IngestRefusal";
  readonly status: number;
  readonly problem: UploadProblem;

  constructor(code: UploadErrorCode, message: string, hint: string) {
    super(message);
    this.status = STATUS[code];
    this.problem = { code, message, hint };
  }
}

/** The refusal of an upload whose bytes were checked and are wrong. */
export function refusalOf({ code, message, hint }: UploadProblem): IngestRefusal {
  return new IngestRefusal(code, message, hint);
}
