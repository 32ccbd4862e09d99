import { usageChannelsAbi } from "@4ever/sdk/generated/abis";
import { encodeFunctionData, keccak256 } from "viem";
import { chooseVouchers } from "../domain/vouchers.ts";
import { type DutyContext, type DutyHandler, PRIORITY, resultOf } from "./context.ts";

/** Keys of redemptions begin so; what follows names the vouchers, so that the same batch happens once. */
const PREFIX = "redeem:";

/** Redeems vouchers, in one transaction: those that are worth their gas, and before a channel's end all that pay more than it. */
export const redeem: DutyHandler<{ kind: "redeem" }> = async (_, context, signal) => {
  const { store, addresses, contracts, client } = context;
  const policy = context.vouchers;
  const to = addresses.UsageChannels;
  if (!policy || !to || !contracts.channels) return { status: "over", note: "no vouchers are taken" };
  // One after the other: of two that overlap the chain would refuse what the other paid, for the same gas.
  if (await store.isUnderWayBelow(PREFIX)) return { status: "waiting", note: "a redemption is under way" };
  const nowAt = context.head().at;
  const [waiting, gasPriceWei] = await Promise.all([store.waitingVouchers(nowAt), client.getGasPrice()]);
  const now = { gasPriceWei, nowAt };
  const chosen = chooseVouchers(await asChainSays(chooseVouchers(waiting, policy, now), context), policy, now);
  if (chosen.length === 0) return { status: "waiting", note: `${waiting.length} wait until they are worth the gas` };

  const vouchers = chosen.map(({ voucher }) => voucher);
  const data = encodeFunctionData({ abi: usageChannelsAbi, functionName: "redeemMany", args: [vouchers] });
  const firstEndsAt = Math.min(...chosen.map(({ channel }) => channel.endsAt));
  const call = { key: `${PREFIX}${keccak256(data).slice(2, 34)}`, to, data };
  const isUrgent = firstEndsAt <= nowAt + policy.marginSeconds;
  const label = `redeem ${vouchers.length} vouchers, of channels ${vouchers.map(({ channelId }) => channelId).join(", ")}`;
  const notAfter = Math.max(...chosen.map(({ channel }) => channel.endsAt)) - 1;
  return resultOf(
    await context.submit({ ...call, label, notAfter, priority: isUrgent ? PRIORITY.answer : PRIORITY.settle }, signal),
  );
};

/** Leaves out what the chain, asked now, would not pay: somebody else may have redeemed or closed. */
async function asChainSays(
  waiting: Awaited<ReturnType<DutyContext["store"]["waitingVouchers"]>>,
  { contracts }: DutyContext,
) {
  const found = await Promise.all(
    waiting.map(async ({ channel, ...rest }) => {
      const now = await contracts.channels?.read.channelOf([channel.channelId]);
      if (!now || (now.status !== OPEN && now.status !== CLOSING)) return undefined;
      const endsAt = now.closesAt === 0 ? now.expiresAt : now.closesAt;
      return { ...rest, channel: { ...channel, locked: now.locked, redeemed: now.redeemed, endsAt } };
    }),
  );
  return found.filter((each) => each !== undefined);
}

/** Numbers of `IUsageChannels.Status`. */
const [OPEN, CLOSING] = [1, 2];
