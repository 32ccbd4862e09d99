import { Bytes } from "@graphprotocol/graph-ts";
import { Earning, Provider } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { earningIdOf } from "./ids";
import { ZERO } from "./numbers";

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
  provider.thawingStake = ZERO;
  provider.thawsAt = ZERO;
  provider.slashedStake = ZERO;
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
