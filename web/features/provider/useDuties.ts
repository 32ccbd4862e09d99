"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Address, Hash, Hex } from "viem";
import { SHOWN_PERIODS } from "@/features/provider/duty-states";
import { RECENT_DUTIES } from "@/features/provider/queries";
import { useChainHead } from "@/lib/chain-clock";
import { usePeriodClock } from "@/lib/periods";
import { useSubgraph } from "@/lib/subgraph";

export interface MissedPeriod {
  period: number;
  strikes: number;
  reportedBy: Address;
  at: number;
  hash: Hash;
}

export interface Duties {
  proven: ReadonlySet<number>;
  reported: readonly MissedPeriod[];
  seeded: ReadonlySet<number>;
  /** Whether anything was under proof in the last ended period: content counts from the period after its addition on. */
  isDue: boolean;
  /** Unix seconds until which the proof of the last ended period is taken; undefined while it has no seed. */
  dueAt: number | undefined;
}

interface Response {
  proofs: { period: number }[];
  missedPeriods: { period: number; strikes: number; reportedBy: Hex; timestamp: string; transactionHash: Hash }[];
  pieces: { id: Hex }[];
  rounds: { period: number; dueAt: string }[];
}

const CHAIN_MISSING = "The chain does not answer, so it is not known which period runs.";

/** What a provider proved and missed in the last periods. */
export function useDuties(provider: Address) {
  const subgraph = useSubgraph();
  const { current } = usePeriodClock();
  const { error: chainError, refetch: askChain } = useChainHead();
  const query = useQuery({
    queryKey: ["duties", provider, current],
    enabled: current !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Duties> => {
      const judged = (current ?? 0) - 1;
      const from = Math.max(0, judged + 1 - SHOWN_PERIODS);
      const { proofs, missedPeriods, pieces, rounds } = await subgraph.request<Response>({
        document: RECENT_DUTIES,
        variables: { provider: provider.toLowerCase(), from, judged, first: 1_000 },
        signal,
      });
      const due = rounds.find(({ period }) => period === judged)?.dueAt;
      return {
        proven: new Set(proofs.map(({ period }) => period)),
        reported: missedPeriods.map(({ timestamp, transactionHash, ...missed }) => ({
          ...missed,
          at: Number(timestamp),
          hash: transactionHash,
        })),
        seeded: new Set(rounds.map(({ period }) => period)),
        isDue: pieces.length > 0,
        dueAt: due === undefined ? undefined : Number(due),
      };
    },
  }); // Without the chain's time there is no period to ask about: then it is the chain that is missing, not the index.
  if (current !== undefined || !chainError) return query;
  return { ...query, error: new Error(CHAIN_MISSING, { cause: chainError }), refetch: askChain };
}
