"use client";

import { setEndpoint, setGroup, setOperator } from "@4ever/sdk/providers";
import { type ReactNode, useState } from "react";
import { type Address, getAddress, isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Dialog } from "@/components/Overlay";
import { Notice } from "@/components/States";
import { IDENTITY_PROBLEMS, type IdentityDraft } from "@/features/provider/registration";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { shorten } from "@/lib/format/hash";
import { useWallet } from "@/lib/wallet/use-wallet";

interface Shared {
  provider: OwnProvider;
  onClose: () => void;
}

/** Typed fields with their problems, which show once somebody has tried to use them. */
function useDraft<Field extends keyof IdentityDraft>(initial: Readonly<Record<Field, string>>) {
  const [draft, setDraft] = useState<Record<Field, string>>(initial);
  const [isTried, setTried] = useState(false);
  const fields = Object.keys(initial) as Field[];
  const problemOf = (field: Field) => IDENTITY_PROBLEMS[field](draft[field]);
  return {
    draft,
    bind: (field: Field) => ({
      value: draft[field],
      onChange: (event: { target: { value: string } }) =>
        setDraft((current) => ({ ...current, [field]: event.target.value })),
      error: isTried ? problemOf(field) : undefined,
    }),
    /** Whether all fields can be used; shows why not. */
    check: () => {
      setTried(true);
      return fields.every((field) => problemOf(field) === undefined);
    },
  };
}

function FormDialog({
  title,
  description,
  onClose,
  onSubmit,
  action,
  children,
}: {
  title: string;
  description: string;
  onClose: () => void;
  onSubmit: () => void;
  action: string;
  children: ReactNode;
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={description}
    >
      <Form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        <Button look="primary" type="submit" className="w-full">
          {action}
        </Button>
      </Form>
    </Dialog>
  );
}

/** Changes what a provider is called and where its keeper is reached. */
export function EndpointDialog({ provider, onClose }: Shared) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { draft, bind, check } = useDraft({ name: provider.name, endpoint: provider.endpoint });

  function onSubmit() {
    if (!check()) return;
    const [name, endpoint] = [draft.name.trim(), draft.endpoint.trim()];
    onClose();
    review({
      key: `provider/endpoint/${provider.address}`,
      title: "Change name and endpoint",
      sentence: `Customers see “${name}” and reach its keeper at ${endpoint}.`,
      action: "Change them",
      costs: [],
      gasLimit: 120_000n,
      undo: "Change them again at any time. Running deals go on; sites are opened and uploads sent at the new address.",
      steps: [{ what: "transaction", title: "Send the change" }],
      to: contracts.ProviderRegistry,
      run: (client, context) => setEndpoint(client, { ...context, endpoint, name }),
    });
  }

  return (
    <FormDialog
      title="Name and endpoint"
      description="What customers see, and where they upload and read."
      action="Review the change"
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <TextField label="Name" autoComplete="organization" {...bind("name")} hint="Shown beside your offers." />
      <TextField
        label="Endpoint"
        type="url"
        inputMode="url"
        {...bind("endpoint")}
        hint="The keeper must answer there before you change it: links to sites follow at once."
      />
    </FormDialog>
  );
}

/** Changes the key of a provider's keeper, and says what becomes of the proving sets that are open. */
export function OperatorDialog({ provider, onClose, suggested }: Shared & { suggested: Address | undefined }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { draft, bind, check } = useDraft({ operator: suggested ?? "" });
  const open = provider.provingSets.length;

  function onSubmit() {
    if (!check()) return;
    const operator = getAddress(draft.operator.trim());
    onClose();
    review({
      key: `provider/operator/${provider.address}`,
      title: "Change the operator key",
      sentence: `From now on only ${shorten(operator)} accepts requests for ${provider.name}.`,
      action: "Change the key",
      costs: [],
      gasLimit: 70_000n,
      undo:
        open === 0
          ? "Change it again at any time."
          : `Change it again at any time. ${plural(open, "proving set")} follow${open === 1 ? "s" : ""} the key before until handed over: the next step, on the overview.`,
      steps: [{ what: "transaction", title: "Send the change" }],
      to: contracts.ProviderRegistry,
      run: (client, context) => setOperator(client, { ...context, operator }),
    });
  }

  return (
    <FormDialog
      title="Operator key"
      description="Your keeper’s own key. It accepts and proves; it cannot move money or stake."
      action="Review the change"
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <TextField
        label="New operator key"
        isMono
        spellCheck={false}
        autoComplete="off"
        placeholder="0x…"
        {...bind("operator")}
        hint={
          provider.operator && suggested && !isAddressEqual(suggested, provider.operator)
            ? "The key that the keeper at your endpoint runs with."
            : "The address that the new keeper prints at its start."
        }
      />
      <Notice title="What this does to running deals">
        <p>
          Requests are accepted by the new key at once. A proving set that is open goes on with the key before until it
          is handed over: a keeper that runs with the new key does that by itself, and you can do it on the overview.
        </p>
        <p className="mt-1.5">
          Let both keepers run until then. A period that neither proves is missed, and earns nothing.
        </p>
      </Notice>
    </FormDialog>
  );
}

/** Changes the group that a provider is counted with. */
export function GroupDialog({ provider, onClose }: Shared) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const { draft, bind, check } = useDraft({ group: String(provider.group) });

  function onSubmit() {
    if (!check()) return;
    const group = Number(draft.group.trim());
    onClose();
    review({
      key: `provider/group/${provider.address}`,
      title: "Change the operator group",
      sentence: `${provider.name} belongs to operator group ${group}.`,
      action: "Change the group",
      costs: [],
      gasLimit: 60_000n,
      undo: "Change it again at any time.",
      steps: [{ what: "transaction", title: "Send the change" }],
      to: contracts.ProviderRegistry,
      run: (client, context) => setGroup(client, { ...context, group }),
    });
  }

  return (
    <FormDialog
      title="Operator group"
      description="Providers run by the same people share a number."
      action="Review the change"
      onClose={onClose}
      onSubmit={onSubmit}
    >
      <TextField
        label="Group"
        inputMode="numeric"
        autoComplete="off"
        {...bind("group")}
        hint="Replicas of a deal go to different groups, so that one failure does not take them all."
      />
    </FormDialog>
  );
}
