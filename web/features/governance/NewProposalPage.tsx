"use client";

import { propose } from "@4ever/sdk/governance/proposals";
import { openBallot } from "@4ever/sdk/governance/votes";
import { useQueryClient } from "@tanstack/react-query";
import { Unplug } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { type FormEvent, useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { TextAreaField, TextField } from "@/components/Field";
import { Form } from "@/components/Form";
import { Section } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { EmptyState, Notice } from "@/components/States";
import { CallList, EMPTY_CALL, useBounds } from "@/features/governance/CallList";
import { CouncilForm } from "@/features/governance/CouncilForm";
import { type ProposalDraft, readDraft } from "@/features/governance/draft";
import { useCouncil, useSettings, useVotes } from "@/features/governance/useGovernance";
import { YourVotes } from "@/features/governance/YourVotes";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { plural } from "@/lib/format/count";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

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
  return <Forms governor={contracts.EverGovernor} />;
}

/** The voters' form, or the council's, which the address asks for. */
function Forms({ governor }: { governor: `0x${string}` }) {
  const isAskedAsCouncil = useSearchParams().get("as") === "council";
  const { account } = useWallet();
  const { data: council, error } = useCouncil();
  if (isAskedAsCouncil && council === undefined && !error)
    return <BlocksSkeleton label="Asking who the council is" heights={["h-20", "h-64"]} />;
  if (isAskedAsCouncil && council && account && isAddressEqual(account, council.account))
    return <CouncilForm council={council} />;
  return (
    <div className="space-y-6">
      {isAskedAsCouncil && council !== undefined ? (
        <Notice tone="warn" title="This account is not the council">
          {council
            ? "Connect the council’s account, or propose it to the voters."
            : "This network has none. Propose it to the voters."}
        </Notice>
      ) : null}
      <YourVotes />
      <ProposalForm governor={governor} />
    </div>
  );
}

function ProposalForm({ governor }: { governor: `0x${string}` }) {
  const { account, connect, review } = useWallet();
  const { deployment } = useAppConfig();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: bounds } = useBounds();
  const { data: votes } = useVotes(account);
  const { data: settings } = useSettings();
  const [draft, setDraft] = useState<ProposalDraft>({ title: "", why: "", calls: [EMPTY_CALL] });
  const [isTried, setTried] = useState(false);
  const read = readDraft(deployment, draft, bounds);
  const problems = isTried && !read.ok ? read.problems : {};

  const pools = votes ? openBallot(votes, { tokens: false, providers: [] }).pools : [];
  const counted = pools.reduce((sum, pool) => sum + pool.votes, votes?.tokens ?? 0n);
  const missing =
    votes && settings && settings.proposalThreshold > counted ? settings.proposalThreshold - counted : undefined;

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
    <Form onSubmit={onSubmit} className="max-w-3xl space-y-6">
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
      <CallList
        drafts={draft.calls}
        isTried={isTried}
        problem={problems.calls}
        onChange={(calls) => setDraft({ ...draft, calls })}
      />
      {account && missing !== undefined ? (
        <Notice tone="warn" title={`${formatMoney(missing, EVER_UNIT, "up")} of votes are missing`}>
          To propose takes the votes of {formatMoney(settings?.proposalThreshold ?? 0n, EVER_UNIT)}; you have{" "}
          {formatMoney(counted, EVER_UNIT)}. Delegate your EVER to yourself, or find others who delegate to you.
        </Notice>
      ) : null}
      <Button look="primary" type="submit" disabled={!bounds || (account !== undefined && missing !== undefined)}>
        {account ? "Review the proposal" : "Connect a wallet to propose"}
      </Button>
    </Form>
  );
}
