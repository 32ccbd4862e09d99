"use client";

import { type Pool, roomOf } from "@4ever/sdk/pools";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { DelegateDialog } from "@/features/delegation/DelegateDialog";
import { nameOf } from "@/features/delegation/words";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Opens the form for a delegation; without a wallet it asks for one first. A provider stakes, and does not delegate to itself. */
export function DelegateButton({ pool, isInRow = false }: { pool: Pool; isInRow?: boolean }) {
  const { account, connect } = useWallet();
  const [isOpen, setOpen] = useState(false);
  if (account && isAddressEqual(account, pool.provider)) return null;
  const isFull = roomOf(pool) === 0n;
  return (
    <>
      <Button
        {...(isInRow ? { size: "sm" } : { look: "primary" })}
        {...(isInRow && !isFull ? { "aria-label": `Delegate to ${nameOf(pool)}` } : {})}
        disabled={isFull}
        onClick={() => (account ? setOpen(true) : connect())}
      >
        {isFull ? "No room left" : "Delegate"}
      </Button>
      {isOpen && account ? <DelegateDialog account={account} pool={pool} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
