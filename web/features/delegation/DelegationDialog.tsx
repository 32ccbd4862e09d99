"use client";

import { useQueryClient } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { Button } from "@/components/Button";
import { EverField } from "@/components/EverField";
import { Form } from "@/components/Form";
import { Dialog } from "@/components/Overlay";
import { useAppConfig } from "@/lib/config-context";
import type { useEverAmount } from "@/lib/use-ever-amount";
import { useWallet, type WalletPlan } from "@/lib/wallet/use-wallet";

/** Asks for an amount of EVER that goes into a pool or out of it, and shows what will then be done. */
export function DelegationDialog({
  title,
  description,
  field,
  hint,
  action,
  planOf,
  onClose,
  children,
}: {
  title: string;
  description: string;
  field: ReturnType<typeof useEverAmount>;
  hint: ReactNode;
  action: string;
  /** What is done with an amount; base units. */
  planOf: (amount: bigint) => Omit<WalletPlan, "title" | "gasLimit" | "to" | "onIndexed">;
  onClose: () => void;
  /** Between the amount and the button. */
  children?: ReactNode;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const amount = field.take();
    if (amount === undefined) return;
    onClose();
    review({
      ...planOf(amount),
      title,
      gasLimit: 230_000n,
      to: contracts.StakeVault,
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["delegations"] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={description}
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <EverField label="Amount" field={field} hint={hint} />
        {children}
        <Button look="primary" type="submit" className="w-full">
          {action}
        </Button>
      </Form>
    </Dialog>
  );
}
