"use client";

import { inviteCodeIn } from "@4ever/sdk/invites/code";
import { register } from "@4ever/sdk/providers";
import { type FormEvent, useEffect, useState } from "react";
import { getAddress } from "viem";
import { Button } from "@/components/Button";
import { TextAreaField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { problemsOf, type RegistrationDraft } from "@/features/provider/registration";
import { useLocalInvite } from "@/features/provider/useLocalInvite";
import type { Phase } from "@/features/provider/useProviderArea";
import { useAppConfig } from "@/lib/config-context";
import { useWallet } from "@/lib/wallet/use-wallet";

const NEEDS = [
  {
    title: "A machine that stays on",
    text: "It runs 4ever-keeper, which takes uploads, serves content and proves every period.",
  },
  { title: "Two keys", text: "This account owns stake and earnings. The keeper’s own key only accepts and proves." },
  { title: "EVER to stake", text: "Each service asks for stake per GiB that you sell. It comes back when you leave." },
  {
    title: "Some of the chain’s coin",
    text: "The keeper pays the network’s fee for one proof per period, however many deals you hold.",
  },
] as const;

/** The invite that the page's address brings: its link has it behind `#`. */
const linkedInvite = () => (location.hash === "" ? undefined : inviteCodeIn(location.hash));

/** Makes the connected account a provider. */
export function RegisterForm({ phase }: { phase: Phase }) {
  const { account, review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const [draft, setDraft] = useState<RegistrationDraft>({
    name: "",
    endpoint: "",
    operator: "",
    group: "0",
    invite: linkedInvite() ?? "",
  });
  useEffect(() => {
    const onLink = () => setDraft((current) => ({ ...current, invite: linkedInvite() ?? current.invite }));
    window.addEventListener("hashchange", onLink);
    return () => window.removeEventListener("hashchange", onLink);
  }, []);
  const [isTried, setTried] = useState(false);
  const localInvite = useLocalInvite();
  const problems = problemsOf(draft, phase);
  const shown = isTried ? problems : {};
  const set = (field: keyof RegistrationDraft) => (event: { target: { value: string } }) =>
    setDraft((current) => ({ ...current, [field]: event.target.value }));

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length > 0 || !account) return;
    const invite = draft.invite.trim();
    review({
      key: `register/${account}`,
      title: "Register as a provider",
      sentence: `${draft.name.trim()} enters the network with its keeper at ${draft.endpoint}.`,
      action: "Register",
      costs: [],
      undo: "Name, endpoint, operator key and group can be changed later. The registration itself stays.",
      steps: [{ what: "transaction", title: "Send the registration" }],
      to: contracts.ProviderRegistry,
      run: (client, context) =>
        register(client, {
          ...context,
          operator: getAddress(draft.operator.trim()),
          group: Number(draft.group),
          endpoint: draft.endpoint.trim(),
          name: draft.name.trim(),
          ...(invite ? { invite } : {}),
        }),
      outcome: { label: "Go on to stake", href: "/provide/stake/" },
    });
  }

  if (phase === "CLOSED") {
    return (
      <Notice title="The network takes no new providers yet">
        Governance opens it in two steps: first by invitation, then to everybody. Hosting as a customer works now.
      </Notice>
    );
  }
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem] lg:items-start">
      <Section title="Register" description="Who you are, and where your keeper is reached.">
        <Form onSubmit={onSubmit} className="grid gap-5 sm:grid-cols-2">
          <TextField
            label="Name"
            autoComplete="organization"
            maxLength={64}
            value={draft.name}
            onChange={set("name")}
            error={shown.name}
            hint="Shown beside your offers."
          />
          <TextField
            label="Endpoint"
            type="url"
            inputMode="url"
            placeholder="https://keeper.example.org"
            value={draft.endpoint}
            onChange={set("endpoint")}
            error={shown.endpoint}
            hint="Customers upload here, and read from here."
          />
          <TextField
            label="Operator key"
            isMono
            spellCheck={false}
            placeholder="0x…"
            value={draft.operator}
            onChange={set("operator")}
            error={shown.operator}
            hint="Your keeper’s own address. It accepts and proves; it cannot move money or stake."
          />
          <TextField
            label="Operator group"
            inputMode="numeric"
            value={draft.group}
            onChange={set("group")}
            error={shown.group}
            hint="The same number for all providers that you run; replicas go to different groups."
          />
          {phase === "INVITE" ? (
            <div className="sm:col-span-2">
              <TextAreaField
                label="Invite"
                spellCheck={false}
                placeholder="The link or code that you were given"
                value={draft.invite}
                onChange={set("invite")}
                error={shown.invite}
                hint="The network grows by invitation for now. Each invite works once."
              />
              {localInvite.isOffered && account ? (
                <div className="mt-2">
                  <Button
                    size="sm"
                    busy={localInvite.isPending && "Looking for one"}
                    onClick={() =>
                      localInvite.mutate(account, {
                        onSuccess: (invite) => setDraft((current) => ({ ...current, invite })),
                      })
                    }
                  >
                    Use an invite of this local chain
                  </Button>
                  <p role="alert" className="mt-1.5 text-sm text-bad empty:hidden">
                    {localInvite.error?.message ?? ""}
                  </p>
                </div>
              ) : null}
            </div>
          ) : null}
          <div className="sm:col-span-2">
            <Button look="primary" type="submit">
              Review the registration
            </Button>
          </div>
        </Form>
      </Section>
      <Section title="What it takes">
        <ol className="space-y-4 text-sm">
          {NEEDS.map(({ title, text }) => (
            <li key={title}>
              <p className="font-medium">{title}</p>
              <p className="text-muted">{text}</p>
            </li>
          ))}
        </ol>
      </Section>
    </div>
  );
}
