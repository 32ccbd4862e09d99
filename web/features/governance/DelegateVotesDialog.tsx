"use client";

import type { VoteDelegation } from "@4ever/sdk/governance/votes";
import { delegateVotes } from "@4ever/sdk/governance/votes";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Address, getAddress, isAddress, isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { ChoiceRow, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Dialog } from "@/components/Overlay";
import { useAppConfig } from "@/lib/config-context";
import { shorten } from "@/lib/format/hash";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Says who votes with the reader's EVER. The tokens stay where they are. */
export function DelegateVotesDialog({
  account,
  votes: { balance, delegate },
  onClose,
}: {
  account: Address;
  votes: VoteDelegation;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const isOther = delegate !== undefined && !isAddressEqual(delegate, account);
  const [choice, setChoice] = useState<"self" | "other">(isOther ? "other" : "self");
  const [text, setText] = useState(isOther ? delegate : "");
  const [isTried, setTried] = useState(false);
  const typed = text.trim();
  const to = choice === "self" ? account : isAddress(typed, { strict: false }) ? getAddress(typed) : undefined;
  const problem = to === undefined ? "Enter an address: 0x and 40 digits." : undefined;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!to) return;
    const isSelf = isAddressEqual(to, account);
    onClose();
    review({
      key: `votes/delegate/${to}`,
      title: isSelf ? "Vote with your EVER yourself" : `Let ${shorten(to)} vote with your EVER`,
      sentence: `${isSelf ? "You vote" : "It votes"} with the ${formatMoney(balance, EVER_UNIT)} that you hold, and with what you get later. The tokens stay yours.`,
      action: "Delegate the votes",
      costs: [],
      gasLimit: 180_000n,
      undo: "You can delegate to another account, or to yourself, at any time. Proposals that are being voted on keep the votes of when their voting began.",
      steps: [{ what: "transaction", title: "Delegate the votes" }],
      to: contracts.EverToken,
      run: (client, context) => delegateVotes(client, { ...context, delegate: to }),
      onConfirmed: () => void queries.invalidateQueries({ queryKey: ["votes"] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Who votes with your EVER?"
      description="All of it, in later proposals. The tokens do not move. What you staked votes in its pool."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <fieldset className="divide-y divide-line overflow-hidden rounded border border-line">
          <legend className="sr-only">Who votes</legend>
          <ChoiceRow name="who" value="self" isChosen={choice === "self"} onChoose={() => setChoice("self")}>
            <span className="font-medium">You</span>
            <span className="block text-sm text-muted">Needed once, before your tokens vote.</span>
          </ChoiceRow>
          <ChoiceRow name="who" value="other" isChosen={choice === "other"} onChoose={() => setChoice("other")}>
            <span className="font-medium">Another account</span>
            <span className="block text-sm text-muted">It votes as it likes, and can take nothing.</span>
          </ChoiceRow>
        </fieldset>
        {choice === "other" ? (
          <TextField
            label="Account"
            isMono
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={isTried ? problem : undefined}
          />
        ) : null}
        <Button look="primary" type="submit" className="w-full">
          Review the delegation
        </Button>
      </Form>
    </Dialog>
  );
}
