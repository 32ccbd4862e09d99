import { Bytes, ethereum } from "@graphprotocol/graph-ts";
import { DealEvent } from "../generated/schema";
import { eventIdOf } from "./ids";

/** A record of what happened to a deal. The caller adds what belongs to the kind, and saves it. */
export function createDealEvent(event: ethereum.Event, deal: Bytes, kind: string): DealEvent {
  const record = new DealEvent(eventIdOf(event));
  record.deal = deal;
  record.kind = kind;
  record.actor = event.transaction.from;
  record.blockNumber = event.block.number;
  record.timestamp = event.block.timestamp;
  record.transactionHash = event.transaction.hash;
  record.logIndex = event.logIndex;
  return record;
}
