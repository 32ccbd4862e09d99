"use client";

import { ReceiptText } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { isAddressEqual } from "viem";
import { ButtonLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { LoadedItem } from "@/components/LoadedItem";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, PageHeader, Section, Stat, Stats } from "@/components/Section";
import { Skeleton } from "@/components/Skeleton";
import { EmptyState, Notice } from "@/components/States";
import { Table } from "@/components/Table";
import { hasKeyOf, useReceipt, useSigned } from "@/features/channels/book";
import { ChannelActions } from "@/features/channels/ChannelActions";
import { ChannelBadge } from "@/features/channels/ChannelBadge";
import { ChannelWaiting } from "@/features/channels/ChannelWaiting";
import { endOf, isOver, phaseOf, sharesOf } from "@/features/channels/channel";
import { type ChannelDetail, type Payee, useChannel, usePayees } from "@/features/channels/useChannels";
import { useChainNow } from "@/lib/chain-clock";
import { explorerLinks } from "@/lib/explorer-links";
import { shorten } from "@/lib/format/hash";
import { useWallet } from "@/lib/wallet/use-wallet";

/** One channel: what is signed and redeemed of its cap, and every redemption. */
export function ChannelPage() {
  const text = useSearchParams().get("id") ?? "";
  const channelId = /^[1-9]\d{0,16}$/.test(text) ? BigInt(text) : undefined;
  const what = `Channel ${channelId}`;
  return (
    <LoadedItem
      kind="channel"
      what={what}
      isNamed={channelId !== undefined}
      absent={{
        title: `There is no channel ${channelId}`,
        hint: "The index knows none with this number. One that was opened a moment ago appears within seconds.",
      }}
      list={<ButtonLink href="/channels/">See your channels</ButtonLink>}
      waiting={<ChannelWaiting title={what} label={`Loading channel ${channelId}`} />}
      asked={useChannel(channelId)}
    >
      {(channel) => <ChannelView channel={channel} />}
    </LoadedItem>
  );
}

function ChannelView({ channel }: { channel: ChannelDetail }) {
  const { data } = usePayees();
  const payee = data?.payees.find(({ address }) => isAddressEqual(address, channel.payee));
  const [signed] = useSigned([channel]);
  const { account } = useWallet();
  const isPayee = account !== undefined && isAddressEqual(account, channel.payee);
  const now = useChainNow();
  const phase = phaseOf(channel, now);
  const over = isOver(channel, now);
  return (
    <>
      <PageHeader
        title={`Channel ${channel.channelId}`}
        badge={<ChannelBadge channel={channel} />}
        action={<ChannelActions channel={channel} signed={signed} endpoint={payee?.endpoint} />}
      >
        Pays {payee?.name || shorten(channel.payee)} for {channel.service.name || "a service"}, opened{" "}
        <RelativeTime at={channel.openedAt} />
      </PageHeader>
      <div className="space-y-6">
        {phase === "closing" ? (
          <Notice tone="warn" title="It is being closed">
            What was signed can be redeemed until it ends, <RelativeTime at={endOf(channel)} />. Then anybody can close
            it, and the rest goes back to the payer.
          </Notice>
        ) : null}
        {phase === "over" ? (
          <Notice title="It is over">
            No voucher is paid any more. Closing it brings the rest back to the payer’s balance in the ledger.
          </Notice>
        ) : null}
        {isPayee ? (
          <PayeeMoney channel={channel} payee={payee} isOver={over} />
        ) : (
          <PayerMoney channel={channel} signed={signed} isOver={over} />
        )}
        <div className="grid gap-6 lg:items-start lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Redemptions channel={channel} />
          <Terms channel={channel} payee={payee} />
        </div>
      </div>
    </>
  );
}

function PayerMoney({
  channel,
  signed,
  isOver,
}: {
  channel: ChannelDetail;
  signed: bigint | null | undefined;
  isOver: boolean;
}) {
  const { token, locked, redeemed, refunded } = channel;
  const shares = sharesOf(channel, signed ?? undefined);
  const unknown = signed === undefined ? <Skeleton className="h-7 w-24" /> : "unknown";
  return (
    <Stats>
      <Stat label="Cap" note="locked since the opening">
        <Money amount={locked} token={token} />
      </Stat>
      <Stat label="Redeemed" note={`of it the protocol’s fee is ${channel.feeBps / 100} %`}>
        <Money amount={redeemed} token={token} />
      </Stat>
      <Stat
        label="Signed, not redeemed"
        note={
          isOver
            ? "no voucher is paid any more"
            : signed === null
              ? "only what this browser signed is known here"
              : "can be taken at any time"
        }
      >
        {isOver ? "—" : shares ? <Money amount={shares.waiting} token={token} /> : unknown}
      </Stat>
      {refunded !== undefined ? (
        <Stat label="Came back" note="into the payer’s balance in the ledger">
          <Money amount={refunded} token={token} />
        </Stat>
      ) : isOver ? (
        <Stat label="Comes back" note="once somebody closes it">
          <Money amount={locked - redeemed} token={token} />
        </Stat>
      ) : (
        <Stat label="Not signed" note="comes back when it is closed">
          {shares ? <Money amount={shares.unsigned} token={token} /> : unknown}
        </Stat>
      )}
    </Stats>
  );
}

