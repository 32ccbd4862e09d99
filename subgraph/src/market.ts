import { Address } from "@graphprotocol/graph-ts";
import { Market } from "../generated/schema";

export function loadOrCreateMarket(address: Address): Market {
  const known = Market.load(address);
  if (known) return known;

  const market = new Market(address);
  market.reservesStake = false;
  market.takesCapacity = false;
  return market;
}
