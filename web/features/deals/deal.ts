import { type Address, getAddress, type Hash, type Hex } from "viem";
import type { DealStatus } from "@/lib/deal-phase";
import type { TokenUnit } from "@/lib/format/money";

export { type DealPhase, type DealStatus, phaseOf } from "@/lib/deal-phase";

export type EndReason = "CUSTOMER" | "PROVIDER" | "ABANDONED";

/** A deal as pages show it. Money is base units of `token`; moments are Unix seconds. */
export interface Deal {
  id: Hex;
  dealId: bigint;
  dealKey: bigint;
  market: Address;
  status: DealStatus;
  /** Of the newest piece that stays; of the request's own piece when there is none. */
  cid: string;
  customer: Address;
  provider: { address: Address; name: string; endpoint: string; isJailed: boolean };
  offer: { offerId: bigint; isActive: boolean; unitPrice: bigint };
  token: TokenUnit & { address: Address; tokenId: number };
  unitPrice: bigint;
  feeBps: number;
  capacityBytes: bigint;
  liveBytes: bigint;
  termPeriods: number;
  acceptBy: number;
  fromPeriod: number | undefined;
  termEndPeriod: number | undefined;
  endPeriod: number | undefined;
  endReason: EndReason | undefined;
  settledPeriod: number | undefined;
  provenPeriods: number;
  pieceCount: number;
  locked: bigint;
  earned: bigint;
  released: bigint;
  paid: bigint;
  fee: bigint;
  refunded: bigint;
  /** Still in the lock. */
  left: bigint;
  sessionKey: Address;
  firstPieceRoot: Hex;
  firstCid: string;
  requestedAt: number;
  acceptedAt: number | undefined;
  endingAt: number | undefined;
  closedAt: number | undefined;
  requestHash: Hash;
  provingSet: { id: Hex; setId: bigint; missedCount: number; lastProvenPeriod: number | undefined } | undefined;
}

type Nullable<T> = T | null;

/** A deal as the index sends it: big numbers are decimal strings. */
export interface DealRow {
  id: Hex;
  dealId: string;
  dealKey: string;
  market: Hex;
  status: DealStatus;
  cid: string;
  customer: { id: Hex };
  provider: { id: Hex; name: string; endpoint: string; jailed: boolean };
  offer: { offerId: string; active: boolean; unitPrice: string };
  token: { address: Hex; symbol: string; decimals: number; tokenId: string };
  unitPrice: string;
  feeBps: number;
  capacityBytes: string;
  liveBytes: string;
  termPeriods: number;
  acceptBy: string;
  fromPeriod: Nullable<number>;
  termEndPeriod: Nullable<number>;
  endPeriod: Nullable<number>;
  endReason: Nullable<EndReason>;
  settledPeriod: Nullable<number>;
  provenPeriods: number;
  pieceCount: number;
  locked: string;
  earned: string;
  released: string;
  paid: string;
  fee: string;
  refunded: string;
  sessionKey: Hex;
  firstPieceRoot: Hex;
  requestedAt: string;
  acceptedAt: Nullable<string>;
  endingAt: Nullable<string>;
  closedAt: Nullable<string>;
  requestTransactionHash: Hash;
  provingSet: Nullable<{ id: Hex; setId: string; missedCount: number; lastProvenPeriod: Nullable<number> }>;
  lock: { left: string };
  newestPieces: { cid: string }[];
}

const seconds = (value: Nullable<string>) => (value === null ? undefined : Number(value));

/** Reads a row of the index. */
export function dealFrom(row: DealRow): Deal {
  return {
    id: row.id,
    dealId: BigInt(row.dealId),
    dealKey: BigInt(row.dealKey),
    market: getAddress(row.market),
    status: row.status,
    cid: row.newestPieces[0]?.cid ?? row.cid,
    firstCid: row.cid,
    customer: getAddress(row.customer.id),
    provider: {
      address: getAddress(row.provider.id),
      name: row.provider.name,
      endpoint: row.provider.endpoint,
      isJailed: row.provider.jailed,
    },
    offer: { offerId: BigInt(row.offer.offerId), isActive: row.offer.active, unitPrice: BigInt(row.offer.unitPrice) },
    token: { ...row.token, address: getAddress(row.token.address), tokenId: Number(row.token.tokenId) },
    unitPrice: BigInt(row.unitPrice),
    feeBps: row.feeBps,
    capacityBytes: BigInt(row.capacityBytes),
    liveBytes: BigInt(row.liveBytes),
    termPeriods: row.termPeriods,
    acceptBy: Number(row.acceptBy),
    fromPeriod: row.fromPeriod ?? undefined,
    termEndPeriod: row.termEndPeriod ?? undefined,
    endPeriod: row.endPeriod ?? undefined,
    endReason: row.endReason ?? undefined,
    settledPeriod: row.settledPeriod ?? undefined,
    provenPeriods: row.provenPeriods,
    pieceCount: row.pieceCount,
    locked: BigInt(row.locked),
    earned: BigInt(row.earned),
    released: BigInt(row.released),
    paid: BigInt(row.paid),
    fee: BigInt(row.fee),
    refunded: BigInt(row.refunded),
    left: BigInt(row.lock.left),
    sessionKey: getAddress(row.sessionKey),
    firstPieceRoot: row.firstPieceRoot,
    requestedAt: Number(row.requestedAt),
    acceptedAt: seconds(row.acceptedAt),
    endingAt: seconds(row.endingAt),
    closedAt: seconds(row.closedAt),
    requestHash: row.requestTransactionHash,
    provingSet: row.provingSet
      ? {
          id: row.provingSet.id,
          setId: BigInt(row.provingSet.setId),
          missedCount: row.provingSet.missedCount,
          lastProvenPeriod: row.provingSet.lastProvenPeriod ?? undefined,
        }
      : undefined,
  };
}
