import type { Address, Hex } from "viem";
import type { DealStatus } from "../deal-status.ts";
import type { Query, Subgraph } from "./client.ts";
import { dealIdOf, NETWORK_ID } from "./ids.ts";

/** Last block that the index has fully processed. */
export async function getIndexedBlock(
  subgraph: Subgraph,
  signal?: AbortSignal,
): Promise<{ number: number; hash: Hex; hasFailed: boolean } | undefined> {
  const { _meta } = await subgraph.ask(META, {}, signal);
  return _meta ? { ..._meta.block, hasFailed: _meta.hasIndexingErrors } : undefined;
}
const META: Query<object, { _meta: { hasIndexingErrors: boolean; block: { number: number; hash: Hex } } | null }> = {
  document: "query Meta { _meta { hasIndexingErrors block { number hash } } }",
};

/** The network's totals. */
export interface IndexedNetwork {
  phase: "CLOSED" | "INVITE" | "OPEN";
  providerCount: number;
  activeOfferCount: number;
  /** Bytes. */
  offeredBytes: bigint;
  freeBytes: bigint;
  rentedBytes: bigint;
  liveBytes: bigint;
  dealCount: number;
  activeDealCount: number;
  /** EVER base units. */
  activeStake: bigint;
  proofCount: number;
  missedCount: number;
  latestRoundPeriod: number;
}

/** The network's totals; undefined before the index reached its first block. */
export async function getNetwork(subgraph: Subgraph, signal?: AbortSignal): Promise<IndexedNetwork | undefined> {
  const { network } = await subgraph.ask(NETWORK, { id: NETWORK_ID }, signal);
  if (!network) return undefined;
  const { offeredBytes, freeBytes, rentedBytes, liveBytes, activeStake } = network;
  return {
    ...network,
    offeredBytes: BigInt(offeredBytes),
    freeBytes: BigInt(freeBytes),
    rentedBytes: BigInt(rentedBytes),
    liveBytes: BigInt(liveBytes),
    activeStake: BigInt(activeStake),
  };
}
/** What the index sends of a type: integers that may be large come as text. */
type Sent<T> = { [key in keyof T]: T[key] extends bigint ? string : T[key] };

const NETWORK: Query<{ id: Hex }, { network: Sent<IndexedNetwork> | null }> = {
  document: /* GraphQL */ `
    query Network($id: ID!) {
      network(id: $id) {
        phase providerCount activeOfferCount offeredBytes freeBytes rentedBytes liveBytes dealCount activeDealCount
        activeStake proofCount missedCount latestRoundPeriod
      }
    }
  `,
};

/** An offer that takes new deals, with what a customer wants to know of its provider. */
export interface IndexedOffer {
  offerId: number;
  provider: Address;
  /** URL and name as the provider gave them; not to be trusted. */
  endpoint: string;
  name: string;
  serviceId: Hex;
  tokenId: number;
  /** Token base units per GiB and 30 periods. */
  unitPrice: bigint;
  capacityBytes: bigint;
  freeBytes: bigint;
  minTermPeriods: number;
  region: string;
}

/** What is asked of an offer. */
export interface OfferNeed {
  capacityBytes: bigint;
  termPeriods: number;
  serviceId: Hex;
  tokenId: number;
  /** Most offers, cheapest first. */
  first?: number;
}

/** Offers that take such a deal, cheapest first, by what the index knows. The chain has the last word: see `obstacleOf`. */
export async function findOffers(
  subgraph: Subgraph,
  { capacityBytes, termPeriods, serviceId, tokenId, first = 20 }: OfferNeed,
  signal?: AbortSignal,
): Promise<IndexedOffer[]> {
  const variables = {
    first,
    free: capacityBytes.toString(),
    term: termPeriods,
    service: serviceId,
    token: `${tokenId}`,
  };
  const { offers } = await subgraph.ask(OFFERS, variables, signal);
  return offers.map(({ offerId, provider, service, token, unitPrice, capacityBytes, freeBytes, ...rest }) => ({
    offerId: Number(offerId),
    provider: provider.id,
    endpoint: provider.endpoint,
    name: provider.name,
    serviceId: service.id,
    tokenId: Number(token.tokenId),
    unitPrice: BigInt(unitPrice),
    capacityBytes: BigInt(capacityBytes),
    freeBytes: BigInt(freeBytes),
    ...rest,
  }));
}
const OFFERS: Query<
  { first: number; free: string; term: number; service: Hex; token: string },
  {
    offers: {
      offerId: string;
      provider: { id: Address; endpoint: string; name: string };
      service: { id: Hex };
      token: { tokenId: string };
      unitPrice: string;
      capacityBytes: string;
      freeBytes: string;
      minTermPeriods: number;
      region: string;
    }[];
  }
