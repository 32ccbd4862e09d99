import { type Address, getAddress, isAddress, isAddressEqual, zeroAddress } from "viem";
import { formatMoney, parseAmount, type TokenUnit } from "@/lib/format/money";

/** A withdrawal as it is typed, read. Token base units. */
export type Withdrawal =
  | { ok: true; amount: bigint; to: Address }
  | { ok: false; problems: { amount?: string; to?: string } };

/** Reads a typed withdrawal, or says what is wrong with it. Money sent to one of the protocol's contracts would be lost. */
export function withdrawalOf(
  draft: { amount: string; to: string },
  {
    available,
    token,
    deployment,
  }: { available: bigint; token: TokenUnit; deployment: Readonly<Record<string, Address | undefined>> },
): Withdrawal {
  const problems: { amount?: string; to?: string } = {};
  const parsed = parseAmount(draft.amount, token);
  if (!parsed.ok) problems.amount = parsed.problem;
  else if (parsed.amount === 0n) problems.amount = "Enter more than zero.";
  else if (parsed.amount > available) problems.amount = `At most ${formatMoney(available, token)} can be withdrawn.`;

  const typed = draft.to.trim();
  const to = isAddress(typed) ? getAddress(typed) : undefined;
  if (!to || isAddressEqual(to, zeroAddress))
    problems.to = "Enter an address: 0x and 40 digits, as your wallet shows it.";
  else if (Object.values(deployment).some((contract) => contract && isAddressEqual(contract, to)))
    problems.to = "That is a contract of this network: the money could not be taken out of it.";

  if (!parsed.ok || !to || problems.amount || problems.to) return { ok: false, problems };
  return { ok: true, amount: parsed.amount, to };
}
