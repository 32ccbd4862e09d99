"use client";

import { openChannel } from "@4ever/sdk/channels/channels";
import { useQueryClient } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import type { Address } from "viem";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { FundsNotice } from "@/components/FundsNotice";
import { Money } from "@/components/Money";
import { Dialog } from "@/components/Overlay";
import { Loading, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { bookOf } from "@/features/channels/book";
import { type OpeningDraft, openingOf } from "@/features/channels/opening";
import { type Payee, useCloseWindow, usePayees } from "@/features/channels/useChannels";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { shorten } from "@/lib/format/hash";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { useLedgerBalance } from "@/lib/tokens";
import { createSessionKey } from "@/lib/uploads/session-keys";
import { useWallet } from "@/lib/wallet/use-wallet";

const nameOf = ({ name, address }: Payee) => (name ? `${name}, ${shorten(address)}` : address);

/** Locks a cap for one provider and service. */
export function OpenDialog({ account, onClose }: { account: Address; onClose: () => void }) {
  const { data, error, errorUpdatedAt, isFetching, refetch } = usePayees();
  const payees = data?.payees.filter(({ jailed }) => !jailed);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Open a channel"
      description="Lock a cap for one provider. Only what you sign can be taken from it."
    >
      {error && !data ? (
        <LoadError
          what="The providers"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : !data || !payees ? (
        <Loading label="Loading providers" className="space-y-4">
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
        </Loading>
      ) : payees.length === 0 || data.services.length === 0 ? (
        <EmptyState icon={Users} title="Nobody to pay yet">
          A channel pays a registered provider for a service of the catalogue; there is none.
        </EmptyState>
      ) : (
        <OpenForm account={account} payees={payees} services={data.services} onClose={onClose} />
      )}
    </Dialog>
  );
}

function OpenForm({
  account,
  payees,
  services,
  onClose,
}: {
  account: Address;
  payees: readonly Payee[];
  services: readonly { id: `0x${string}`; name: string; feeBps: number }[];
  onClose: () => void;
}) {
  const { review } = useWallet();
  const { deployment } = useAppConfig();
  const router = useRouter();
  const queries = useQueryClient();
  const balance = useLedgerBalance(account);
  const { data: closeWindow } = useCloseWindow();
  const nowAt = useChainNow();
  const [draft, setDraft] = useState<OpeningDraft>({
    payee: payees[0]?.address ?? "",
    serviceId: services[0]?.id ?? "",
    amount: "",
    days: "30",
  });
  const [isTried, setTried] = useState(false);
  const set = (field: keyof OpeningDraft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value });
  const token = balance.data?.token;
  const spendable = balance.data ? balance.data.available + balance.data.wallet : 0n;
  const opening = token && openingOf(draft, token);
  const problems = isTried && opening && !opening.ok ? opening.problems : {};
  const payee = payees.find(({ address }) => address === draft.payee);
  const service = services.find(({ id }) => id === draft.serviceId);
  const window = closeWindow === undefined ? "the close window" : formatSpan(closeWindow);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!token || !opening?.ok || !payee || !service || nowAt === undefined || opening.amount > spendable) return;
    const { amount, serviceId } = opening;
    const expiresAt = nowAt + opening.termSeconds;
    let sessionKey: Awaited<ReturnType<typeof createSessionKey>> | undefined;
    onClose();
    review({
      key: `channel/open/${payee.address}/${serviceId}`,
      title: `Open a channel to ${payee.name || shorten(payee.address)}`,
      sentence: `${formatMoney(amount, token)} are locked for ${formatSpan(opening.termSeconds)}. The provider is paid what you sign, and nothing else.`,
      action: "Lock and open",
      costs: [{ label: "Locked at most", amount, token, note: "What you never sign comes back." }],
      gasLimit: 360_000n,
      undo: `You can close it at any time: ${window} later what was not redeemed is yours again.`,
      steps: [
        {
          what: "permit",
          title: "Sign the permit",
          facts: [
            { label: "You allow", value: "the ledger" },
            { label: "to take, once, at most", value: formatMoney(amount, token, "up") },
            { label: "to lock for", value: `a channel to ${payee.name || payee.address}` },
          ],
        },
        { what: "transaction", title: "Open the channel" },
      ],
      to: deployment.contracts.Ledger,
      closesOnConfirm: true,
      run: async (client, context) => {
        sessionKey ??= await createSessionKey(globalThis.localStorage);
        const { channelId } = await openChannel(client, {
          ...context,
          payee: payee.address,
          serviceId,
          tokenId: token.tokenId,
          amount,
          expiresAt,
          sessionKey: sessionKey.address,
        });
        const channel = { channelId, payee: payee.address, service, sessionKey: sessionKey.address, locked: amount };
        // It is open, whatever becomes of this: a browser that stores nothing asks the provider before it signs.
        await bookOf(deployment, channel)
          .startFrom(0n)
          .catch((error: unknown) => console.warn("The channel could not be written down", error));
        await queries.invalidateQueries({ queryKey: ["channels"] });
        router.push(explorerLinks.channel(channelId));
      },
    });
  }

  return (
    <Form onSubmit={onSubmit} className="space-y-4">
      <SelectField
        label="Provider"
        value={draft.payee}
        onChange={set("payee")}
        error={problems.payee}
        options={payees.map((each) => ({ value: each.address, label: nameOf(each) }))}
      />
      <SelectField
        label="Service"
        value={draft.serviceId}
        onChange={set("serviceId")}
        error={problems.serviceId}
        hint={service ? `The protocol takes ${service.feeBps / 100} % of what the provider is paid.` : undefined}
        options={services.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <TextField
        label="Cap"
        inputMode="decimal"
        autoComplete="off"
        unit={token?.symbol ?? ""}
        value={draft.amount}
        onChange={set("amount")}
        error={problems.amount}
        hint={
          balance.data && token ? (
            <>
              You have <Money amount={spendable} token={token} />, in your account and in the ledger.
            </>
          ) : (
            "The most that can be taken until you top it up."
          )
        }
      />
      <TextField
        label="Expires in"
        inputMode="numeric"
        autoComplete="off"
        unit="days"
        value={draft.days}
        onChange={set("days")}
        error={problems.days}
        hint="It can be moved later, never earlier."
      />
      {token && opening?.ok ? (
        <FundsNotice account={account} available={spendable} required={opening.amount} token={token} />
      ) : null}
      <Button look="primary" type="submit" className="w-full" disabled={!token || nowAt === undefined}>
        Review the channel
      </Button>
    </Form>
  );
}
