import { Address } from "@graphprotocol/graph-ts";
import {
  ChannelClosed,
  ChannelClosing,
  ChannelOpened,
  ChannelToppedUp,
  PayoutChanged,
  VoucherRedeemed,
} from "../generated/UsageChannels/UsageChannels";
import { Channel, PayoutChange, VoucherRedemption } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { channelIdOf, eventIdOf, lockIdOf, tokenIdOf } from "./ids";
import { ZERO } from "./numbers";

// A channel's money is a lock of the ledger, whose own events move the balances. What is told here is what the vouchers said.

export function handleChannelOpened(event: ChannelOpened): void {
  const channel = new Channel(channelIdOf(event.params.channelId));
  channel.channelId = event.params.channelId;
  channel.status = "OPEN";
  channel.payer = loadOrCreateAccount(event.params.payer).id;
  channel.payee = loadOrCreateAccount(event.params.payee).id;
  channel.payout = loadOrCreateAccount(event.params.payout).id;
  channel.service = event.params.serviceId;
  channel.token = tokenIdOf(event.params.tokenId);
  channel.lock = lockIdOf(event.address, event.params.channelId);
  channel.sessionKey = event.params.sessionKey;
  if (event.params.keyOwner != Address.zero()) channel.keyOwner = event.params.keyOwner;
  channel.feeBps = event.params.feeBps;
  channel.locked = event.params.amount;
  channel.redeemed = ZERO;
  channel.paid = ZERO;
  channel.expiresAt = event.params.expiresAt;
  channel.openedAt = event.block.timestamp;
  channel.transactionHash = event.transaction.hash;
  channel.save();
}

export function handleChannelToppedUp(event: ChannelToppedUp): void {
  const channel = Channel.load(channelIdOf(event.params.channelId))!;
  channel.locked = event.params.locked;
  channel.expiresAt = event.params.expiresAt;
  channel.save();
}

export function handleVoucherRedeemed(event: VoucherRedeemed): void {
  const channel = Channel.load(channelIdOf(event.params.channelId))!;
  const redemption = new VoucherRedemption(eventIdOf(event));
  redemption.channel = channel.id;
  redemption.cumulative = event.params.cumulative;
  redemption.amount = event.params.cumulative.minus(channel.redeemed);
  redemption.paid = event.params.paid;
  redemption.usageRoot = event.params.usageRoot;
  redemption.redeemedBy = event.transaction.from;
  redemption.blockNumber = event.block.number;
  redemption.timestamp = event.block.timestamp;
  redemption.transactionHash = event.transaction.hash;
  redemption.save();

  channel.redeemed = event.params.cumulative;
  channel.paid = channel.paid.plus(event.params.paid);
  channel.save();
}

export function handleChannelClosing(event: ChannelClosing): void {
  const channel = Channel.load(channelIdOf(event.params.channelId))!;
  channel.status = "CLOSING";
  channel.closesAt = event.params.closesAt;
  channel.save();
}

export function handleChannelClosed(event: ChannelClosed): void {
  const channel = Channel.load(channelIdOf(event.params.channelId))!;
  channel.status = "CLOSED";
  channel.closedAt = event.block.timestamp;
  channel.refunded = event.params.refunded;
  channel.save();
}

export function handlePayoutChanged(event: PayoutChanged): void {
  const change = new PayoutChange(eventIdOf(event));
  change.payee = loadOrCreateAccount(event.params.payee).id;
  change.payout = event.params.payout;
  change.validFrom = event.params.validFrom;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.save();
}
