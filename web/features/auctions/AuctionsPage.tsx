"use client";

import { collectFees, type FeeLot, lotPriceAt } from "@4ever/sdk/fees";
import { useQueryClient } from "@tanstack/react-query";
import { Flame, Gavel, Unplug } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Fact, Facts, Panel, Section, Stat, Stats } from "@/components/Section";
import { BlocksSkeleton, Loading, Skeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { Table } from "@/components/Table";
import { type Auction, type AuctionToken, floorAt, priceOfOne, type SoldLot } from "@/features/auctions/auction";
import { BuyDialog } from "@/features/auctions/BuyDialog";
import { PriceCurve } from "@/features/auctions/PriceCurve";
import { useAuctions, useLot, useLotsSettled } from "@/features/auctions/useAuctions";
import { useChainNow } from "@/lib/chain-clock";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { plural } from "@/lib/format/count";
import { formatMoney } from "@/lib/format/money";
import { formatSpan } from "@/lib/format/time";
import { EVER_UNIT, useTokens } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** Fees for sale, what was burned for them, and who bought. */
export function AuctionsPage() {
  const { contracts } = useAppConfig().deployment;
  const { data, error, errorUpdatedAt, isFetching, refetch } = useAuctions();
  if (!contracts.FeeRouter) {
    return (
      <Panel>
        <EmptyState icon={Unplug} title="This network sells no fees">
          Its contracts are older than the auctions.
        </EmptyState>
      </Panel>
    );
  }
  if (error && !data) {
    return (
      <Panel>
        <LoadError
          what="The auctions"
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      </Panel>
    );
  }
  if (!data) return <BlocksSkeleton label="Loading the auctions" heights={["h-24", "h-80", "h-56"]} />;
  return <Auctions {...data} />;
}

function Auctions({ auctions, sold }: { auctions: readonly Auction[]; sold: readonly SoldLot[] }) {
  const { data: tokens } = useTokens();
  const burned = auctions.reduce((sum, auction) => sum + auction.burned, 0n);
  const [last] = sold;
  const open = auctions.filter(({ isOpen }) => isOpen).length;
  // Before its first lot the index does not know a token's auction; the payment token's fees can be collected all the same.
  const shown: readonly AuctionToken[] =
    auctions.length > 0 ? auctions.map(({ token }) => token) : tokens ? [{ ...tokens.payment, tokenId: 1 }] : [];
  const isSettled = useLotsSettled(shown.map(({ tokenId }) => tokenId)) && shown.length > 0;
  return (
    <div className="space-y-6">
      <Stats>
        <Stat label="Burned" note="in total, for fees of all tokens">
          <Money amount={burned} token={EVER_UNIT} />
        </Stat>
        <Stat label="For sale" note="right now">
          {plural(open, "lot")}
        </Stat>
        <Stat label="Last sale" note={last ? <RelativeTime at={last.soldAt} /> : "nothing was sold yet"}>
          {last ? <Money amount={last.price} token={EVER_UNIT} /> : "—"}
        </Stat>
        <Stat label="Insured" note="of what came in">
          {auctions[0] ? <Money amount={auctions[0].insured} token={auctions[0].token} /> : "nothing yet"}
        </Stat>
      </Stats>
      {shown.map((token) => (
        <TokenAuction key={token.tokenId} token={token} />
      ))}
      {isSettled ? (
        <Section title="Sold" description="The newest sales. What was paid is burned." flush>
          {sold.length === 0 ? (
            <EmptyState icon={Flame} title="Nothing sold yet">
              A lot appears here with its price once somebody has bought it.
            </EmptyState>
          ) : (
            <SoldTable sold={sold} />
          )}
        </Section>
      ) : null}
    </div>
  );
}

function TokenAuction({ token }: { token: AuctionToken }) {
  const { data: lot, error, errorUpdatedAt, isFetching, refetch } = useLot(token.tokenId);
  if (error && !lot) {
    return (
      <Panel>
        <LoadError
          what={`The lot of ${token.symbol}`}
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      </Panel>
    );
  }
  if (!lot)
    return (
      <Loading label={`Loading the lot of ${token.symbol}`}>
        <Skeleton className="h-80" />
      </Loading>
    );
  return lot.amount === 0n ? <NoLot lot={lot} token={token} /> : <OpenLot lot={lot} token={token} />;
}

function useCollect({ tokenId, uncollected }: FeeLot, token: AuctionToken) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  return () => {
    if (!contracts.FeeRouter) return;
    review({
      key: `auction/collect/${tokenId}`,
      title: "Collect fees",
      sentence: `${formatMoney(uncollected, token)} of fees are shared out: the insurance gets its part, the rest is for sale.`,
      action: "Collect",
      costs: [],
      gasLimit: 120_000n,
      undo: "Nothing is lost or won by it. Whoever wants to buy collects first.",
      steps: [{ what: "transaction", title: "Collect the fees" }],
      to: contracts.FeeRouter,
      run: (client, context) => collectFees(client, { ...context, tokenId }),
      onConfirmed: () => void queries.invalidateQueries({ queryKey: ["fee-lot", tokenId] }),
    });
  };
}