function PayeeMoney({ channel, payee, isOver }: { channel: ChannelDetail; payee: Payee | undefined; isOver: boolean }) {
  const { token, locked, redeemed, paid } = channel;
  const receipt = useReceipt(channel, payee?.endpoint, !isOver);
  const kept = receipt.data && BigInt(receipt.data.kept);
  return (
    <Stats>
      <Stat label="Cap" note="most that the payer can sign">
        <Money amount={locked} token={token} />
      </Stat>
      <Stat label="Redeemed" note="gross, since the opening">
        <Money amount={redeemed} token={token} />
      </Stat>
      <Stat label="Paid to you" note={`after the protocol’s fee of ${channel.feeBps / 100} %`}>
        <Money amount={paid} token={token} />
      </Stat>
      <Stat
        label="At risk"
        note={
          isOver
            ? "no voucher is paid any more"
            : kept === undefined
              ? "your keeper does not answer here, or takes no vouchers"
              : "signed and not redeemed: lost when it ends before"
        }
      >
        {isOver ? (
          "—"
        ) : kept === undefined ? (
          receipt.isLoading ? (
            <Skeleton className="h-7 w-24" />
          ) : (
            "unknown"
          )
        ) : (
          <Money amount={kept > redeemed ? kept - redeemed : 0n} token={token} />
        )}
      </Stat>
    </Stats>
  );
}

function Redemptions({ channel }: { channel: ChannelDetail }) {
  const { token, redemptions } = channel;
  return (
    <Section title="Redemptions" flush description="Every voucher that was paid, newest first.">
      {redemptions.length === 0 ? (
        <EmptyState icon={ReceiptText} title="Nothing was redeemed yet">
          A provider redeems when it is worth the gas, and before the channel ends.
        </EmptyState>
      ) : (
        <Table
          caption="Redemptions, newest first"
          rows={redemptions}
          rowKey={({ id }) => id}
          columns={[
            {
              key: "when",
              header: "When",
              cell: ({ at, hash }) => (
                <span className="inline-flex flex-col items-start max-md:gap-1 max-md:py-1">
                  <RelativeTime at={at} />
                  <span className="md:hidden">
                    <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />
                  </span>
                </span>
              ),
            },
            {
              key: "amount",
              header: "Claimed",
              align: "right",
              cell: ({ amount }) => <Money amount={amount} token={token} className="font-medium" />,
            },
            {
              key: "paid",
              header: "Paid, net",
              align: "right",
              cell: ({ paid }) => <Money amount={paid} token={token} />,
            },
            {
              key: "sum",
              header: "In sum",
              align: "right",
              isHiddenOnNarrow: true,
              cell: ({ cumulative }) => <Money amount={cumulative} token={token} />,
            },
            {
              key: "hash",
              header: "Transaction",
              align: "right",
              isHiddenOnNarrow: true,
              cell: ({ hash }) => <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />,
            },
          ]}
        />
      )}
    </Section>
  );
}

function Terms({ channel, payee }: { channel: ChannelDetail; payee: Payee | undefined }) {
  const { payer, payout, sessionKey, expiresAt, closesAt, closedAt, hash } = channel;
  return (
    <Section title="Terms">
      <Facts>
        <Fact label="Payer">
          <Hash text={payer} kind="address" href={explorerLinks.account(payer)} />
        </Fact>
        <Fact label="Provider">
          <Hash
            text={channel.payee}
            kind="address"
            href={explorerLinks.provider(channel.payee)}
            {...(payee?.name ? { label: payee.name } : {})}
          />
        </Fact>
        {isAddressEqual(payout, channel.payee) ? null : (
          <Fact label="Paid to">
            <Hash text={payout} kind="address" href={explorerLinks.account(payout)} />
          </Fact>
        )}
        <Fact label="Expires">
          <RelativeTime at={expiresAt} />
        </Fact>
        {closesAt === undefined ? null : (
          <Fact label="Ends">
            <RelativeTime at={closesAt} />
          </Fact>
        )}
        {closedAt === undefined ? null : (
          <Fact label="Closed">
            <RelativeTime at={closedAt} />
          </Fact>
        )}
        <Fact label="Signed by">
          <Hash text={sessionKey} kind="address" />
          {hasKeyOf(channel) ? <span className="block text-muted">a key in this browser</span> : null}
        </Fact>
        <Fact label="Opened in">
          <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />
        </Fact>
      </Facts>
    </Section>
  );
}
