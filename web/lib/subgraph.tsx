"use client";

import { createSubgraph as createClient, type Subgraph as Index, SubgraphError } from "@4ever/sdk/subgraph/client";
import { useMemo } from "react";
import { useChainHead } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { type IndexStatus, indexStatusOf } from "@/lib/index-status";
import { retryUnlessSilent } from "@/lib/retry";
import { META } from "@/lib/subgraph-meta";
import { useLiveQuery } from "@/lib/use-live-query";

export interface Subgraph {
  request<Response>(request: {
    document: string;
    variables?: Record<string, unknown>;
    signal?: AbortSignal;
  }): Promise<Response>;
}

/** A client of the network's index. Throws `SubgraphError`; aborts throw as they are. */
export function createSubgraph(url: string): Subgraph {
  const index = createClient(url);
  return { request: ({ document, variables, signal }) => index.ask({ document }, variables ?? {}, signal) };
}

/** The index of the configured network. */
export function useSubgraph(): Subgraph {
  const { subgraphUrl } = useAppConfig();
  return useMemo(() => createSubgraph(subgraphUrl), [subgraphUrl]);
}

/** The same index, for the questions that the SDK asks. */
export function useIndex(): Index {
  const { subgraphUrl } = useAppConfig();
  return useMemo(() => createClient(subgraphUrl), [subgraphUrl]);
}

interface MetaResponse {
  _meta: {
    hasIndexingErrors: boolean;
    block: { number: number; hash: string | null; timestamp: number | null };
  } | null;
}

const LOCAL_REFRESH_MS = 1_000;
const REFRESH_MS = 4_000;

/** Asks the index for the last block that it has fully processed. Throws `SubgraphError`. */
export async function fetchIndexedBlock(
  subgraph: Subgraph,
  signal?: AbortSignal,
): Promise<{ number: number; hasFailed: boolean }> {
  const { _meta } = await subgraph.request<MetaResponse>({ document: META, ...(signal ? { signal } : {}) });
  if (!_meta) throw new SubgraphError("The index has not processed a block yet.");
  return { number: _meta.block.number, hasFailed: _meta.hasIndexingErrors };
}

/** Height of the index. */
export function useIndexedBlock() {
  const subgraph = useSubgraph();
  const { chain, subgraphUrl } = useAppConfig();
  return useLiveQuery({
    queryKey: ["indexed-block", subgraphUrl],
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    retry: retryUnlessSilent(1),
    queryFn: ({ signal }) => fetchIndexedBlock(subgraph, signal),
  });
}

/** How far the index is against the chain's head. */
export function useIndexStatus(): IndexStatus {
  const { data: head } = useChainHead();
  const { data: indexed, error, refetch } = useIndexedBlock();
  if (error) return { state: "unreachable", error, retry: () => void refetch() };
  if (!indexed || !head) return { state: "loading" };
  if (indexed.hasFailed) return { state: "failed", block: indexed.number };
  return indexStatusOf(indexed.number, head.number);
}
