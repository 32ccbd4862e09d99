"use client";

import { changeCapacity } from "@4ever/sdk/deal-actions";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { RelativeTime } from "@/components/RelativeTime";
import { Skeleton } from "@/components/Skeleton";
import { CAPACITY_UNITS, capacityObstacle, capacityText, parseCapacity, unitOf } from "@/features/deals/capacity";
import type { Deal } from "@/features/deals/deal";
import { useCapacityQuote } from "@/features/deals/useCapacityQuote";
import { useAppConfig } from "@/lib/config-context";
import { formatBytes } from "@/lib/format/bytes";
import { formatMoney } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { priceUnitOf } from "@/lib/prices";
import { useLedgerBalance } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Gives a deal more room or less, with its price before anything is signed. */
export function CapacityDialog({
  deal,
  proposedBytes,
  onClose,
}: {
  deal: Deal;
  /** Capacity to begin with, when something needs it. */
  proposedBytes?: bigint | undefined;
  onClose: () => void;
}) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const clock = usePeriodClock();
  const start = proposedBytes ?? deal.capacityBytes;
  const [unit, setUnit] = useState(() => unitOf(start));
  const [text, setText] = useState(() => capacityText(start, unit));

  const parsed = parseCapacity(text, unit);
  const wanted = parsed.ok ? parsed.bytes : undefined;
  const quote = useCapacityQuote(deal.dealId, wanted);
  const balance = useLedgerBalance(account);
  const offer = quote.data?.offer;
  const added = quote.data?.added;
  const obstacle =
    wanted === undefined
      ? undefined
      : capacityObstacle({
          wanted,
          present: deal.capacityBytes,
          used: deal.liveBytes,
          offered: offer?.freeBytes,
          isOffered: offer?.active,
        });
  const problems: Record<NonNullable<typeof obstacle>, string | undefined> = {
    zero: "Enter more than zero. To stop paying, end the deal.",
    same: undefined, // nothing is wrong with it, there is just nothing to do
    used: `${formatBytes(deal.liveBytes)} are under proof. Remove a piece first.`,
    withdrawn: "The provider has withdrawn this offer, so it gives no more room. Host elsewhere in a new deal.",
    offer: `The offer has ${formatBytes(offer?.freeBytes ?? 0n)} left to add.`,
  };
  const problem = !parsed.ok ? parsed.problem : obstacle && problems[obstacle];
  const isOwnToken = balance.data?.token.address === deal.token.address;
  const funds = isOwnToken && balance.data ? balance.data.available + balance.data.wallet : undefined;
  const isShort = funds !== undefined && added !== undefined && funds < added;
  const isMore = wanted !== undefined && wanted > deal.capacityBytes;
  const bindsAt = clock.current === undefined ? undefined : clock.endOf(clock.current);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (problem || obstacle || wanted === undefined || !offer || added === undefined || isShort) return;
    onClose();
    const { token } = deal;
    const rooms = `Deal ${deal.dealId} gets room for ${formatBytes(wanted)} instead of ${formatBytes(deal.capacityBytes)}`;
    review({
      key: `deal/capacity/${deal.dealId}`,
      title: `Change the capacity of deal ${deal.dealId}`,
      sentence: `${rooms}. From the next boundary on it pays ${formatMoney(offer.unitPrice, token, "up")} per ${priceUnitOf(clock)}.`,
      action: "Change the capacity",
      costs: [
        {
          label: "Added to the lock at most",
          amount: added,
          token,
          note: added > 0n ? "What is not earned comes back." : "The deal holds enough already.",
        },
      ],
      gasLimit: 330_000n,
      undo: isMore
        ? "Make it smaller again at any time, down to what is under proof. Unfilled room costs nothing."
        : "Make it larger again while the offer has room. What the deal does not earn comes back at its end.",
      steps: [
        ...(added > 0n
          ? [
              {
                what: "permit" as const,
                title: "Sign the permit",
                facts: [
                  { label: "You allow", value: "the ledger" },
                  { label: "to take, once, at most", value: formatMoney(added, token, "up") },
                  { label: "to lock for", value: `deal ${deal.dealId}` },
                ],
              },
            ]
          : []),
        { what: "transaction", title: "Send the change" },
      ],
      to: contracts.Ledger,
      run: (client, context) =>
        changeCapacity(client, {
          ...context,
          dealId: deal.dealId,
          capacityBytes: wanted,
          maxUnitPrice: offer.unitPrice,
        }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Change the capacity"
      description={`Deal ${deal.dealId} has room for ${formatBytes(deal.capacityBytes)}; ${formatBytes(deal.liveBytes)} of it are used.`}
    >
      <Form onSubmit={onSubmit} className="space-y-5">
        <div className="grid grid-cols-[minmax(0,1fr)_7rem] items-start gap-3">
          <TextField
            label="New capacity"
            inputMode="decimal"
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={problem}
            hint="The room changes at once. Unfilled room costs nothing."
          />
          <SelectField
            label="Unit"
            value={unit.symbol}
            onChange={(event) =>
              setUnit(CAPACITY_UNITS.find(({ symbol }) => symbol === event.target.value) ?? CAPACITY_UNITS[0])
            }
            options={CAPACITY_UNITS.map(({ symbol }) => ({ value: symbol, label: symbol }))}
          />
        </div>
        <dl className="divide-y divide-line border-y border-line text-sm">
          <Line label="Price now">
            <Money amount={deal.unitPrice} token={deal.token} rounding="up" per={priceUnitOf(clock)} />
          </Line>
          <Line label="Price from the next boundary on">
            {offer ? (
              <Money amount={offer.unitPrice} token={deal.token} rounding="up" per={priceUnitOf(clock)} />
            ) : (
              <Pending isLoading={quote.isFetching} />
            )}
            {bindsAt === undefined ? null : (
              <span className="block text-muted">
                <RelativeTime at={bindsAt} />
              </span>
            )}
          </Line>
          <Line label="Added to the lock">
            {added !== undefined ? (
              <span className="font-medium">
                <Money amount={added} token={deal.token} rounding="up" />
              </span>
            ) : (
              <Pending isLoading={quote.isFetching} />
            )}
            {added === 0n ? (
              <span className="block text-muted">The deal holds enough; the rest comes back at its end.</span>
            ) : null}
          </Line>
        </dl>
        {quote.error ? (
          <p role="alert" className="text-sm text-bad">
            The chain gave no price: {quote.error.message}
          </p>
        ) : null}
        {account && isShort && funds !== undefined && added !== undefined ? (
          <FundsNotice account={account} available={funds} required={added} token={deal.token} />
        ) : null}
        <Button
          look="primary"
          type="submit"
          className="w-full"
          disabled={problem !== undefined || obstacle !== undefined || added === undefined || isShort}
        >
          Review the change
        </Button>
      </Form>
    </Dialog>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex items-start justify-between gap-4 py-2.5">
      <dt className="text-muted">{label}</dt>
      <dd className="text-right">{children}</dd>
    </div>
  );
}

function Pending({ isLoading }: { isLoading: boolean }) {
  return isLoading ? <Skeleton className="ml-auto h-4 w-24" /> : <span className="text-muted">—</span>;
}
