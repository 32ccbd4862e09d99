import { BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  CapacityChanged,
  EndChanged,
  RateChanged,
  Settled,
  SignerChanged,
  StreamClosed,
  StreamReserved,
  StreamStarted,
} from "../generated/DealPayments/DealPayments";
import { Deal, RateChange, Reservation, Settlement } from "../generated/schema";
import { createDealEvent } from "./deal";
import { dealIdOf, eventIdOf, tokenIdOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { toInt } from "./numbers";
import { loadOrCreateEarnings } from "./provider";
import { countEarned } from "./token";

// The payment contract serves any market. A deal is known here only if its market is one that the manifest follows; what the
// streams of others do is left out.

export function handleStreamReserved(event: StreamReserved): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  const terms = event.params.terms;
  deal.feeBps = terms.feeBps;
  deal.save();

  const reservation = new Reservation(deal.id);
  reservation.payer = terms.payer;
  reservation.payee = terms.payee;
  reservation.token = tokenIdOf(terms.tokenId);
  reservation.most = terms.most;
  reservation.signer = terms.signer;
  reservation.capacityBytes = terms.capacityBytes;
  reservation.unitPrice = terms.unitPrice;
  reservation.feeBps = terms.feeBps;
  reservation.expiresAt = terms.expiresAt;
  reservation.blockNumber = event.block.number;
  reservation.timestamp = event.block.timestamp;
  reservation.transactionHash = event.transaction.hash;
  reservation.save();
}

export function handleStreamStarted(event: StreamStarted): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  deal.verifier = event.params.verifier;
  deal.fromPeriod = toInt(event.params.fromPeriod);
  deal.settledPeriod = toInt(event.params.fromPeriod);
  deal.endPeriod = toInt(event.params.endPeriod);
  deal.save();
}

export function handleRateChanged(event: RateChanged): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  deal.liveBytes = event.params.liveBytes;
  deal.unitPrice = event.params.unitPrice;
  deal.save();

  const change = new RateChange(eventIdOf(event));
  change.deal = deal.id;
  change.fromPeriod = toInt(event.params.fromPeriod);
  change.liveBytes = event.params.liveBytes;
  change.unitPrice = event.params.unitPrice;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.logIndex = event.logIndex;
  change.save();

  const record = createDealEvent(event, deal.id, "RATE_CHANGED");
  record.bytes = event.params.liveBytes;
  record.unitPrice = event.params.unitPrice;
  record.period = toInt(event.params.fromPeriod);
  record.save();
}

export function handleCapacityChanged(event: CapacityChanged): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  if (deal.status == "ACTIVE" || deal.status == "ENDING") {
    const network = loadNetwork();
    network.rentedBytes = network.rentedBytes.plus(event.params.capacityBytes).minus(deal.capacityBytes);
    saveNetwork(event, network);
  }
  deal.capacityBytes = event.params.capacityBytes;
  deal.save();
}

export function handleSignerChanged(event: SignerChanged): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  deal.sessionKey = event.params.signer;
  deal.save();

  const record = createDealEvent(event, deal.id, "SESSION_KEY_CHANGED");
  record.sessionKey = event.params.signer;
  record.save();
}

export function handleEndChanged(event: EndChanged): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  deal.endPeriod = toInt(event.params.endPeriod);
  deal.save();
}

export function handleSettled(event: Settled): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  countEarnings(event, deal, event.params.earned);

  deal.settledPeriod = toInt(event.params.settledPeriod);
  deal.provenPeriods += toInt(event.params.provenPeriods);
  deal.earned = event.params.earned;
  deal.released = event.params.released;
  deal.save();

  const settlement = new Settlement(eventIdOf(event));
  settlement.deal = deal.id;
  settlement.settledPeriod = toInt(event.params.settledPeriod);
  settlement.provenPeriods = toInt(event.params.provenPeriods);
  settlement.earned = event.params.earned;
  settlement.released = event.params.released;
  settlement.paid = event.params.paid;
  settlement.settledBy = event.transaction.from;
  settlement.blockNumber = event.block.number;
  settlement.timestamp = event.block.timestamp;
  settlement.transactionHash = event.transaction.hash;
  settlement.save();

  const record = createDealEvent(event, deal.id, "SETTLED");
  record.amount = event.params.paid;
  record.period = toInt(event.params.settledPeriod);
  record.provenPeriods = toInt(event.params.provenPeriods);
  record.save();
}

export function handleStreamClosed(event: StreamClosed): void {
  const deal = Deal.load(dealIdOf(event.params.dealKey));
  if (!deal) return;
  countEarnings(event, deal, event.params.earned);

  deal.earned = event.params.earned;
  deal.released = event.params.earned;
  deal.save();

  const record = createDealEvent(event, deal.id, "CLOSED");
  record.amount = event.params.refunded;
  record.save();
}

/** Counts what a deal earned since it was last told with its provider and its token. `earned` is since the start: base units, gross. */
function countEarnings(event: ethereum.Event, deal: Deal, earned: BigInt): void {
  const change = earned.minus(deal.earned);
  const earnings = loadOrCreateEarnings(deal.provider, deal.token);
  earnings.earned = earnings.earned.plus(change);
  earnings.save();
  countEarned(event, deal.token, change);
}
