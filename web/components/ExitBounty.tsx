"use client";

import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { exactAmount, parseAmount } from "@/lib/format/money";
import { useExitBounty } from "@/lib/use-exit-bounty";

const MEANING =
  "Whoever sends your withdrawal once all of it has thawed gets the bounty, so you need not come back for it; take it back whenever you like before.";

/** A bounty for paying out what the connected account thaws at a provider: offered, raised, taken back. Nothing where there is neither. */
export function ExitBounty({ provider, newest }: { provider: Address; newest: number | undefined }) {
  const bounty = useExitBounty(provider);
  const [isOffering, setOffering] = useState(false);
  if (!bounty || (newest === undefined && bounty.amountWei === 0n)) return null;
  const isOpen = bounty.amountWei > 0n;
  const isLeft = newest === undefined;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      {isOpen ? (
        <span>
          Bounty <Money amount={bounty.amountWei} token={bounty.coin} />
          {isLeft ? <span className="text-muted"> – all was paid out without it</span> : null}
        </span>
      ) : null}
      {isLeft ? null : (
        <Button size="sm" look="quiet" onClick={() => setOffering(true)}>
          {isOpen ? "Raise" : "Offer a bounty"}
        </Button>
      )}
      {isOpen ? (
        <Button size="sm" look="quiet" onClick={bounty.takeBack}>
          Take back
        </Button>
      ) : null}
      {isOffering && newest !== undefined ? (
        <OfferDialog bounty={bounty} tranche={newest} onClose={() => setOffering(false)} />
      ) : null}
    </div>
  );
}

function OfferDialog({
  bounty,
  tranche,
  onClose,
}: {
  bounty: NonNullable<ReturnType<typeof useExitBounty>>;
  tranche: number;
  onClose: () => void;
}) {
  const { coin, suggestedWei, offer } = bounty;
  const [typed, setTyped] = useState<string>();
  const [isTried, setTried] = useState(false);
  const text = typed ?? (suggestedWei === undefined ? "" : exactAmount(suggestedWei, coin.decimals));
  const parsed = parseAmount(text, coin);
  const problem = parsed.ok ? (parsed.amount === 0n ? "Enter more than zero." : undefined) : parsed.problem;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!parsed.ok || problem) return;
    onClose();
    offer(tranche, parsed.amount);
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Offer a bounty"
      description={MEANING}
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="Amount"
          inputMode="decimal"
          autoComplete="off"
          unit={coin.symbol}
          value={text}
          onChange={(event) => setTyped(event.target.value)}
          error={isTried ? problem : undefined}
          hint={
            suggestedWei === undefined ? undefined : (
              <>
                Suggested: three times the gas at today's price, <Money amount={suggestedWei} token={coin} />
              </>
            )
          }
        />
        <Button look="primary" type="submit" className="w-full">
          Review the bounty
        </Button>
      </Form>
    </Dialog>
  );
}
