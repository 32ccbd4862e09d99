"use client";

import type { ReactNode } from "react";
import { Frame } from "@/features/frame/Frame";
import { ActivityButton } from "@/features/transactions/ActivityButton";
import { TransactionDrawer } from "@/features/transactions/TransactionDrawer";
import { TransactionToasts } from "@/features/transactions/TransactionToasts";
import { AccountMenu } from "@/features/wallet/AccountMenu";
import { ConnectDialog } from "@/features/wallet/ConnectDialog";
import { useConfigState } from "@/lib/config-context";
import { Providers } from "@/lib/providers";

/** Puts the parts of the frame together around every page. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <Providers>
      <Frame
        account={
          <>
            <ActivityButton />
            <AccountMenu />
          </>
        }
      >
        {children}
      </Frame>
      <Overlays />
    </Providers>
  );
}

function Overlays() {
  if (useConfigState().status !== "ready") return null;
  return (
    <>
      <ConnectDialog />
      <TransactionDrawer />
      <TransactionToasts />
    </>
  );
}
