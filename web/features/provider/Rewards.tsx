"use client";

import { claimReward } from "@4ever/sdk/rewards";
import { useQueryClient } from "@tanstack/react-query";
import { Sprout } from "lucide-react";
import { Button } from "@/components/Button";
import { Hash } from "@/components/Hash";
import { LoadedRows } from "@/components/LoadedRows";
import { Money } from "@/components/Money";
import { RelativeTime } from "@/components/RelativeTime";
import { Section } from "@/components/Section";
import { EmptyState } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import type { OwnProvider } from "@/features/provider/useProviderArea";
import { type EpochReward, useRewards } from "@/features/provider/useRewards";
import { useAppConfig } from "@/lib/config-context";
import { explorerLinks } from "@/lib/explorer-links";
import { formatMoney } from "@/lib/format/money";
import { EVER_UNIT } from "@/lib/tokens";
import { useWallet } from "@/lib/wallet/use-wallet";

/** EVER for fees, epoch by epoch: what the running one promises, what can be claimed, what was. Nothing on a network without rewards. */
export function Rewards({ provider }: { provider: OwnProvider }) {
  const { RewardPool } = useAppConfig().deployment.contracts;
  const { data, ...asked } = useRewards(provider.address);
  if (!RewardPool) return null;
  return (
    <Section
      title="Rewards"
      flush
      description={
        <>
          EVER for the fees that your deals and channels paid, shared with your delegators
          {data ? (
            <>
              . Epoch {data.epoch.toString()} ends <RelativeTime at={data.endsAt} />
            </>
          ) : null}
        </>
      }
    >
      <LoadedRows
        what="Your rewards"
        asked={{ ...asked, data: data?.rewards }}
        waitingRows={2}
        empty={
          <EmptyState icon={Sprout} title="No fees were recorded yet">
            Your keeper records the fees that your deals and channels paid when it is told what EVER is worth to you;
            anybody else may. They earn what is burned in the epoch in which they are recorded.
          </EmptyState>
        }
      >
        {(rewards) => (
          <Table
            caption="Rewards by epoch, newest first"
            columns={COLUMNS}
            rows={rewards.map((reward) => ({ ...reward, provider }))}
            rowKey={({ epoch, tokenId }) => `${epoch}-${tokenId}`}
          />
        )}
      </LoadedRows>
    </Section>
  );
}

type Row = EpochReward & { provider: OwnProvider };

const COLUMNS: readonly Column<Row>[] = [
  {
    key: "epoch",
    header: "Epoch",
    cell: ({ epoch, isRunning }) => (
      <span className="inline-flex flex-col items-start">
        <span className="tabular font-medium">{epoch.toString()}</span>
        {isRunning ? <span className="text-xs text-muted">running</span> : null}
      </span>
    ),
  },
  {
    key: "fees",
    header: "Fees recorded",
    align: "right",
    isHiddenOnNarrow: true,
    cell: ({ fees, symbol, decimals }) => <Money amount={fees} token={{ symbol, decimals }} />,
  },
  {
    key: "reward",
    header: "Reward",
    align: "right",
    cell: ({ claimed, due, isRunning }) => (
      <span className="inline-flex flex-col items-end">
        <Money amount={claimed ?? due} token={EVER_UNIT} className="font-medium" />
        <span className="text-xs whitespace-nowrap text-muted">
          {claimed !== undefined
            ? "claimed"
            : isRunning
              ? "so far: it still moves"
              : due > 0n
                ? "can be claimed"
                : "nothing was burned for it"}
        </span>
      </span>
    ),
  },
  {
    key: "action",
    header: "Claim",
    align: "right",
    cell: (row) => <Claim row={row} />,
  },
];

function Claim({ row: { provider, epoch, tokenId, due, isRunning, claimed, claimTransactionHash } }: { row: Row }) {
  const { review } = useWallet();
  const { contracts } = useAppConfig().deployment;
  const queries = useQueryClient();
  if (claimed !== undefined) {
    return claimTransactionHash ? (
      <Hash
        text={claimTransactionHash}
        kind="transaction"
        href={explorerLinks.transaction(claimTransactionHash)}
        label="claimed"
      />
    ) : null;
  }
  if (isRunning || due === 0n) return <span className="text-faint">—</span>;
  return (
    <Button
      size="sm"
      aria-label={`Claim the reward of epoch ${epoch}`}
      onClick={() =>
        review({
          key: `rewards/claim/${epoch}/${tokenId}`,
          title: `Claim the reward of epoch ${epoch}`,
          sentence: `${formatMoney(due, EVER_UNIT)} are minted into the stake vault, for your own stake and your delegators’.`,
          action: "Claim",
          costs: [],
          gasLimit: 240_000n,
          undo: "It is active stake at once; what is yours of it can thaw when no allocation needs it.",
          steps: [{ what: "transaction", title: "Send the claim" }],
          to: contracts.RewardPool ?? contracts.StakeVault,
          run: (client, context) => claimReward(client, { ...context, provider: provider.address, epoch, tokenId }),
          onIndexed: () => void queries.invalidateQueries({ queryKey: ["rewards"] }),
        })
      }
    >
      Claim
    </Button>
  );
}
