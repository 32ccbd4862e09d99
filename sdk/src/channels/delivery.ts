import { encodeVoucher, type Voucher } from "./vouchers.ts";

/** Why a provider does not take a voucher. */
export type VoucherErrorCode =
  /** It is no voucher at all. */
  | "voucher_malformed"
  /** No channel of this number pays this provider. */
  | "channel_unknown"
  /** It is closed, or nothing of it is paid any more. */
  | "channel_over"
  /** As much was signed or redeemed before. */
  | "voucher_not_higher"
  /** It claims more than the channel locks; it is good after a top-up. */
  | "voucher_above_cap"
  /** The channel's session key did not sign it. */
  | "voucher_signature_foreign"
  /** The provider takes no vouchers in this token. */
  | "token_not_taken"
  | "rate_limited";

/** What a provider says of a voucher that it does not take. */
export interface VoucherProblem {
  code: VoucherErrorCode;
  message: string;
  hint: string;
  /** With `voucher_not_higher`: the highest sum that is kept or was redeemed. Token base units in decimals. */
  kept?: string;
}

/** What a provider has of a channel. Token base units in decimals; Unix seconds. */
export interface VoucherReceipt {
  channelId: string;
  /** The highest sum that is kept or was redeemed. */
  kept: string;
  redeemed: string;
  locked: string;
  /** First moment at which nothing is paid any more. */
  endsAt: number;
  /** How much more the voucher is worth than the one before; only when one was given. */
  added?: string;
}

/** The provider did not take the voucher, and said why. */
export class VoucherNotTaken extends Error {
  override readonly name = "VoucherNotTaken";
  readonly code: VoucherErrorCode | undefined;
  readonly hint: string;
  /** What the provider has already, when that is the reason. Token base units. */
  readonly kept: bigint | undefined;
  constructor({ code, message, hint, kept }: Partial<VoucherProblem>) {
    super(message ?? "The provider did not take the voucher.");
    this.code = code;
    this.hint = hint ?? "Try again in a moment.";
    this.kept = kept === undefined ? undefined : BigInt(kept);
  }
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 10_000;

/** Where to reach a provider, and what talks to it. */
export interface DeliveryOptions {
  /** The provider's endpoint, as the registry names it. */
  endpoint: string;
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
}

/** Gives a voucher to its payee, which keeps it when this resolves. Throws `VoucherNotTaken`, or what `fetch` throws. */
export async function deliverVoucher(
  voucher: Voucher,
  options: DeliveryOptions,
): Promise<VoucherReceipt & { added: string }> {
  const body = JSON.stringify({ voucher: encodeVoucher(voucher) });
  const { added = "0", ...receipt } = await ask(options, `channels/${voucher.channelId}/vouchers`, {
    method: "POST",
    body,
  });
  return { ...receipt, added };
}

/** What a payee has of a channel: where a payer whose store was lost begins again. Throws as `deliverVoucher`. */
export function receiptOf(channelId: bigint, options: DeliveryOptions): Promise<VoucherReceipt> {
  return ask(options, `channels/${channelId}`, {});
}

async function ask(
  { endpoint, fetch = globalThis.fetch, signal }: DeliveryOptions,
  path: string,
  init: { method?: string; body?: string },
): Promise<VoucherReceipt> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(new URL(path, endpoint.endsWith("/") ? endpoint : `${endpoint}/`), {
    ...init,
    ...(init.body !== undefined && { headers: { "content-type": "application/json" } }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const answer = parsed(await textOf(response));
  if (response.ok && isReceipt(answer)) return answer;
  const { error } = (answer ?? {}) as { error?: unknown };
  throw new VoucherNotTaken(
    problemOf(error) ?? {
      message: `${endpoint} does not answer as a keeper that takes vouchers does (HTTP ${response.status}).`,
    },
  );
}

/** What came, up to the limit; what is longer is cut off, and is no answer then. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  const reader = body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) return text;
    bytes += part.value.length;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader?.cancel();
      return "";
    }
    text += decoder.decode(part.value, { stream: true });
  }
}

/** A refusal as a stranger words it; only what is text, and a number in digits. */
function problemOf(error: unknown): Partial<VoucherProblem> | undefined {
  const { code, message, hint, kept } = (error ?? {}) as Record<keyof VoucherProblem, unknown>;
  if (typeof code !== "string" || typeof message !== "string" || typeof hint !== "string") return undefined;
  const problem = { code: code as VoucherErrorCode, message, hint };
  return typeof kept === "string" && /^\d{1,78}$/.test(kept) ? { ...problem, kept } : problem;
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReceipt(answer: object | undefined): answer is VoucherReceipt {
  const { kept, redeemed, locked, endsAt, added } = (answer ?? {}) as Partial<VoucherReceipt>;
  const isSum = (text: unknown) => typeof text === "string" && /^\d{1,78}$/.test(text);
  return [kept, redeemed, locked, ...(added === undefined ? [] : [added])].every(isSum) && Number.isSafeInteger(endsAt);
}
