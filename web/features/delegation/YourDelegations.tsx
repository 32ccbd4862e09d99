"use client";

import { type Delegation, delegatedWorth, gainOf } from "@4ever/sdk/pools";
import { Handshake } from "lucide-react";
import { Button } from "@/components/Button";
import { ExitBounty } from "@/components/ExitBounty";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { DelegationActions } from "@/features/delegation/DelegationActions";
import { Gain } from "@/features/delegation/Gain";
import { poolLink } from "@/features/delegation/pool-link";
import { Tranches } from "@/features/delegation/Tranches";
import { useDelegations } from "@/features/delegation/useDelegation";
import { nameOf } from "@/features/delegation/words";
import { shorten } from "@/lib/format/hash";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** What the connected account has with providers: worth now, put in, gained, and what thaws. */
export function YourDelegations() {
  const { account, connect } = useWallet();
  const asked = useDelegations(account);
  return (
    <Section title="Your delegations" flush>
      {account ? (
        <LoadedRows
          what="Your delegations"
          asked={{ ...asked, data: asked.data?.filter(isThere) }}
          waitingRows={2}
          empty={
            <EmptyState icon={Handshake} title="You have not delegated yet">
              Choose a provider below. Its rewards, its slashes and what you can take out are then told here.
            </EmptyState>
          }
        >
          {(delegations) => (
            <Table
              caption="Your delegations by provider"
              columns={COLUMNS}
              rows={delegations}
              rowKey={({ pool }) => pool.provider}
            />
          )}
        </LoadedRows>
      ) : (
        <EmptyState
          icon={Handshake}
          title="Whose delegations?"
          action={
            <Button look="primary" onClick={connect}>
              Connect a wallet
            </Button>
          }
        >
          Connect the wallet that holds EVER to delegate, or to see what it has delegated.
        </EmptyState>
      )}
    </Section>
  );
}

/** What was withdrawn wholly stays in the index, with no part in this any more; what a slash took wholly is still told. */
function isThere({ shares, tranches }: Delegation): boolean {
  return shares > 0n || tranches.length > 0;
}

const COLUMNS: readonly Column<Delegation>[] = [
  {
    key: "provider",
    header: "Provider",
    cell: ({ pool }) => (
      <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
        <PageLink className="link font-medium" href={poolLink(pool.provider)}>
          {nameOf(pool)}
        </PageLink>
        <span className="text-xs text-muted">{shorten(pool.provider)}</span>
      </span>
    ),
  },
  {
    key: "worth",
    header: "Worth now",
    align: "right",
    cell: (delegation) => (
      <div className="inline-flex flex-col items-end">
        <Money amount={delegatedWorth(delegation)} token={EVER_UNIT} className="font-medium" />
        <div className="flex flex-col items-end text-xs whitespace-nowrap text-muted md:hidden">
          <Gain amount={gainOf(delegation)} />
          {delegation.tranches.length > 0 ? "thawing" : null}
          <Tranches tranches={delegation.tranches} />
        </div>
      </div>
    ),
  },
  {
    key: "put",
    header: "Put in",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ deposited }) => <Money amount={deposited} token={EVER_UNIT} />,
  },
  {
    key: "gain",
    header: "Rewards less slashes",
    align: "right",
    isHiddenOnNarrow: true,
    cell: (delegation) => <Gain amount={gainOf(delegation)} />,
  },
  {
    key: "thawing",
    header: "Thawing",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ pool, tranches }) => (
      <div className="inline-flex flex-col items-end">
        {tranches.length === 0 ? <span className="text-muted">nothing</span> : <Tranches tranches={tranches} />}
        <ExitBounty provider={pool.provider} newest={tranches.at(-1)?.number} />
      </div>
    ),
  },
  {
    key: "actions",
    header: "Actions",
    align: "right",
    isHiddenOnNarrow: true,
    cell: (delegation) => (
      <span className="inline-flex flex-wrap justify-end gap-2">
        <DelegationActions delegation={delegation} size="sm" />
      </span>
    ),
  },
];
