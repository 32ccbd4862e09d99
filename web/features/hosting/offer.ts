import { costOf } from "@4ever/sdk/units";
import { type Address, getAddress, type Hex } from "viem";
import type { TokenUnit } from "@/lib/format/money";

/** An offer as somebody who wants to host sees it. Money is base units of `token` or EVER. */
export interface LiveOffer {
  offerId: number;
  unitPrice: bigint;
  freeBytes: bigint;
  minTermPeriods: number;
  maxTermPeriods: number;
  region: string;
  feeBps: number;
  service: { id: Hex; name: string };
  token: TokenUnit & { address: Address; tokenId: number };
  provider: {
    address: Address;
    name: string;
    endpoint: string;
    activeDealCount: number;
    proofCount: number;
    missedCount: number;
  };
  /** Bytes that the provider's unreserved stake can still back. */
  backedBytes: bigint;
}

export interface LiveOfferRow {
  offerId: string;
  unitPrice: string;
  capacityBytes: string;
  freeBytes: string;
  minTermPeriods: number;
  region: string;
  dealCount: number;
  service: { id: Hex; name: string; stakePerUnit: string; unitBytes: string; feeBps: number; maxTermPeriods: number };
  token: { address: Hex; symbol: string; decimals: number; tokenId: string };
  provider: {
    id: Hex;
    name: string;
    endpoint: string;
    registeredAt: string | null;
    activeDealCount: number;
    proofCount: number;
    missedCount: number;
    activeStake: string;
    allocations: { serviceId: Hex; amount: string; reserved: string }[];
  };
}

/** Reads a row of the index. */
export function liveOfferFrom(row: LiveOfferRow): LiveOffer {
  const allocation = row.provider.allocations.find(({ serviceId }) => serviceId === row.service.id);
  const freeStake = allocation ? BigInt(allocation.amount) - BigInt(allocation.reserved) : 0n;
  const stakePerUnit = BigInt(row.service.stakePerUnit);
  const freeBytes = BigInt(row.freeBytes);
  return {
    offerId: Number(row.offerId),
    unitPrice: BigInt(row.unitPrice),
    freeBytes,
    minTermPeriods: row.minTermPeriods,
    maxTermPeriods: row.service.maxTermPeriods,
    region: row.region,
    feeBps: row.service.feeBps,
    service: { id: row.service.id, name: row.service.name },
    token: { ...row.token, address: getAddress(row.token.address), tokenId: Number(row.token.tokenId) },
    provider: {
      address: getAddress(row.provider.id),
      name: row.provider.name,
      endpoint: row.provider.endpoint,
      activeDealCount: row.provider.activeDealCount,
      proofCount: row.provider.proofCount,
      missedCount: row.provider.missedCount,
    },
    backedBytes: stakePerUnit === 0n ? freeBytes : (freeStake * BigInt(row.service.unitBytes)) / stakePerUnit,
  };
}

/** Why an offer cannot take this much for this long; undefined when it can. */
export function obstacleOf(offer: LiveOffer, capacityBytes: bigint, termPeriods: number): string | undefined {
  if (offer.freeBytes < capacityBytes) return "too little space left";
  if (offer.backedBytes < capacityBytes) return "too little stake behind it";
  if (termPeriods < offer.minTermPeriods) return `at least ${offer.minTermPeriods} periods`;
  if (termPeriods > offer.maxTermPeriods) return `at most ${offer.maxTermPeriods} periods`;
  return undefined;
}

/** Cheapest first for this use; those that cannot serve it come last. */
export function rankOffers(offers: readonly LiveOffer[], capacityBytes: bigint, termPeriods: number): LiveOffer[] {
  const cost = (offer: LiveOffer) => costOf(offer.unitPrice, capacityBytes, BigInt(termPeriods));
  const isServing = (offer: LiveOffer) => (obstacleOf(offer, capacityBytes, termPeriods) ? 1 : 0);
  return offers.toSorted(
    (a, b) =>
      isServing(a) - isServing(b) || Number(cost(a) - cost(b)) || a.provider.missedCount - b.provider.missedCount,
  );
}

/**
 * The offer to propose out of ranked ones: the cheapest that can serve this use and whose keeper answers; while keepers are still
 * being asked, the cheapest of those that have not failed to. `states` are in the order of `ranked`.
 */
export function proposeOffer(
  ranked: readonly LiveOffer[],
  states: readonly (string | undefined)[],
  capacityBytes: bigint,
  termPeriods: number,
): LiveOffer | undefined {
  const serving = ranked.filter((offer) => obstacleOf(offer, capacityBytes, termPeriods) === undefined);
  const stateOf = (offer: LiveOffer) => states[ranked.indexOf(offer)];
  return (
    serving.find((offer) => stateOf(offer) === "answering") ??
    serving.find((offer) => stateOf(offer) === undefined) ??
    serving[0]
  );
}
