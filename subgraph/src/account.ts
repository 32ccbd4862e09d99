import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import { Account, Balance, LedgerEntry } from "../generated/schema";
import { balanceIdOf, eventIdOf, positionOf } from "./ids";
import { ZERO } from "./numbers";

export function loadOrCreateAccount(address: Bytes): Account {
  const known = Account.load(address);
  if (known) return known;

  const account = new Account(address);
  account.dealCount = 0;
  account.save();
  return account;
}

export function loadOrCreateBalance(account: Bytes, token: Bytes): Balance {
  const id = balanceIdOf(account, token);
  const known = Balance.load(id);
  if (known) return known;

  const balance = new Balance(id);
  balance.account = loadOrCreateAccount(account).id;
  balance.token = token;
  balance.available = ZERO;
  balance.locked = ZERO;
  return balance;
}

/**
 * Changes what an account can spend by `amount`, and keeps the record of it.
 * @param locked Token base units by which its money in locks changes.
 */
export function changeBalance(
  event: ethereum.Event,
  kind: string,
  account: Bytes,
  token: Bytes,
  amount: BigInt,
  locked: BigInt,
  lock: Bytes | null,
): void {
  const balance = loadOrCreateBalance(account, token);
  balance.available = balance.available.plus(amount);
  balance.locked = balance.locked.plus(locked);
  balance.updatedAt = event.block.timestamp;
  balance.save();

  const entry = new LedgerEntry(eventIdOf(event));
  entry.kind = kind;
  entry.account = account;
  entry.token = token;
  entry.amount = amount;
  entry.balance = balance.available;
  entry.lock = lock;
  entry.blockNumber = event.block.number;
  entry.timestamp = event.block.timestamp;
  entry.transactionHash = event.transaction.hash;
  entry.position = positionOf(event);
  entry.logIndex = event.logIndex;
  entry.save();
}
