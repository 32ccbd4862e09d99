import { dealMarketAbi, possessionProofsAbi } from "@4ever/sdk/generated/abis";
import { encodeFunctionData } from "viem";
import { periodAt } from "../domain/clock.ts";
import { decideAnswer } from "../domain/deals.ts";
import { isSetOver } from "../domain/proving.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** What no waiting cures: the customer gets everything back at once instead of uploading in vain. */
const HOPELESS =
  /^(StakeInsufficient|RegistryCapacityInsufficient|RegistryOfferUnavailable|StakeMarketOnly|RegistryMarketOnly)\b/;

/** Accepts a requested deal once its first piece is held and checked, or declines what does not fit. */
export const answer: DutyHandler<{ kind: "answer"; dealId: bigint; isHeld: boolean }> = async (
  { dealId },
  context,
  signal,
) => {
  const { contracts, store, provider } = context;
  const known = await store.deal(dealId);
  if (!known || !provider) return { status: "over", note: "the deal is not ours" };
  const [onChain, held, committedBytes] = await Promise.all([
    contracts.market.read.dealOf([dealId]),
    store.held(known.firstPiece.root),
    store.committedBytes(provider, dealId),
  ]);
  const decision = decideAnswer({
    ...known,
    nowAt: context.head().at,
    status: onChain.status,
    acceptBy: onChain.acceptBy,
    held,
    committedBytes,
    policy: context.acceptPolicy,
  });
  if (!decision.act && decision.isOver) return idle(decision);
  if (await store.isUnderWay(acceptKey(dealId))) {
    return { status: "waiting", note: "it is being accepted" }; // from before a restart: whatever we would say now comes too late
  }
  if (decision.act && decision.answer === "decline") return await decline(dealId, decision, context, signal);

  const set = await usableSet(context, signal);
  if ("status" in set) return set;
  const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "accept", args: [dealId, set.setId] });
  const to = context.addresses.DealMarket;
  if (!decision.act) {
    // The bytes are still on their way: would it be accepted at all?
    const problem = await context.preview({ to, data });
    if (problem === undefined || !HOPELESS.test(problem)) return idle(decision);
    return await decline(dealId, { reason: problem, notAfter: onChain.acceptBy }, context, signal);
  }

  const { notAfter } = decision;
  const call = {
    key: acceptKey(dealId),
    to,
    data,
    label: `accept deal ${dealId}`,
    priority: PRIORITY.answer,
    notAfter,
  };
  const outcome = await context.submit(call, signal);
  if (outcome.status === "refused" && HOPELESS.test(outcome.error)) {
    return await decline(dealId, { reason: outcome.error, notAfter }, context, signal);
  }
  return resultOf(outcome);
};

const acceptKey = (dealId: bigint) => `accept:${dealId}`;

async function decline(
  dealId: bigint,
  { reason, notAfter }: { reason: string; notAfter: number },
  context: DutyContext,
  signal: AbortSignal,
) {
  const data = encodeFunctionData({ abi: dealMarketAbi, functionName: "decline", args: [dealId] });
  const call = { key: `decline:${dealId}`, to: context.addresses.DealMarket, data, notAfter };
  const outcome = await context.submit(
    { ...call, label: `decline deal ${dealId}: ${reason}`, priority: PRIORITY.answer },
    signal,
  );
  const result = resultOf(outcome);
  return { ...result, note: `declined, for ${reason}; ${result.note}` };
}

/** The newest set that can still be proven and that our key operates; opens one when there is none. */
async function usableSet(context: DutyContext, signal: AbortSignal) {
  const { store, clock, account, provider } = context;
  if (!provider) return { status: "over" as const, note: "a watcher has no sets" };
  const newest = async () => {
    const current = periodAt(clock, context.head().at);
    const sets = await store.setsOf(provider);
    const usable = sets.find(
      ({ operator, lastProvenPeriod }) =>
        operator.toLowerCase() === account.toLowerCase() && !isSetOver(lastProvenPeriod, current),
    );
    return { usable, count: sets.length };
  };
  const { usable, count } = await newest();
  if (usable) return usable;

  const args = [provider, context.addresses.DealMarket] as const;
  const data = encodeFunctionData({ abi: possessionProofsAbi, functionName: "openSet", args });
  const call = { key: `open-set:${count}`, to: context.addresses.PossessionProofs, data };
  const outcome = await context.submit({ ...call, label: "open a proving set", priority: PRIORITY.answer }, signal);
  if (outcome.status !== "mined") return resultOf(outcome);
  // A call counts as mined once the events of its block are applied, the set's number among them.
  const opened = await newest();
  return opened.usable ?? { status: "waiting" as const, note: "a set was opened" };
}
