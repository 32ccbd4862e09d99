"use client";

import { usageChannelsAbi } from "@4ever/sdk/generated/abis";
import { type Address, getAddress, type Hex } from "viem";
import { usePublicClient } from "wagmi";
import { type Channel, type ChannelRow, channelFrom } from "@/features/channels/channel";
import { CHANNEL, CHANNELS, PAYEES } from "@/features/channels/queries";
import { useAppConfig } from "@/lib/config-context";
import { useSubgraph } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LISTED = 200;
const LOCAL_REFRESH_MS = 2_000;
const REFRESH_MS = 12_000;

function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** The newest channels that an account pays, or that pay it. */
export function useChannels(side: "payer" | "payee", account: Address | undefined) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["channels", side, account],
    enabled: account !== undefined,
    refetchInterval,
    queryFn: async ({ signal }): Promise<Channel[]> => {
      const { channels } = await subgraph.request<{ channels: ChannelRow[] }>({
        document: CHANNELS,
        variables: { where: { [side]: account?.toLowerCase() }, first: LISTED },
        signal,
      });
      return channels.map(channelFrom);
    },
  });
}

/** One redemption. Token base units: `amount` gross, `paid` net; Unix seconds. */
export interface Redemption {
  id: Hex;
  cumulative: bigint;
  amount: bigint;
  paid: bigint;
  redeemedBy: Address;
  at: number;
  hash: Hex;
}

interface RedemptionRow {
  id: Hex;
  cumulative: string;
  amount: string;
  paid: string;
  redeemedBy: Hex;
  timestamp: string;
  transactionHash: Hex;
}

export type ChannelDetail = Channel & { redemptions: readonly Redemption[] };

/** A channel by its number; null when the index knows none. */
export function useChannel(channelId: bigint | undefined) {
  const subgraph = useSubgraph();
  const refetchInterval = useRefreshMs();
  return useLiveQuery({
    queryKey: ["channel", channelId?.toString()],
    enabled: channelId !== undefined,
    refetchInterval,
    queryFn: async ({ signal }): Promise<ChannelDetail | null> => {
      const { channels } = await subgraph.request<{ channels: (ChannelRow & { redemptions: RedemptionRow[] })[] }>({
        document: CHANNEL,
        variables: { channelId: channelId?.toString(), first: LISTED },
        signal,
      });
      const [row] = channels;
      if (!row) return null;
      const redemptions = row.redemptions.map((each) => ({
        id: each.id,
        cumulative: BigInt(each.cumulative),
        amount: BigInt(each.amount),
        paid: BigInt(each.paid),
        redeemedBy: getAddress(each.redeemedBy),
        at: Number(each.timestamp),
        hash: each.transactionHash,
      }));
      return { ...channelFrom(row), redemptions };
    },
  });
}

/** A provider that can be paid. */
export interface Payee {
  address: Address;
  name: string;
  endpoint: string;
  jailed: boolean;
}

/** Registered providers, and the services that are paid for. */
export function usePayees() {
  const subgraph = useSubgraph();
  return useLiveQuery({
    queryKey: ["payees"],
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }) => {
      const { providers, services } = await subgraph.request<{
        providers: { id: Hex; name: string; endpoint: string; jailed: boolean }[];
        services: { id: Hex; name: string; feeBps: number }[];
      }>({ document: PAYEES, variables: { first: LISTED }, signal });
      const payees = providers.map(({ id, ...rest }): Payee => ({ address: getAddress(id), ...rest }));
      return { payees, services };
    },
  });
}

/** Time between a payer's wish to close and the end. Seconds. */
export function useCloseWindow() {
  const client = usePublicClient();
  const { UsageChannels: address } = useAppConfig().deployment.contracts;
  return useLiveQuery({
    queryKey: ["close-window", address],
    enabled: client !== undefined && address !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      if (!client || !address) throw new Error("This network has no channels.");
      const seconds = await client.readContract({ address, abi: usageChannelsAbi, functionName: "CLOSE_WINDOW" });
      return Number(seconds);
    },
  });
}
