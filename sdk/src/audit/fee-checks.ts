import type { Hex } from "viem";
import { epochIdOf, feeLotIdOf, rewardIdOf, tokenIdOf } from "../subgraph/ids.ts";
import type { Figure } from "./difference.ts";
import { type Auction, subjectOfFees, subjectOfLot } from "./fees-model.ts";
import type { ProtocolModel } from "./model.ts";
import { subjectOfReward } from "./rewards-model.ts";
import type { Expected } from "./subgraph-checks.ts";

/** A view of router or pool, and what must come out of it. */
interface FeeView {
  subject: string;
  contract: "FeeRouter" | "RewardPool";
  call: string;
  args: readonly unknown[];
  figures: (answer: unknown) => Record<string, readonly [expected: Figure, found: Figure]>;
}

/** The views that tell fees and rewards. What was recorded last before the span is left out. */
export function feeViewsOf({ fees, rewards }: ProtocolModel, { from, at }: { from: bigint; at: number }): FeeView[] {
  if (!fees || !rewards) return [];
  const views: FeeView[] = [];
  const one = (
    contract: FeeView["contract"],
    call: string,
    args: readonly unknown[],
    subject: string,
    [figure, expected]: readonly [string, Figure],
  ) => views.push({ contract, call, args, subject, figures: (found) => ({ [figure]: [expected, found as Figure] }) });

  one("FeeRouter", "insuranceBps", [], "insurance share", ["share in force", fees.shareAt(at)]);
  for (const auction of fees.auctions.values()) {
    const { tokenId, last } = auction;
    const subject = subjectOfFees(tokenId);
    views.push({ subject, contract: "FeeRouter", call: "lotOf", args: [tokenId], figures: lotFigures(auction) });
    views.push({
      subject,
      contract: "FeeRouter",
      call: "lastSaleOf",
      args: [tokenId],
      figures: (answer) => {
        const [amount, price] = answer as [bigint, bigint];
        return { "amount of the last sale": [last.amount, amount], "price of the last sale": [last.price, price] };
      },
    });
  }
  for (const { epoch, tokenId, sold, burned } of fees.sales.values())
    views.push({
      subject: `epoch ${epoch} in token ${tokenId}`,
      contract: "FeeRouter",
      call: "saleOf",
      args: [epoch, tokenId],
      figures: (answer) => {
        const found = answer as { sold: bigint; burned: bigint };
        return { "amount sold": [sold, found.sold], "EVER burned for it": [burned, found.burned] };
      },
    });
  for (const [epoch, burned] of fees.burnedIn)
    one("FeeRouter", "burnedIn", [epoch], `epoch ${epoch}`, ["EVER burned", burned]);
  if (!rewards.isPaid) return views;
  for (const epoch of fees.burnedIn.keys())
    one("RewardPool", "capOf", [epoch], `epoch ${epoch}`, ["most that is emitted", rewards.capOf(epoch)]);
  for (const { epoch, tokenId, amount } of rewards.recordedIn.values())
    one("RewardPool", "recordedIn", [epoch, tokenId], `epoch ${epoch} in token ${tokenId}`, ["fees recorded", amount]);
  for (const { source, id, amount, touchedAt } of rewards.recordings.values())
    if (touchedAt >= from)
      one("RewardPool", "recordedOf", [source, id], `fees of ${source}, number ${id}`, ["fees recorded", amount]);
  for (const reward of rewards.rewards.values()) {
    const { provider, epoch, tokenId, fees: recorded, claimed } = reward;
    const args = [provider, epoch, tokenId];
    const subject = subjectOfReward(reward);
    const isClaimed = claimed !== undefined;
    one("RewardPool", "feesOf", args, subject, ["recorded fees", isClaimed ? 0n : recorded]);
    one("RewardPool", "rewardOf", args, subject, ["reward to be claimed", isClaimed ? 0n : rewards.worthOf(reward)]);
  }
  return views;
}

function lotFigures({ lot, lotCount, waiting }: Auction): FeeView["figures"] {
  return (answer) => {
    const found = answer as { lotId: bigint; amount: bigint; startPrice: bigint; startedAt: number; waiting: bigint };
    return {
      "number of the lot": [lotCount, found.lotId],
      "amount for sale": [lot?.amount ?? 0n, found.amount],
      "waiting for the next lot": [waiting, found.waiting],
      ...(lot && {
        "price at its start": [lot.startPrice, found.startPrice] as const,
        "moment it opened": [lot.startedAt, found.startedAt] as const,
      }),
    };
  };
}

/** What the index must have of fees and rewards. */
export function feeEntitiesOf({
  fees,
  rewards,
}: ProtocolModel): { entity: string; plural: string; expected: [Hex, Expected][] }[] {
  if (!fees || !rewards) return [];
  const { auctions, lots, burnedIn } = fees;
  return [
    {
      entity: "FeeAuction",
      plural: "feeAuctions",
      expected: [...auctions.values()].map(({ tokenId, waiting, collected, insured, sold, burned }) => [
        tokenIdOf(tokenId),
        { subject: subjectOfFees(tokenId), figures: { waiting, collected, insured, sold, burned } },
      ]),
    },
    {
      entity: "FeeLot",
      plural: "feeLots",
      expected: lots.map((lot) => [
        feeLotIdOf(lot.tokenId, lot.lotId),
        {
          subject: subjectOfLot(lot),
          figures: {
            amount: lot.amount,
            startPrice: lot.startPrice,
            openedAt: lot.startedAt,
            price: lot.sale?.price ?? null,
            epoch: lot.sale?.epoch ?? null,
          },
        },
      ]),
    },
    {
      entity: "FeeEpoch",
      plural: "feeEpoches",
      expected: [...burnedIn].map(([epoch, burned]) => [
        epochIdOf(epoch),
        { subject: `epoch ${epoch}`, figures: { burned } },
      ]),
    },
    {
      entity: "ProviderReward",
      plural: "providerRewards",
      expected: [...rewards.rewards.values()].map((reward) => [
        rewardIdOf(reward.provider, reward.epoch, reward.tokenId),
        {
          subject: subjectOfReward(reward),
          figures: { fees: reward.fees, claimed: reward.claimed ?? null },
        },
      ]),
    },
  ];
}
