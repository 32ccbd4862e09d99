import { dealPaymentsAbi, rewardPoolAbi, usageChannelsAbi } from "@4ever/sdk/generated/abis";
import { netOf } from "@4ever/sdk/units";
import { encodeFunctionData } from "viem";
import {
  chooseClaims,
  chooseRecords,
  type DueReward,
  decideRecordFees,
  type EpochClock,
  LOOK_BACK_EPOCHS,
  type TokenEpoch,
  type UnrecordedFees,
} from "../domain/rewards.ts";
import { type DutyContext, type DutyHandler, idle, PRIORITY, resultOf } from "./context.ts";

/** Fees that one look asks the chain about. */
const LOOKED_AT = 100;
/** Deals and channels that are recorded in one go; the others come with the next. */
const RECORDED_AT_ONCE = 10;
const BPS = 10_000n;

/** Records fees that the provider's deals and channels paid, when that is worth its gas in the running epoch; sweeps them before. */
export const recordFees: DutyHandler<{ kind: "record-fees" }> = async (_, context, signal) => {
  const { store, provider, rewards: policy, client } = context;
  const parts = rewardParts(context);
  if (!policy || !provider || !parts) return { status: "over", note: "no rewards are fetched" };
  const clock = await epochClock(parts);
  const decision = decideRecordFees(clock, context.head().at);
  if (!decision.act) return idle(decision);

  const paid = await store.paidFees(provider, LOOKED_AT);
  const looked = await Promise.all(paid.map(async (each) => ({ ...each, found: await feesNow(context, parts, each) })));
  // No older than what was read: where a reorganisation takes that back, this goes with it.
  const blockNumber = Number(await client.getBlockNumber({ cacheTime: 0 }));
  for (const { found, ...row } of looked) {
    if (found.fees <= found.recorded) await store.noteRecorded({ ...row, blockNumber });
  }
  const found = looked.map((each) => each.found);
  const tokens = [...new Set(found.map(({ tokenId }) => tokenId))];
  const epochs = new Map(
    await Promise.all(tokens.map(async (id) => [id, await tokenEpoch(context, parts, clock.epoch, id)] as const)),
  );
  const chosen = chooseRecords(found, epochs, policy, await client.getGasPrice()).slice(0, RECORDED_AT_ONCE);
  const [first] = chosen;
  if (!first) return { status: "waiting", note: `fees of ${paid.length} wait until recording is worth the gas` };
  let last = await recordOne(context, parts, first, decision.notAfter, signal);
  for (const each of chosen.slice(1)) last = await recordOne(context, parts, each, decision.notAfter, signal);
  return last;
};

/** Claims rewards of ended epochs that are worth their gas, and writes down what can be claimed. */
export const claim: DutyHandler<{ kind: "claim" }> = async (_, context, signal) => {
  const { store, provider, rewards: policy, client, addresses } = context;
  const parts = rewardParts(context);
  const to = addresses.RewardPool;
  if (!policy || !provider || !parts || !to) return { status: "over", note: "no rewards are fetched" };
  const { epoch } = await epochClock(parts);
  const due = await dueRewards(context, parts, epoch);
  await store.setDueRewards(due, epoch);
  const chosen = chooseClaims(due, policy, await client.getGasPrice());
  const [first] = chosen;
  if (!first) return { status: "waiting", note: `${due.length} rewards wait until they are worth the gas` };

  const claimOne = async ({ epoch: of, tokenId, amount }: DueReward) => {
    const data = encodeFunctionData({ abi: rewardPoolAbi, functionName: "claim", args: [provider, of, tokenId] });
    const label = `claim ${amount} base units of EVER for epoch ${of}, token ${tokenId}`;
    const call = { key: `claim:${of}:${tokenId}`, to, data, label, priority: PRIORITY.settle };
    return resultOf(await context.submit(call, signal));
  };
  let last = await claimOne(first);
  for (const each of chosen.slice(1)) last = await claimOne(each);
  await store.setDueRewards(await dueRewards(context, parts, epoch), epoch);
  return last;
};

type RewardParts = NonNullable<ReturnType<typeof rewardParts>>;

/** The contracts of fees and rewards; undefined where the protocol is older than they. */
function rewardParts({ contracts: { router, pool, channels } }: DutyContext) {
  return router && pool && channels ? { router, pool, channels } : undefined;
}

