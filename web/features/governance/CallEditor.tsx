"use client";

import { decodeCall } from "@4ever/sdk/governance/call-sentences";
import { type Bounds, getServiceValues } from "@4ever/sdk/governance/compose";
import { type CallField, proposablesOf } from "@4ever/sdk/governance/proposable";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useClient } from "wagmi";
import { IconButton } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Notice } from "@/components/States";
import { Changes } from "@/features/governance/Calls";
import { type CallDraft, emptyValues, hintOf, readCall } from "@/features/governance/draft";
import { useServices } from "@/features/governance/useServices";
import { useAppConfig } from "@/lib/config-context";

const SERVICE = "ServiceCatalog.setService";
const UNITS: Partial<Record<CallField["kind"], string>> = { percent: "%", ever: "EVER" };

/** One call of a draft: what to change, its values, and what it would do in words. */
export function CallEditor({
  draft,
  position,
  bounds,
  isTried,
  onChange,
  onRemove,
}: {
  draft: CallDraft;
  /** From 1. */
  position: number;
  bounds: Bounds | undefined;
  isTried: boolean;
  onChange: (draft: CallDraft) => void;
  /** Absent for the only call. */
  onRemove: (() => void) | undefined;
}) {
  const { deployment } = useAppConfig();
  const proposables = proposablesOf(deployment);
  const chosen = proposables.find(({ id }) => id === draft.id);
  const read = readCall(deployment, draft, bounds);
  const problems = read.ok ? {} : read.problems;
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const isTold = (name: string) => isTried || touched.has(name);
  return (
    <section aria-label={`Call ${position}`} className="rounded border border-line bg-surface">
      <div className="flex items-center justify-between gap-4 border-b border-line py-1.5 pr-2 pl-4">
        <h2 className="text-base font-semibold">Call {position}</h2>
        {onRemove ? (
          <IconButton label={`Remove call ${position}`} onClick={onRemove}>
            <Trash2 aria-hidden className="size-4" />
          </IconButton>
        ) : (
          <span className="size-9" />
        )}
      </div>
      <div className="space-y-4 p-4">
        <SelectField
          label="What to change"
          value={draft.id}
          error={isTried && !chosen ? problems[""] : undefined}
          onChange={({ target }) => {
            const next = proposables.find(({ id }) => id === target.value);
            setTouched(new Set());
            onChange({ ...draft, id: target.value, values: next ? emptyValues(next) : {} });
          }}
          options={[{ value: "", label: "Choose …" }, ...proposables.map(({ id, label }) => ({ value: id, label }))]}
        />
        {draft.id === SERVICE ? (
          <ServiceStart onLoaded={(values) => onChange({ ...draft, values: { ...draft.values, ...values } })} />
        ) : null}
        {chosen && chosen.fields.length > 0 ? (
          <div className="grid gap-4 sm:grid-cols-2">
            {chosen.fields.map((field) => {
              const shared = {
                label: field.label,
                value: draft.values[field.name] ?? "",
                error: isTold(field.name) ? problems[field.name] : undefined,
                hint: hintOf(field, bounds),
                onBlur: () => setTouched((before) => new Set(before).add(field.name)),
                onChange: ({ target }: { target: { value: string } }) =>
                  onChange({ ...draft, values: { ...draft.values, [field.name]: target.value } }),
              };
              if (field.options) return <SelectField key={field.name} {...shared} options={field.options} />;
              const unit = UNITS[field.kind];
              return (
                <TextField
                  key={field.name}
                  {...shared}
                  {...(unit ? { unit } : {})}
                  autoComplete="off"
                  isMono={field.kind === "address"}
                />
              );
            })}
          </div>
        ) : null}
        {chosen && isTried && problems[""] ? (
          <p role="alert" className="text-sm text-bad">
            {problems[""]}
          </p>
        ) : null}
        {read.ok ? (
          <div className="space-y-3">
            <Notice title="What it would do">{decodeCall(deployment, read.call).sentence}</Notice>
            <Changes call={read.call} />
          </div>
        ) : null}
      </div>
    </section>
  );
}

/** Fills in what a service has now, so that only what changes is written. */
function ServiceStart({ onLoaded }: { onLoaded: (values: Record<string, string>) => void }) {
  const { deployment } = useAppConfig();
  const client = useClient();
  const { data: services } = useServices();
  const [chosen, setChosen] = useState("");
  const [problem, setProblem] = useState<string>();
  async function load(name: string) {
    setChosen(name);
    setProblem(undefined);
    if (!client || name === "") return;
    try {
      const values = await getServiceValues(client, { deployment, name });
      if (values) onLoaded(values);
      else setProblem(`The catalogue has no service ${name}.`);
    } catch (error) {
      console.warn("A service could not be read", error);
      setProblem("What it has now could not be read. Fill it in, or choose it again.");
    }
  }
  return (
    <SelectField
      label="Start from"
      value={chosen}
      error={problem}
      hint="Fills in what the service has now."
      onChange={({ target }) => void load(target.value)}
      options={[
        { value: "", label: "A new service" },
        ...(services ?? []).map(({ name }) => ({ value: name, label: name })),
      ]}
    />
  );
}
