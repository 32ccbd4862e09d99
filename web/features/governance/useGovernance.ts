"use client";

import { everGovernorAbi } from "@4ever/sdk/generated/abis";
import { getCallChanges } from "@4ever/sdk/governance/call-changes";
import type { ProposalCall } from "@4ever/sdk/governance/call-sentences";
import { getCouncil } from "@4ever/sdk/governance/council";
import { getPause } from "@4ever/sdk/governance/pauses";
import { getCast, getGovernorSettings, getVoteDelegation, getVotingPower } from "@4ever/sdk/governance/votes";
import {
  getIndexedGuard,
  getIndexedProposal,
  listBallotsOf,
  listPoolsOf,
  listProposals,
} from "@4ever/sdk/subgraph/proposals";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useClient } from "wagmi";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LOCAL_REFRESH_MS = 2_000;
const REFRESH_MS = 12_000;

function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** A client of the chain; throws where there is none, inside of a query. */
function useReader() {
  const client = useClient();
  return () => {
    if (!client) throw new Error("No client for this chain.");
    return client;
  };
}

/** Proposals, the newest first. */
export function useProposals(first: number) {
  const index = useIndex();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["proposals", first],
    refetchInterval: useRefreshMs(),
    queryFn: ({ signal }) => listProposals(index, { deployment, first }, signal),
  });
}

/** One proposal with its ballots; null when the index knows none of this number. */
export function useProposal(proposalId: bigint | undefined) {
  const index = useIndex();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["proposal", proposalId?.toString()],
    enabled: proposalId !== undefined,
    refetchInterval: useRefreshMs(),
    queryFn: async ({ signal }) =>
      (await getIndexedProposal(index, { deployment, proposalId: proposalId ?? 0n }, signal)) ?? null,
  });
}

/** How an account voted, by the numbers of the proposals. */
export function useSaid(account: Address | undefined) {
  const index = useIndex();
  return useLiveQuery({
    queryKey: ["said", account],
    enabled: account !== undefined,
    refetchInterval: useRefreshMs(),
    queryFn: async ({ signal }) => {
      if (!account) throw new Error("There is no account to ask for.");
      return listBallotsOf(index, { account }, signal);
    },
  });
}

/** What for and abstain must reach, by the moment at which the votes were taken. EVER base units. A moment ahead has none yet. */
export function useQuorums(snapshots: readonly number[]): ReadonlyMap<number, bigint> {
  const reader = useReader();
  const { EverGovernor: address } = useAppConfig().deployment.contracts;
  const nowAt = useChainNow();
  const refreshMs = useRefreshMs();
  const taken = [...new Set(snapshots)]
    .filter((at) => nowAt !== undefined && at < nowAt)
    .sort((left, right) => left - right);
  const { data } = useLiveQuery({
    queryKey: ["quorums", address, taken.join()],
    enabled: address !== undefined && taken.length > 0,
    // The chain may not have reached a moment that the clock has passed.
    refetchInterval: (query) => ((query.state.data?.length ?? 0) < taken.length ? refreshMs : false),
    queryFn: async () => {
      if (!address) throw new Error("This network has no governor.");
      const client = reader();
      const asked = taken.map(async (at) => {
        const args = [BigInt(at)] as const;
        return [
          at,
          await readContract(client, { address, abi: everGovernorAbi, functionName: "quorum", args }),
        ] as const;
      });
      const found = await Promise.allSettled(asked);
      return found.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    },
  });
  return new Map(data);
}

/** What a call changes against what the chain has now; null when no getter tells it. */
export function useCallChanges({ target, data }: ProposalCall, isAsked = true) {
  const reader = useReader();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["call-changes", target, data],
    enabled: isAsked,
    refetchInterval: REFRESH_MS,
    queryFn: async () => (await getCallChanges(reader(), { deployment, call: { target, data } })) ?? null,
  });
}

/** Who may pause new entries, and whether they are paused now; the last pause with its beginning; what the council proposed. */
export function useGuard() {
  const reader = useReader();
  const index = useIndex();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["guard"],
    enabled: deployment.contracts.Guardian !== undefined,
    refetchInterval: useRefreshMs(),
    queryFn: async ({ signal }) => {
      const [now, told] = await Promise.all([
        getPause(reader(), { deployment }),
        getIndexedGuard(index, { deployment }, signal),
      ]);
      return { ...told, ...now };
    },
  });
}

/** The council and its term; null where there is none. */
export function useCouncil() {
  const reader = useReader();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["council"],
    refetchInterval: REFRESH_MS,
    queryFn: async () => (await getCouncil(reader(), { deployment })) ?? null,
  });
}

/** What later proposals follow. */
export function useSettings() {
  const reader = useReader();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["governor-settings"],
    enabled: deployment.contracts.EverGovernor !== undefined,
    refetchInterval: REFRESH_MS,
    queryFn: () => getGovernorSettings(reader(), { deployment }),
  });
}

/** What an account votes with now, and who votes with its EVER. */
export function useVotes(account: Address | undefined) {
  const reader = useReader();
  const index = useIndex();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["votes", account],
    enabled: account !== undefined && deployment.contracts.EverGovernor !== undefined,
    refetchInterval: useRefreshMs(),
    queryFn: async ({ signal }) => {
      if (!account) throw new Error("There is no account to ask for.");
      const client = reader();
      const pools = await listPoolsOf(index, { account }, signal);
      const [power, delegation] = await Promise.all([
        getVotingPower(client, { deployment, account, providers: pools.map(({ provider }) => provider) }),
        getVoteDelegation(client, { deployment, account }),
      ]);
      return { ...power, ...delegation, names: new Map(pools.map(({ provider, name }) => [provider, name])) };
    },
  });
}

/** What an account had when a proposal's votes were taken, and what of it is cast. */
export function useBallot(
  account: Address | undefined,
  proposal: { proposalId: bigint; snapshotAt: number },
  isAsked: boolean,
) {
  const reader = useReader();
  const index = useIndex();
  const { deployment } = useAppConfig();
  const { proposalId, snapshotAt: at } = proposal;
  return useLiveQuery({
    queryKey: ["ballot", account, proposalId.toString()],
    enabled: account !== undefined && isAsked,
    refetchInterval: useRefreshMs(),
    queryFn: async ({ signal }) => {
      if (!account) throw new Error("There is no account to ask for.");
      const client = reader();
      const pools = await listPoolsOf(index, { account }, signal);
      const of = { deployment, account, providers: pools.map(({ provider }) => provider) };
      const [power, cast] = await Promise.all([
        getVotingPower(client, { ...of, at }),
        getCast(client, { ...of, proposalId }),
      ]);
      return { power, cast, names: new Map(pools.map(({ provider, name }) => [provider, name])) };
    },
  });
}
