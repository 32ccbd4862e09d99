import { stakeVaultAbi } from "@4ever/sdk/generated/abis";
import { type Address, type Block, encodeFunctionData, getAddress, parseAbiItem } from "viem";
import { decideExit } from "../domain/rewards.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Finds the first block at or after a moment. */
type FindBlock = (at: number) => Promise<{ block: Block } | undefined>;

/** Most blocks per log query. */
const RANGE_BLOCKS = 2_000;
/** Blocks that are read once more, in case a reorganisation put something into them. */
const READ_AGAIN_BLOCKS = 256;
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

/**
 * Accounts that thaw at the provider, as the vault's events tell it. Kept in memory only: at a start it looks back two spans of the unbonding, which is
 * one span longer than anybody has had to wait.
 */
function createDelegators(findBlock: FindBlock) {
  const thawsAt = new Map<Address, number>();
  let readTo: number | undefined;

  async function read(context: DutyContext, provider: Address): Promise<void> {
    const { client, addresses, contracts } = context;
    const head = context.head();
    const unbonding = Number(await contracts.stake.read.UNBONDING_SECONDS());
    const first = async () => Number((await findBlock(head.at - 2 * unbonding))?.block.number ?? 0);
    const start = readTo === undefined ? await first() : Math.max(0, readTo - READ_AGAIN_BLOCKS);
    for (let from = start; from <= head.number; from += RANGE_BLOCKS) {
      const to = Math.min(from + RANGE_BLOCKS - 1, head.number);
      const logs = await client.getLogs({
        address: addresses.StakeVault,
        event: THAW_STARTED,
        args: { provider },
        fromBlock: BigInt(from),
        toBlock: BigInt(to),
        strict: true,
      });
      for (const { args } of logs) {
        const account = getAddress(args.account);
        if (account === getAddress(provider)) continue;
        thawsAt.set(account, Math.min(args.thawsAt, thawsAt.get(account) ?? Number.POSITIVE_INFINITY));
      }
      readTo = to;
    }
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
