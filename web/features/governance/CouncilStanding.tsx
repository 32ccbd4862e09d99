"use client";

import type { IndexedOperation } from "@4ever/sdk/subgraph/proposals";
import { isAddressEqual } from "viem";
import { ButtonLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { Notice } from "@/components/States";
import { Table } from "@/components/Table";
import { OperationActions } from "@/features/governance/OperationActions";
import { PhaseBadge } from "@/features/governance/PhaseBadge";
import { operationPhaseOf } from "@/features/governance/proposal";
import { useCouncil, useGuard } from "@/features/governance/useGovernance";
import { useChainNow } from "@/lib/chain-clock";
import { explorerLinks } from "@/lib/explorer-links";
import { useWallet } from "@/lib/wallet/use-wallet";

/** The council for its term, with what it proposed. */
export function CouncilStanding() {
  const { data: guard } = useGuard();
  const { data: council } = useCouncil();
  const { account } = useWallet();
  const nowAt = useChainNow();
  const isOver = council?.isOver || (council && nowAt !== undefined && nowAt >= council.endsAt);
  const isCouncil = account !== undefined && council != null && isAddressEqual(account, council.account);
  return (
    <>
      {council ? (
        <Notice
          title={isOver ? "The council’s term is over" : "The council may propose, too"}
          action={
            isCouncil && !isOver ? (
              <ButtonLink href="/proposals/new/?as=council">Propose as the council</ButtonLink>
            ) : undefined
          }
        >
          {isOver ? (
            <>Only votes decide now: the council can withdraw what it proposed, and nothing else.</>
          ) : (
            <>
              Until its term ends, <RelativeTime at={council.endsAt} />,{" "}
              <Hash text={council.account} kind="address" href={explorerLinks.account(council.account)} /> may change
              services, tokens, markets, jails, invitations and the guardian without a vote: in public, and with the
              timelock’s delay. It gives no role and spends nothing. A vote ends it sooner.
            </>
          )}
        </Notice>
      ) : null}
      {guard && guard.operations.length > 0 ? (
        <Operations operations={guard.operations} nowAt={nowAt} isCouncil={isCouncil} />
      ) : null}
    </>
  );
}

function Operations({
  operations,
  nowAt,
  isCouncil,
}: {
  operations: readonly IndexedOperation[];
  nowAt: number | undefined;
  isCouncil: boolean;
}) {
  return (
    <Section title="Proposed by the council" flush description="They wait in the timelock, where everybody sees them.">
      <Table
        caption="What the council proposed, newest first"
        rows={operations}
        rowKey={({ id }) => id}
        columns={[
          {
            key: "what",
            header: "What",
            cell: ({ calls, id }) => (
              <ul className="max-w-xl min-w-44 space-y-0.5 py-1">
                {calls.map(({ sentence }, i) => (
                  <li key={`${id}-${i}`} className="wrap-anywhere">
                    {sentence}
                  </li>
                ))}
              </ul>
            ),
          },
          {
            key: "state",
            header: "State",
            cell: (each) => {
              const phase = operationPhaseOf(each, nowAt);
              return (
                <span className="flex flex-wrap items-center gap-2">
                  <PhaseBadge phase={phase} />
                  <OperationActions operation={each} phase={phase} isCouncil={isCouncil} />
                </span>
              );
            },
          },
          {
            key: "ready",
            header: "Executable",
            align: "right",
            isHiddenOnNarrow: true,
            cell: ({ readyAt }) => <RelativeTime at={readyAt} />,
          },
          {
            key: "hash",
            header: "Transaction",
            align: "right",
            isHiddenOnNarrow: true,
            cell: ({ transactionHash: hash }) => (
              <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />
            ),
          },
        ]}
      />
    </Section>
  );
}
