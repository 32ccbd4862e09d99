import { ServiceChanged, TokenListed } from "../generated/ServiceCatalog/ServiceCatalog";
import { Service, Token } from "../generated/schema";
import { tokenIdOf } from "./ids";
import { ZERO, toInt } from "./numbers";

export function handleServiceChanged(event: ServiceChanged): void {
  let service = Service.load(event.params.serviceId);
  if (!service) {
    service = new Service(event.params.serviceId);
    service.allocatedStake = ZERO;
  }
  service.name = event.params.name;
  service.unitBytes = event.params.unitBytes;
  service.stakePerUnit = event.params.stakePerUnit;
  service.proofClass = event.params.proofClass;
  service.feeBps = event.params.feeBps;
  service.maxTermPeriods = toInt(event.params.maxTermPeriods);
  service.active = event.params.active;
  service.updatedAt = event.block.timestamp;
  service.save();
}

/** The catalogue may list a number before the ledger gave it away; such a listing has no token to show yet. */
export function handleTokenListed(event: TokenListed): void {
  const token = Token.load(tokenIdOf(event.params.tokenId));
  if (!token) return;
  token.listed = event.params.listed;
  token.save();
}
