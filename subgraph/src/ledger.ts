import { Address, BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import {
  Deposited,
  FeePaid,
  LockRaised,
  Locked,
  OperatorApproved,
  Paid,
  PayeeSet,
  Refunded,
  TokenRegistered,
  Withdrawn,
} from "../generated/Ledger/Ledger";
import { Deal, Deposit, Lock, OperatorApproval, Token, Withdrawal } from "../generated/schema";
import { changeBalance, loadOrCreateAccount, loadOrCreateBalance } from "./account";
import { context } from "./context";
import { approvalIdOf, dealIdOf, eventIdOf, lockIdOf, tokenIdOf } from "./ids";
import { loadNetwork } from "./network";
import { ZERO } from "./numbers";
import { loadOrCreateEarnings } from "./provider";
import { saveToken } from "./token";

/** The network is there from its first block on, so that a reader never meets nothing. */
export function handleStart(_block: ethereum.Block): void {
  loadNetwork().save();
}

export function handleTokenRegistered(event: TokenRegistered): void {
  const token = new Token(tokenIdOf(event.params.tokenId));
  token.tokenId = event.params.tokenId;
  token.address = event.params.token;
  token.symbol = event.params.symbol;
  token.decimals = event.params.decimals;
  token.listed = false;
  token.deposited = ZERO;
  token.withdrawn = ZERO;
  token.locked = ZERO;
  token.earned = ZERO;
  token.paid = ZERO;
  token.fees = ZERO;
  token.refunded = ZERO;
  token.registeredAt = event.block.timestamp;
  saveToken(event, token);
}

export function handleDeposited(event: Deposited): void {
  const token = Token.load(tokenIdOf(event.params.tokenId))!;
  token.deposited = token.deposited.plus(event.params.amount);
  saveToken(event, token);

  changeBalance(event, "DEPOSIT", event.params.account, token.id, event.params.amount, ZERO, null);

  const deposit = new Deposit(eventIdOf(event));
  deposit.account = event.params.account;
  deposit.token = token.id;
  deposit.from = event.params.from;
  deposit.amount = event.params.amount;
  deposit.blockNumber = event.block.number;
  deposit.timestamp = event.block.timestamp;
  deposit.transactionHash = event.transaction.hash;
  deposit.save();
}

export function handleWithdrawn(event: Withdrawn): void {
  const token = Token.load(tokenIdOf(event.params.tokenId))!;
  token.withdrawn = token.withdrawn.plus(event.params.amount);
  saveToken(event, token);

  changeBalance(event, "WITHDRAWAL", event.params.account, token.id, event.params.amount.neg(), ZERO, null);

  const withdrawal = new Withdrawal(eventIdOf(event));
  withdrawal.account = event.params.account;
  withdrawal.token = token.id;
  withdrawal.to = event.params.to;
  withdrawal.amount = event.params.amount;
  withdrawal.blockNumber = event.block.number;
  withdrawal.timestamp = event.block.timestamp;
  withdrawal.transactionHash = event.transaction.hash;
  withdrawal.save();
}

export function handleOperatorApproved(event: OperatorApproved): void {
  const token = tokenIdOf(event.params.tokenId);
  const id = approvalIdOf(event.params.account, event.params.operator, event.params.agent, token);
  const approval = new OperatorApproval(id);
  approval.account = loadOrCreateAccount(event.params.account).id;
  approval.operator = event.params.operator;
  approval.agent = event.params.agent;
  approval.tokenId = event.params.tokenId;
  approval.token = token;
  approval.most = event.params.most;
  approval.expiresAt = event.params.expiresAt;
  approval.updatedAt = event.block.timestamp;
  approval.transactionHash = event.transaction.hash;
  approval.save();
}

// Any contract can be an operator for accounts that approve it, even of empty locks in tokens that do not exist. Such locks are
// left out: no money can be in them.

export function handleLocked(event: Locked): void {
  const token = tokenIdOf(event.params.tokenId);
  if (!Token.load(token)) return;
  const lock = new Lock(lockIdOf(event.params.operator, event.params.lockId));
  lock.operator = event.params.operator;
  lock.lockId = event.params.lockId;
  lock.payer = event.params.payer;
  if (event.params.payee != Address.zero()) lock.payee = loadOrCreateAccount(event.params.payee).id;
  lock.token = token;
  lock.locked = ZERO;
  lock.left = ZERO;
  lock.paid = ZERO;
  lock.fees = ZERO;
  lock.refunded = ZERO;
  lock.expiresAt = event.params.expiresAt;
  lock.createdAt = event.block.timestamp;
  lock.transactionHash = event.transaction.hash;
  const deal = Deal.load(dealIdOf(event.params.lockId));
  if (deal && deal.lock == lock.id) lock.deal = deal.id;
  fill(event, lock, "LOCK", event.params.amount);
}

export function handleLockRaised(event: LockRaised): void {
  const lock = Lock.load(lockIdOf(event.params.operator, event.params.lockId));
  if (!lock) return;
  lock.expiresAt = event.params.expiresAt;
  fill(event, lock, "LOCK_RAISE", event.params.amount);

  const deal = dealOf(lock);
  if (!deal) return;
  deal.locked = lock.locked;
  deal.save();
}

/** Moves money of the payer into a lock. */
function fill(event: ethereum.Event, lock: Lock, kind: string, amount: BigInt): void {
  lock.locked = lock.locked.plus(amount);
  lock.left = lock.left.plus(amount);
  lock.save();

  const token = Token.load(lock.token)!;
  token.locked = token.locked.plus(amount);
  saveToken(event, token);
  changeBalance(event, kind, lock.payer, lock.token, amount.neg(), amount, lock.id);
}

export function handlePayeeSet(event: PayeeSet): void {
  const lock = Lock.load(lockIdOf(event.params.operator, event.params.lockId));
  if (!lock) return;
  lock.payee = loadOrCreateAccount(event.params.payee).id;
  lock.save();
}

export function handlePaid(event: Paid): void {
  const lock = drain(event, event.params.operator, event.params.lockId, event.params.amount);
  if (!lock) return;
  lock.paid = lock.paid.plus(event.params.amount);
  lock.save();

  const token = Token.load(lock.token)!;
  token.paid = token.paid.plus(event.params.amount);
  saveToken(event, token);
  changeBalance(event, "PAYMENT", event.params.payee, lock.token, event.params.amount, ZERO, lock.id);

  const deal = dealOf(lock);
  if (!deal) return;
  deal.paid = lock.paid;
  deal.save();
  const earnings = loadOrCreateEarnings(deal.provider, lock.token);
  earnings.paid = earnings.paid.plus(event.params.amount);
  earnings.save();
}

export function handleFeePaid(event: FeePaid): void {
  const lock = drain(event, event.params.operator, event.params.lockId, event.params.amount);
  if (!lock) return;
  lock.fees = lock.fees.plus(event.params.amount);
  lock.save();

  const token = Token.load(lock.token)!;
  token.fees = token.fees.plus(event.params.amount);
  saveToken(event, token);
  changeBalance(event, "FEE", context("feeRecipient").toBytes(), lock.token, event.params.amount, ZERO, lock.id);

  const deal = dealOf(lock);
  if (!deal) return;
  deal.fee = lock.fees;
  deal.save();
  const earnings = loadOrCreateEarnings(deal.provider, lock.token);
  earnings.fees = earnings.fees.plus(event.params.amount);
  earnings.save();
}

export function handleRefunded(event: Refunded): void {
  const lock = drain(event, event.params.operator, event.params.lockId, event.params.amount);
  if (!lock) return;
  lock.refunded = lock.refunded.plus(event.params.amount);
  lock.save();

  const token = Token.load(lock.token)!;
  token.refunded = token.refunded.plus(event.params.amount);
  saveToken(event, token);
  changeBalance(event, "REFUND", lock.payer, lock.token, event.params.amount, ZERO, lock.id);

  const deal = dealOf(lock);
  if (!deal) return;
  deal.refunded = lock.refunded;
  deal.save();
}

/** Takes money out of a lock; where it goes is the caller's. */
function drain(event: ethereum.Event, operator: Address, id: BigInt, amount: BigInt): Lock | null {
  const lock = Lock.load(lockIdOf(operator, id));
  if (!lock) return null;
  lock.left = lock.left.minus(amount);

  const token = Token.load(lock.token)!;
  token.locked = token.locked.minus(amount);
  saveToken(event, token);
  const payer = loadOrCreateBalance(lock.payer, lock.token);
  payer.locked = payer.locked.minus(amount);
  payer.updatedAt = event.block.timestamp;
  payer.save();
  return lock;
}

function dealOf(lock: Lock): Deal | null {
  const deal: Bytes | null = lock.deal;
  return deal ? Deal.load(deal) : null;
}
