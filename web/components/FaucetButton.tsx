"use client";

import { Droplets } from "lucide-react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { explain } from "@/lib/transactions/explain";
import { useFaucet, useHasFaucet } from "@/lib/wallet/use-faucet";

/** Fills an account with worthless tokens of the local chain. Nothing is shown where there is no faucet. */
export function FaucetButton({ account }: { account: Address }) {
  const hasFaucet = useHasFaucet();
  const { mutate, isPending, isSuccess, error } = useFaucet();
  if (!hasFaucet) return null;
  return (
    <div>
      <Button
        size="sm"
        className="w-full"
        icon={<Droplets aria-hidden className="size-4" />}
        busy={isPending && "Filling the account"}
        onClick={() => mutate(account)}
      >
        Get test tokens
      </Button>
      <p role="status" className="mt-1.5 text-sm text-muted empty:hidden">
        {error ? `${explain(error).what} ${explain(error).next}` : isSuccess ? "The tokens are there." : ""}
      </p>
    </div>
  );
}
