"use client";

import { inviteLink } from "@4ever/sdk/invites/code";
import { nonceAt, revokeInvites, revokeInvitesBelow } from "@4ever/sdk/invites/issuing";
import { Download, Mail, MailX, Plus, Wallet } from "lucide-react";
import { useState } from "react";
import type { Address } from "viem";
import { Button, ButtonLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { RelativeTime } from "@/components/RelativeTime";
import { Panel, Section, Stat, Stats } from "@/components/Section";
import { BlocksSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError, Notice } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { InviteBadge } from "@/features/invites/InviteBadge";
import { IssueDialog } from "@/features/invites/IssueDialog";
import { type Batch, batchesOf, csvOf, type Invitation, type IssuerOnChain } from "@/features/invites/invitations";
import { LinkDialog } from "@/features/invites/LinkDialog";
import { useInvitations, useIssuer } from "@/features/invites/useIssuer";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount, plural } from "@/lib/format/count";
import { saveFile } from "@/lib/save-file";
import { useWallet, type WalletPlan } from "@/lib/wallet/use-wallet";

const linkOf = (code: string) => inviteLink(location.origin, code);
/** Batches are numbered by the second in which they are made: all until now are below this one. */
const nextSecond = () => nonceAt(Math.floor(Date.now() / 1_000) + 1);
const nameOf = ({ index, count }: Pick<Invitation, "index" | "count">) =>
  count === 1 ? "Single" : count === undefined ? `No. ${index}` : `${index} of ${count}`;

/** Invitations of the connected account, if governance lets it invite. */
export function InvitesPage() {
  const { account, connect } = useWallet();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useIssuer(account);
  if (!account) {
    return (
      <Panel>
        <EmptyState
          icon={Wallet}
          title="Whose invitations?"
          action={
            <Button look="primary" onClick={connect}>
              Connect a wallet
            </Button>
          }
        >
          Connect the account that governance allows to invite.
        </EmptyState>
      </Panel>
    );
  }
  if (error && !data) {
    return (
      <Panel>
        <LoadError
          what="Your invitations"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      </Panel>
    );
  }
  if (!data) return <BlocksSkeleton label="Loading your invitations" heights={["h-24", "h-56"]} />;
  return <Issued account={account} issuer={data.issuer} isOpen={data.phase === "OPEN"} />;
}

