"use client";

import { type Delegation, delegatedWorth, sharesFor } from "@4ever/sdk/pools";
import { undelegate } from "@4ever/sdk/stakes";
import { Money } from "@/components/Money";
import { DelegationDialog } from "@/features/delegation/DelegationDialog";
import { nameOf } from "@/features/delegation/words";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useEverAmount } from "@/lib/use-ever-amount";

/** Amounts that can thaw beside each other: the vault's bound. */
const MOST_TRANCHES = 16;

/** Starts the unbonding of a delegation, or of a part. */
export function UndelegateDialog({ delegation, onClose }: { delegation: Delegation; onClose: () => void }) {
  const { parameters } = useAppConfig().deployment;
  const { pool, shares, tranches } = delegation;
  const worth = delegatedWorth(delegation);
  const field = useEverAmount(worth, `You have ${formatMoney(worth, EVER_UNIT)} with this provider.`);
  const name = nameOf(pool);
  const span = formatSpan(parameters.unbondingSeconds);
  return (
    <DelegationDialog
      title={`Undelegate from ${name}`}
      description={`Thaw, wait ${span}, withdraw.`}
      field={field}
      hint={
        <>
          Worth now: <Money amount={worth} token={EVER_UNIT} />
        </>
      }
      action="Review the thaw"
      planOf={(amount) => ({
        key: `delegate/take/${pool.provider}`,
        sentence: `${formatMoney(amount, EVER_UNIT)} stop earning with ${name} and begin to thaw.`,
        action: "Start the thaw",
        costs: [],
        undo:
          tranches.length >= MOST_TRANCHES
            ? `${MOST_TRANCHES} amounts thaw already: it joins the newest of them, which waits ${span} from now. It cannot be stopped.`
            : `It cannot be stopped. After ${span} you withdraw it, or delegate it again; until then it can be slashed.`,
        steps: [{ what: "transaction", title: "Send it" }],
        run: (client, context) =>
          undelegate(client, { ...context, provider: pool.provider, shares: sharesFor(amount, { shares, worth }) }),
      })}
      onClose={onClose}
    />
  );
}
