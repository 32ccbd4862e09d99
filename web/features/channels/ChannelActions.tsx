"use client";

import { closeChannel } from "@4ever/sdk/channels/channels";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { hasKeyOf } from "@/features/channels/book";
import { type Channel, phaseOf } from "@/features/channels/channel";
import { SignDialog } from "@/features/channels/SignDialog";
import { TopUpDialog } from "@/features/channels/TopUpDialog";
import { useCloseWindow } from "@/features/channels/useChannels";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the connected account, or whoever holds the key in this browser, can do with a channel now. */
export function ChannelActions({
  channel,
  signed,
  endpoint,
}: {
  channel: Channel;
  /** Null when this browser does not know it; undefined until it was looked up. */
  signed: bigint | null | undefined;
  endpoint: string | undefined;
}) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const { data: closeWindow } = useCloseWindow();
  const [shown, setShown] = useState<"sign" | "top-up">();
  const phase = phaseOf(channel, useChainNow());
  const { channelId, token, locked, redeemed, payer, payee } = channel;
  const isPayer = account !== undefined && isAddressEqual(account, payer);
  const isPayee = account !== undefined && isAddressEqual(account, payee);
  const pays = phase === "open" || phase === "closing";
  const canSign = pays && signed !== undefined && hasKeyOf(channel);
  const canClose = phase === "over" ? account !== undefined : pays && (isPayee || (isPayer && phase === "open"));
  const isAsking = isPayer && !isPayee && phase === "open";
  const window = closeWindow === undefined ? "the close window" : formatSpan(closeWindow);

  function close() {
    const rest = formatMoney(locked - redeemed, token);
    review({
      key: `channel/close/${channelId}/${phase}`,
      title: isAsking ? `Begin to close channel ${channelId}` : `Close channel ${channelId}`,
      sentence: isAsking
        ? `For ${window} the provider can still redeem what you signed. Then close it once more, and the rest comes back.`
        : isPayee
          ? `It ends at once: what is not redeemed by now is lost to you, and ${rest} go back to the payer.`
          : `${rest} go back to the payer’s balance in the ledger.`,
      action: isAsking ? "Begin to close" : phase === "over" ? "Get it back" : "Close it",
      costs: [],
      gasLimit: 140_000n,
      undo: isAsking ? "This cannot be undone: open another channel instead." : "Nothing of it can be undone.",
      steps: [{ what: "transaction", title: "Send it" }],
      to: contracts.UsageChannels ?? contracts.Ledger,
      run: (client, context) => closeChannel(client, { ...context, channelId }),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["channel"] }),
    });
  }

  return (
    <>
      {canClose ? <Button onClick={close}>{phase === "over" ? "Get the rest back" : "Close"}</Button> : null}
      {isPayer && phase === "open" ? <Button onClick={() => setShown("top-up")}>Top up</Button> : null}
      {canSign ? (
        <Button look="primary" onClick={() => setShown("sign")}>
          Sign
        </Button>
      ) : null}
      {shown === "top-up" && account ? (
        <TopUpDialog account={account} channel={channel} onClose={() => setShown(undefined)} />
      ) : null}
      {shown === "sign" && signed !== undefined ? (
        <SignDialog channel={channel} signed={signed} endpoint={endpoint} onClose={() => setShown(undefined)} />
      ) : null}
    </>
  );
}
