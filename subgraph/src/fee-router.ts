import { BigInt } from "@graphprotocol/graph-ts";
import {
  EverFeesBurned,
  FeesCollected,
  InsuranceShareChanged,
  LotOpened,
  LotSold,
} from "../generated/FeeRouter/FeeRouter";
import { FeeAuction, FeeEpoch, FeeLot, InsuranceShareChange } from "../generated/schema";
import { epochIdOf, eventIdOf, feeLotIdOf, tokenIdOf } from "./ids";
import { ZERO } from "./numbers";

// The tokens stay in the ledger until they are sold; its own events move the router's balance. What is told here is what they are for.

export function handleFeesCollected(event: FeesCollected): void {
  const auction = loadOrCreateAuction(event.params.tokenId);
  auction.collected = auction.collected.plus(event.params.amount);
  auction.insured = auction.insured.plus(event.params.insured);
  auction.waiting = auction.waiting.plus(event.params.amount).minus(event.params.insured);
  auction.save();
}

export function handleLotOpened(event: LotOpened): void {
  const auction = loadOrCreateAuction(event.params.tokenId);
  const lot = new FeeLot(feeLotIdOf(auction.id, event.params.lotId));
  lot.auction = auction.id;
  lot.lotId = event.params.lotId;
  lot.amount = event.params.amount;
  lot.startPrice = event.params.startPrice;
  lot.openedAt = event.block.timestamp;
  lot.save();

  auction.lot = lot.id;
  auction.waiting = ZERO;
  auction.save();
}

export function handleLotSold(event: LotSold): void {
  const auction = loadOrCreateAuction(event.params.tokenId);
  const lot = FeeLot.load(feeLotIdOf(auction.id, event.params.lotId))!;
  lot.price = event.params.price;
  lot.buyer = event.params.buyer;
  lot.to = event.params.to;
  lot.soldAt = event.block.timestamp;
  lot.epoch = event.params.epoch;
  lot.saleTransactionHash = event.transaction.hash;
  lot.save();

  auction.lot = null;
  countSale(auction, event.params.amount, event.params.price, event.params.epoch);
}

export function handleEverFeesBurned(event: EverFeesBurned): void {
  const auction = loadOrCreateAuction(event.params.tokenId);
  auction.waiting = ZERO;
  countSale(auction, event.params.amount, event.params.amount, event.params.epoch);
}

export function handleInsuranceShareChanged(event: InsuranceShareChanged): void {
  const change = new InsuranceShareChange(eventIdOf(event));
  change.shareBps = event.params.shareBps;
  change.validFrom = event.params.validFrom;
  change.blockNumber = event.block.number;
  change.timestamp = event.block.timestamp;
  change.transactionHash = event.transaction.hash;
  change.save();
}

function countSale(auction: FeeAuction, amount: BigInt, burned: BigInt, number: BigInt): void {
  auction.sold = auction.sold.plus(amount);
  auction.burned = auction.burned.plus(burned);
  auction.save();

  const id = epochIdOf(number);
  let epoch = FeeEpoch.load(id);
  if (!epoch) {
    epoch = new FeeEpoch(id);
    epoch.epoch = number;
    epoch.burned = ZERO;
  }
  epoch.burned = epoch.burned.plus(burned);
  epoch.save();
}

function loadOrCreateAuction(tokenId: BigInt): FeeAuction {
  const id = tokenIdOf(tokenId);
  let auction = FeeAuction.load(id);
  if (auction) return auction;
  auction = new FeeAuction(id);
  auction.token = id;
  auction.waiting = ZERO;
  auction.collected = ZERO;
  auction.insured = ZERO;
  auction.sold = ZERO;
  auction.burned = ZERO;
  return auction;
}