function NoLot({ lot, token }: { lot: FeeLot; token: AuctionToken }) {
  const collect = useCollect(lot, token);
  const isCollectable = lot.uncollected > 0n;
  return (
    <Section title={`Fees in ${token.symbol}`}>
      <EmptyState
        icon={Gavel}
        title={isCollectable ? `${formatMoney(lot.uncollected, token)} wait to be collected` : "Nothing is for sale"}
        action={isCollectable ? <Button onClick={collect}>Collect them</Button> : undefined}
      >
        {isCollectable
          ? "Collecting opens a lot, whose price falls until somebody buys it. Anybody may; it costs only gas."
          : "A lot opens once deals and channels have paid fees and somebody has collected them."}
      </EmptyState>
    </Section>
  );
}

function OpenLot({ lot, token }: { lot: FeeLot; token: AuctionToken }) {
  const { account, connect } = useWallet();
  const collect = useCollect(lot, token);
  const [isBuying, setBuying] = useState(false);
  const nowAt = Math.max(useChainNow() ?? lot.startedAt, lot.startedAt);
  const price = lotPriceAt(lot, nowAt);
  const endsAt = floorAt(lot);
  const coming = lot.waiting + lot.uncollected;
  return (
    <Section
      title={`Lot ${lot.lotId} of fees in ${token.symbol}`}
      description="Whole, to whoever buys first. The price only falls; what is paid is burned."
      action={
        <Button look="primary" onClick={() => (account ? setBuying(true) : connect())}>
          Buy the lot
        </Button>
      }
    >
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <PriceCurve lot={lot} nowAt={nowAt} />
        <Facts>
          <Fact label="For sale">
            <Money amount={lot.amount} token={token} className="font-medium" />
          </Fact>
          <Fact label="Price now">
            <Money amount={price} token={EVER_UNIT} className="font-medium" />
          </Fact>
          <Fact label={`For one ${token.symbol}`}>
            <Money amount={priceOfOne(price, lot.amount, token.decimals)} token={EVER_UNIT} />
          </Fact>
          <Fact label="Falls by half in">{formatSpan(lot.halfLifeSeconds)}</Fact>
          <Fact label={nowAt >= endsAt ? "At its lowest since" : "At its lowest"}>
            <RelativeTime at={endsAt} />
          </Fact>
          <Fact label="Lowest price">
            <Money amount={lot.floorPrice} token={EVER_UNIT} />
          </Fact>
          <Fact label="Opened">
            <RelativeTime at={lot.startedAt} />
          </Fact>
          <Fact label="Coming for the next lot">
            <span className="inline-flex items-center gap-2">
              <Money amount={coming} token={token} />
              {lot.uncollected > 0n ? (
                <Button size="sm" onClick={collect}>
                  Collect
                </Button>
              ) : null}
            </span>
          </Fact>
        </Facts>
      </div>
      {isBuying && account ? (
        <BuyDialog lot={lot} token={token} account={account} onClose={() => setBuying(false)} />
      ) : null}
    </Section>
  );
}

function SoldTable({ sold }: { sold: readonly SoldLot[] }) {
  return (
    <Table
      caption="Sold lots, newest first"
      rows={sold}
      rowKey={({ id }) => id}
      columns={[
        {
          key: "lot",
          header: "Lot",
          cell: ({ lotId, soldAt }) => (
            <span className="inline-flex flex-col">
              <span className="font-medium">{lotId.toString()}</span>
              <span className="text-xs text-muted">
                <RelativeTime at={soldAt} />
              </span>
            </span>
          ),
        },
        {
          key: "amount",
          header: "Sold",
          align: "right",
          cell: ({ amount, token }) => <Money amount={amount} token={token} />,
        },
        {
          key: "price",
          header: "Burned",
          align: "right",
          cell: ({ price }) => <Money amount={price} token={EVER_UNIT} className="font-medium" />,
        },
        {
          key: "rate",
          header: "For one",
          align: "right",
          isHiddenOnNarrow: true,
          cell: ({ price, amount, token }) => (
            <Money amount={priceOfOne(price, amount, token.decimals)} token={EVER_UNIT} />
          ),
        },
        {
          key: "after",
          header: "After",
          align: "right",
          isHiddenOnNarrow: true,
          cell: ({ openedAt, soldAt }) => formatSpan(soldAt - openedAt),
        },
        {
          key: "buyer",
          header: "Buyer",
          isHiddenOnNarrow: true,
          cell: ({ buyer }) => <Hash text={buyer} kind="address" href={explorerLinks.account(buyer)} />,
        },
        {
          key: "transaction",
          header: "Transaction",
          isHiddenOnNarrow: true,
          cell: ({ hash }) => <Hash text={hash} kind="transaction" href={explorerLinks.transaction(hash)} />,
        },
      ]}
    />
  );
}
