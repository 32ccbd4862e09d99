"use client";

import type { Address } from "viem";
import { FaucetButton } from "@/components/FaucetButton";
import { Notice } from "@/components/States";
import { formatMoney, type TokenUnit } from "@/lib/format/money";
import { useHasFaucet } from "@/lib/wallet/use-faucet";

/** Says that an account has too little, and how it gets more: on a local chain from the faucet. Amounts are base units. */
export function FundsNotice({
  account,
  available,
  required,
  token,
}: {
  account: Address;
  available: bigint;
  required: bigint;
  token: TokenUnit;
}) {
  const hasFaucet = useHasFaucet();
  if (available >= required) return null;
  return (
    <Notice tone="warn" title={`Not enough ${token.symbol}`}>
      <p>
        {available === 0n
          ? `The account has no ${token.symbol}.`
          : `This needs ${formatMoney(required, token, "up")}; you have ${formatMoney(available, token)}.`}
        {hasFaucet ? "" : ` Send ${token.symbol} to your account, then go on here.`}
      </p>
      <div className="mt-2 empty:hidden">
        <FaucetButton account={account} />
      </div>
    </Notice>
  );
}
