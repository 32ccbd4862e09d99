"use client";

import { type ReactNode, useState } from "react";
import { WagmiProvider } from "wagmi";
import { ChainClock } from "@/lib/chain-clock";
import type { AppConfig } from "@/lib/config";
import { PeriodClockProvider } from "@/lib/periods";
import { TransactionsProvider } from "@/lib/transactions/provider";
import { UploadsProvider } from "@/lib/uploads/provider";
import { WalletPromptProvider } from "@/lib/wallet/prompt";
import { createWagmiConfig } from "@/lib/wallet/wagmi";

/** What pages need of a network whose configuration is known: wallet, clocks, transactions and uploads. */
export function Network({ config, children }: { config: AppConfig; children: ReactNode }) {
  const [wagmiConfig] = useState(() => createWagmiConfig(config));
  return (
    <WagmiProvider config={wagmiConfig} reconnectOnMount>
      <ChainClock>
        <PeriodClockProvider>
          <TransactionsProvider>
            <UploadsProvider>
              <WalletPromptProvider>{children}</WalletPromptProvider>
            </UploadsProvider>
          </TransactionsProvider>
        </PeriodClockProvider>
      </ChainClock>
    </WagmiProvider>
  );
}
