import { type Address, type Hex, isAddress } from "viem";
import { parseAmount, type TokenUnit } from "@/lib/format/money";

/** Least term: a channel that ends sooner than the payer's own window leaves the payee no time. Days. */
const MIN_DAYS = 2;
const MAX_DAYS = 3_650;
const DAY_SECONDS = 86_400;

export interface OpeningDraft {
  payee: string;
  serviceId: string;
  amount: string;
  days: string;
}

/** What somebody wants to open, read; or what is wrong with it. Token base units; seconds. */
export type Opening =
  | { ok: true; payee: Address; serviceId: Hex; amount: bigint; termSeconds: number }
  | { ok: false; problems: { [field in keyof OpeningDraft]?: string } };

/** Reads a typed opening. Does not throw. */
export function openingOf(draft: OpeningDraft, token: TokenUnit): Opening {
  const problems: { [field in keyof OpeningDraft]?: string } = {};
  if (!isAddress(draft.payee)) problems.payee = "Choose whom to pay.";
  if (!draft.serviceId) problems.serviceId = "Choose what is paid for.";
  const amount = parseAmount(draft.amount, token);
  if (!amount.ok) problems.amount = amount.problem;
  else if (amount.amount === 0n) problems.amount = "Enter more than zero.";
  const days = /^\d{1,5}$/.test(draft.days.trim()) ? Number(draft.days) : 0;
  if (days < MIN_DAYS || days > MAX_DAYS) problems.days = `Enter ${MIN_DAYS} to ${MAX_DAYS} days.`;
  if (!amount.ok || Object.keys(problems).length > 0) return { ok: false, problems };
  return {
    ok: true,
    payee: draft.payee as Address,
    serviceId: draft.serviceId as Hex,
    amount: amount.amount,
    termSeconds: days * DAY_SECONDS,
  };
}
