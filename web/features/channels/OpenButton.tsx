"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { OpenDialog } from "@/features/channels/OpenDialog";
import { useAppConfig } from "@/lib/config-context";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Opens the form for a new channel; without a wallet it asks for one first. Nothing on a network without channels. */
export function OpenButton() {
  const { account, connect } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const [isOpen, setOpen] = useState(false);
  if (!contracts.UsageChannels) return null;
  return (
    <>
      <Button
        look="primary"
        icon={<Plus aria-hidden className="size-4" />}
        onClick={() => (account ? setOpen(true) : connect())}
      >
        Open a channel
      </Button>
      {isOpen && account ? <OpenDialog account={account} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
