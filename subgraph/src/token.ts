import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import { Token, TokenPeriod } from "../generated/schema";
import { tokenPeriodIdOf } from "./ids";
import { periodOf } from "./period";

/** Saves a token as the event left it, and as what its period ends with until another event comes. */
export function saveToken(event: ethereum.Event, token: Token): void {
  token.save();

  const period = periodOf(event);
  const record = new TokenPeriod(tokenPeriodIdOf(token.id, period));
  record.token = token.id;
  record.period = period;
  record.deposited = token.deposited;
  record.withdrawn = token.withdrawn;
  record.locked = token.locked;
  record.earned = token.earned;
  record.paid = token.paid;
  record.fees = token.fees;
  record.refunded = token.refunded;
  record.blockNumber = event.block.number;
  record.timestamp = event.block.timestamp;
  record.transactionHash = event.transaction.hash;
  record.save();
}

/** Adds to what proofs earned in a token; base units, gross. */
export function countEarned(event: ethereum.Event, tokenId: Bytes, amount: BigInt): void {
  const token = Token.load(tokenId)!;
  token.earned = token.earned.plus(amount);
  saveToken(event, token);
}