function Issued({ account, issuer, isOpen }: { account: Address; issuer: IssuerOnChain; isOpen: boolean }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const invitations = useInvitations(account, issuer);
  const [isIssuing, setIssuing] = useState(false);
  const [shownCode, setShownCode] = useState<string | undefined>();
  const [madeCount, setMadeCount] = useState(0);
  const shown = shownCode === undefined ? undefined : invitations.find(({ code }) => code === shownCode);
  const batches = batchesOf(invitations);
  const waiting = invitations.filter(({ state }) => state === "unused").length;

  const revoke = (plan: Pick<WalletPlan, "key" | "title" | "sentence" | "run">) =>
    review({
      ...plan,
      action: "Revoke",
      costs: [],
      gasLimit: 80_000n,
      undo: "This cannot be undone: issue new ones instead. Whoever has entered stays in.",
      steps: [{ what: "transaction", title: "Send the revocation" }],
      to: contracts.InviteRegistry,
    });
  const revokeOne = (invitation: Invitation) => {
    const { nonce, index, count } = invitation;
    revoke({
      key: `invite/revoke/${nonce}/${index}`,
      title: "Revoke the invitation",
      sentence: `The invitation (${nameOf({ index, count }).toLowerCase()}) lets nobody in any more.`,
      run: (client, context) => revokeInvites(client, { ...context, nonce, indexes: [index] }),
    });
  };
  const revokeBatch = ({ nonce, open }: Batch) =>
    revoke({
      key: `invite/revoke/${nonce}`,
      title: "Revoke the batch",
      sentence: `${plural(open, "unused invitation")} of the batch let nobody in any more.`,
      run: (client, context) => revokeInvites(client, { ...context, nonce }),
    });
  const revokeAll = () => {
    const nonce = nextSecond();
    revoke({
      key: `invite/revoke-below/${nonce}`,
      title: "Revoke all",
      sentence: "All invitations that this account has signed until now let nobody in any more, wherever they are.",
      run: (client, context) => revokeInvitesBelow(client, { ...context, nonce }),
    });
  };

  if (issuer.quota === 0n && invitations.length === 0) {
    return (
      <Panel>
        <EmptyState
          icon={MailX}
          title="This account does not invite"
          action={<ButtonLink href={explorerLinks.table("invites")}>See used invitations</ButtonLink>}
        >
          Governance names who may invite new providers, and how many. An invitation that you were given opens by its
          link.
        </EmptyState>
      </Panel>
    );
  }
  const issueButton = (
    <Button
      look="primary"
      icon={<Plus aria-hidden className="size-4" />}
      disabled={issuer.quota === 0n}
      onClick={() => setIssuing(true)}
    >
      Issue invitations
    </Button>
  );
  return (
    <div className="space-y-6">
      {isOpen ? (
        <Notice title="The network is open">
          Everybody registers without an invitation now. Yours are not needed.
        </Notice>
      ) : null}
      {issuer.quota === 0n ? (
        <Notice tone="warn" title="You may let in nobody more">
          What you issued waits until governance gives you a new quota. Revoke it if it should not.
        </Notice>
      ) : null}
      <Stats>
        <Stat label="You may let in" note="more providers">
          {formatCount(issuer.quota)}
        </Stat>
        <Stat label="Used" note="of all that you issued">
          {formatCount(issuer.redeemedCount)}
        </Stat>
        <Stat label="Waiting" note="issued in this browser">
          {formatCount(waiting)}
        </Stat>
        <Stat label="Revoked" note="known here">
          {formatCount(invitations.filter(({ state }) => state === "revoked").length)}
        </Stat>
      </Stats>
      <Section title="Invitations" description="Links are kept in this browser only." action={issueButton} flush>
        {madeCount > 1 ? (
          <div className="px-4 pt-4 pb-2" role="status">
            <Notice tone="good" title={`${madeCount} invitations are signed`}>
              Save them as a table under Batches, or open single links here.
            </Notice>
          </div>
        ) : null}
        {invitations.length === 0 ? (
          <EmptyState icon={Mail} title="Nothing issued yet">
            An invitation appears here once you have signed it: as a link, as a picture, and with what became of it.
          </EmptyState>
        ) : (
          <InvitationTable invitations={invitations} onShow={({ code }) => setShownCode(code)} onRevoke={revokeOne} />
        )}
      </Section>
      {batches.length > 0 ? <Batches batches={batches} onRevoke={revokeBatch} /> : null}
      {waiting > 0 ? (
        <Notice
          title="Lost control of links?"
          action={
            <Button look="danger" size="sm" onClick={revokeAll}>
              Revoke all
            </Button>
          }
        >
          Revoke single ones above, or all that this account has signed until now, in any browser.
        </Notice>
      ) : null}
      {isIssuing ? (
        <IssueDialog
          account={account}
          quota={issuer.quota}
          onClose={() => setIssuing(false)}
          onIssued={(codes) => {
            setIssuing(false);
            setMadeCount(codes.length);
            if (codes.length === 1) setShownCode(codes[0]);
          }}
        />
      ) : null}
      {shown?.code ? (
        <LinkDialog invitation={shown} link={linkOf(shown.code)} onClose={() => setShownCode(undefined)} />
      ) : null}
    </div>
  );
}

