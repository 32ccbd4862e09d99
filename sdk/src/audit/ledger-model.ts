import type { Address } from "viem";
import type { Deployment } from "../deployments.ts";
import type { AuditEvent } from "./chain.ts";
import { subjectOfChannel } from "./channels-model.ts";
import { subjectOf } from "./deal.ts";
import { keyOf } from "./difference.ts";
import type { Step } from "./step.ts";

/** A lock as the replay knows it. Token base units; Unix seconds. */
export interface Lock {
  operator: Address;
  lockId: bigint;
  payer: Address;
  payee: Address;
  tokenId: number;
  left: bigint;
  locked: bigint;
  paid: bigint;
  fees: bigint;
  refunded: bigint;
  expiresAt: number;
}

/** What an account can spend in one token. Token base units. */
export interface Balance {
  account: Address;
  tokenId: number;
  available: bigint;
}

interface Sweeps {
  sweepDeal: (dealKey: bigint) => bigint | undefined;
  sweepChannel: (channelId: bigint) => bigint | undefined;
}

/** Balances and locks, by what owners do and by what the deals say must move. */
export class LedgerModel {
  readonly tokens = new Map<number, Address>();
  readonly balances = new Map<string, Balance>();
  readonly locks = new Map<string, Lock>();
  readonly #deployment: Deployment;
  /** What sweeping the fee of a deal, or of a channel, pays now. */
  readonly #sweeps: Sweeps;

  constructor(deployment: Deployment, sweeps: Sweeps) {
    this.#deployment = deployment;
    this.#sweeps = sweeps;
  }

  /** The lock of a deal. */
  lockOf(dealKey: bigint): Lock | undefined {
    return this.lockUnder(this.#deployment.contracts.DealPayments, dealKey);
  }

  /** The lock that an operator keeps under a number. */
  lockUnder(operator: Address, lockId: bigint): Lock | undefined {
    return this.locks.get(lockKey(operator, lockId));
  }

  /** What an account can spend of a token. */
  availableTo(account: Address, tokenId: number): bigint {
    return this.balances.get(balanceKey(account, tokenId))?.available ?? 0n;
  }

  /** Base units of a token that the ledger owes: balances and locks. */
  owedIn(tokenId: number): bigint {
    let owed = 0n;
    for (const balance of this.balances.values()) if (balance.tokenId === tokenId) owed += balance.available;
    for (const lock of this.locks.values()) if (lock.tokenId === tokenId) owed += lock.left;
    return owed;
  }

  apply(step: Step, event: AuditEvent & { contract: "Ledger" }): void {
    switch (event.eventName) {
      case "TokenRegistered":
        step.compare(event, "ledger", "number of the next token", this.tokens.size + 1, event.args.tokenId);
        this.tokens.set(event.args.tokenId, event.args.token);
        return;
      case "Deposited":
        this.#credit(event.args.account, event.args.tokenId, event.args.amount);
        return;
      case "Withdrawn":
        this.#debit(step, event, event.args.account, event.args.tokenId, event.args.amount);
        return;
      case "Locked":
        this.#lock(step, event);
        return;
      case "LockRaised":
        this.#raise(step, event);
        return;
      case "PayeeSet": {
        const lock = this.#lockOf(step, event);
        if (lock) lock.payee = event.args.payee;
        return;
      }
      case "Paid":
      case "FeePaid":
      case "Refunded":
        this.#move(step, event);
        return;
      default:
    }
  }

  #lock(step: Step, event: AuditEvent & { eventName: "Locked" }): void {
    const { operator, lockId, payer, payee, tokenId, amount, expiresAt } = event.args;
    const reserved = step.reserved.get(lockId);
    const taken = reserved?.most ?? amount;
    if (this.#isOfDeals(operator) || this.#isOfChannels(operator)) {
      step.reserved.delete(lockId);
      const subject = this.#subjectOf(operator, lockId);
      step.compareAll(event, subject, {
        "locked amount": [reserved?.most, amount],
        "payer of the lock": [reserved?.payer, payer],
        "payee of the lock": [reserved?.payee, payee],
        "token of the lock": [reserved?.tokenId, tokenId],
        "expiry of the lock": [reserved?.expiresAt, expiresAt],
      });
    }
    this.#debit(step, event, payer, tokenId, taken);
    const start = { left: taken, locked: taken, paid: 0n, fees: 0n, refunded: 0n };
    this.locks.set(lockKey(operator, lockId), { operator, lockId, payer, payee, tokenId, expiresAt, ...start });
  }

