import { type Address, type Hex, isAddressEqual } from "viem";
import { getContractEvents, readContract } from "viem/actions";
import { explained, type ProtocolClient } from "./client.ts";
import { DEAL_STATUSES, type DealStatus } from "./deal-status.ts";
import type { Deployment } from "./deployments.ts";
import { contractError } from "./errors.ts";
import { dealMarketAbi, dealPaymentsAbi, ledgerAbi } from "./generated/abis.ts";

/** A deal as the contracts know it now. Money in token base units, sizes in bytes, time in periods or Unix seconds. */
export interface Deal {
  dealId: bigint;
  /** Key in payments and ledger. */
  dealKey: bigint;
  customer: Address;
  provider: Address;
  status: DealStatus;
  offerId: number;
  /** Unix seconds; 0 once accepted. */
  acceptBy: number;
  /** Hash of the piece that the request carried. */
  firstPieceHash: Hex;
  /** EVER base units. */
  stakeReserved: bigint;
  tokenId: number;
  capacityBytes: bigint;
  liveBytes: bigint;
  /** Per GiB and 30 periods, gross. */
  unitPrice: bigint;
  feeBps: number;
  /** Key that signs upload tokens and pieces. */
  signer: Address;
  /** Last nonce that added pieces. */
  nonce: number;
  setId: number;
  /** First period after the term; 0 when not active. */
  termEndPeriod: number;
  /** First period that is not paid; 0 before the acceptance. */
  endPeriod: number;
  /** First period that is not settled. */
  settledPeriod: number;
  /** Gross, as of the last settlement, for what was counted; {@link getEarned} tells it as of now. */
  earned: bigint;
  /** Gross, of `earned`: what was shared out between provider and fee so far. The rest of it is held back. */
  released: bigint;
  /** Still locked: what may yet be earned, what is held back, the fee, and what will go back to the customer. */
  left: bigint;
  /** Unix seconds. */
  lockExpiresAt: number;
  /** Whether its money is shared out. */
  closed: boolean;
}

/** Key of a deal: `DealPayments.dealKeyOf`. */
export function dealKeyOf(market: Address, dealId: bigint): bigint {
  return (BigInt(market) << 96n) | dealId;
}

/** A deal, from the chain itself. Throws `ProtocolError` when there is none of this number. */
export async function getDeal(
  client: ProtocolClient,
  { deployment, dealId }: { deployment: Deployment; dealId: bigint },
): Promise<Deal> {
  const { DealMarket, DealPayments, Ledger } = deployment.contracts;
  const dealKey = dealKeyOf(DealMarket, dealId);
  const market = { address: DealMarket, abi: dealMarketAbi } as const;
  const [deal, [termEndPeriod], stream, lock] = await explained({}, () =>
    Promise.all([
      readContract(client, { ...market, functionName: "dealOf", args: [dealId] }),
      readContract(client, { ...market, functionName: "termsOf", args: [dealId] }),
      readContract(client, {
        address: DealPayments,
        abi: dealPaymentsAbi,
        functionName: "streamOf",
        args: [dealKey],
      }),
      readContract(client, { address: Ledger, abi: ledgerAbi, functionName: "lockOf", args: [DealPayments, dealKey] }),
    ]),
  );
  const status = DEAL_STATUSES[deal.status];
  if (!status || status === "none") throw contractError("MarketStatusInvalid", { dealId, status: deal.status });
  const { customer, provider, offerId, acceptBy, firstPieceHash, stakeReserved } = deal;
  const { capacityBytes, liveBytes, unitPrice, feeBps, signer, nonce, setId, endPeriod } = stream;
  const { settledPeriod, earned, released, closed } = stream;
  return {
    dealId,
    dealKey,
    customer,
    provider,
    status,
    offerId,
    acceptBy,
    firstPieceHash,
    stakeReserved,
    tokenId: lock.tokenId,
    capacityBytes,
    liveBytes,
    unitPrice,
    feeBps,
    signer,
    nonce,
    setId,
    termEndPeriod,
    endPeriod,
    settledPeriod,
    earned,
    released,
    left: lock.left,
    lockExpiresAt: lock.expiresAt,
    closed,
  };
}

/** Numbers of a customer's deals, oldest first, from the chain's own events. */
export async function listDealIds(
  client: ProtocolClient,
  { deployment, customer }: { deployment: Deployment; customer: Address },
): Promise<bigint[]> {
  return (await requestsOf(client, deployment, customer)).map(({ dealId }) => dealId);
}

async function requestsOf(client: ProtocolClient, deployment: Deployment, customer: Address) {
  const events = await explained({}, () =>
    getContractEvents(client, {
      address: deployment.contracts.DealMarket,
      abi: dealMarketAbi,
      eventName: "DealRequested",
      args: { customer },
      fromBlock: BigInt(deployment.startBlock),
      strict: true,
    }),
  );
  return events.map(({ args }) => args).filter((args) => isAddressEqual(args.customer, customer));
}

/**
 * Number of the newest request of a customer for exactly this content that its provider can still accept; undefined when there is
 * none. Whoever is about to pay goes on with it instead.
 * @param request.nowAt Unix seconds, as the chain counts them.
 */
export async function findRequest(
  client: ProtocolClient,
  request: { deployment: Deployment; customer: Address; firstPieceHash: Hex; nowAt: number },
): Promise<bigint | undefined> {
  const { deployment, customer, firstPieceHash, nowAt } = request;
  for (const { dealId, acceptBy } of (await requestsOf(client, deployment, customer)).toReversed()) {
    if (acceptBy < nowAt) continue;
    const deal = await getDeal(client, { deployment, dealId });
    if (deal.status === "requested" && deal.firstPieceHash === firstPieceHash) return dealId;
  }
  return undefined;
}

/**
 * What a deal earned up to now, settled or not. Token base units, gross, rounded down. Proofs of periods that are not closed yet are
 * not in it. Use `earned` for what the deal is worth to its provider, `released` for what a settlement would have shared out.
 */
export async function getEarned(
  client: ProtocolClient,
  { deployment, dealId }: { deployment: Deployment; dealId: bigint },
): Promise<{ earned: bigint; released: bigint }> {
  const { DealMarket, DealPayments } = deployment.contracts;
  const [earned, released] = await explained({}, () =>
    readContract(client, {
      address: DealPayments,
      abi: dealPaymentsAbi,
      functionName: "earnedOf",
      args: [dealKeyOf(DealMarket, dealId)],
    }),
  );
  return { earned, released };
}
