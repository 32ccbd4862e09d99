import { ethereum } from "@graphprotocol/graph-ts";
import { Network, NetworkPeriod } from "../generated/schema";
import { context } from "./context";
import { NETWORK_ID, periodIdOf } from "./ids";
import { ZERO } from "./numbers";
import { periodOf } from "./period";

/** The one `Network`. What no event tells stands in the manifest's context. */
export function loadNetwork(): Network {
  const known = Network.load(NETWORK_ID);
  if (known) return known;

  const network = new Network(NETWORK_ID);
  network.phase = "CLOSED";
  network.originAt = context("originAt").toBigInt();
  network.periodSeconds = context("periodSeconds").toBigInt();
  network.providerCount = 0;
  network.activeOfferCount = 0;
  network.offeredBytes = ZERO;
  network.freeBytes = ZERO;
  network.dealCount = 0;
  network.activeDealCount = 0;
  network.rentedBytes = ZERO;
  network.livePieceCount = 0;
  network.provingSetCount = 0;
  network.liveBytes = ZERO;
  network.activeStake = ZERO;
  network.delegatedStake = ZERO;
  network.allocatedStake = ZERO;
  network.thawingStake = ZERO;
  network.slashedStake = ZERO;
  network.roundCount = 0;
  network.latestRoundPeriod = -1;
  network.proofCount = 0;
  network.missedCount = 0;
  return network;
}

/** Saves the network as the event left it, and as what its period ends with until another event comes. */
export function saveNetwork(event: ethereum.Event, network: Network): void {
  network.save();

  const period = periodOf(event);
  const record = new NetworkPeriod(periodIdOf(period));
  record.period = period;
  record.providerCount = network.providerCount;
  record.activeOfferCount = network.activeOfferCount;
  record.offeredBytes = network.offeredBytes;
  record.freeBytes = network.freeBytes;
  record.dealCount = network.dealCount;
  record.activeDealCount = network.activeDealCount;
  record.rentedBytes = network.rentedBytes;
  record.livePieceCount = network.livePieceCount;
  record.liveBytes = network.liveBytes;
  record.provingSetCount = network.provingSetCount;
  record.activeStake = network.activeStake;
  record.proofCount = network.proofCount;
  record.missedCount = network.missedCount;
  record.blockNumber = event.block.number;
  record.timestamp = event.block.timestamp;
  record.transactionHash = event.transaction.hash;
  record.save();
}