  #raise(step: Step, event: AuditEvent & { eventName: "LockRaised" }): void {
    const lock = this.#lockOf(step, event);
    if (!lock) return;
    const { operator, lockId, amount, expiresAt } = event.args;
    // What new terms cost is told after it: then the deal says how much it should have been.
    if (this.#isOfDeals(operator)) step.raised.set(lockId, { amount, event });
    else if (this.#isOfChannels(operator)) {
      const told = step.toppedUp.get(lockId);
      step.toppedUp.delete(lockId);
      step.compareAll(event, this.#subjectOf(operator, lockId), {
        "amount that is locked more": [told?.amount, amount],
        "expiry of the lock": [told?.expiresAt, expiresAt],
      });
      this.#add(step, event, lock, told ?? { amount, expiresAt });
    } else this.#add(step, event, lock, { amount, expiresAt });
  }

  /** Puts what new terms cost into the lock of a deal. */
  raise(step: Step, event: AuditEvent, dealKey: bigint, added: { amount: bigint; expiresAt: number }): void {
    const lock = this.lockOf(dealKey);
    if (lock) this.#add(step, event, lock, added);
  }

  #add(step: Step, event: AuditEvent, lock: Lock, { amount, expiresAt }: { amount: bigint; expiresAt: number }): void {
    this.#debit(step, event, lock.payer, lock.tokenId, amount);
    lock.left += amount;
    lock.locked += amount;
    lock.expiresAt = Math.max(lock.expiresAt, expiresAt);
  }

  #move(step: Step, event: AuditEvent & { eventName: "Paid" | "FeePaid" | "Refunded" }): void {
    const lock = this.#lockOf(step, event);
    if (!lock) return;
    const { operator, lockId } = event.args;
    const subject = this.#subjectOf(operator, lockId);
    let { amount } = event.args;
    if (this.#isOfDeals(operator) || this.#isOfChannels(operator)) {
      const due = this.#dueOf(step, event, lock);
      if (due !== undefined) {
        step.compare(event, subject, MOVES[event.eventName], due, amount);
        amount = due;
      } else step.contradict(event, subject, MOVES[event.eventName], 0n, amount);
    }
    if (amount > lock.left) {
      step.contradict(event, subject, `${MOVES[event.eventName]}, at most what is locked`, lock.left, amount);
      amount = lock.left;
    }
    lock.left -= amount;
    if (event.eventName === "Paid") {
      step.compare(event, subject, "who is paid", lock.payee, event.args.payee);
      lock.paid += amount;
      this.#credit(lock.payee, lock.tokenId, amount);
    } else if (event.eventName === "FeePaid") {
      lock.fees += amount;
      this.#credit(this.#deployment.parameters.feeRecipient, lock.tokenId, amount);
    } else {
      step.compare(event, subject, "who gets the refund", lock.payer, event.args.payer);
      lock.refunded += amount;
      this.#credit(lock.payer, lock.tokenId, amount);
    }
  }

  /** What must move: announced by the deal, or what anybody may bring about without a word of the deal. */
  #dueOf(step: Step, { eventName, args }: AuditEvent & { eventName: "Paid" | "FeePaid" | "Refunded" }, lock: Lock) {
    const announced = step.take(eventName, args.lockId);
    if (announced !== undefined) return announced;
    if (eventName === "FeePaid")
      return this.#isOfChannels(args.operator)
        ? this.#sweeps.sweepChannel(args.lockId)
        : this.#sweeps.sweepDeal(args.lockId);
    const refundableAt = lock.expiresAt + this.#deployment.parameters.refundDelaySeconds;
    return eventName === "Refunded" && step.at >= refundableAt ? lock.left : undefined;
  }

  #lockOf(step: Step, event: AuditEvent & { args: { operator: Address; lockId: bigint } }): Lock | undefined {
    const { operator, lockId } = event.args;
    const lock = this.locks.get(lockKey(operator, lockId));
    if (!lock) step.contradict(event, `lock ${lockId} of ${operator}`, "lock", "a lock that was made before", "none");
    return lock;
  }

  #isOfDeals(operator: Address): boolean {
    return keyOf(operator) === keyOf(this.#deployment.contracts.DealPayments);
  }

  #isOfChannels(operator: Address): boolean {
    const { UsageChannels } = this.#deployment.contracts;
    return UsageChannels !== undefined && keyOf(operator) === keyOf(UsageChannels);
  }

  #subjectOf(operator: Address, lockId: bigint): string {
    return this.#isOfChannels(operator) ? subjectOfChannel(lockId) : subjectOf(this.#deployment, lockId);
  }

  #credit(account: Address, tokenId: number, amount: bigint): void {
    this.#balanceOf(account, tokenId).available += amount;
  }

  #debit(step: Step, event: AuditEvent, account: Address, tokenId: number, amount: bigint): void {
    const balance = this.#balanceOf(account, tokenId);
    balance.available -= amount;
    if (balance.available >= 0n) return;
    const had = balance.available + amount;
    step.contradict(event, `account ${account} in token ${tokenId}`, "amount, at most the balance", had, amount);
    balance.available = 0n;
  }

  #balanceOf(account: Address, tokenId: number): Balance {
    const key = balanceKey(account, tokenId);
    const known = this.balances.get(key);
    if (known) return known;
    const balance = { account, tokenId, available: 0n };
    this.balances.set(key, balance);
    return balance;
  }
}

const MOVES = { Paid: "amount paid", FeePaid: "fee paid", Refunded: "amount refunded" } as const;

function balanceKey(account: Address, tokenId: number): string {
  return `${keyOf(account)}:${tokenId}`;
}

function lockKey(operator: Address, lockId: bigint): string {
  return `${keyOf(operator)}:${lockId}`;
}
