"use client";

import type { ReactNode } from "react";
import { Overlays } from "@/app/Overlays";
import { Frame } from "@/features/frame/Frame";
import { ActivityButton } from "@/features/transactions/ActivityButton";
import { AccountMenu } from "@/features/wallet/AccountMenu";
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
