"use client";

import { createContext, type ReactNode, startTransition, useContext, useEffect, useMemo, useState } from "react";
import { getBlock } from "viem/actions";
import { useClient } from "wagmi";
import { type ChainHead, chainNowOf } from "@/lib/chain-head";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

const LOCAL_REFRESH_MS = 1_000;
const REFRESH_MS = 4_000;
const TICK_MS = 1_000;

/** The chain's head, refreshed in the background. */
export function useChainHead() {
  const client = useClient();
  const { chain, deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["chain-head", deployment.chainId],
    enabled: client !== undefined,
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    retry: 1,
    queryFn: async (): Promise<ChainHead> => {
      if (!client) throw new Error("No client for this chain.");
      const { number, timestamp } = await getBlock(client, { blockTag: "latest" });
      return { number: Number(number), timestamp: Number(timestamp), seenAtMs: Date.now() };
    },
  });
}

const ChainNowContext = createContext<number | undefined>(undefined);

/** Supplies {@link useChainNow}; ticks once a second while the page is visible. */
export function ChainClock({ children }: { children: ReactNode }) {
  const { data: head } = useChainHead();
  const [nowMs, setNowMs] = useState(() => Date.now());

  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") startTransition(() => setNowMs(Date.now()));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, []);

  const now = useMemo(
    () => (head ? Math.floor(chainNowOf(head, Math.max(nowMs, head.seenAtMs))) : undefined),
    [head, nowMs],
  );
  return <ChainNowContext value={now}>{children}</ChainNowContext>;
}

/** Chain time now, in whole Unix seconds; undefined until a block has been seen. */
export function useChainNow(): number | undefined {
  return useContext(ChainNowContext);
}
