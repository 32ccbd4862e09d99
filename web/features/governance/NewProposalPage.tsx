"use client";

import { getBounds } from "@4ever/sdk/governance/compose";
import { propose } from "@4ever/sdk/governance/proposals";
import { openBallot } from "@4ever/sdk/governance/votes";
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Unplug } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { useClient } from "wagmi";
import { Button } from "@/components/Button";
import { TextAreaField, TextField } from "@/components/Field";
import { Section } from "@/components/Section";
import { EmptyState, Notice } from "@/components/States";
import { CallEditor } from "@/features/governance/CallEditor";
import { type CallDraft, MAX_CALLS, type ProposalDraft, readDraft } from "@/features/governance/draft";
import { useSettings, useVotes } from "@/features/governance/useGovernance";
import { YourVotes } from "@/features/governance/YourVotes";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { plural } from "@/lib/format/count";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useLiveQuery } from "@/lib/use-live-query";
import { useWallet } from "@/lib/wallet/use-wallet";

/** The hard bounds of what can be proposed; they never change. */
function useBounds() {
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

/** A proposal being written. */
export function NewProposalPage() {
  const { contracts } = useAppConfig().deployment;
  if (!contracts.EverGovernor) {
    return (
      <div className="rounded border border-line bg-surface">
        <EmptyState icon={Unplug} title="This network has no governor">
          Its contracts are older than it: nothing can be proposed to voters.
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="space-y-6">
      <YourVotes />
      <ProposalForm governor={contracts.EverGovernor} />
    </div>
  );
}

function ProposalForm({ governor }: { governor: `0x${string}` }) {
  const { account, connect, review } = useWallet();
  const { deployment } = useAppConfig();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: bounds, error: boundsError, refetch } = useBounds();
  const { data: votes } = useVotes(account);
  const { data: settings } = useSettings();
  const [draft, setDraft] = useState<ProposalDraft>({ title: "", why: "", calls: [{ key: 0, id: "", values: {} }] });
  const [isTried, setTried] = useState(false);
  const read = readDraft(deployment, draft, bounds);
  const problems = isTried && !read.ok ? read.problems : {};

  const pools = votes ? openBallot(votes, { tokens: false, providers: [] }).pools : [];
  const counted = pools.reduce((sum, pool) => sum + pool.votes, votes?.tokens ?? 0n);
  const missing =
    votes && settings && settings.proposalThreshold > counted ? settings.proposalThreshold - counted : undefined;

  const setCall = (call: CallDraft) =>
    setDraft({ ...draft, calls: draft.calls.map((each) => (each.key === call.key ? call : each)) });
  const nextKey = Math.max(0, ...draft.calls.map(({ key }) => key)) + 1;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!read.ok || !bounds) return;
    if (!account) return connect();
    if (!settings || missing !== undefined) return;
    const { calls, description } = read;
    review({
      key: `proposal/propose/${draft.title}`,
      title: "Propose a change",
      sentence: `“${draft.title.trim()}”: ${plural(calls.length, "call")} that the timelock makes, if the voters want it.`,
      action: "Propose it",
      costs: [],
      gasLimit: 260_000n + 60_000n * BigInt(calls.length) + 40n * BigInt(description.length),
      undo: `You can withdraw it until voting begins, ${formatSpan(settings.votingDelay)} later. It is on chain for good.`,
      steps: [{ what: "transaction", title: "Propose it" }],
      to: governor,
      closesOnConfirm: true,
      run: async (client, context) => {
        const { proposalId } = await propose(client, {
          ...context,
          calls,
          description,
          pools: pools.map(({ provider }) => provider),
        });
        router.push(explorerLinks.proposal(proposalId));
      },
      onIndexed: () => {
        void queries.invalidateQueries({ queryKey: ["proposal"] });
        void queries.invalidateQueries({ queryKey: ["proposals"] });
      },
    });
  }

  return (
    <form noValidate onSubmit={onSubmit} className="max-w-3xl space-y-6">
      <Section title="What it is about">
        <div className="space-y-4">
          <TextField
            label="Title"
            autoComplete="off"
            value={draft.title}
            onChange={({ target }) => setDraft({ ...draft, title: target.value })}
            error={problems.title}
          />
          <TextAreaField
            label="Why"
            rows={5}
            value={draft.why}
            onChange={({ target }) => setDraft({ ...draft, why: target.value })}
            error={problems.why}
            hint="Headings, lists, **bold** and `code` are laid out; links stay text."
          />
        </div>
      </Section>
      {boundsError && !bounds ? (
        <Notice
          tone="bad"
          title="The hard bounds could not be read"
          action={<Button onClick={() => refetch()}>Try again</Button>}
        >
          {boundsError.message} Without them nobody can tell what the contracts would refuse.
        </Notice>
      ) : null}
      {draft.calls.map((call, i) => (
        <CallEditor
          key={call.key}
          draft={call}
          position={i + 1}
          bounds={bounds}
          isTried={isTried}
          onChange={setCall}
          onRemove={
            draft.calls.length > 1
              ? () => setDraft({ ...draft, calls: draft.calls.filter(({ key }) => key !== call.key) })
              : undefined
          }
        />
      ))}
      <div>
        <Button
          icon={<Plus aria-hidden className="size-4" />}
          disabled={draft.calls.length >= MAX_CALLS}
          onClick={() => setDraft({ ...draft, calls: [...draft.calls, { key: nextKey, id: "", values: {} }] })}
        >
          {draft.calls.length >= MAX_CALLS ? `${MAX_CALLS} calls at most` : "Add a call"}
        </Button>
      </div>
      {problems.calls ? (
        <p role="alert" className="text-sm text-bad">
          {problems.calls}
        </p>
      ) : null}
      {account && missing !== undefined ? (
        <Notice tone="warn" title={`${formatMoney(missing, EVER_UNIT, "up")} of votes are missing`}>
          To propose takes the votes of {formatMoney(settings?.proposalThreshold ?? 0n, EVER_UNIT)}; you have{" "}
          {formatMoney(counted, EVER_UNIT)}. Delegate your EVER to yourself, or find others who delegate to you.
        </Notice>
      ) : null}
      <Button look="primary" type="submit" disabled={!bounds || (account !== undefined && missing !== undefined)}>
        {account ? "Review the proposal" : "Connect a wallet to propose"}
      </Button>
    </form>
  );
}
