import { BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  EndpointChanged,
  GroupChanged,
  JailChanged,
  OfferFreeChanged,
  OfferPublished,
  OfferWithdrawn,
  OperatorChanged,
  ProviderRegistered,
  RegistryMarketChanged,
} from "../generated/ProviderRegistry/ProviderRegistry";
import { Offer } from "../generated/schema";
import { offerIdOf, tokenIdOf } from "./ids";
import { loadOrCreateMarket } from "./market";
import { loadNetwork, saveNetwork } from "./network";
import { toInt } from "./numbers";
import { loadOrCreateProvider } from "./provider";

export function handleProviderRegistered(event: ProviderRegistered): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.operator = event.params.operator;
  provider.group = event.params.group;
  provider.endpoint = event.params.endpoint;
  provider.name = event.params.name;
  provider.registeredAt = event.block.timestamp;
  provider.registrationTransactionHash = event.transaction.hash;
  provider.save();
  const network = loadNetwork();
  network.providerCount += 1;
  saveNetwork(event, network);
}

export function handleOperatorChanged(event: OperatorChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.operator = event.params.operator;
  provider.save();
}

export function handleEndpointChanged(event: EndpointChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.endpoint = event.params.endpoint;
  provider.name = event.params.name;
  provider.save();
}

export function handleGroupChanged(event: GroupChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.group = event.params.group;
  provider.save();
}

export function handleJailChanged(event: JailChanged): void {
  const provider = loadOrCreateProvider(event.params.provider);
  provider.jailed = event.params.jailed;
  provider.save();
}

/** The same event tells a new offer and a changed one; what deals hold of it stays. */
export function handleOfferPublished(event: OfferPublished): void {
  const id = offerIdOf(event.params.offerId);
  let offer = Offer.load(id);
  if (!offer) {
    offer = new Offer(id);
    offer.offerId = event.params.offerId;
    offer.provider = event.params.provider;
    offer.service = event.params.serviceId;
    offer.token = tokenIdOf(event.params.tokenId);
    offer.freeBytes = event.params.capacityBytes;
    offer.active = true;
    offer.dealCount = 0;
    offer.publishedAt = event.block.timestamp;
    offer.publicationTransactionHash = event.transaction.hash;
  } else {
    if (offer.active) countOffer(event, offer, -1);
    offer.freeBytes = offer.freeBytes.plus(event.params.capacityBytes).minus(offer.capacityBytes);
  }
  offer.unitPrice = event.params.unitPrice;
  offer.capacityBytes = event.params.capacityBytes;
  offer.minTermPeriods = toInt(event.params.minTermPeriods);
  offer.region = event.params.region;
  offer.updatedAt = event.block.timestamp;
  offer.transactionHash = event.transaction.hash;
  offer.save();
  if (offer.active) countOffer(event, offer, 1);
}

export function handleOfferFreeChanged(event: OfferFreeChanged): void {
  const offer = Offer.load(offerIdOf(event.params.offerId))!;
  if (offer.active) countOffer(event, offer, -1);
  offer.freeBytes = event.params.freeBytes;
  offer.updatedAt = event.block.timestamp;
  offer.transactionHash = event.transaction.hash;
  offer.save();
  if (offer.active) countOffer(event, offer, 1);
}

export function handleOfferWithdrawn(event: OfferWithdrawn): void {
  const offer = Offer.load(offerIdOf(event.params.offerId))!;
  if (offer.active) countOffer(event, offer, -1);
  offer.active = false;
  offer.updatedAt = event.block.timestamp;
  offer.transactionHash = event.transaction.hash;
  offer.save();
}

export function handleRegistryMarketChanged(event: RegistryMarketChanged): void {
  const market = loadOrCreateMarket(event.params.market);
  market.takesCapacity = event.params.allowed;
  market.save();
}

/** Adds an offer to what the network has for sale, or takes it away. */
function countOffer(event: ethereum.Event, offer: Offer, step: i32): void {
  const times = BigInt.fromI32(step);
  const network = loadNetwork();
  network.activeOfferCount += step;
  network.offeredBytes = network.offeredBytes.plus(offer.capacityBytes.times(times));
  network.freeBytes = network.freeBytes.plus(offer.freeBytes.times(times));
  saveNetwork(event, network);
}
