"use client";

import { stakeVaultAbi } from "@4ever/sdk/generated/abis";
import { readContract } from "viem/actions";
import { useClient } from "wagmi";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

/** The most that a cut can be, and the notice before a rise: constants of the vault. Basis points; seconds. */
export function useCutBounds() {
  const client = useClient();
  const { StakeVault: address } = useAppConfig().deployment.contracts;
  return useLiveQuery({
    queryKey: ["cut-bounds", address],
    enabled: client !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      if (!client) throw new Error("No client for this chain.");
      const vault = { address, abi: stakeVaultAbi } as const;
      const [mostBps, notice] = await Promise.all([
        readContract(client, { ...vault, functionName: "MAX_CUT_BPS" }),
        readContract(client, { ...vault, functionName: "CUT_NOTICE_SECONDS" }),
      ]);
      return { mostBps, noticeSeconds: Number(notice) };
    },
  });
}