> = {
  document: /* GraphQL */ `
    query Offers($first: Int!, $free: BigInt!, $term: Int!, $service: String!, $token: BigInt!) {
      offers(
        first: $first
        orderBy: unitPrice
        where: {
          active: true
          freeBytes_gte: $free
          minTermPeriods_lte: $term
          service: $service
          token_: { tokenId: $token }
          provider_: { jailed: false }
        }
      ) {
        offerId unitPrice capacityBytes freeBytes minTermPeriods region
        provider { id endpoint name }
        service { id }
        token { tokenId }
      }
    }
  `,
};

/** A deal in a list. Money in token base units, gross unless it says otherwise. */
export interface IndexedDeal {
  dealId: bigint;
  id: Hex;
  customer: Address;
  provider: Address;
  providerName: string;
  endpoint: string;
  status: DealStatus;
  cid: string;
  capacityBytes: bigint;
  liveBytes: bigint;
  unitPrice: bigint;
  tokenId: number;
  symbol: string;
  decimals: number;
  locked: bigint;
  earned: bigint;
  /** Net of the fee. */
  paid: bigint;
  refunded: bigint;
  provenPeriods: number;
  fromPeriod: number | null;
  termEndPeriod: number | null;
  endPeriod: number | null;
  /** Unix seconds. */
  requestedAt: number;
  acceptBy: number;
}

/** Deals that a customer pays, newest first. */
export async function listDealsOf(
  subgraph: Subgraph,
  { customer, first = 100 }: { customer: Address; first?: number },
  signal?: AbortSignal,
): Promise<IndexedDeal[]> {
  const { deals } = await subgraph.ask(DEALS_OF, { customer: customer.toLowerCase() as Hex, first }, signal);
  return deals.map(readDeal);
}

/** A deal by its key; undefined while the index does not know it. */
export async function getIndexedDeal(
  subgraph: Subgraph,
  { dealKey }: { dealKey: bigint },
  signal?: AbortSignal,
): Promise<IndexedDeal | undefined> {
  const { deal } = await subgraph.ask(DEAL, { id: dealIdOf(dealKey) }, signal);
  return deal ? readDeal(deal) : undefined;
}

interface SentDeal {
  id: Hex;
  dealId: string;
  customer: { id: Address };
  provider: { id: Address; name: string; endpoint: string };
  status: Uppercase<DealStatus>;
  cid: string;
  capacityBytes: string;
  liveBytes: string;
  unitPrice: string;
  token: { tokenId: string; symbol: string; decimals: number };
  locked: string;
  earned: string;
  paid: string;
  refunded: string;
  provenPeriods: number;
  fromPeriod: number | null;
  termEndPeriod: number | null;
  endPeriod: number | null;
  requestedAt: string;
  acceptBy: string;
}

function readDeal(deal: SentDeal): IndexedDeal {
  const { id, cid, provenPeriods, fromPeriod, termEndPeriod, endPeriod, provider, token } = deal;
  return {
    id,
    cid,
    provenPeriods,
    fromPeriod,
    termEndPeriod,
    endPeriod,
    dealId: BigInt(deal.dealId),
    customer: deal.customer.id,
    provider: provider.id,
    providerName: provider.name,
    endpoint: provider.endpoint,
    status: deal.status.toLowerCase() as DealStatus,
    capacityBytes: BigInt(deal.capacityBytes),
    liveBytes: BigInt(deal.liveBytes),
    unitPrice: BigInt(deal.unitPrice),
    tokenId: Number(token.tokenId),
    symbol: token.symbol,
    decimals: token.decimals,
    locked: BigInt(deal.locked),
    earned: BigInt(deal.earned),
    paid: BigInt(deal.paid),
    refunded: BigInt(deal.refunded),
    requestedAt: Number(deal.requestedAt),
    acceptBy: Number(deal.acceptBy),
  };
}

const DEAL_FIELDS = /* GraphQL */ `
  fragment DealFields on Deal {
    id dealId status cid capacityBytes liveBytes unitPrice locked earned paid refunded provenPeriods fromPeriod
    termEndPeriod endPeriod requestedAt acceptBy
    customer { id }
    provider { id name endpoint }
    token { tokenId symbol decimals }
  }
`;
const DEALS_OF: Query<{ customer: Hex; first: number }, { deals: SentDeal[] }> = {
  document: /* GraphQL */ `
    ${DEAL_FIELDS}
    query DealsOf($customer: String!, $first: Int!) {
      deals(first: $first, where: { customer: $customer }, orderBy: requestedAt, orderDirection: desc) { ...DealFields }
    }
  `,
};
const DEAL: Query<{ id: Hex }, { deal: SentDeal | null }> = {
  document: /* GraphQL */ `
    ${DEAL_FIELDS}
    query Deal($id: ID!) { deal(id: $id) { ...DealFields } }
  `,
};
