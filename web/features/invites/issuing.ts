import type { Invitee } from "@4ever/sdk/invites/issuing";
import { getAddress, isAddress } from "viem";
import { MAX_ISSUED } from "@/features/invites/issued";

/** Invitations to be issued, as they are typed. */
export interface IssueDraft {
  kind: "link" | "account";
  account: string;
  count: string;
  days: string;
}

export type Issuing =
  | { ok: true; invitees: Invitee[]; validSeconds: number }
  | { ok: false; problems: Partial<Record<keyof IssueDraft, string>> };

const MAX_DAYS = 365;
const DAY = 86_400;

/** What to sign, or why a typed field cannot be used. */
export function issuingOf({ kind, account, count, days }: IssueDraft): Issuing {
  const problems: Partial<Record<keyof IssueDraft, string>> = {};
  const number = wholeNumber(count);
  const span = wholeNumber(days);
  const isNamed = kind === "account";
  if (isNamed && !isAddress(account.trim(), { strict: false }))
    problems.account = "Enter an address: 0x and 40 digits.";
  if (!isNamed && (number < 1 || number > MAX_ISSUED)) problems.count = `Enter a whole number from 1 to ${MAX_ISSUED}.`;
  if (span < 1 || span > MAX_DAYS) problems.days = `Enter a whole number from 1 to ${MAX_DAYS}.`;
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  const invitees: Invitee[] = isNamed ? [getAddress(account.trim())] : Array<Invitee>(number).fill("anybody");
  return { ok: true, invitees, validSeconds: span * DAY };
}

function wholeNumber(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
}
