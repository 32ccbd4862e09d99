"use client";

import type { DecodedCall } from "@4ever/sdk/governance/call-sentences";
import { ArrowRight } from "lucide-react";
import { CopyButton } from "@/components/CopyButton";
import { Hash } from "@/components/Hash";
import { Section } from "@/components/Section";
import { Skeleton } from "@/components/Skeleton";
import { Notice } from "@/components/States";
import { useCallChanges } from "@/features/governance/useGovernance";
import { plural } from "@/lib/format/count";

/** What a proposal does, call by call: in a sentence, against what the chain has now, and as it is encoded. */
export function Calls({ calls, isOpen }: { calls: readonly DecodedCall[]; isOpen: boolean }) {
  return (
    <Section
      title="What it changes"
      flush
      description={`${plural(calls.length, "call")} of the timelock, all or none${calls.length > 1 ? ", in this order" : ""}.`}
    >
      <ol className="divide-y divide-line">
        {calls.map((call, i) => (
          <li key={i} className="space-y-3 px-4 py-4">
            {call.isKnown ? (
              <p className="font-medium break-words">{call.sentence}</p>
            ) : (
              <Notice tone="warn" title="This call is not known">
                {call.sentence}
              </Notice>
            )}
            {isOpen && call.isKnown ? <Changes call={call} /> : null}
            <Encoded call={call} isShown={!call.isKnown} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** Old value → new value, where a getter tells it. */
export function Changes({ call }: { call: Pick<DecodedCall, "target" | "data"> }) {
  const { data, error } = useCallChanges(call);
  if (error && data === undefined)
    return <p className="text-sm text-muted">What holds now could not be read: {error.message}</p>;
  if (data === undefined) return <Skeleton className="h-9" />;
  if (data === null) return null;
  return (
    <dl className="divide-y divide-line rounded border border-line text-sm">
      {data.map(({ what, before, after }) => (
        <div key={what} className="flex flex-wrap items-center justify-between gap-x-4 px-3.5 py-2">
          <dt className="text-muted">{what}</dt>
          <dd className="flex min-w-0 flex-wrap items-center gap-2 break-all">
            {before === after ? (
              <span>{after}, as it is</span>
            ) : (
              <>
                <span className="text-muted">
                  <span className="sr-only">from </span>
                  {before}
                </span>
                <ArrowRight aria-label="to" className="size-3.5 shrink-0 text-faint" />
                <span className="font-medium">{after}</span>
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Encoded({ call, isShown }: { call: DecodedCall; isShown: boolean }) {
  const { contract, functionName, args, target, data } = call;
  return (
    <details open={isShown} className="text-sm">
      <summary className="cursor-pointer text-muted hover:text-ink">
        {functionName ? `${contract}.${functionName}` : "The call as it is encoded"}
      </summary>
      <dl className="mt-2 space-y-2">
        <div className="flex flex-wrap items-center gap-x-2">
          <dt className="text-muted">Contract</dt>
          <dd>
            <Hash text={target} kind="address" {...(contract ? { label: contract } : {})} />
          </dd>
        </div>
        {args.length > 0 ? (
          <div>
            <dt className="text-muted">Arguments</dt>
            <dd className="font-mono break-all">{args.map(String).join(", ")}</dd>
          </div>
        ) : null}
        <div>
          <dt className="flex items-center gap-1 text-muted">
            Data <CopyButton text={data} label="data" />
          </dt>
          <dd className="max-h-40 overflow-y-auto font-mono break-all">{data}</dd>
        </div>
      </dl>
    </details>
  );
}
