"use client";

import { cancel, end, endAbandoned, expire, finish, settle } from "@4ever/sdk/deal-ends";
import { CalendarPlus, ChevronDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { type Deal, phaseOf } from "@/features/deals/deal";
import { RenewDialog } from "@/features/deals/RenewDialog";
import { useSessionKey } from "@/features/deals/useSessionKey";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { formatMoney } from "@/lib/format/money";
import { usePeriodClock } from "@/lib/periods";
import { useWallet, type WalletPlan } from "@/lib/wallet/use-wallet";

type Action = Omit<WalletPlan, "key" | "costs" | "steps" | "to"> & { id: string; menuLabel: string };
type Entry = { id: string; label: string; onSelect: () => void };

/** What can be done to a deal now, by whoever looks at it. */
export function DealActions({ deal, onChangeCapacity }: { deal: Deal; onChangeCapacity: () => void }) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { renew: renewKey } = useSessionKey(deal);
  const [isRenewing, setRenewing] = useState(false);
  const now = useChainNow();
  const clock = usePeriodClock();
  const { dealId, provider, token } = deal;
  const phase = phaseOf(deal, now, clock.current).word;
  const isCustomer = account !== undefined && isAddressEqual(account, deal.customer);
  const name = provider.name || "the provider";

  const actions: Action[] = [];
  if (phase === "Awaiting the provider" && isCustomer) {
    actions.push({
      id: "cancel",
      menuLabel: "Cancel the request",
      title: "Cancel the request",
      sentence: `The request to ${name} ends, and ${formatMoney(deal.left, token)} come back into your balance in the ledger.`,
      action: "Cancel the request",
      undo: "You can ask again at any time; the price may be another one then. The account menu moves the balance into your wallet.",
      run: (client, context) => cancel(client, { ...context, dealId }),
    });
  }
  if (phase === "Not accepted in time") {
    actions.push({
      id: "expire",
      menuLabel: "Take everything back",
      title: "Close the request",
      sentence: `${name} did not accept in time; ${formatMoney(deal.left, token)} go back into the customer’s balance in the ledger.`,
      action: "Take everything back",
      undo: "This is final. Nothing was paid to the provider.",
      run: (client, context) => expire(client, { ...context, dealId }),
    });
  }
  const isRunning = phase === "Active" || phase === "In grace" || phase === "Ending";
  if (isRunning && isCustomer && deal.status === "ACTIVE") {
    actions.push({
      id: "end",
      menuLabel: "End at the next boundary",
      title: `End deal ${dealId}`,
      sentence: `${name} keeps and proves the content until the present period ends, and is paid for what it proved.`,
      action: "End the deal",
      undo: "This cannot be undone. What is not earned comes back when the last period is closed; the site goes offline.",
      run: (client, context) => end(client, { ...context, dealId }),
    });
  }
  if (isRunning && (deal.provingSet?.missedCount ?? 0) >= 3) {
    actions.push({
      id: "end-abandoned",
      menuLabel: "End as abandoned",
      title: `End deal ${dealId} as abandoned`,
      sentence: "The chain checks that three periods in a row went unproven, and then ends the deal.",
      action: "End it",
      undo: "This cannot be undone. What was not earned comes back to the customer.",
      run: (client, context) => endAbandoned(client, { ...context, dealId }),
    });
  }
  if (isRunning) {
    actions.push({
      id: "settle",
      menuLabel: "Settle closed periods",
      title: `Settle deal ${dealId}`,
      sentence: "All closed periods are counted, and the provider is paid for the proven ones. Anybody may do this.",
      action: "Settle",
      undo: "Nothing needs to be undone: it only counts what is already so.",
      run: (client, context) => settle(client, { ...context, dealIds: [dealId] }),
    });
  }
  if (phase === "Ready to finish") {
    actions.push({
      id: "finish",
      menuLabel: "Finish and share out the money",
      title: `Finish deal ${dealId}`,
      sentence:
        "The last periods are settled, the provider is paid, and what was not earned goes back into the customer’s balance in the ledger.",
      action: "Finish",
      undo: "This is final.",
      run: (client, context) => finish(client, { ...context, dealId }),
    });
  }

  const start = ({ id, menuLabel: _menuLabel, ...plan }: Action) =>
    review({
      ...plan,
      key: `deal/${id}/${dealId}`,
      costs: [],
      gasLimit: id === "finish" || id === "settle" ? 220_000n : 160_000n,
      steps: [{ what: "transaction", title: "Send the transaction" }],
      to: id === "settle" ? contracts.DealPayments : contracts.DealMarket,
    });

  const canRenew = isCustomer && deal.status === "ACTIVE" && isRunning;
  const isOpen = isRunning || phase === "Awaiting the provider";
  const entries: Entry[] = [
    ...(canRenew ? [{ id: "capacity", label: "Change the capacity", onSelect: () => onChangeCapacity() }] : []),
    ...(isCustomer && isOpen ? [{ id: "session-key", label: "Set a new session key", onSelect: renewKey }] : []),
    ...actions.map((action) => ({ id: action.id, label: action.menuLabel, onSelect: () => start(action) })),
  ];
  const [first] = entries;
  return (
    <>
      {canRenew ? (
        <Button icon={<CalendarPlus aria-hidden className="size-4" />} onClick={() => setRenewing(true)}>
          Renew
        </Button>
      ) : null}
      {first && entries.length === 1 ? (
        <Button onClick={first.onSelect}>{first.label}</Button>
      ) : entries.length > 1 ? (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger asChild>
            <Button>
              More
              <ChevronDown aria-hidden className="size-3.5 text-faint" />
            </Button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content
              align="end"
              sideOffset={6}
              collisionPadding={8}
              className="z-40 min-w-56 animate-pop-in rounded border border-line-strong bg-surface p-1.5 shadow-pop"
            >
              {entries.map(({ id, label, onSelect }) => (
                <DropdownMenu.Item
                  key={id}
                  onSelect={onSelect}
                  className="flex h-9 cursor-pointer items-center rounded-sm px-2.5 text-sm outline-none data-highlighted:bg-hover pointer-coarse:h-11"
                >
                  {label}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      ) : null}
      {canRenew ? <RenewDialog deal={deal} open={isRenewing} onOpenChange={setRenewing} /> : null}
    </>
  );
}
