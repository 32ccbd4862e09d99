"use client";

import { renew } from "@4ever/sdk/deal-actions";
import { costOf } from "@4ever/sdk/units";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { RelativeTime } from "@/components/RelativeTime";
import type { Deal } from "@/features/deals/deal";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { useWallet } from "@/lib/wallet/use-wallet";

const USUAL_PERIODS = 30;
const MOST_PERIODS = 3_660;

/** Adds time to a deal at its own price. */
export function RenewDialog({
  deal,
  open,
  onOpenChange,
}: {
  deal: Deal;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const clock = usePeriodClock();
  const [text, setText] = useState(String(USUAL_PERIODS));
  const periods = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  const problem = periods >= 1 && periods <= MOST_PERIODS ? undefined : `Enter 1 to ${MOST_PERIODS} periods.`;
  // The lock may hold more than the remaining term needs, so less than this may be asked for.
  const most = costOf(deal.unitPrice, deal.capacityBytes, BigInt(periods));

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (problem) return;
    onOpenChange(false);
    review({
      key: `deal/renew/${deal.dealId}`,
      title: `Renew deal ${deal.dealId}`,
      sentence: `The term grows by ${clock.spanOf(periods)}, at the deal’s own price.`,
      action: "Renew",
      costs: [{ label: "Locked at most", amount: most, token: deal.token, note: "What is not earned comes back." }],
      gasLimit: 260_000n,
      undo: "You can end the deal at any boundary; the rest then comes back.",
      steps: [
        {
          what: "permit",
          title: "Sign the permit",
          facts: [
            { label: "You allow", value: "the ledger" },
            { label: "to take, once, at most", value: formatMoney(most, deal.token, "up") },
          ],
        },
        { what: "transaction", title: "Send the renewal" },
      ],
      to: contracts.Ledger,
      run: (client, context) => renew(client, { ...context, dealId: deal.dealId, addedPeriods: periods }),
    });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Renew deal ${deal.dealId}`}
      description="More time at the price that was agreed."
    >
      <Form onSubmit={onSubmit} className="space-y-5">
        <TextField
          label="Time to add"
          inputMode="numeric"
          unit="periods"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={problem}
          hint={clock.spanOf(periods)}
        />
        <dl className="space-y-2 text-sm">
          <div className="flex justify-between gap-4">
            <dt className="text-muted">Costs at most</dt>
            <dd className="font-medium">
              <Money amount={most} token={deal.token} rounding="up" />
            </dd>
          </div>
          {deal.termEndPeriod !== undefined ? (
            <div className="flex justify-between gap-4">
              <dt className="text-muted">Term then ends</dt>
              <dd>
                <RelativeTime at={clock.endOf(deal.termEndPeriod - 1 + periods)} />
              </dd>
            </div>
          ) : null}
        </dl>
        <Button look="primary" type="submit" className="w-full" disabled={problem !== undefined}>
          Review the renewal
        </Button>
      </Form>
    </Dialog>
  );
}
