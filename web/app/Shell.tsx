"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { Frame } from "@/features/frame/Frame";
import { useConfigState } from "@/lib/config-context";
import { Providers } from "@/lib/providers";

// What talks to chain or wallet is fetched beside the page, so that the page can be read before.
const ChainStatus = dynamic(() => import("@/features/frame/ChainStatus").then((module) => module.ChainStatus), {
  ssr: false,
});
const Banners = dynamic(() => import("@/features/frame/Banners").then((module) => module.Banners), { ssr: false });
const ActivityButton = dynamic(
  () => import("@/features/transactions/ActivityButton").then((module) => module.ActivityButton),
  { ssr: false },
);
const AccountMenu = dynamic(() => import("@/features/wallet/AccountMenu").then((module) => module.AccountMenu), {
  ssr: false,
});
const Overlays = dynamic(() => import("@/app/Overlays").then((module) => module.Overlays), { ssr: false });

/** Puts the parts of the frame together around every page. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <Providers>
      <Frame
        status={<ChainStatus />}
        account={
          <>
            <ActivityButton />
            <AccountMenu />
          </>
        }
        banners={<Banners />}
      >
        {children}
      </Frame>
      <OverlaysOnceReady />
    </Providers>
  );
}

function OverlaysOnceReady() {
  return useConfigState().status === "ready" ? <Overlays /> : null;
}
