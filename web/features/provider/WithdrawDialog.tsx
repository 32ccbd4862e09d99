"use client";

import { withdraw } from "@4ever/sdk/ledger";
import type { TokenInfo } from "@4ever/sdk/tokens";
import { type FormEvent, useState } from "react";
import { type Address, getAddress, isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { withdrawalOf } from "@/features/provider/withdrawal";
import { useAppConfig } from "@/lib/config-context";
import { exactAmount, formatMoney } from "@/lib/format/money";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Takes earnings out of the ledger: into the provider's account, or to a payout address. `available` is token base units. */
export function WithdrawDialog({
  account,
  available,
  token,
  onClose,
}: {
  account: Address;
  available: bigint;
  token: TokenInfo;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const [amount, setAmount] = useState(exactAmount(available, token.decimals));
  const [to, setTo] = useState<string>(account);
  const [isTried, setTried] = useState(false);
  const draft = withdrawalOf({ amount, to }, { available, token, deployment: contracts });
  const problems = isTried && !draft.ok ? draft.problems : {};

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!draft.ok) return;
    const isOwn = isAddressEqual(draft.to, account);
    onClose();
    review({
      key: `ledger/withdraw/${account}`,
      title: "Withdraw earnings",
      sentence: `${formatMoney(draft.amount, token)} move from your balance in the ledger ${isOwn ? "into your account" : `to ${draft.to}`}.`,
      action: "Withdraw",
      costs: [],
      gasLimit: 75_000n,
      undo: isOwn
        ? "You can deposit it again at any time."
        : "This cannot be undone: whoever holds the key of that address has the money.",
      steps: [{ what: "transaction", title: "Send the withdrawal" }],
      to: contracts.Ledger,
      run: (client, context) => withdraw(client, { ...context, token, amount: draft.amount, to: draft.to }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Withdraw earnings"
      description="Out of the ledger, to you or to a payout address."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Amount"
          inputMode="decimal"
          autoComplete="off"
          unit={token.symbol}
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
          error={problems.amount}
          hint={
            <>
              Can be withdrawn: <Money amount={available} token={token} />
            </>
          }
          action={
            <Button look="quiet" size="sm" onClick={() => setAmount(exactAmount(available, token.decimals))}>
              All
            </Button>
          }
        />
        <TextField
          label="Paid to"
          isMono
          spellCheck={false}
          autoComplete="off"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          error={problems.to}
          hint={
            draft.ok && isAddressEqual(draft.to, account)
              ? "Your own account. A cold wallet’s address works as well."
              : "Not your own account: check every digit."
          }
          action={
            to === account ? null : (
              <Button look="quiet" size="sm" onClick={() => setTo(getAddress(account))}>
                Own
              </Button>
            )
          }
        />
        <Button look="primary" type="submit" className="w-full">
          Review the withdrawal
        </Button>
      </Form>
    </Dialog>
  );
}
