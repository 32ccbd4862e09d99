import type { VoucherErrorCode, VoucherProblem } from "@4ever/sdk/channels/delivery";

/** HTTP status of each refusal. */
const STATUS: Record<VoucherErrorCode, number> = {
  voucher_malformed: 422,
  channel_unknown: 404,
  channel_over: 410,
  voucher_not_higher: 409,
  voucher_above_cap: 409,
  voucher_signature_foreign: 403,
  token_not_taken: 409,
  rate_limited: 429,
};

/** A voucher that is not taken, with the reason and what to do about it. */
export class VoucherRefusal extends Error {
  override readonly name = "VoucherRefusal";
  readonly status: number;
  readonly problem: VoucherProblem;

  constructor(code: VoucherErrorCode, message: string, hint: string, kept?: bigint) {
    super(message);
    this.status = STATUS[code];
    this.problem = { code, message, hint, ...(kept !== undefined && { kept: kept.toString() }) };
  }
}
