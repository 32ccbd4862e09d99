import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  concat,
  encodeFunctionData,
  type Hex,
  parseEventLogs,
  slice,
  toHex,
  zeroAddress,
} from "viem";
import { readContract } from "viem/actions";
import {
  type ActionOptions,
  addressOf,
  eventMissing,
  explained,
  logsOf,
  type ProtocolClient,
  type Sent,
} from "./client.ts";
import { type Deal, dealKeyOf, getDeal } from "./deals.ts";
import type { Deployment } from "./deployments.ts";
import { contractError } from "./errors.ts";
import { dealMarketAbi, dealPaymentsAbi } from "./generated/abis.ts";
import { handOver as handOverTo, type PaymentOptions } from "./handovers.ts";
import { getOffer, type Offer, quote } from "./offers.ts";
import type { Piece } from "./proofs/typed-data.ts";
import { getToken, moneyOf, type TokenInfo } from "./tokens.ts";

/** What a customer asks for, in mode *pick* with one replica. Bytes; periods. */
export interface RequestDealOptions extends ActionOptions, PaymentOptions {
  offerId: number;
  capacityBytes: bigint;
  termPeriods: number;
  /** Highest price the customer takes; the present one when absent. Token base units per GiB and 30 periods. */
  maxUnitPrice?: bigint;
  /** Key that signs upload tokens and later pieces; the customer's own when absent. */
  sessionKey?: Address;
  /** Its content is uploaded to the provider before that accepts. */
  firstPiece: Piece;
}

/** `IDealMarket.Action`, by the market's function that does the same. */
const ACTIONS = { request: 0, renew: 1, changeCapacity: 2 } as const;

/** What the ledger hands to the market: the action, then the arguments of the function of the same name. */
export function encodeHandover<name extends keyof typeof ACTIONS>(
  functionName: name,
  args: ContractFunctionArgs<typeof dealMarketAbi, "nonpayable", name>,
): Hex {
  const abi: Abi = dealMarketAbi;
  const call = encodeFunctionData({ abi, functionName: functionName as string, args: args as readonly unknown[] });
  return concat([toHex(ACTIONS[functionName], { size: 32 }), slice(call, 4)]);
}

/**
 * Asks for a deal. The money that the ledger's balance lacks is taken by a permit signature within the same transaction; tokens and
 * wallets without permits need an approval first. Nothing is paid when the offer changed meanwhile. Throws `ProtocolError`.
 */
export async function requestDeal(
  client: ProtocolClient,
  options: RequestDealOptions,
): Promise<Sent & { dealId: bigint; dealKey: bigint; locked: bigint; unitPrice: bigint; acceptBy: number }> {
  const { deployment, offerId, capacityBytes, termPeriods, firstPiece, sessionKey = zeroAddress } = options;
  const { DealMarket, DealPayments, PossessionProofs } = deployment.contracts;
  const { token, unitPrice, locked } = await quote(client, { deployment, offerId, capacityBytes, termPeriods });
  const maxUnitPrice = options.maxUnitPrice ?? unitPrice;
  if (unitPrice > maxUnitPrice) throw contractError("MarketPriceTooHigh", { maxUnitPrice, unitPrice }, moneyOf(token));

  const data = encodeHandover("request", [
    {
      mode: 0,
      replicas: 1,
      proofClass: 1,
      offerId,
      tokenId: token.tokenId,
      capacityBytes,
      termPeriods,
      maxUnitPrice,
      bounty: 0n,
      payments: DealPayments,
      verifier: PossessionProofs,
      sessionKey,
      firstPiece,
    },
  ]);
  // Should the price rise up to the customer's limit before the transaction is mined, the money must still do.
  const most = unitPrice === 0n ? locked : (locked * maxUnitPrice + unitPrice - 1n) / unitPrice;
  const sent = await handOver(client, { ...options, token, most, data });
  const [event] = parseEventLogs({
    abi: dealMarketAbi,
    eventName: "DealRequested",
    args: { customer: addressOf(client, options.account) },
    logs: logsOf(sent.receipt, DealMarket),
  });
  if (!event) throw eventMissing(sent.receipt, "DealRequested");
  const { dealId, dealKey, acceptBy } = event.args;
  return { ...sent, dealId, dealKey, acceptBy, locked: event.args.locked, unitPrice: event.args.unitPrice };
}

