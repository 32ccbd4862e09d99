"use client";

import { getBounds } from "@4ever/sdk/governance/compose";
import { Plus } from "lucide-react";
import { useClient } from "wagmi";
import { Button } from "@/components/Button";
import { Notice } from "@/components/States";
import { CallEditor } from "@/features/governance/CallEditor";
import { type CallDraft, MAX_CALLS } from "@/features/governance/draft";
import { useAppConfig } from "@/lib/config-context";
import { useLiveQuery } from "@/lib/use-live-query";

export const EMPTY_CALL: CallDraft = { key: 0, id: "", values: {} };

/** The hard bounds of what can be proposed; they never change. */
export function useBounds() {
  const client = useClient();
  const { deployment } = useAppConfig();
  return useLiveQuery({
    queryKey: ["proposal-bounds"],
    enabled: client !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      if (!client) throw new Error("No client for this chain.");
      return getBounds(client, { deployment });
    },
  });
}

/** The calls of a draft, one below the other. */
export function CallList({
  drafts,
  isTried,
  problem,
  onChange,
}: {
  drafts: readonly CallDraft[];
  isTried: boolean;
  /** What is wrong with them together. */
  problem: string | undefined;
  onChange: (drafts: readonly CallDraft[]) => void;
}) {
  const { data: bounds, error, refetch } = useBounds();
  const nextKey = Math.max(0, ...drafts.map(({ key }) => key)) + 1;
  return (
    <>
      {error && !bounds ? (
        <Notice
          tone="bad"
          title="The hard bounds could not be read"
          action={<Button onClick={() => refetch()}>Try again</Button>}
        >
          {error.message} Without them nobody can tell what the contracts would refuse.
        </Notice>
      ) : null}
      {drafts.map((call, i) => (
        <CallEditor
          key={call.key}
          draft={call}
          position={i + 1}
          bounds={bounds}
          isTried={isTried}
          onChange={(changed) => onChange(drafts.map((each) => (each.key === changed.key ? changed : each)))}
          onRemove={drafts.length > 1 ? () => onChange(drafts.filter(({ key }) => key !== call.key)) : undefined}
        />
      ))}
      <div>
        <Button
          icon={<Plus aria-hidden className="size-4" />}
          disabled={drafts.length >= MAX_CALLS}
          onClick={() => onChange([...drafts, { ...EMPTY_CALL, key: nextKey }])}
        >
          {drafts.length >= MAX_CALLS ? `${MAX_CALLS} calls at most` : "Add a call"}
        </Button>
      </div>
      {problem ? (
        <p role="alert" className="text-sm text-bad">
          {problem}
        </p>
      ) : null}
    </>
  );
}
