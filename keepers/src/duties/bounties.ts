import { exitBountiesAbi } from "@4ever/sdk/generated/abis";
import { type Address, encodeFunctionData, formatEther, getAddress, parseAbiItem } from "viem";
import { type Bounty, decideBounty, isWorthExecuting, LEAST_EXIT_GAS } from "../domain/exits.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";
import { createLookBack, type FindBlock } from "./look-back.ts";

/** An account's exit from a provider for which coin was promised, by an event. It need not be looked at before `lookAt`. */
type Order = { provider: Address; account: Address; promisedWei: bigint; event: string; lookAt: number };

/** Orders that are looked at in one go, those with most first; the others come with the next. */
const LOOKED_AT_ONCE = 50;
/** Exits that are executed in one go. */
const EXECUTED_AT_ONCE = 10;
/** What is gone, or refused though it has thawed, is looked at again after this: a case may end, a reorganisation bring it back. Seconds. */
const AGAIN_SECONDS = 3_600;
/** What could not be sent by then is not sent: the gas price it was decided by is old. Seconds. */
const STALE_SECONDS = 600;
const BOUNTY_OFFERED = parseAbiItem(
  "event BountyOffered(address indexed provider, address indexed account, uint32 tranche, uint128 addedWei, uint128 amountWei)",
);

/** Pays out thawed stake of anybody whose bounty is worth its gas. The contract pays for the execution or refuses it. */
export function createBounties(findBlock: FindBlock): DutyHandler<{ kind: "execute-exits" }> {
  const orders = createOrders(findBlock);

  return async (_, context, signal) => {
    const { exits: policy, contracts, client } = context;
    const { bounties, stake } = contracts;
    if (!policy || !bounties) return { status: "over", note: "no bounties are earned here" };
    await orders.read(context);
    const { maxFeePerGas } = await client.estimateFeesPerGas({ chain: null, type: "eip1559" });
    const { at: nowAt } = context.head();
    const isTempting = ({ promisedWei, lookAt }: Order) =>
      lookAt <= nowAt && isWorthExecuting(promisedWei, LEAST_EXIT_GAS, maxFeePerGas, policy);
    let last = idle({ reason: "no bounty is due that is worth its gas", isOver: false });
    let executed = 0;
    for (const order of orders.best(isTempting)) {
      const args = [order.provider, order.account] as const;
      const [bounty, tranches] = await Promise.all([bounties.read.bountyOf(args), stake.read.tranchesOf(args)]);
      const decision = decideBounty(bounty, tranches, nowAt);
      if (!decision.act) {
        order.lookAt = "thawsAt" in decision ? decision.thawsAt : nowAt + AGAIN_SECONDS;
        continue;
      }
      const call = callOf(context, order, bounty);
      const gas = await gasOf(context, call);
      if (gas === undefined) order.lookAt = nowAt + AGAIN_SECONDS;
      if (gas === undefined || !isWorthExecuting(bounty.amountWei, gas, maxFeePerGas, policy)) continue;
      last = resultOf(await context.submit({ ...call, notAfter: nowAt + STALE_SECONDS }, signal));
      if (++executed === EXECUTED_AT_ONCE) break;
    }
    return last;
  };
}

/** A tranche is paid out once, so its number makes the call happen once; a reorganisation that takes it out sends it again. */
function callOf({ addresses }: DutyContext, { provider, account }: Order, { amountWei, tranche }: Bounty) {
  const args = [provider, account, amountWei] as const;
  return {
    key: `execute-exit:${provider}:${account}:${tranche}`,
    to: addresses.ExitBounties as Address,
    data: encodeFunctionData({ abi: exitBountiesAbi, functionName: "execute", args }),
    label: `pay out what ${account} thawed at ${provider} for a bounty of ${formatEther(amountWei)} coin`,
    priority: PRIORITY.clean,
  };
}

/** What the execution uses now; undefined when the contract would refuse it. */
async function gasOf({ client, account, preview }: DutyContext, { to, data }: ReturnType<typeof callOf>) {
  if ((await preview({ to, data })) !== undefined) return undefined;
  return await client.estimateGas({ account, to, data });
}

/** Bounties that were promised, as the contract's events tell it; whether they still are is asked of the chain. Kept in memory only. */
function createOrders(findBlock: FindBlock) {
  const orders = new Map<string, Order>();
  const readNew = createLookBack(findBlock);
  const keyOf = ({ provider, account }: { provider: Address; account: Address }) => `${provider}:${account}`;

  return {
    async read(context: DutyContext): Promise<void> {
      const address = context.addresses.ExitBounties;
      if (!address) return;
      await readNew(context, async (range) => {
        const logs = await context.client.getLogs({ address, event: BOUNTY_OFFERED, strict: true, ...range });
        const newest = new Map(logs.map((log) => [keyOf(log.args), log]));
        for (const [key, { args, blockHash, logIndex }] of newest) {
          const event = `${blockHash}:${logIndex}`;
          if (orders.get(key)?.event === event) continue; // read before
          const [provider, account] = [getAddress(args.provider), getAddress(args.account)];
          orders.set(key, { provider, account, promisedWei: args.amountWei, event, lookAt: 0 });
        }
      });
    },
    /** Those with most first. */
    best(isTempting: (order: Order) => boolean): Order[] {
      const found = [...orders.values()].filter(isTempting);
      found.sort((a, b) => Number(b.promisedWei > a.promisedWei) - Number(b.promisedWei < a.promisedWei));
      return found.slice(0, LOOKED_AT_ONCE);
    },
  };
}
