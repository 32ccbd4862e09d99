import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Earning, Provider } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { earningIdOf } from "./ids";
import { ZERO } from "./numbers";

/** Index of a pool that nothing happened to: a share is one base unit. */
const SHARE_UNIT = BigInt.fromI32(2).pow(64);

/** Stake and proving sets may come before the registration, so any of them makes a provider known. */
export function loadOrCreateProvider(address: Bytes): Provider {
  const known = Provider.load(address);
  if (known) return known;

  const provider = new Provider(address);
  provider.account = loadOrCreateAccount(address).id;
  provider.group = ZERO;
  provider.endpoint = "";
  provider.name = "";
  provider.jailed = false;
  provider.activeStake = ZERO;
  provider.allocatedStake = ZERO;
  provider.capacityStake = ZERO;
  provider.thawingStake = ZERO;
  provider.delegatedStake = ZERO;
  provider.delegatedThawingStake = ZERO;
  provider.frozenStake = ZERO;
  provider.slashedStake = ZERO;
  provider.rewardedStake = ZERO;
  provider.rewardedDelegation = ZERO;
  provider.cutBps = 0;
  provider.nextCutBps = 0;
  provider.cutChangesAt = ZERO;
  provider.poolIndex = SHARE_UNIT;
  provider.poolEpoch = 0;
  provider.thawingPoolIndex = SHARE_UNIT;
  provider.thawingPoolEpoch = 0;
  provider.ownThawingIndex = SHARE_UNIT;
  provider.ownThawingEpoch = 0;
  provider.dealCount = 0;
  provider.activeDealCount = 0;
  provider.liveBytes = ZERO;
  provider.proofCount = 0;
  provider.missedCount = 0;
  return provider;
}

export function loadOrCreateEarnings(provider: Bytes, token: Bytes): Earning {
  const id = earningIdOf(provider, token);
  const known = Earning.load(id);
  if (known) return known;

  const earnings = new Earning(id);
  earnings.provider = provider;
  earnings.token = token;
  earnings.earned = ZERO;
  earnings.paid = ZERO;
  earnings.fees = ZERO;
  return earnings;
}
