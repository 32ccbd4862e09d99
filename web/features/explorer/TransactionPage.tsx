"use client";

import { getTransactionRecord, TRANSACTION, type TransactionRecord } from "@4ever/sdk/subgraph/transaction";
import { Receipt } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { type Hex, isHex } from "viem";
import { useClient } from "wagmi";
import { Badge } from "@/components/Badge";
import { OutsideLink } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Panel, Section } from "@/components/Section";
import { Loading, RowsSkeleton, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { Table } from "@/components/Table";
import { AccountLink, ItemLink, MOVEMENT_COLUMNS } from "@/features/explorer/columns";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { Nameless } from "@/features/explorer/ItemPages";
import { Disclosure, QueryDisclosure } from "@/features/explorer/QueryDisclosure";
import {
  type ChainTransaction,
  type Decoded,
  type ReceiptEvent,
  readTransaction,
  textOf,
} from "@/features/explorer/receipt";
import { tracesOf } from "@/features/explorer/traces";
import { useRefreshMs } from "@/features/explorer/useTable";
import { useAppConfig } from "@/lib/config-context";
import { formatCount, plural } from "@/lib/format/count";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

/** One transaction: what the chain says of it, what its events say, and what the index made of them. */
export function TransactionPage() {
  const hash = (useSearchParams().get("hash") ?? "").toLowerCase();
  return isHex(hash) && hash.length === 66 ? (
    <Transaction hash={hash} />
  ) : (
    <Nameless what="Transaction" needs="a transaction’s hash of 32 bytes: ?hash=0x…" />
  );
}

function Transaction({ hash }: { hash: Hex }) {
  const { chain, deployment } = useAppConfig();
  const client = useClient();
  const refreshMs = useRefreshMs();
  const onChain = useLiveQuery({
    queryKey: ["explorer-transaction", deployment.chainId, hash],
    enabled: client !== undefined,
    refetchInterval: refreshMs,
    queryFn: async () => {
      if (!client) throw new Error("No client for this chain.");
      return readTransaction(client, hash, deployment);
    },
  });
  const { data, error, errorUpdatedAt, isFetching, refetch } = onChain;
  const mined = data?.mined;
  return (
    <ExplorerPage
      title="Transaction"
      about={<Hash text={hash} kind="transaction" />}
      badge={
        mined ? (
          mined.isSuccess ? (
            <Badge tone="good">Carried out</Badge>
          ) : (
            <Badge tone="bad">Reverted</Badge>
          )
        ) : data ? (
          <Badge tone="waiting">Waiting for a block</Badge>
        ) : null
      }
      action={
        chain.explorerUrl ? (
          <OutsideLink href={`${chain.explorerUrl}/tx/${hash}`}>On {chain.name}’s explorer</OutsideLink>
        ) : null
      }
    >
      {error && data === undefined ? (
        <Panel>
          <LoadError
            what="The transaction"
            error={error}
            failedAtMs={errorUpdatedAt}
            onRetry={refetch}
            isRetrying={isFetching}
          />
        </Panel>
      ) : data === undefined ? (
        <Loading label="Loading the transaction">
          <Skeleton className="h-56" />
        </Loading>
      ) : data === null ? (
        <Panel>
          <EmptyState icon={Receipt} title="The chain knows no such transaction">
            It may belong to another network, or a reorganisation has taken it away. What the index has of it, if
            anything, is below.
          </EmptyState>
        </Panel>
      ) : (
        <ChainFacts transaction={data} />
      )}
      <Traces hash={hash} />
      {mined ? <Events events={mined.events} /> : null}
    </ExplorerPage>
  );
}

function ChainFacts({ transaction }: { transaction: ChainTransaction }) {
  const { chain } = useAppConfig();
  const { mined, call, to, contract, created, from, valueWei, input } = transaction;
  const native = { symbol: chain.nativeSymbol, decimals: 18 };
  return (
    <Section title="On the chain" description={`As ${chain.rpcUrl} tells it.`}>
      <Facts>
        {mined ? (
          <>
            <Fact label="Block">
              {formatCount(mined.blockNumber)} <Hash text={mined.blockHash} kind="id" />
            </Fact>
            <Fact label="When">
              <RelativeTime at={mined.at} />
            </Fact>
          </>
        ) : null}
        <Fact label="From">
          <AccountLink id={from} />
        </Fact>
        <Fact label={to ? "To" : "Made the contract"}>
          {contract ? <span className="mr-2">{contract}</span> : null}
          {to || created ? <Hash text={to ?? created ?? ""} kind="address" /> : "—"}
        </Fact>
        <Fact label="Value">
          <Money amount={valueWei} token={native} />
        </Fact>
        {mined ? (
          <Fact label="Fee">
            <Money amount={mined.feeWei} token={native} rounding="up" />{" "}
            <span className="text-muted">for {formatCount(mined.gasUsed)} gas</span>
          </Fact>
        ) : null}
      </Facts>
      {call ? (
        <div className="border-t border-line pt-3">
          <p className="mb-2 text-sm font-medium">
            Called <span className="font-mono">{call.name}</span>
          </p>
          <Arguments decoded={call} />
        </div>
      ) : input === "0x" ? null : (
        <Disclosure summary="Call data">
          <p className="font-mono text-xs break-all">{input}</p>
        </Disclosure>
      )}
    </Section>
  );
}

function Arguments({ decoded: { args } }: { decoded: Decoded }) {
  return (
    <dl className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[minmax(8rem,auto)_minmax(0,1fr)]">
      {args.map(({ name, type, value }) => (
        <div key={name} className="contents">
          <dt className="text-muted">
            {name} <span className="text-xs text-faint">{type}</span>
          </dt>
          <dd className="font-mono text-xs leading-5 break-all max-sm:mb-1">
            {type === "address" ? <AccountLink id={String(value)} /> : <Value name={name} text={textOf(value)} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Longer values, as a proof is, scroll in their place instead of pushing away what follows. */
const LONG_VALUE = 400;
const REGION = "max-h-32 overflow-y-auto rounded border border-line bg-sunken p-2 -outline-offset-2";

function Value({ name, text }: { name: string; text: string }) {
  if (text.length <= LONG_VALUE) return text;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={name} tabIndex={0} className={REGION}>
      {text}
    </section>
  );
}

function Events({ events }: { events: readonly ReceiptEvent[] }) {
  return (
    <Section
      title="Events in its receipt"
      description={`${plural(events.length, "event")}; numbers are base units, as on chain.`}
      flush
    >
      {events.length === 0 ? (
        <p className="px-4 py-10 text-center text-muted">It left no event.</p>
      ) : (
        <ol className="divide-y divide-line">
          {events.map(({ logIndex, address, contract, decoded, topics, data }) => (
            <li key={logIndex} className="px-4 py-3">
              <p className="mb-2 flex flex-wrap items-center gap-x-2 text-sm">
                <span className="tabular text-faint">{logIndex}</span>
                <span className="font-medium">{decoded?.name ?? "An event that our ABIs do not know"}</span>
                <span className="text-muted">by {contract ?? "a contract"}</span>
                <Hash text={address} kind="address" />
              </p>
              {decoded ? <Arguments decoded={decoded} /> : null}
              <Disclosure summary="Topics and data">
                {topics.map((topic) => (
                  <p key={topic} className="font-mono text-xs break-all">
                    {topic}
                  </p>
                ))}
                <p className="font-mono text-xs break-all">{data}</p>
              </Disclosure>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

/** What the index made of the transaction. */
function Traces({ hash }: { hash: Hex }) {
  const index = useIndex();
  const refetchInterval = useRefreshMs();
  const { data, error, errorUpdatedAt, isFetching, refetch } = useLiveQuery({
    queryKey: ["explorer-traces", index.url, hash],
    refetchInterval,
    queryFn: ({ signal }) => getTransactionRecord(index, hash, signal),
  });
  return (
    <Section
      title="In the index"
      flush
      description={data ? `As of block ${formatCount(data.block)}.` : "What the network’s index made of its events."}
    >
      {error && !data ? (
        <LoadError
          what="Its traces"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : data ? (
        <TraceLists record={data.record} />
      ) : (
        <RowsSkeleton label="Loading its traces" />
      )}
      <div className="border-t border-line px-4 py-2.5">
        <QueryDisclosure question={{ document: TRANSACTION.document, variables: { hash } }} what="all of this" />
      </div>
    </Section>
  );
}

function TraceLists({ record }: { record: TransactionRecord }) {
  const traces = tracesOf(record);
  if (traces.length === 0 && record.payments.length === 0)
    return <p className="px-4 py-10 text-center text-muted">Nothing of what this index follows happened in it.</p>;
  return (
    <>
      {traces.length > 0 ? (
        <ul className="divide-y divide-line">
          {traces.map(({ key, words, href, place }) => (
            <li key={key} className="flex flex-wrap items-center justify-between gap-x-4 px-4 py-2.5 text-sm">
              <span>{words}</span>
              {href ? <ItemLink href={href}>{place}</ItemLink> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {record.payments.length > 0 ? (
        <div className={traces.length > 0 ? "border-t border-line" : ""}>
          <Table
            caption="Money that it moved"
            rows={record.payments}
            rowKey={({ id }) => id}
            columns={MOVEMENT_COLUMNS}
          />
        </div>
      ) : null}
    </>
  );
}