async function epochClock({ router }: RewardParts): Promise<EpochClock> {
  const [epoch, origin, seconds] = await Promise.all([
    router.read.currentEpoch(),
    router.read.EPOCH_ORIGIN(),
    router.read.EPOCH_SECONDS(),
  ]);
  return { epoch, endsAt: Number(origin + (epoch + 1n) * seconds), epochSeconds: Number(seconds) };
}

/** What the chain, asked now, says of one deal's or channel's fees. */
async function feesNow(
  { contracts, addresses }: DutyContext,
  { pool, channels }: RewardParts,
  { source, id, tokenId }: { source: "deal" | "channel"; id: bigint; tokenId: number },
): Promise<UnrecordedFees> {
  if (source === "deal") {
    const [{ released, feeBps, feeSwept }, recorded] = await Promise.all([
      contracts.payments.read.streamOf([id]),
      pool.read.recordedOf([addresses.DealPayments, id]),
    ]);
    const fees = (released * BigInt(feeBps)) / BPS;
    return { source, id, tokenId, fees, recorded, isSwept: feeSwept >= fees };
  }
  const [{ redeemed, locked, feeBps, status }, { left }, recorded] = await Promise.all([
    channels.read.channelOf([id]),
    contracts.ledger.read.lockOf([channels.address, id]),
    pool.read.recordedOf([channels.address, id]),
  ]);
  const net = netOf(redeemed, BigInt(feeBps));
  const isSwept = status === CLOSED || left + redeemed <= locked;
  return { source, id, tokenId, fees: redeemed - net, recorded, isSwept };
}

/** Number of `IUsageChannels.Status`. */
const CLOSED = 3;

async function tokenEpoch(
  { provider }: DutyContext,
  { router, pool }: RewardParts,
  epoch: bigint,
  tokenId: number,
): Promise<TokenEpoch> {
  const [{ sold, burned }, cap, burnedIn, recorded, mine] = await Promise.all([
    router.read.saleOf([epoch, tokenId]),
    pool.read.capOf([epoch]),
    router.read.burnedIn([epoch]),
    pool.read.recordedIn([epoch, tokenId]),
    provider ? pool.read.feesOf([provider, epoch, tokenId]) : 0n,
  ]);
  return { share: burnedIn === 0n ? 0n : (cap * burned) / burnedIn, sold, recorded, mine };
}

async function recordOne(
  context: DutyContext,
  { channels }: RewardParts,
  { source, id, fees, isSwept }: UnrecordedFees,
  notAfter: number,
  signal: AbortSignal,
) {
  const { addresses } = context;
  // By what is paid in all, so that the same fees are swept and recorded once.
  const name = `${source}:${id}:${fees}`;
  const words = source === "deal" ? `deal with key ${id}` : `channel ${id}`;
  const isDeal = source === "deal";
  if (!isSwept) {
    const sweep = {
      key: `sweep-fee:${name}`,
      to: isDeal ? addresses.DealPayments : channels.address,
      data: encodeFunctionData({
        abi: isDeal ? dealPaymentsAbi : usageChannelsAbi,
        functionName: "sweepFee",
        args: [id],
      }),
      label: `sweep the fee of the ${words}`,
    };
    const swept = await context.submit({ ...sweep, notAfter, priority: PRIORITY.settle }, signal);
    if (swept.status !== "mined") return resultOf(swept);
  }
  const call = {
    key: `record-fees:${name}`,
    to: addresses.RewardPool ?? channels.address,
    data: encodeFunctionData({ abi: rewardPoolAbi, functionName: isDeal ? "recordDeal" : "recordChannel", args: [id] }),
    label: `record the fees of the ${words}`,
  };
  return resultOf(await context.submit({ ...call, notAfter, priority: PRIORITY.settle }, signal));
}

/** Rewards of the last ended epochs in tokens in which the provider is paid, the oldest first. */
async function dueRewards(
  { store, provider }: DutyContext,
  { pool }: RewardParts,
  running: bigint,
): Promise<DueReward[]> {
  if (!provider) return [];
  const tokenIds = await store.feeTokens(provider);
  const count = Math.min(LOOK_BACK_EPOCHS, Number(running));
  const asked = Array.from({ length: count }, (_, i) => running - BigInt(count - i)).flatMap((epoch) =>
    tokenIds.map((tokenId) => ({ epoch, tokenId })),
  );
  const found = await Promise.all(
    asked.map(async ({ epoch, tokenId }) => ({
      epoch,
      tokenId,
      amount: await pool.read.rewardOf([provider, epoch, tokenId]),
    })),
  );
  return found.filter(({ amount }) => amount > 0n);
}
