"use client";

import { cancelProposal, executeProposal, queueProposal } from "@4ever/sdk/governance/proposals";
import type { IndexedProposal } from "@4ever/sdk/subgraph/proposals";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { readDescription } from "@/features/governance/description";
import type { ProposalPhase } from "@/features/governance/proposal";
import { useBallot } from "@/features/governance/useGovernance";
import { VoteDialog } from "@/features/governance/VoteDialog";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the reader can do with a proposal now. Everything but a ballot and a withdrawal is open to anybody. */
export function ProposalActions({ proposal, phase }: { proposal: IndexedProposal; phase: ProposalPhase | undefined }) {
  const { account, review, connect } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  const [isVoting, setVoting] = useState(false);
  const ballot = useBallot(account, proposal, phase === "active");
  const { proposalId, calls, description, proposer } = proposal;
  const { title } = readDescription(description);
  const text = { calls, description };
  const to = contracts.EverGovernor;
  if (!to) return null;
  const onIndexed = () => {
    void queries.invalidateQueries({ queryKey: ["proposal"] });
    void queries.invalidateQueries({ queryKey: ["proposals"] });
  };
  const shared = { costs: [], to, onIndexed };

  const queue = () =>
    review({
      ...shared,
      key: `proposal/queue/${proposalId}`,
      title: "Put the proposal into the timelock",
      sentence: `“${title}” has won. It waits in the timelock, in public, until anybody may execute it.`,
      action: "Queue it",
      gasLimit: 160_000n + 60_000n * BigInt(calls.length),
      undo: "Nothing takes it out again but another decision.",
      steps: [{ what: "transaction", title: "Queue it" }],
      run: (client, context) => queueProposal(client, { ...context, ...text }),
    });
  const execute = () =>
    review({
      ...shared,
      key: `proposal/execute/${proposalId}`,
      title: "Execute the proposal",
      sentence: `The timelock makes ${plural(calls.length, "call")}, all or none: ${calls.map(({ sentence }) => sentence).join(" ")}`,
      action: "Execute it",
      undo: "Only another decision changes it again. If a contract refuses a call, nothing of it is done.",
      steps: [{ what: "transaction", title: "Execute it" }],
      run: (client, context) => executeProposal(client, { ...context, ...text }),
      onIndexed: () => {
        onIndexed();
        void queries.invalidateQueries({ queryKey: ["call-changes"] });
      },
    });
  const cancel = () =>
    review({
      ...shared,
      key: `proposal/cancel/${proposalId}`,
      title: "Withdraw your proposal",
      sentence: `Nobody votes on “${title}”.`,
      action: "Withdraw it",
      gasLimit: 100_000n,
      undo: "It cannot be proposed again as it is: change its description.",
      steps: [{ what: "transaction", title: "Withdraw it" }],
      run: (client, context) => cancelProposal(client, { ...context, ...text }),
    });

  if (phase === "succeeded")
    return (
      <Button look="primary" onClick={queue}>
        Queue it
      </Button>
    );
  if (phase === "ready")
    return (
      <Button look="primary" onClick={execute}>
        Execute it
      </Button>
    );
  if (phase === "pending" && account && isAddressEqual(account, proposer))
    return <Button onClick={cancel}>Withdraw it</Button>;
  if (phase !== "active") return null;
  return (
    <>
      <Button
        look="primary"
        busy={account && !ballot.data && !ballot.error && "Reading your votes"}
        onClick={() => (account ? setVoting(true) : connect())}
      >
        Vote
      </Button>
      {isVoting && account ? (
        <VoteDialog
          account={account}
          proposal={proposal}
          ballot={ballot.data}
          error={ballot.error}
          onClose={() => setVoting(false)}
        />
      ) : null}
    </>
  );
}
