"use client";

import { cancelAsCouncil, executeOperation } from "@4ever/sdk/governance/council";
import type { IndexedOperation } from "@4ever/sdk/subgraph/proposals";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/Button";
import type { ProposalPhase } from "@/features/governance/proposal";
import { useAppConfig } from "@/lib/config-context";
import { plural } from "@/lib/format/count";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the reader can do with what the council proposed: anybody executes it once it has waited, the council withdraws it. */
export function OperationActions({
  operation: { id: operationId, calls, transactionHash },
  phase,
  isCouncil,
}: {
  operation: IndexedOperation;
  phase: ProposalPhase | undefined;
  /** Whether the reader is the council; its right to withdraw outlives its term. */
  isCouncil: boolean;
}) {
  const { review } = useWallet();
  const { TimelockController, Council } = useAppConfig().deployment.contracts;
  const queries = useQueryClient();
  if (!TimelockController || (phase !== "queued" && phase !== "ready")) return null;
  const does = calls.map(({ sentence }) => sentence).join(" ");
  const shared = {
    costs: [],
    onIndexed: () => {
      void queries.invalidateQueries({ queryKey: ["guard"] });
      void queries.invalidateQueries({ queryKey: ["call-changes"] });
    },
  };

  const execute = () =>
    review({
      ...shared,
      key: `operation/execute/${operationId}`,
      title: "Execute what the council proposed",
      sentence: `The timelock makes ${plural(calls.length, "call")}, all or none: ${does}`,
      action: "Execute it",
      undo: "Only another decision changes it again. If a contract refuses a call, nothing of it is done.",
      steps: [{ what: "transaction", title: "Execute it" }],
      to: TimelockController,
      run: (client, context) => executeOperation(client, { ...context, operationId, calls, transactionHash }),
    });
  const withdraw = (council: `0x${string}`) =>
    review({
      ...shared,
      key: `operation/cancel/${operationId}`,
      title: "Withdraw what you proposed",
      sentence: `The timelock drops it, and nobody can execute it: ${does}`,
      action: "Withdraw it",
      undo: "While your term lasts you can propose it again; it then waits anew.",
      steps: [{ what: "transaction", title: "Withdraw it" }],
      to: council,
      run: (client, context) => cancelAsCouncil(client, { ...context, operationId }),
    });

  return (
    <span className="inline-flex flex-wrap justify-end gap-2">
      {phase === "ready" ? (
        <Button size="sm" onClick={execute}>
          Execute it
        </Button>
      ) : null}
      {isCouncil && Council ? (
        <Button size="sm" look="quiet" onClick={() => withdraw(Council)}>
          Withdraw it
        </Button>
      ) : null}
    </span>
  );
}
