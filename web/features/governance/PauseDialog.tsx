"use client";

import { type Pause, pauseEntries } from "@4ever/sdk/governance/pauses";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { readPause } from "@/features/governance/pause";
import { formatSpan } from "@/lib/format/time";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Asks the guardian how long new entries are refused. */
export function PauseDialog({
  guardian,
  pause: { mostSeconds, intervalSeconds },
  onClose,
}: {
  /** The contract that pauses. */
  guardian: Address;
  pause: Pick<Pause, "mostSeconds" | "intervalSeconds">;
  onClose: () => void;
}) {
  const { review } = useWallet();
  const queries = useQueryClient();
  const [hours, setHours] = useState("24");
  const [isTried, setTried] = useState(false);
  const read = readPause(hours, mostSeconds);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!read.ok) return;
    const { spanSeconds } = read;
    onClose();
    review({
      key: "guardian/pause",
      title: "Pause new entries",
      sentence: `New deals, channels and providers are refused for ${formatSpan(spanSeconds)}. What runs goes on.`,
      action: "Pause them",
      costs: [],
      undo: `You or a vote can end it sooner. The next pause can begin ${formatSpan(intervalSeconds)} after this one began, however short it was.`,
      steps: [{ what: "transaction", title: "Pause new entries" }],
      to: guardian,
      run: (client, context) => pauseEntries(client, { ...context, spanSeconds }),
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["guard"] }),
    });
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Pause new entries"
      description="For an emergency: it refuses what begins, and ends by itself."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <TextField
          label="For"
          unit="hours"
          inputMode="numeric"
          autoComplete="off"
          value={hours}
          onChange={({ target }) => setHours(target.value)}
          error={isTried && !read.ok ? read.problem : undefined}
          hint={`At most ${formatSpan(mostSeconds)}.`}
        />
        <Notice title="What it cannot stop">
          Payments, proofs, vouchers, renewals, exits and votes go on. It can be done once in{" "}
          {formatSpan(intervalSeconds)}.
        </Notice>
        <Button look="primary" type="submit" className="w-full">
          Review the pause
        </Button>
      </Form>
    </Dialog>
  );
}
