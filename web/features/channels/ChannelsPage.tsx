"use client";

import { ReceiptText, Unplug, Wallet } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type Address, isAddressEqual } from "viem";
import { Button } from "@/components/Button";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { PageLink } from "@/components/PageLink";
import { RelativeTime } from "@/components/RelativeTime";
import { Panel } from "@/components/Section";
import { Skeleton } from "@/components/Skeleton";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { Tabs } from "@/components/Tabs";
import { useReceipt, useSigned } from "@/features/channels/book";
import { ChannelBadge } from "@/features/channels/ChannelBadge";
import { type Channel, endOf, isOver, sharesOf } from "@/features/channels/channel";
import { type Payee, useChannels, usePayees } from "@/features/channels/useChannels";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { shorten } from "@/lib/format/hash";
import { useWallet } from "@/lib/wallet/use-wallet";

const VIEWS = ["paying", "paid"] as const;
type View = (typeof VIEWS)[number];

/** Channels of the connected account: those that it pays, and those that pay it. */
export function ChannelsPage() {
  const router = useRouter();
  const pathname = usePathname();
  const params = useSearchParams();
  const { account, connect } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const view: View = params.get("view") === "paid" ? "paid" : "paying";
  if (!contracts.UsageChannels) {
    return (
      <Panel>
        <EmptyState icon={Unplug} title="This network has no channels">
          Its contracts are older than they. Deals work as before.
        </EmptyState>
      </Panel>
    );
  }
  if (!account) {
    return (
      <Panel>
        <EmptyState
          icon={Wallet}
          title="Whose channels?"
          action={
            <Button look="primary" onClick={connect}>
              Connect a wallet
            </Button>
          }
        >
          Connect the wallet that pays, or that of the provider that is paid.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Tabs
      label="Which channels"
      value={view}
      onChange={(value) => router.replace(value === "paid" ? `${pathname}?view=paid` : pathname, { scroll: false })}
      tabs={[
        { value: "paying", label: "You pay", content: <Paying account={account} /> },
        { value: "paid", label: "You are paid", content: <Paid account={account} /> },
      ]}
    />
  );
}

function Paying({ account }: { account: Address }) {
  return (
    <Panel>
      <LoadedRows
        what="Your channels"
        asked={useChannels("payer", account)}
        empty={
          <EmptyState icon={ReceiptText} title="You pay through no channel yet">
            A channel appears here as soon as you open one: what you signed, what was redeemed, and what comes back.
          </EmptyState>
        }
      >
        {(channels) => <PayingTable channels={channels} />}
      </LoadedRows>
    </Panel>
  );
}

function Paid({ account }: { account: Address }) {
  return (
    <Panel>
      <LoadedRows
        what="The channels that pay you"
        asked={useChannels("payee", account)}
        empty={
          <EmptyState icon={ReceiptText} title="No channel pays this account yet">
            A payer opens one to the account of a provider. Your keeper takes the vouchers, and redeems them in time.
          </EmptyState>
        }
      >
        {(channels) => <PaidTable channels={channels} />}
      </LoadedRows>
    </Panel>
  );
}

function ChannelCell({ channel, note }: { channel: Channel; note: string }) {
  return (
    <span className="inline-flex flex-col items-start whitespace-nowrap max-md:gap-1 max-md:py-1">
      <PageLink className="link font-medium" href={explorerLinks.channel(channel.channelId)}>
        Channel {channel.channelId.toString()}
      </PageLink>
      <span className="text-xs text-muted">{note}</span>
      <span className="md:hidden">
        <ChannelBadge channel={channel} />
      </span>
    </span>
  );
}

const stateColumn: Column<Channel> = {
  key: "state",
  header: "State",
  isHiddenOnNarrow: true,
  cell: (channel) => <ChannelBadge channel={channel} />,
};
const redeemedColumn: Column<Channel> = {
  key: "redeemed",
  header: "Redeemed of cap",
  align: "right",
  cell: ({ redeemed, locked, token }) => (
    <span className="inline-flex flex-col items-end">
      <Money amount={redeemed} token={token} className="font-medium" />
      <span className="text-xs text-muted">
        of <Money amount={locked} token={token} />
      </span>
    </span>
  ),
};
const endsColumn: Column<Channel> = {
  key: "ends",
  header: "Ends",
  align: "right",
  isHiddenOnNarrow: true,
  cell: (channel) => <RelativeTime at={channel.closedAt ?? endOf(channel)} />,
};

function PayingTable({ channels }: { channels: readonly Channel[] }) {
  const { data } = usePayees();
  const signed = useSigned(channels);
  const now = useChainNow();
  const signedOf = new Map(channels.map(({ id }, i) => [id, signed[i]]));
  const columns: Column<Channel>[] = [
    {
      key: "channel",
      header: "Channel",
      cell: (channel) => {
        const payee = data?.payees.find(({ address }) => isAddressEqual(address, channel.payee));
        return <ChannelCell channel={channel} note={`to ${payee?.name || shorten(channel.payee)}`} />;
      },
    },
    stateColumn,
    redeemedColumn,
    {
      key: "signed",
      header: "To redeem",
      align: "right",
      cell: (channel) => {
        const known = signedOf.get(channel.id);
        const shares = sharesOf(channel, known ?? undefined);
        if (isOver(channel, now)) return "—";
        if (known === undefined) return <Skeleton className="ml-auto h-4 w-16" />;
        return shares ? (
          <Money amount={shares.waiting} token={channel.token} />
        ) : (
          <span className="text-muted">unknown here</span>
        );
      },
    },
    endsColumn,
  ];
  return (
    <>
      <Table caption="Channels that you pay, newest first" columns={columns} rows={channels} rowKey={({ id }) => id} />
      <p className="border-t border-line px-4 py-3 text-sm text-muted">
        To redeem is what you signed and the provider has not redeemed. Only what this browser signed is known here: a
        voucher is on chain once it is redeemed.
      </p>
    </>
  );
}

function PaidTable({ channels }: { channels: readonly Channel[] }) {
  const { data } = usePayees();
  const payee = data?.payees.find(({ address }) => channels[0] && isAddressEqual(address, channels[0].payee));
  const columns: Column<Channel>[] = [
    {
      key: "channel",
      header: "Channel",
      cell: (channel) => <ChannelCell channel={channel} note={`from ${shorten(channel.payer)}`} />,
    },
    stateColumn,
    redeemedColumn,
    {
      key: "waiting",
      header: "At risk",
      align: "right",
      cell: (channel) => <Waiting channel={channel} payee={payee} />,
    },
    endsColumn,
  ];
  return (
    <>
      <Table caption="Channels that pay you, newest first" columns={columns} rows={channels} rowKey={({ id }) => id} />
      <p className="border-t border-line px-4 py-3 text-sm text-muted">
        At risk is what your keeper holds and has not redeemed: it is lost when the channel ends before.
      </p>
    </>
  );
}

function Waiting({ channel, payee }: { channel: Channel; payee: Payee | undefined }) {
  const over = isOver(channel, useChainNow());
  const receipt = useReceipt(channel, payee?.endpoint, !over);
  if (over) return "—";
  if (receipt.isLoading) return <Skeleton className="ml-auto h-4 w-16" />;
  if (!receipt.data) return <span className="text-muted">unknown</span>;
  const kept = BigInt(receipt.data.kept);
  return <Money amount={kept > channel.redeemed ? kept - channel.redeemed : 0n} token={channel.token} />;
}
