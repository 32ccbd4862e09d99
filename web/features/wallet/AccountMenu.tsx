"use client";

import { Wallet } from "lucide-react";
import dynamic from "next/dynamic";
import { useConnection } from "wagmi";
import { Button } from "@/components/Button";
import { Skeleton } from "@/components/Skeleton";
import { useWalletPrompt } from "@/lib/wallet/prompt";

const Waiting = () => <Skeleton className="h-9 w-32" />;
/** Fetched once a wallet is connected: whoever only looks around does not need it. */
const Account = dynamic(() => import("@/features/wallet/Account").then((module) => module.Account), {
  ssr: false,
  loading: Waiting,
});

/** The wallet's corner of the top bar: connect, or balance, account and what can be done with it. */
export function AccountMenu() {
  const { address, isConnected, isReconnecting } = useConnection();
  const { setOpen } = useWalletPrompt();
  if (isReconnecting && !address) return <Waiting />;
  if (!isConnected || !address) {
    return (
      <Button icon={<Wallet aria-hidden className="size-4" />} onClick={() => setOpen(true)}>
        <span>
          Connect<span className="max-sm:hidden"> wallet</span>
        </span>
      </Button>
    );
  }
  return <Account address={address} />;
}
