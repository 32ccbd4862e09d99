"use client";

import { topUpChannel } from "@4ever/sdk/channels/channels";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import type { Channel } from "@/features/channels/channel";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney, parseAmount } from "@/lib/format/money";
import { useLedgerBalance } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Raises the cap of an open channel. */
export function TopUpDialog({
  account,
  channel,
  onClose,
}: {
  account: Address;
  channel: Channel;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const balance = useLedgerBalance(account);
  const [text, setText] = useState("");
  const [isTried, setTried] = useState(false);
  const { channelId, token, locked } = channel;
  const parsed = parseAmount(text, token);
  const problem = !parsed.ok ? parsed.problem : parsed.amount === 0n ? "Enter more than zero." : undefined;
  const spendable = balance.data ? balance.data.available + balance.data.wallet : undefined;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!parsed.ok || problem || (spendable !== undefined && parsed.amount > spendable)) return;
    const { amount } = parsed;
    onClose();
    review({
      key: `channel/top-up/${channelId}`,
      title: `Top up channel ${channelId}`,
      sentence: `The cap grows from ${formatMoney(locked, token)} to ${formatMoney(locked + amount, token)}.`,
      action: "Top up",
      costs: [{ label: "Locked more", amount, token, note: "What you never sign comes back." }],
      gasLimit: 260_000n,
      undo: "Only by closing the channel; what was not redeemed then comes back.",
      steps: [
        {
          what: "permit",
          title: "Sign the permit",
          facts: [
            { label: "You allow", value: "the ledger" },
            { label: "to take, once, at most", value: formatMoney(amount, token, "up") },
          ],
        },
        { what: "transaction", title: "Send the top-up" },
      ],
      to: contracts.Ledger,
      run: (client, context) => topUpChannel(client, { ...context, channelId, amount }),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["channel"] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Top up channel ${channelId}`}
      description="A higher cap. Nothing is paid before you sign it."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Amount to add"
          inputMode="decimal"
          autoComplete="off"
          unit={token.symbol}
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={isTried ? problem : undefined}
          hint={
            <>
              The cap is <Money amount={locked} token={token} /> now.
            </>
          }
        />
        {parsed.ok && spendable !== undefined ? (
          <FundsNotice account={account} available={spendable} required={parsed.amount} token={token} />
        ) : null}
        <Button look="primary" type="submit" className="w-full">
          Review the top-up
        </Button>
      </Form>
    </Dialog>
  );
}
