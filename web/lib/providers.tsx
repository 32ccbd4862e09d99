"use client";

import { QueryCache, QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { TooltipProvider } from "@/components/Tooltip";
import { ConfigContext, type ConfigState } from "@/lib/config-context";
import { retryUnlessSilent } from "@/lib/retry";

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

/** Lets the page answer between two pieces of work. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

/**
 * Wallets and chain clients are the larger part of the script: they come while the page can be read already, and start one after the
 * other.
 */
async function loadNetwork(signal: AbortSignal) {
  const { loadConfig } = await import("@/lib/config");
  const asked = loadConfig(signal);
  asked.catch(() => {}); // is awaited below
  await pause();
  await import("@/lib/wallet/wagmi");
  await pause();
  const { Network } = await import("@/lib/network");
  return { config: await asked, Network };
}

function Configured({ children }: { children: ReactNode }) {
  const { data, error, errorUpdatedAt, refetch } = useQuery({
    queryKey: ["config"],
    queryFn: ({ signal }) => loadNetwork(signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: 1,
  });
  // Everything renders with it: in small pieces, so that the page answers meanwhile.
  const loaded = useDeferredValue(data);
  const state = useMemo((): ConfigState => {
    if (loaded) return { status: "ready", config: loaded.config };
    if (error) return { status: "failed", error, failedAtMs: errorUpdatedAt, retry: () => void refetch() };
    return { status: "loading" };
  }, [loaded, error, errorUpdatedAt, refetch]);

  return (
    <ConfigContext value={state}>
      {loaded ? <loaded.Network config={loaded.config}>{children}</loaded.Network> : children}
    </ConfigContext>
  );
}
