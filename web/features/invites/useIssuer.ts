"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Address, getAddress, type Hash, type Hex } from "viem";
import { type IssuerOnChain, invitationsOf } from "@/features/invites/invitations";
import { issuedBy } from "@/features/invites/issued";
import { ISSUER } from "@/features/invites/queries";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** The newest that are listed. */
const LISTED = 1_000;
const LOCAL_REFRESH_MS = 2_000;
const REFRESH_MS = 12_000;
const NOBODY: IssuerOnChain = { quota: 0n, revokedBelow: 0n, redeemedCount: 0, batches: [], invites: [] };

interface Response {
  network: { phase: "CLOSED" | "INVITE" | "OPEN" } | null;
  issuer: {
    quota: string;
    revokedBelow: string;
    redeemedCount: number;
    batches: { nonce: string; count: string | null; redeemedCount: number; revokedAt: string | null }[];
    invites: {
      index: string;
      status: "USED" | "REVOKED";
      account: Hex | null;
      timestamp: string;
      transactionHash: Hash;
      batch: { nonce: string };
    }[];
  } | null;
}

/** What the index knows of an account as an issuer, and how far the network is open. */
export function useIssuer(account: Address | undefined) {
  const subgraph = useSubgraph();
  const { chain } = useAppConfig();
  return useLiveQuery({
    queryKey: ["issuer", account],
    enabled: account !== undefined,
    refetchInterval: chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS,
    queryFn: async ({ signal }) => {
      const { network, issuer } = await subgraph.request<Response>({
        document: ISSUER,
        variables: { id: account?.toLowerCase(), first: LISTED },
        signal,
      });
      return { phase: network?.phase ?? "CLOSED", issuer: issuer ? issuerFrom(issuer) : NOBODY };
    },
  });
}

function issuerFrom({ quota, revokedBelow, redeemedCount, batches, invites }: NonNullable<Response["issuer"]>) {
  return {
    quota: BigInt(quota),
    revokedBelow: BigInt(revokedBelow),
    redeemedCount,
    batches: batches.map(({ nonce, count, redeemedCount: used, revokedAt }) => ({
      nonce: BigInt(nonce),
      count: count === null ? undefined : Number(count),
      redeemedCount: used,
      isRevoked: revokedAt !== null,
    })),
    invites: invites.map(({ index, status, account, timestamp, transactionHash, batch }) => ({
      nonce: BigInt(batch.nonce),
      index: Number(index),
      isUsed: status === "USED",
      account: account ? getAddress(account) : undefined,
      at: Number(timestamp),
      hash: transactionHash,
    })),
  };
}

/** Query of what this browser keeps. */
export const issuedKey = ["issued-invites"] as const;

/** Invitations of an issuer, joined from what this browser keeps and what the index says. */
export function useInvitations(account: Address, issuer: IssuerOnChain) {
  const { deployment } = useAppConfig();
  const nowAt = useChainNow();
  const { data } = useQuery({
    queryKey: [...issuedKey, account],
    queryFn: () => issuedBy(globalThis.localStorage, deployment, account),
  });
  const minute = nowAt === undefined ? undefined : nowAt - (nowAt % 10);
  return useMemo(() => invitationsOf(data ?? [], issuer, minute), [data, issuer, minute]);
}
