import { dealMarketAbi, possessionProofsAbi } from "@4ever/sdk/generated/abis";
import { encodeFunctionData } from "viem";
import { firstOpenPeriod } from "../domain/clock.ts";
import { ABANDONED_AFTER_PERIODS, decideAbandon, decideExpire } from "../domain/deals.ts";
import { decideReport } from "../domain/proving.ts";
import { type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Gives everything back of a request that nobody answered in time. */
export const expire: DutyHandler<{ kind: "expire"; dealId: bigint }> = async ({ dealId }, context, signal) => {
  const deal = await context.contracts.market.read.dealOf([dealId]);
  const decision = decideExpire({ ...deal, nowAt: context.head().at });
  if (!decision.act) return idle(decision);
  const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "expire", args: [dealId] });
  const call = { key: `expire:${dealId}`, to: context.addresses.DealMarket, data, label: `expire deal ${dealId}` };
  return resultOf(await context.submit({ ...call, priority: PRIORITY.settle }, signal));
};

/** Ends a deal whose provider missed three closed periods in a row. */
export const abandon: DutyHandler<{ kind: "abandon"; dealId: bigint }> = async ({ dealId }, context, signal) => {
  const { contracts, store, clock } = context;
  const deal = await store.deal(dealId);
  if (!deal) return { status: "over", note: "the deal is unknown" };
  const nowAt = context.head().at;
  const to = firstOpenPeriod(clock, nowAt);
  const from = to - ABANDONED_AFTER_PERIODS;
  const [{ status }, stream, liveSince, seedsKnown] = await Promise.all([
    contracts.market.read.dealOf([dealId]),
    contracts.payments.read.streamOf([deal.dealKey]),
    contracts.payments.read.liveSince([deal.dealKey]),
    store.knowsSeeds(from, to),
  ]);
  const range = [BigInt(stream.setId), BigInt(Math.max(0, from)), BigInt(Math.max(0, to))] as const;
  const provenPeriods = Number(await contracts.proofs.read.provenPeriods(range));
  const { endPeriod } = stream;
  const decision = decideAbandon({ nowAt, clock, status, endPeriod, liveSince, provenPeriods, seedsKnown });
  if (!decision.act) return idle(decision);
  const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "endAbandoned", args: [dealId] });
  const call = { key: `abandon:${dealId}`, to: context.addresses.DealMarket, data };
  const label = `end deal ${dealId}: its provider missed ${ABANDONED_AFTER_PERIODS} periods`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.report }, signal));
};

/** Counts a missed period of somebody's set as a strike. */
export const report: DutyHandler<{ kind: "report"; setId: number; period: number }> = async (
  { setId, period },
  context,
  signal,
) => {
  const { contracts, store } = context;
  const [id, q] = [BigInt(setId), BigInt(period)];
  const [[, dueAt], isProven, { lastStrikePeriod }, slot] = await Promise.all([
    contracts.beacon.read.roundOf([q]),
    contracts.proofs.read.isProven([id, q]),
    contracts.proofs.read.setOf([id]),
    store.liveSlot(setId, period),
  ]);
  const decision = decideReport({ nowAt: context.head().at, period, dueAt, isProven, lastStrikePeriod });
  if (!decision.act) return idle(decision);
  if (!slot) return { status: "over", note: "nothing was under proof" };
  const args = [id, q, BigInt(slot.slot), slot.root, slot.meta] as const;
  const data = encodeFunctionData({ abi: possessionProofsAbi, functionName: "reportMissed", args });
  const call = { key: `report:${setId}:${period}`, to: context.addresses.PossessionProofs, data };
  const label = `report period ${period} of set ${setId} as missed`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.report }, signal));
};
