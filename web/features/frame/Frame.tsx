"use client";

import type { ReactNode } from "react";
import { BottomBar } from "@/features/frame/BottomBar";
import { Brand } from "@/features/frame/Brand";
import { ConfigGate } from "@/features/frame/ConfigGate";
import { Rail } from "@/features/frame/Rail";
import { useConfigState } from "@/lib/config-context";

/**
 * Rail, top bar and landmarks around every page. The rest is shown once the network is known: its state and the wallet's corner in the
 * top bar, and what is wrong with either above the page.
 */
export function Frame({
  status,
  account,
  banners,
  children,
}: {
  status: ReactNode;
  account: ReactNode;
  banners: ReactNode;
  children: ReactNode;
}) {
  const isReady = useConfigState().status === "ready";
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded bg-accent px-4 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <div className="flex min-h-dvh">
        <Rail />
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-20 flex h-14 items-center gap-3 border-b border-line bg-canvas/92 px-4 backdrop-blur-sm sm:px-8">
            <div className="lg:hidden">
              <Brand />
            </div>
            <div className="min-w-0 max-lg:ml-auto">{isReady ? status : null}</div>
            <div className="flex items-center gap-2 lg:ml-auto">{isReady ? account : null}</div>
          </header>
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto w-full max-w-[72rem] flex-1 px-4 pt-8 pb-28 outline-none sm:px-8 lg:pb-16"
          >
            {isReady ? banners : null}
            <ConfigGate>{children}</ConfigGate>
          </main>
        </div>
      </div>
      <BottomBar />
    </>
  );
}
