import { Address, BigInt } from "@graphprotocol/graph-ts";
import { FeesRecorded, RewardClaimed } from "../generated/RewardPool/RewardPool";
import { Channel, Deal, FeeRecord, ProviderReward, RewardClaim } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { channelIdOf, dealIdOf, eventIdOf, rewardIdOf, tokenIdOf } from "./ids";
import { ZERO } from "./numbers";

export function handleFeesRecorded(event: FeesRecorded): void {
  const reward = loadOrCreateReward(event.params.provider, event.params.epoch, event.params.tokenId);
  reward.fees = reward.fees.plus(event.params.amount);
  reward.save();

  const record = new FeeRecord(eventIdOf(event));
  record.reward = reward.id;
  const deal = dealIdOf(event.params.id);
  const channel = channelIdOf(event.params.id);
  // A deal's key begins with its market, so it is never the number of a channel.
  if (Deal.load(deal)) record.deal = deal;
  else if (event.params.id.isI32() && Channel.load(channel)) record.channel = channel;
  record.amount = event.params.amount;
  record.recordedBy = event.transaction.from;
  record.blockNumber = event.block.number;
  record.timestamp = event.block.timestamp;
  record.transactionHash = event.transaction.hash;
  record.save();
}

export function handleRewardClaimed(event: RewardClaimed): void {
  const reward = loadOrCreateReward(event.params.provider, event.params.epoch, event.params.tokenId);
  reward.claimed = event.params.amount;
  reward.save();

  const claim = new RewardClaim(eventIdOf(event));
  claim.reward = reward.id;
  claim.account = reward.account;
  claim.amount = event.params.amount;
  claim.claimedBy = event.transaction.from;
  claim.blockNumber = event.block.number;
  claim.timestamp = event.block.timestamp;
  claim.transactionHash = event.transaction.hash;
  claim.save();
}

function loadOrCreateReward(provider: Address, epoch: BigInt, tokenId: BigInt): ProviderReward {
  const token = tokenIdOf(tokenId);
  const id = rewardIdOf(provider, epoch, token);
  let reward = ProviderReward.load(id);
  if (reward) return reward;
  reward = new ProviderReward(id);
  reward.account = loadOrCreateAccount(provider).id;
  reward.epoch = epoch;
  reward.token = token;
  reward.fees = ZERO;
  return reward;
}
