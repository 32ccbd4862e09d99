"use client";

import { type Council, proposeAsCouncil } from "@4ever/sdk/governance/council";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toHex } from "viem";
import { Button } from "@/components/Button";
import { Form } from "@/components/Form";
import { RelativeTime } from "@/components/RelativeTime";
import { Notice } from "@/components/States";
import { CallList, EMPTY_CALL, useBounds } from "@/features/governance/CallList";
import { type CallDraft, readCalls } from "@/features/governance/draft";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the council proposes to the timelock, past the voters. */
export function CouncilForm({ council: { endsAt, isOver } }: { council: Council }) {
  const { review } = useWallet();
  const { deployment } = useAppConfig();
  const { Council: address } = deployment.contracts;
  const router = useRouter();
  const queries = useQueryClient();
  const { data: bounds } = useBounds();
  const [drafts, setDrafts] = useState<readonly CallDraft[]>([EMPTY_CALL]);
  const [isTried, setTried] = useState(false);
  const read = readCalls(deployment, drafts, bounds);
  if (isOver || !address) {
    return (
      <Notice tone="warn" title="The council’s term is over">
        It proposes nothing any more. Propose it to the voters.
      </Notice>
    );
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!read.ok || !bounds || !address) return;
    const { calls } = read;
    const salt = toHex(crypto.getRandomValues(new Uint8Array(32))); // the same calls may be proposed again
    review({
      key: "council/propose",
      title: "Propose as the council",
      sentence: `${plural(calls.length, "call")} wait in the timelock, in public. After its delay anybody can execute them, without a vote.`,
      action: "Propose it",
      costs: [],
      undo: "You can withdraw it until somebody executes it.",
      steps: [{ what: "transaction", title: "Propose it" }],
      to: address,
      closesOnConfirm: true,
      run: async (client, context) => {
        await proposeAsCouncil(client, { ...context, calls, salt });
        router.push("/proposals/");
      },
      onIndexed: () => void queries.invalidateQueries({ queryKey: ["guard"] }),
    });
  }

  return (
    <Form onSubmit={onSubmit} className="max-w-3xl space-y-6">
      <Notice title="You propose as the council">
        Without a vote, and with the timelock’s delay, until your term ends, <RelativeTime at={endsAt} />. You have a
        say over services, tokens, markets, jails, invitations and the guardian; the contract refuses the rest.
      </Notice>
      <CallList
        drafts={drafts}
        isTried={isTried}
        problem={isTried && !read.ok ? read.problem : undefined}
        onChange={setDrafts}
      />
      <Button look="primary" type="submit" disabled={!bounds}>
        Review the proposal
      </Button>
    </Form>
  );
}
