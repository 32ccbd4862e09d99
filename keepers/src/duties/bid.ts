import { everTokenAbi, feeRouterAbi } from "@4ever/sdk/generated/abis";
import { encodeFunctionData } from "viem";
import { type AuctionFacts, decideAuction } from "../domain/auctions.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Keys of what is sent for auctions begin so; what follows names the token. */
const PREFIX = "bid:";

/** Buys fees for EVER, which is burned: collects what makes a lot, waits until its price has fallen, approves once, and buys. */
export const bid: DutyHandler<{ kind: "bid"; tokenId: number }> = async ({ tokenId }, context, signal) => {
  const { auctions: policy, addresses, store, payout, account } = context;
  const everPrice = policy?.everPrices[tokenId];
  const to = addresses.FeeRouter;
  if (!policy || everPrice === undefined || !to) return { status: "over", note: "no fees of this token are bought" };
  const prefix = `${PREFIX}${tokenId}:`;
  if (await store.isUnderWayBelow(prefix)) return { status: "waiting", note: "something is under way in this auction" };
  // Counted before the chain is read: what was mined by then is in what is read.
  const sent = await store.minedCalls(prefix);
  const facts = await factsOf(context, tokenId);
  if (!facts) return { status: "over", note: "this deployment sells no fees" };
  const decision = decideAuction(facts, policy, everPrice);
  if (!decision.act) return idle(decision);

  const key = `${prefix}${facts.lotId}:${decision.what}:${sent}`;
  const priority = PRIORITY.settle;
  if (decision.what === "approve") {
    const { amount } = decision;
    const data = encodeFunctionData({ abi: everTokenAbi, functionName: "approve", args: [to, amount] });
    const label = `let the fee router take ${amount} of EVER`;
    return resultOf(await context.submit({ key, to: addresses.EverToken, data, label, priority }, signal));
  }
  if (decision.what === "collect") {
    const data = encodeFunctionData({ abi: feeRouterAbi, functionName: "collect", args: [tokenId] });
    const label = `collect the fees in token ${tokenId}`;
    return resultOf(await context.submit({ key, to, data, label, priority }, signal));
  }
  const args = [tokenId, facts.lotId, decision.maxPrice, payout?.address ?? account] as const;
  const data = encodeFunctionData({ abi: feeRouterAbi, functionName: "buy", args });
  const label = `buy lot ${facts.lotId} of token ${tokenId} for at most ${decision.maxPrice} of EVER`;
  return resultOf(await context.submit({ key, to, data, label, priority }, signal));
};

/** What the chain says now; undefined where no fees are sold. */
export async function factsOf(
  { contracts, addresses, account }: Pick<DutyContext, "contracts" | "addresses" | "account">,
  tokenId: number,
): Promise<AuctionFacts | undefined> {
  const { router, ledger, ever } = contracts;
  if (!router || !addresses.FeeRouter) return undefined;
  const [{ lotId, amount }, price, held, balance, allowance] = await Promise.all([
    router.read.lotOf([tokenId]),
    router.read.priceOf([tokenId]),
    ledger.read.balanceOf([addresses.FeeRouter, tokenId]),
    ever.read.balanceOf([account]),
    ever.read.allowance([account, addresses.FeeRouter]),
  ]);
  return { lotId, amount, price, coming: held - amount, balance, allowance };
}
