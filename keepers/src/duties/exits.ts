import { stakeVaultAbi } from "@4ever/sdk/generated/abis";
import { type Address, encodeFunctionData, getAddress, parseAbiItem } from "viem";
import { decideExit } from "../domain/rewards.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";
import { createLookBack, type FindBlock } from "./look-back.ts";

/** Accounts that are paid out in one go; the others come with the next. */
const PAID_AT_ONCE = 10;
const THAW_STARTED = parseAbiItem(
  "event ThawStarted(address indexed provider, address indexed account, uint32 tranche, uint128 amount, uint128 shares, uint40 thawsAt)",
);

/**
 * Pays out stake at the provider that has thawed: its own, and where the operator wants it, its delegators'. Whoever sends it pays the gas and gets
 * nothing for it.
 */
export function createExits(findBlock: FindBlock): DutyHandler<{ kind: "withdraw-stake" }> {
  const delegators = createDelegators(findBlock);

  return async (_, context, signal) => {
    const { rewards: policy, provider, client } = context;
    if (!policy || !provider || policy.withdrawFor === "nobody") return { status: "over", note: "nobody is paid out" };
    const accounts = [
      getAddress(provider),
      ...(policy.withdrawFor === "delegators" ? await delegators.thawed(context, provider) : []),
    ];
    const now = { gasPriceWei: await client.getGasPrice(), nowAt: context.head().at };
    let last = idle({ reason: "nothing has thawed that is worth its gas", isOver: false });
    let paid = 0;
    for (const account of accounts) {
      const tranches = await context.contracts.stake.read.tranchesOf([provider, account]);
      const decision = decideExit(tranches, policy, now);
      if (!decision.act && decision.isOver) delegators.forget(account);
      if (!decision.act) continue;
      const result = await payOut(context, provider, account, decision.thawed, signal);
      if (result) last = result;
      if (result && ++paid === PAID_AT_ONCE) break;
    }
    return last;
  };
}

async function payOut(context: DutyContext, provider: Address, account: Address, thawed: bigint, signal: AbortSignal) {
  const prefix = `withdraw-stake:${account}:`;
  // Counted before the chain is asked: what was mined by then is no longer there, and one that is under way is joined.
  const key = `${prefix}${await context.store.minedCalls(prefix)}`;
  const args = [provider, account] as const;
  const data = encodeFunctionData({ abi: stakeVaultAbi, functionName: "withdraw", args });
  const call = { key, to: context.addresses.StakeVault, data };
  if ((await context.preview(call)) !== undefined) return undefined; // a case holds it back, or somebody was first
  const label = `pay out ${thawed} base units of thawed EVER to ${account}`;
  return resultOf(await context.submit({ ...call, label, priority: PRIORITY.clean }, signal));
}

/** Accounts that thaw at the provider, as the vault's events tell it. Kept in memory only. */
function createDelegators(findBlock: FindBlock) {
  const thawsAt = new Map<Address, number>();
  const readNew = createLookBack(findBlock);

  async function read(context: DutyContext, provider: Address): Promise<void> {
    const { client, addresses } = context;
    await readNew(context, async (range) => {
      const query = { address: addresses.StakeVault, event: THAW_STARTED, args: { provider }, strict: true } as const;
      for (const { args } of await client.getLogs({ ...query, ...range })) {
        const account = getAddress(args.account);
        if (account === getAddress(provider)) continue;
        thawsAt.set(account, Math.min(args.thawsAt, thawsAt.get(account) ?? Number.POSITIVE_INFINITY));
      }
    });
  }

  return {
    /** Those of whom something may have thawed, who waited longest first. */
    async thawed(context: DutyContext, provider: Address): Promise<Address[]> {
      await read(context, provider);
      const nowAt = context.head().at;
      return [...thawsAt]
        .filter(([, at]) => at <= nowAt)
        .sort(([, a], [, b]) => a - b)
        .map(([account]) => account);
    },
    forget: (account: Address) => void thawsAt.delete(account),
  };
}
