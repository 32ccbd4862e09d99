import { Value, dataSource } from "@graphprotocol/graph-ts";
import { Network } from "../generated/schema";
import { NETWORK_ID } from "./ids";
import { ZERO } from "./numbers";

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
  network.liveBytes = ZERO;
  network.activeStake = ZERO;
  network.allocatedStake = ZERO;
  network.thawingStake = ZERO;
  network.slashedStake = ZERO;
  network.roundCount = 0;
  network.latestRoundPeriod = -1;
  network.proofCount = 0;
  network.missedCount = 0;
  return network;
}

/** What the manifest says of the deployment. */
export function context(key: string): Value {
  const value = dataSource.context().get(key);
  if (!value) throw new Error("The manifest's context lacks " + key);
  return value;
}
