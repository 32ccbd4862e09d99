import { dealMarketAbi, dealPaymentsAbi, ledgerAbi } from "@4ever/sdk/generated/abis";
import { encodeFunctionData } from "viem";
import { decideFinish, decideSettle, decideWithdraw } from "../domain/deals.ts";
import { type DutyHandler, idle, PRIORITY, resultOf, streamFacts } from "./context.ts";

/** Settles the closed periods of a deal; the provider is paid for those that were proven. */
export const settle: DutyHandler<{ kind: "settle"; dealId: bigint; toPeriod: number }> = async (
  { dealId, toPeriod },
  context,
  signal,
) => {
  const deal = await context.store.deal(dealId);
  if (!deal) return { status: "over", note: "the deal is unknown" };
  const facts = await streamFacts(context, dealId, deal.dealKey);
  const decision = decideSettle({ ...facts, everyPeriods: context.settleEveryPeriods });
  if (!decision.act) return idle(decision);
  const data = encodeFunctionData({ abi: dealPaymentsAbi, functionName: "settle", args: [deal.dealKey] });
  // Named by where it begins: one that is still under way when the next period closes is joined, not sent once more.
  const call = { key: `settle:${dealId}:${facts.settledPeriod}`, to: context.addresses.DealPayments, data };
  const label = `settle deal ${dealId} up to period ${toPeriod}`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.settle }, signal));
};

/** Finishes a deal whose last period is closed: pays, refunds, frees stake and capacity. */
export const finish: DutyHandler<{ kind: "finish"; dealId: bigint }> = async ({ dealId }, context, signal) => {
  const deal = await context.store.deal(dealId);
  if (!deal) return { status: "over", note: "the deal is unknown" };
  const decision = decideFinish(await streamFacts(context, dealId, deal.dealKey));
  if (!decision.act) return idle(decision);
  const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "finish", args: [dealId] });
  const call = { key: `finish:${dealId}`, to: context.addresses.DealMarket, data, label: `finish deal ${dealId}` };
  return resultOf(await context.submit({ ...call, priority: PRIORITY.settle }, signal));
};

/** Takes the provider's earnings out of the ledger, to the payout address. Only where the keeper's key is the provider's own. */
export const withdraw: DutyHandler<{ kind: "withdraw"; tokenId: number; period: number }> = async (
  { tokenId },
  context,
  signal,
) => {
  const { contracts, account, payout, store } = context;
  const threshold = payout?.thresholds[tokenId];
  if (!payout || threshold === undefined) return { status: "over", note: "no payout is configured for this token" };
  // Counted before the balance is read: what was mined by then is no longer in it, and one that is under way is joined.
  const prefix = `withdraw:${tokenId}:`;
  const key = `${prefix}${await store.minedCalls(prefix)}`;
  const balance = await contracts.ledger.read.balanceOf([account, tokenId]);
  const decision = decideWithdraw({ balance, threshold });
  if (!decision.act) return idle(decision);
  const args = [payout.address, tokenId, balance] as const;
  const data = encodeFunctionData({ abi: ledgerAbi, functionName: "withdraw", args });
  const call = { key, to: context.addresses.Ledger, data };
  const label = `withdraw ${balance} of token ${tokenId} to ${payout.address}`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.settle }, signal));
};
