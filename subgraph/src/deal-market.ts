import { Address, BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  DealAccepted,
  DealCapacityChanged,
  DealClosedUnaccepted,
  DealEnding,
  DealFinished,
  DealRenewed,
  DealRequested,
} from "../generated/DealMarket/DealMarket";
import { Deal, Offer, Service } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { cidOf } from "./cid";
import { createDealEvent } from "./deal";
import { dealIdIn, dealIdOf, lockIdOf, offerIdOf, positionOf, provingSetIdOf } from "./ids";
import { loadNetwork, saveNetwork } from "./network";
import { ZERO, toInt } from "./numbers";
import { loadOrCreateProvider } from "./provider";

/** `IDealMarket.Mode`, `IDealMarket.Status`, and the reasons of `DealEnding`, by their numbers. */
const MODES = ["PICK", "DRAW"];
const STATUSES = ["", "REQUESTED", "ACTIVE", "ENDING", "FINISHED", "DECLINED", "CANCELLED", "EXPIRED"];
const END_REASONS = ["", "CUSTOMER", "PROVIDER", "ABANDONED"];

/** The market tells of the request before it locks the money: reservation and lock follow in the same transaction. */
export function handleDealRequested(event: DealRequested): void {
  const request = event.params.request;
  const deal = new Deal(dealIdOf(event.params.dealKey));
  const offer = Offer.load(offerIdOf(request.offerId))!;
  const service = Service.load(offer.service)!;

  deal.dealId = event.params.dealId;
  deal.dealKey = event.params.dealKey;
  deal.market = event.address;
  deal.offer = offer.id;
  deal.service = service.id;
  deal.token = offer.token;
  deal.status = "REQUESTED";
  deal.mode = MODES[request.mode];
  deal.replicas = request.replicas;
  deal.proofClass = request.proofClass;
  deal.maxUnitPrice = request.maxUnitPrice;
  deal.unitPrice = event.params.unitPrice;
  deal.feeBps = service.feeBps;
  deal.capacityBytes = request.capacityBytes;
  deal.liveBytes = ZERO;
  deal.termPeriods = toInt(request.termPeriods);
  deal.acceptBy = event.params.acceptBy;
  deal.sessionKey = request.sessionKey == Address.zero() ? event.params.customer : request.sessionKey;
  deal.verifier = request.verifier;
  deal.stakeReserved = ZERO;
  deal.cid = cidOf(request.firstPiece.cidDigest);
  deal.firstPieceRoot = request.firstPiece.root;
  deal.firstPieceLeafCount = request.firstPiece.leafCount;
  deal.firstPieceCidDigest = request.firstPiece.cidDigest;
  deal.locked = event.params.locked;
  deal.earned = ZERO;
  deal.released = ZERO;
  deal.paid = ZERO;
  deal.fee = ZERO;
  deal.refunded = ZERO;
  deal.provenPeriods = 0;
  deal.pieceCount = 0;
  deal.lock = lockIdOf(request.payments, event.params.dealKey);
  deal.reservation = deal.id;
  deal.requestedAt = event.block.timestamp;
  deal.requestTransactionHash = event.transaction.hash;
  deal.position = positionOf(event);

  const customer = loadOrCreateAccount(event.params.customer);
  customer.dealCount += 1;
  customer.save();
  deal.customer = customer.id;

  const provider = loadOrCreateProvider(event.params.provider);
  provider.dealCount += 1;
  provider.save();
  deal.provider = provider.id;
  deal.save();

  offer.dealCount += 1;
  offer.save();
  const network = loadNetwork();
  network.dealCount += 1;
  saveNetwork(event, network);

  const record = createDealEvent(event, deal.id, "REQUESTED");
  record.actor = event.params.customer;
  record.amount = event.params.locked;
  record.bytes = request.capacityBytes;
  record.unitPrice = event.params.unitPrice;
  record.save();
}

export function handleDealAccepted(event: DealAccepted): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  deal.status = "ACTIVE";
  deal.provingSet = provingSetIdOf(Address.fromBytes(deal.verifier), event.params.setId);
  deal.fromPeriod = toInt(event.params.fromPeriod);
  deal.settledPeriod = toInt(event.params.fromPeriod);
  deal.termEndPeriod = toInt(event.params.termEndPeriod);
  deal.endPeriod = toInt(event.params.endPeriod);
  deal.stakeReserved = event.params.stakeReserved;
  deal.acceptedAt = event.block.timestamp;
  deal.save();
  countActive(event, deal, 1);

  const record = createDealEvent(event, deal.id, "ACCEPTED");
  record.actor = event.params.provider;
  record.period = toInt(event.params.fromPeriod);
  record.save();
}

export function handleDealClosedUnaccepted(event: DealClosedUnaccepted): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  deal.status = STATUSES[event.params.status];
  deal.closedAt = event.block.timestamp;
  deal.save();

  const record = createDealEvent(event, deal.id, deal.status);
  record.actor = event.params.by;
  record.save();
}

export function handleDealRenewed(event: DealRenewed): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  const termEndPeriod = toInt(event.params.termEndPeriod);
  deal.termPeriods += termEndPeriod - deal.termEndPeriod;
  deal.termEndPeriod = termEndPeriod;
  deal.endPeriod = toInt(event.params.endPeriod);
  deal.save();

  const record = createDealEvent(event, deal.id, "RENEWED");
  record.actor = deal.customer;
  record.amount = event.params.locked;
  record.period = termEndPeriod;
  record.save();
}

/** Capacity and price themselves follow from the payment contract's events. */
export function handleDealCapacityChanged(event: DealCapacityChanged): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  deal.stakeReserved = event.params.stakeReserved;
  deal.save();

  const record = createDealEvent(event, deal.id, "CAPACITY_CHANGED");
  record.actor = deal.customer;
  record.amount = event.params.locked;
  record.bytes = event.params.capacityBytes;
  record.unitPrice = event.params.unitPrice;
  record.save();
}

export function handleDealEnding(event: DealEnding): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  deal.status = "ENDING";
  deal.endPeriod = toInt(event.params.endPeriod);
  deal.endReason = END_REASONS[event.params.reason];
  deal.endingAt = event.block.timestamp;
  deal.save();

  const record = createDealEvent(event, deal.id, "ENDING");
  record.actor = event.params.by;
  record.period = toInt(event.params.endPeriod);
  record.endReason = deal.endReason;
  record.save();
}

export function handleDealFinished(event: DealFinished): void {
  const deal = Deal.load(dealIdIn(event.address, event.params.dealId))!;
  countActive(event, deal, -1);
  deal.status = "FINISHED";
  deal.stakeReserved = ZERO;
  deal.closedAt = event.block.timestamp;
  deal.save();

  const record = createDealEvent(event, deal.id, "FINISHED");
  record.actor = event.params.by;
  record.save();
}

/** Adds a deal to what is rented now, or takes it away. */
function countActive(event: ethereum.Event, deal: Deal, step: i32): void {
  const network = loadNetwork();
  network.activeDealCount += step;
  network.rentedBytes = network.rentedBytes.plus(deal.capacityBytes.times(BigInt.fromI32(step)));
  saveNetwork(event, network);
  const provider = loadOrCreateProvider(deal.provider);
  provider.activeDealCount += step;
  provider.save();
}