function InvitationTable({
  invitations,
  onShow,
  onRevoke,
}: {
  invitations: readonly Invitation[];
  onShow: (invitation: Invitation) => void;
  onRevoke: (invitation: Invitation) => void;
}) {
  const columns: Column<Invitation>[] = [
    {
      key: "invitation",
      header: "Invitation",
      cell: (invitation) => (
        <span className="inline-flex flex-col items-start max-md:gap-1 max-md:py-1">
          <span className="font-medium whitespace-nowrap">{nameOf(invitation)}</span>
          {invitation.issuedAt === undefined ? (
            <span className="text-xs text-muted">issued elsewhere</span>
          ) : (
            <span className="text-xs text-muted">
              issued <RelativeTime at={invitation.issuedAt} />
            </span>
          )}
          <span className="md:hidden">
            <InviteBadge state={invitation.state} />
          </span>
        </span>
      ),
    },
    {
      key: "state",
      header: "State",
      isHiddenOnNarrow: true,
      cell: ({ state }) => <InviteBadge state={state} />,
    },
    {
      key: "for",
      header: "For",
      isHiddenOnNarrow: true,
      cell: ({ invitee, isOpen }) =>
        invitee ? (
          <Hash text={invitee} kind="address" />
        ) : (
          <span className="text-muted">{isOpen ? "whoever has the link" : "unknown here"}</span>
        ),
    },
    {
      key: "outcome",
      header: "What became of it",
      isHiddenOnNarrow: true,
      cell: (invitation) => <Outcome invitation={invitation} />,
    },
    {
      key: "actions",
      header: "Change",
      align: "right",
      cell: (invitation) =>
        invitation.state === "unused" || invitation.state === "stopped" ? (
          <span className="inline-flex gap-1 max-sm:flex-col">
            <Button size="sm" aria-label={`Show the link: ${nameOf(invitation)}`} onClick={() => onShow(invitation)}>
              Link
            </Button>
            <Button
              size="sm"
              look="quiet"
              aria-label={`Revoke: ${nameOf(invitation)}`}
              onClick={() => onRevoke(invitation)}
            >
              Revoke
            </Button>
          </span>
        ) : null,
    },
  ];
  return (
    <Table
      caption="Invitations, newest first"
      rows={invitations}
      rowKey={({ nonce, index }) => `${nonce}/${index}`}
      columns={columns}
    />
  );
}

function Outcome({ invitation: { state, usedBy, at, hash, expiresAt } }: { invitation: Invitation }) {
  if (usedBy && at !== undefined)
    return (
      <span className="inline-flex flex-wrap items-center gap-x-1.5">
        <Hash text={usedBy} kind="address" href={explorerLinks.provider(usedBy)} /> entered <RelativeTime at={at} />
      </span>
    );
  if (state === "revoked" && at !== undefined)
    return (
      <span className="inline-flex items-center gap-x-1.5">
        revoked <RelativeTime at={at} />
        {hash ? <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} /> : null}
      </span>
    );
  if (state === "revoked") return <span className="text-muted">revoked with others</span>;
  if (expiresAt === undefined) return "—";
  return (
    <span>
      {state === "expired" ? "expired" : "expires"} <RelativeTime at={expiresAt} />
    </span>
  );
}

function Batches({ batches, onRevoke }: { batches: readonly Batch[]; onRevoke: (batch: Batch) => void }) {
  const save = (batch: Batch) =>
    saveFile(`4ever-invitations-${batch.nonce}.csv`, "text/csv;charset=utf-8", [csvOf(batch, linkOf)]);
  const columns: Column<Batch>[] = [
    {
      key: "batch",
      header: "Batch",
      cell: ({ count, issuedAt }) => (
        <span className="inline-flex flex-col items-start">
          <span className="font-medium whitespace-nowrap">{plural(count, "invitation")}</span>
          <span className="text-xs text-muted">
            issued <RelativeTime at={issuedAt} />
          </span>
        </span>
      ),
    },
    {
      key: "used",
      header: "Used",
      align: "right",
      cell: ({ used, count }) => (
        <span className="whitespace-nowrap">
          {used} of {count}
        </span>
      ),
    },
    {
      key: "expires",
      header: "Expires",
      align: "right",
      isHiddenOnNarrow: true,
      cell: ({ expiresAt }) => <RelativeTime at={expiresAt} />,
    },
    {
      key: "actions",
      header: "Change",
      align: "right",
      cell: (batch) => (
        <span className="inline-flex gap-1 max-sm:flex-col">
          <Button size="sm" icon={<Download aria-hidden className="size-3.5" />} onClick={() => save(batch)}>
            Save as CSV
          </Button>
          {batch.open > 0 ? (
            <Button size="sm" look="quiet" onClick={() => onRevoke(batch)}>
              Revoke the rest
            </Button>
          ) : null}
        </span>
      ),
    },
  ];
  return (
    <Section title="Batches" description="Invitations that one signature made." flush>
      <Table
        caption="Batches of invitations, newest first"
        rows={batches}
        rowKey={({ nonce }) => nonce.toString()}
        columns={columns}
      />
    </Section>
  );
}
