"use client";

import { clientError } from "@4ever/sdk/errors";
import { createInvites } from "@4ever/sdk/invites/issuing";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { keepIssued } from "@/features/invites/issued";
import { type IssueDraft, issuingOf } from "@/features/invites/issuing";
import { issuedKey } from "@/features/invites/useIssuer";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explain } from "@/lib/transactions/explain";
import type { Explanation } from "@/lib/transactions/types";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Signs invitations: one, or a batch by one signature. Nothing is sent, and nothing costs gas. */
export function IssueDialog({
  account,
  quota,
  onIssued,
  onClose,
}: {
  account: Address;
  quota: bigint;
  onIssued: (codes: readonly string[]) => void;
  onClose: () => void;
}) {
  const { deployment } = useAppConfig();
  const { reach } = useWallet();
  const queries = useQueryClient();
  const nowAt = useChainNow();
  const [draft, setDraft] = useState<IssueDraft>({ kind: "link", account: "", count: "1", days: "30" });
  const [isTried, setTried] = useState(false);
  const [isSigning, setSigning] = useState(false);
  const [failure, setFailure] = useState<Explanation | undefined>();
  const set = (field: keyof IssueDraft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value });
  const issuing = issuingOf(draft);
  const problems = isTried && !issuing.ok ? issuing.problems : {};
  const count = issuing.ok ? issuing.invitees.length : 0;

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!issuing.ok || nowAt === undefined) return;
    setSigning(true);
    setFailure(undefined);
    try {
      const client = await reach();
      if (!client) throw clientError("WalletMissing");
      const { invitees, validSeconds } = issuing;
      const codes = await createInvites(client, { deployment, account, invitees, expiresAt: nowAt + validSeconds });
      keepIssued(globalThis.localStorage, deployment, { issuer: account, issuedAt: nowAt, codes });
      await queries.invalidateQueries({ queryKey: issuedKey });
      onIssued(codes);
    } catch (error) {
      console.error("No invitation was signed", error);
      setFailure(explain(error));
      setSigning(false);
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Issue invitations"
      description="You sign them, which costs no gas. Whoever is invited pays for the registration."
    >
      <Form onSubmit={onSubmit} className="space-y-4">
        <SelectField
          label="For"
          value={draft.kind}
          onChange={(event) => setDraft({ ...draft, kind: event.target.value === "account" ? "account" : "link" })}
          options={[
            { value: "link", label: "Whoever has the link" },
            { value: "account", label: "One account" },
          ]}
        />
        {draft.kind === "account" ? (
          <TextField
            label="Account"
            isMono
            spellCheck={false}
            placeholder="0x…"
            value={draft.account}
            onChange={set("account")}
            error={problems.account}
            hint="Nobody else can use the invitation, whoever has the link."
          />
        ) : (
          <TextField
            label="How many"
            inputMode="numeric"
            value={draft.count}
            onChange={set("count")}
            error={problems.count}
            hint="Each link works once. One signature is enough for all."
          />
        )}
        <TextField
          label="Valid for"
          inputMode="numeric"
          unit="days"
          value={draft.days}
          onChange={set("days")}
          error={problems.days}
          hint="You can revoke them before."
        />
        {issuing.ok && BigInt(count) > quota ? (
          <Notice tone="warn" title={`You may let in ${quota} more`}>
            Whoever comes later is refused, until governance raises it.
          </Notice>
        ) : null}
        <Button look="primary" type="submit" className="w-full" busy={isSigning && "Waiting for the wallet"}>
          {count > 1 ? `Sign ${count} invitations` : "Sign the invitation"}
        </Button>
        <div role="status">
          {failure ? (
            <Notice tone="bad" title="Nothing was issued">
              {failure.what} {failure.kind === "unknown" ? "" : failure.next}
            </Notice>
          ) : null}
        </div>
      </Form>
    </Dialog>
  );
}
