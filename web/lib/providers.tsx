"use client";

import { QueryCache, QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { WagmiProvider } from "wagmi";
import { TooltipProvider } from "@/components/Tooltip";
import { ChainClock } from "@/lib/chain-clock";
import { type AppConfig, loadConfig } from "@/lib/config";
import { ConfigContext, type ConfigState } from "@/lib/config-context";
import { PeriodClockProvider } from "@/lib/periods";
import { retryUnlessSilent } from "@/lib/subgraph";
import { TransactionsProvider } from "@/lib/transactions/provider";
import { UploadsProvider } from "@/lib/uploads/provider";
import { WalletPromptProvider } from "@/lib/wallet/prompt";
import { createWagmiConfig } from "@/lib/wallet/wagmi";

const STALE_MS = 2_000;

function createQueryClient() {
  return new QueryClient({
    // The page shows a sentence; the console keeps the whole error.
    queryCache: new QueryCache({ onError: (error, query) => console.error("Query failed", query.queryKey, error) }),
    defaultOptions: { queries: { staleTime: STALE_MS, retry: retryUnlessSilent(2), refetchOnWindowFocus: true } },
  });
}

/** Everything that pages stand on. The frame is drawn at once; what needs the network waits for its configuration. */
export function Providers({ children }: { children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipProvider delayDuration={250} skipDelayDuration={200}>
        <Configured>{children}</Configured>
      </TooltipProvider>
    </QueryClientProvider>
  );
}

function Configured({ children }: { children: ReactNode }) {
  const { data, error, errorUpdatedAt, refetch } = useQuery({
    queryKey: ["config"],
    queryFn: ({ signal }) => loadConfig(signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: 1,
  });
  const state = useMemo((): ConfigState => {
    if (data) return { status: "ready", config: data };
    if (error) return { status: "failed", error, failedAtMs: errorUpdatedAt, retry: () => void refetch() };
    return { status: "loading" };
  }, [data, error, errorUpdatedAt, refetch]);

  const shown = useDeferredValue(state); // everything renders with it: in small pieces, so that the page answers meanwhile
  return (
    <ConfigContext value={shown}>
      {shown.status === "ready" ? <Networked config={shown.config}>{children}</Networked> : children}
    </ConfigContext>
  );
}

function Networked({ config, children }: { config: AppConfig; children: ReactNode }) {
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
