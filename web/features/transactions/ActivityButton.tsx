"use client";

import { History, LoaderCircle } from "lucide-react";
import { IconButton } from "@/components/Button";
import { plural } from "@/lib/format/count";
import { useTransactionStore, useTransactions } from "@/lib/transactions/provider";
import { isUnderWay } from "@/lib/transactions/types";

/** Opens the list of recent transactions; shows that something is under way. */
export function ActivityButton() {
  const store = useTransactionStore();
  const running = useTransactions().records.filter(isUnderWay).length;
  const label =
    running > 0 ? `Recent transactions, ${plural(running, "transaction")} under way` : "Recent transactions";
  return (
    <IconButton label={label} onClick={() => store.showList()}>
      {running > 0 ? (
        <LoaderCircle aria-hidden className="size-4.5 animate-spin text-accent-ink" />
      ) : (
        <History aria-hidden className="size-4.5" />
      )}
    </IconButton>
  );
}
