import { parseInvite } from "@4ever/sdk/invites/code";
import { isAddress, size, stringToHex } from "viem";
import type { Phase } from "@/features/provider/useProviderArea";

const MAX_GROUP = 4_294_967_295;
/** Longest texts that the registry takes. Bytes of UTF-8. */
const MAX_NAME_BYTES = 64;
const MAX_ENDPOINT_BYTES = 256;

const bytesOf = (text: string) => size(stringToHex(text));

/** Fields by which a provider is registered, as they are typed. */
export interface IdentityDraft {
  name: string;
  endpoint: string;
  operator: string;
  group: string;
}

/** A registration as it is typed. */
export interface RegistrationDraft extends IdentityDraft {
  invite: string;
}

/** Why a typed field cannot be used, as a sentence; undefined when it can. */
export const IDENTITY_PROBLEMS: { readonly [field in keyof IdentityDraft]: (text: string) => string | undefined } = {
  name: (text) => {
    if (text.trim() === "") return "Enter the name that customers will see.";
    return bytesOf(text.trim()) > MAX_NAME_BYTES ? `Shorten it to ${MAX_NAME_BYTES} bytes.` : undefined;
  },
  endpoint: (text) => {
    const endpoint = text.trim();
    if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
      return "Enter the address at which your keeper is reached, like https://keeper.example.org.";
    return bytesOf(endpoint) > MAX_ENDPOINT_BYTES ? `Shorten it to ${MAX_ENDPOINT_BYTES} bytes.` : undefined;
  },
  operator: (text) =>
    isAddress(text.trim(), { strict: false }) && !/^0x0+$/.test(text.trim())
      ? undefined
      : "Enter the address that your keeper prints at its start.",
  group: (text) => (/^\d+$/.test(text.trim()) && Number(text) <= MAX_GROUP ? undefined : "Enter a whole number."),
};

/** Why fields cannot be used; empty when all can. */
export function problemsOf(draft: RegistrationDraft, phase: Phase): Partial<RegistrationDraft> {
  const problems: Partial<RegistrationDraft> = {};
  for (const field of ["name", "endpoint", "operator", "group"] as const) {
    const problem = IDENTITY_PROBLEMS[field](draft[field]);
    if (problem) problems[field] = problem;
  }
  const cleaned = draft.invite.trim();
  if (phase === "INVITE" && cleaned === "") problems.invite = "Registering needs an invite while the network grows.";
  else if (cleaned !== "" && !isInvite(cleaned))
    problems.invite = "This is no invite, or not all of it. Copy it again, whole, as it was given to you.";
  return problems;
}

function isInvite(text: string): boolean {
  try {
    parseInvite(text);
    return true;
  } catch {
    return false;
  }
}
