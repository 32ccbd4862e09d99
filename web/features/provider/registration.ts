import { isAddress, isHex } from "viem";
import type { Phase } from "@/features/provider/useProviderArea";

const MAX_GROUP = 4_294_967_295;

/** A registration as it is typed. */
export interface RegistrationDraft {
  name: string;
  endpoint: string;
  operator: string;
  group: string;
  invite: string;
}

/** Why a field cannot be used; empty when all can. */
export function problemsOf(
  { name, endpoint, operator, group, invite }: RegistrationDraft,
  phase: Phase,
): Partial<RegistrationDraft> {
  const problems: Partial<RegistrationDraft> = {};
  if (name.trim() === "") problems.name = "Enter the name that customers will see.";
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    problems.endpoint = "Enter the address at which your keeper is reached, like https://keeper.example.org.";
  }
  if (!isAddress(operator, { strict: false }))
    problems.operator = "Enter the address that your keeper prints at its start.";
  if (!/^\d+$/.test(group) || Number(group) > MAX_GROUP) problems.group = "Enter a whole number.";
  const cleaned = invite.trim();
  if (phase === "INVITE" && cleaned === "") problems.invite = "Registering needs an invite while the network grows.";
  else if (cleaned !== "" && !isHex(cleaned)) problems.invite = "An invite is one long text that begins with 0x.";
  return problems;
}
