"use client";

import { type Delegation, delegatedWorth, sharesFor } from "@4ever/sdk/pools";
import { undelegate } from "@4ever/sdk/stakes";
import { useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Button } from "@/components/Button";
import { EverField } from "@/components/EverField";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { nameOf } from "@/features/delegation/words";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Amounts that can thaw beside each other: the vault's bound. */
const MOST_TRANCHES = 16;

/** Starts the unbonding of a delegation, or of a part. */
export function UndelegateDialog({ delegation, onClose }: { delegation: Delegation; onClose: () => void }) {
  const { review } = useWallet();
  const { contracts, parameters } = useAppConfig().deployment;
  const queries = useQueryClient();
  const { pool, shares, tranches } = delegation;
  const worth = delegatedWorth(delegation);
  const field = useEverAmount(worth, `You have ${formatMoney(worth, EVER_UNIT)} with this provider.`);
  const name = nameOf(pool);
  const span = formatSpan(parameters.unbondingSeconds);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const amount = field.take();
    if (amount === undefined) return;
    onClose();
    review({
      key: `delegate/take/${pool.provider}`,
      title: `Undelegate from ${name}`,
      sentence: `${formatMoney(amount, EVER_UNIT)} stop earning with ${name} and begin to thaw.`,
      action: "Start the thaw",
      costs: [],
      gasLimit: 230_000n,
      undo:
        tranches.length >= MOST_TRANCHES
          ? `${MOST_TRANCHES} amounts thaw already: it joins the newest of them, which waits ${span} from now. It cannot be stopped.`
          : `It cannot be stopped. After ${span} you withdraw it, or delegate it again; until then it can be slashed.`,
      steps: [{ what: "transaction", title: "Send it" }],
      to: contracts.StakeVault,
      run: (client, context) =>
        undelegate(client, { ...context, provider: pool.provider, shares: sharesFor(amount, { shares, worth }) }),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["delegations"] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Undelegate from ${name}`}
      description={`Thaw, wait ${span}, withdraw.`}
    >
      <form noValidate onSubmit={onSubmit} className="space-y-4">
        <EverField
          label="Amount"
          field={field}
          hint={
            <>
              Worth now: <Money amount={worth} token={EVER_UNIT} />
            </>
          }
        />
        <Button look="primary" type="submit" className="w-full">
          Review the thaw
        </Button>
      </form>
    </Dialog>
  );
}
