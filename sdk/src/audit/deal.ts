import type { Address } from "viem";
import type { DealStatus } from "../deal-status.ts";
import type { Deployment } from "../deployments.ts";
import type { Stream } from "./stream.ts";

/** A deal of any market, as far as the payments know it; of our market, with what the market says. Token base units; bytes; periods. */
export interface Deal {
  dealKey: bigint;
  payer: Address;
  payee: Address;
  tokenId: number;
  capacityBytes: bigint;
  liveBytes: bigint;
  /** From the next boundary on. */
  unitPrice: bigint;
  feeBps: number;
  signer: Address;
  /** Undefined before the start, and where a stranger judges its proofs. */
  stream?: Stream;
  setId: number;
  /** Whether its proofs are judged by a contract that is not audited: then nobody here can say what it earned. */
  isForeign: boolean;
  isClosed: boolean;
  provenPeriods: number;
  /** Undefined for a deal of another market. */
  market?: MarketRecord;
}

/** What our market remembers of a deal. EVER base units; periods; Unix seconds. */
export interface MarketRecord {
  dealId: bigint;
  status: DealStatus;
  offerId: number;
  termPeriods: number;
  acceptBy: number;
  stakeReserved: bigint;
  fromPeriod: number;
  termEndPeriod: number;
  /** Height of the last event that changed it. */
  touchedAt: bigint;
}

/** `deal 7`, or the whole key of a deal of another market. */
export function subjectOf({ contracts }: Deployment, dealKey: bigint): string {
  const isOurs = dealKey >> 96n === BigInt(contracts.DealMarket);
  return isOurs ? `deal ${dealKey & ((1n << 96n) - 1n)}` : `deal with key ${dealKey}`;
}