/** Adds periods to a deal at its own price. Throws `ProtocolError`. */
export async function renew(
  client: ProtocolClient,
  options: ActionOptions & PaymentOptions & { dealId: bigint; addedPeriods: number },
): Promise<Sent> {
  const { deployment, dealId, addedPeriods } = options;
  const deal = await getDeal(client, { deployment, dealId });
  const token = await getToken(client, { deployment, tokenId: deal.tokenId });
  const most = await missingFor(client, options, {
    ...deal,
    endPeriod: deal.endPeriod + addedPeriods,
  });
  const data = encodeHandover("renew", [dealId, addedPeriods]);
  return handOver(client, { ...options, token, most, data });
}

/** What a change of a deal's capacity would mean. */
export interface CapacityQuote {
  deal: Deal;
  /** Offer behind the deal, as it is now: its price applies to the whole deal from the next boundary on. */
  offer: Offer;
  token: TokenInfo;
  /** Token base units that would be added to the deal's lock; 0 when it holds enough. */
  added: bigint;
}

/** The price of a change of a deal's capacity in the present period, at the offer's present price. Throws `ProtocolError`. */
export async function quoteCapacity(
  client: ProtocolClient,
  options: { deployment: Deployment; dealId: bigint; capacityBytes: bigint; maxUnitPrice?: bigint },
): Promise<CapacityQuote> {
  const { deployment, dealId, capacityBytes } = options;
  const deal = await getDeal(client, { deployment, dealId });
  const [token, offer] = await Promise.all([
    getToken(client, { deployment, tokenId: deal.tokenId }),
    getOffer(client, { deployment, offerId: deal.offerId }),
  ]);
  const unitPrice = options.maxUnitPrice ?? offer.unitPrice;
  const added = await missingFor(client, options, { ...deal, capacityBytes, unitPrice });
  return { deal, offer, token, added };
}

/**
 * Changes a deal's capacity. The room changes at once, the price to the offer's present one from the next boundary on; what the lock
 * then lacks is added to it. Throws `ProtocolError`.
 */
export async function changeCapacity(
  client: ProtocolClient,
  options: ActionOptions & PaymentOptions & { dealId: bigint; capacityBytes: bigint; maxUnitPrice?: bigint },
): Promise<Sent> {
  const { dealId, capacityBytes } = options;
  const { token, offer, added: most } = await quoteCapacity(client, options);
  const maxUnitPrice = options.maxUnitPrice ?? offer.unitPrice;
  const data = encodeHandover("changeCapacity", [dealId, capacityBytes, maxUnitPrice]);
  return handOver(client, { ...options, token, most, data });
}

/** What a deal's lock lacks for new terms: `DealPayments.missingFor`. Token base units. */
async function missingFor(
  client: ProtocolClient,
  { deployment }: { deployment: Deployment },
  terms: { dealId: bigint; capacityBytes: bigint; unitPrice: bigint; endPeriod: number },
): Promise<bigint> {
  const { DealMarket, DealPayments } = deployment.contracts;
  const { dealId, capacityBytes, unitPrice, endPeriod } = terms;
  return explained({}, () =>
    readContract(client, {
      address: DealPayments,
      abi: dealPaymentsAbi,
      functionName: "missingFor",
      args: [dealKeyOf(DealMarket, dealId), capacityBytes, unitPrice, BigInt(endPeriod)],
    }),
  );
}

/** Hands a call to the market. Token base units. */
function handOver(
  client: ProtocolClient,
  options: ActionOptions & PaymentOptions & { token: TokenInfo; most: bigint; data: Hex },
): Promise<Sent> {
  const { DealPayments: operator, DealMarket: agent } = options.deployment.contracts;
  return handOverTo(client, { ...options, operator, agent });
}
