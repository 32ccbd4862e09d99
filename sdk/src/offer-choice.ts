import { type Address, type Hex, isAddressEqual } from "viem";
import type { ProtocolClient } from "./client.ts";
import type { Deployment } from "./deployments.ts";
import { getEndpoint, listOffers, type OfferObstacle, obstacleOf } from "./offers.ts";
import { type Subgraph, SubgraphError } from "./subgraph/client.ts";
import { findOffers } from "./subgraph/queries.ts";
import { findKeeper } from "./upload-client.ts";
import type { KeeperInfo } from "./uploads.ts";

/** What a customer wants of an offer. */
export interface OfferWish {
  serviceId: Hex;
  tokenId: number;
  capacityBytes: bigint;
  /** Periods. */
  termPeriods: number;
  /** Token base units per GiB and 30 periods; any price when absent. */
  maxUnitPrice?: bigint;
  /** This one and no other. */
  offerId?: number;
}

/** What is wanted, and where it is looked for. */
export interface ChooseOfferOptions extends OfferWish {
  deployment: Deployment;
  /** Where offers are looked up; the chain itself when absent or silent. */
  subgraph?: Subgraph;
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
}

/** An offer whose provider answers and can take the deal now. Endpoint, name and region are the provider's own words. */
export interface ChosenOffer {
  offerId: number;
  provider: Address;
  endpoint: string;
  name: string;
  region: string;
  keeper: KeeperInfo;
}

/** Why an offer was passed over. */
export interface PassedOffer {
  offerId: number;
  reason: OfferObstacle | "price" | "unreachable" | "foreign";
}

const MOST_OFFERS = 20;

/**
 * Looks for the cheapest offer that the contracts would take now and whose keeper answers as that provider's. `chosen` is undefined
 * when there is none; `passed` says why each was not taken. Throws `ProtocolError` when the chain does not answer.
 */
export async function chooseOffer(
  client: ProtocolClient,
  options: ChooseOfferOptions,
): Promise<{ chosen: ChosenOffer | undefined; passed: PassedOffer[] }> {
  const passed: PassedOffer[] = [];
  for (const candidate of await candidatesOf(client, options)) {
    options.signal?.throwIfAborted();
    const result = await judge(client, options, candidate);
    if (typeof result !== "string") return { chosen: result, passed };
    passed.push({ offerId: candidate.offerId, reason: result });
  }
  return { chosen: undefined, passed };
}

type Candidate = Awaited<ReturnType<typeof listOffers>>[number] & { region: string };

/** Offers to look at, cheapest first. What the index says is only a hint: the contracts decide. */
async function candidatesOf(client: ProtocolClient, options: ChooseOfferOptions): Promise<Candidate[]> {
  const { deployment, subgraph, serviceId, tokenId, offerId, capacityBytes, termPeriods, signal } = options;
  const found = offerId === undefined && subgraph ? await askIndex(subgraph) : undefined;
  if (found) return found;
  const offers = await listOffers(client, { deployment });
  return offers
    .filter((offer) => (offerId === undefined ? isWanted(offer) : offer.offerId === offerId))
    .sort((a, b) => (a.unitPrice < b.unitPrice ? -1 : a.unitPrice > b.unitPrice ? 1 : a.offerId - b.offerId))
    .slice(0, MOST_OFFERS)
    .map((offer) => ({ ...offer, region: "" }));

  function isWanted(offer: { serviceId: Hex; tokenId: number; active: boolean }): boolean {
    return offer.active && offer.serviceId === serviceId && offer.tokenId === tokenId;
  }
  async function askIndex(index: Subgraph): Promise<Candidate[] | undefined> {
    try {
      const need = { serviceId, tokenId, capacityBytes, termPeriods, first: MOST_OFFERS };
      const indexed = await findOffers(index, need, signal);
      return indexed.map((offer) => ({ ...offer, active: true }));
    } catch (cause) {
      if (cause instanceof SubgraphError) return undefined; // the chain knows as well, only slower
      throw cause;
    }
  }
}

async function judge(
  client: ProtocolClient,
  options: ChooseOfferOptions,
  offer: Candidate,
): Promise<ChosenOffer | PassedOffer["reason"]> {
  const { deployment, capacityBytes, termPeriods, maxUnitPrice } = options;
  if (maxUnitPrice !== undefined && offer.unitPrice > maxUnitPrice) return "price";
  const obstacle = await obstacleOf(client, { deployment, offer, capacityBytes, termPeriods });
  if (obstacle) return obstacle;
  const where = await getEndpoint(client, { deployment, provider: offer.provider });
  if (!where) return "unreachable";
  const keeper = await findKeeper(where.endpoint, options);
  if (!keeper) return "unreachable";
  const { DealMarket } = deployment.contracts;
  const isMeant =
    keeper.chainId === deployment.chainId &&
    isAddressEqual(keeper.market, DealMarket) &&
    isAddressEqual(keeper.provider, offer.provider);
  if (!isMeant) return "foreign";
  return { offerId: offer.offerId, provider: offer.provider, region: offer.region, keeper, ...where };
}
