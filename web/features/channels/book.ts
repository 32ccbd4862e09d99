"use client";

import { createBrowserStore } from "@4ever/sdk/channels/browser-store";
import { termsOf } from "@4ever/sdk/channels/channels";
import { receiptOf } from "@4ever/sdk/channels/delivery";
import { signedSums } from "@4ever/sdk/channels/entries";
import type { ChannelStore } from "@4ever/sdk/channels/store";
import { createVoucherBook, type SignedSum, type VoucherBook } from "@4ever/sdk/channels/voucher-book";
import type { Deployment } from "@4ever/sdk/deployments";
import { useQueries, useQuery } from "@tanstack/react-query";
import type { Channel } from "@/features/channels/channel";
import { useAppConfig } from "@/lib/config-context";
import { sessionKeyOf } from "@/lib/uploads/session-keys";

const REFRESH_MS = 4_000;
const ASK_REFRESH_MS = 20_000;

let store: ChannelStore<SignedSum> | undefined;

/** What this browser signed of a channel: nobody else knows it before it is redeemed. Signs only with a key that was made here. */
export function bookOf(
  deployment: Deployment,
  channel: Pick<Channel, "channelId" | "payee" | "service" | "sessionKey" | "locked">,
): VoucherBook {
  const { channelId, payee, service, sessionKey, locked } = channel;
  store ??= createBrowserStore("4ever.vouchers", signedSums);
  const key = sessionKeyOf(globalThis.localStorage, sessionKey);
  return createVoucherBook({
    terms: termsOf(deployment, { channelId, payee, serviceId: service.id }),
    sessionKey: {
      signTypedData: (data) =>
        key
          ? key.signTypedData(data as Parameters<typeof key.signTypedData>[0])
          : Promise.reject(new Error("The channel’s key is not in this browser.")),
    },
    store,
    cap: locked,
  });
}

/** Whether this browser has the key that signs a channel's vouchers. */
export function hasKeyOf({ sessionKey }: Pick<Channel, "sessionKey">): boolean {
  return sessionKeyOf(globalThis.localStorage, sessionKey) !== undefined;
}

const signedKey = (channelId: bigint) => ["signed", channelId.toString()];

/** Most that this browser signed of each channel; null where it knows nothing. Token base units. */
export function useSigned(channels: readonly Channel[]): (bigint | null | undefined)[] {
  const { deployment } = useAppConfig();
  return useQueries({
    queries: channels.map((channel) => ({
      queryKey: signedKey(channel.channelId),
      refetchInterval: REFRESH_MS,
      structuralSharing: false,
      queryFn: async () => (await bookOf(deployment, channel).signed()) ?? null,
    })),
  }).map(({ data, isError }) => (isError ? null : data));
}

/** What a payee's keeper has of a channel. Fails when it cannot be asked, or takes no vouchers. */
export function useReceipt(channel: Pick<Channel, "channelId">, endpoint: string | undefined, isAsked = true) {
  return useQuery({
    queryKey: ["voucher-receipt", endpoint, channel.channelId.toString()],
    enabled: isAsked && Boolean(endpoint),
    refetchInterval: ASK_REFRESH_MS,
    retry: false,
    queryFn: async ({ signal }) => {
      const { kept } = await receiptOf(channel.channelId, { endpoint: endpoint ?? "", signal });
      return { kept };
    },
  });
}
