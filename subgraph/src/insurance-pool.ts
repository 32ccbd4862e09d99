import { Compensated } from "../generated/InsurancePool/InsurancePool";
import { Compensation, Deal } from "../generated/schema";
import { loadOrCreateAccount } from "./account";
import { dealIdOf, eventIdOf, tokenIdOf } from "./ids";

export function handleCompensated(event: Compensated): void {
  const compensation = new Compensation(eventIdOf(event));
  const deal = dealIdOf(event.params.dealKey);
  if (Deal.load(deal)) compensation.deal = deal;
  compensation.dealKey = event.params.dealKey;
  compensation.account = loadOrCreateAccount(event.params.payer).id;
  compensation.token = tokenIdOf(event.params.tokenId);
  compensation.amount = event.params.amount;
  compensation.damages = event.params.damages;
  compensation.caseId = event.params.caseId;
  compensation.blockNumber = event.block.number;
  compensation.timestamp = event.block.timestamp;
  compensation.transactionHash = event.transaction.hash;
  compensation.save();
}
