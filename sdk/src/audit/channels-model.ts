import type { Address, Hex } from "viem";
import type { Deployment } from "../deployments.ts";
import { netOf } from "../units.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import type { LedgerModel } from "./ledger-model.ts";
import type { Step } from "./step.ts";

/** A channel as the replay knows it. Token base units, gross; Unix seconds. */
export interface AuditedChannel {
  channelId: bigint;
  payer: Address;
  payee: Address;
  payout: Address;
  serviceId: Hex;
  tokenId: number;
  sessionKey: Address;
  feeBps: number;
  locked: bigint;
  redeemed: bigint;
  expiresAt: number;
  closesAt: number | undefined;
  isClosed: boolean;
  /** Height of the last event that changed it. */
  touchedAt: bigint;
}

type ChannelEvent = AuditEvent & { contract: "UsageChannels" };

/** The channels: what they lock, what vouchers may take of it and what that pays, and what goes back. */
export class ChannelsModel {
  readonly channels = new Map<bigint, AuditedChannel>();
  readonly #deployment: Deployment;
  readonly #ledger: LedgerModel;
  /** Payout accounts by payee: the one that holds, and the one that will from a moment on. */
  readonly #payouts = new Map<string, { current: Address; next: Address; nextFrom: number }>();

  constructor(deployment: Deployment, ledger: LedgerModel) {
    this.#deployment = deployment;
    this.#ledger = ledger;
  }

  /** What sweeping a channel's fee pays now: what its lock holds beyond what was not redeemed. */
  feeDue(channelId: bigint): bigint | undefined {
    const channel = this.channels.get(channelId);
    const { UsageChannels } = this.#deployment.contracts;
    const lock = channel && UsageChannels && this.#ledger.lockUnder(UsageChannels, channelId);
    if (!channel || !lock) return undefined;
    const unredeemed = channel.locked - channel.redeemed;
    return lock.left > unredeemed ? lock.left - unredeemed : 0n;
  }

  apply(step: Step, event: ChannelEvent): void {
    switch (event.eventName) {
      case "PayoutChanged":
        this.#name(step, event.args);
        return;
      case "ChannelOpened":
        this.#open(step, event);
        return;
      case "ChannelToppedUp":
      case "VoucherRedeemed":
      case "ChannelClosing":
      case "ChannelClosed": {
        const channel = this.channels.get(event.args.channelId);
        if (!channel) {
          const subject = subjectOfChannel(event.args.channelId);
          step.contradict(event, subject, "channel", "one that was opened before", "none");
          return;
        }
        step.compare(event, subjectOfChannel(channel.channelId), "closed before", false, channel.isClosed);
        channel.touchedAt = step.transaction.blockNumber;
        if (event.eventName === "ChannelToppedUp") this.#topUp(step, event, channel);
        else if (event.eventName === "VoucherRedeemed") this.#redeem(step, event, channel);
        else if (event.eventName === "ChannelClosing") this.#beginToClose(step, event, channel);
        else this.#close(step, event, channel);
        return;
      }
      default: // a voucher that is left out, and OpenZeppelin's parts, move nothing
    }
  }

  /** What this transaction announced and did not do. */
  finish(step: Step): void {
    const open = step.dues.filter(({ dealKey }) => this.channels.has(dealKey));
    for (const due of open) {
      step.dues.splice(step.dues.indexOf(due), 1);
      step.contradict(undefined, subjectOfChannel(due.dealKey), `event ${due.event} of ${due.amount}`, "one", "none");
    }
    for (const [channelId, { most }] of step.reserved) {
      if (!this.channels.has(channelId)) continue;
      step.reserved.delete(channelId);
      step.contradict(undefined, subjectOfChannel(channelId), `event Locked of ${most}`, "one", "none");
    }
    for (const [channelId, { amount }] of step.toppedUp)
      step.contradict(undefined, subjectOfChannel(channelId), `event LockRaised of ${amount}`, "one", "none");
  }

  #name(step: Step, { payee, payout, validFrom }: { payee: Address; payout: Address; validFrom: number }): void {
    const current = this.#payoutOf(payee, step.at);
    this.#payouts.set(keyOf(payee), { current, next: payout, nextFrom: validFrom });
  }

  #payoutOf(payee: Address, at: number): Address {
    const named = this.#payouts.get(keyOf(payee));
    if (!named) return payee;
    return at >= named.nextFrom ? named.next : named.current;
  }

  #open(step: Step, event: ChannelEvent & { eventName: "ChannelOpened" }): void {
    const { channelId, payer, payee, payout, serviceId, tokenId, sessionKey, amount, expiresAt, feeBps } = event.args;
    step.compareAll(event, subjectOfChannel(channelId), {
      "number of the next channel": [BigInt(this.channels.size + 1), channelId],
      "payout account in force": [this.#payoutOf(payee, step.at), payout],
      "cap above zero": [true, amount > 0n],
      "expiry ahead": [true, expiresAt > step.at],
    });
    const terms = { payer, payee, payout, serviceId, tokenId, sessionKey, feeBps, expiresAt };
    const start = { redeemed: 0n, closesAt: undefined, isClosed: false, touchedAt: step.transaction.blockNumber };
    this.channels.set(channelId, { channelId, ...terms, locked: amount, ...start });
    step.reserved.set(channelId, { most: amount, payer, payee: payout, tokenId, expiresAt });
  }

  #topUp(step: Step, event: ChannelEvent & { eventName: "ChannelToppedUp" }, channel: AuditedChannel): void {
    const { amount, locked, expiresAt } = event.args;
    channel.locked += amount;
    step.compareAll(event, subjectOfChannel(channel.channelId), {
      cap: [channel.locked, locked],
      "expiry, never earlier": [true, expiresAt >= channel.expiresAt],
      "topped up while open": [true, channel.closesAt === undefined && step.at < channel.expiresAt],
    });
    channel.expiresAt = Math.max(channel.expiresAt, expiresAt);
    step.toppedUp.set(channel.channelId, { amount, expiresAt: channel.expiresAt });
  }

  #redeem(step: Step, event: ChannelEvent & { eventName: "VoucherRedeemed" }, channel: AuditedChannel): void {
    const { cumulative, paid } = event.args;
    const { channelId, locked, redeemed, closesAt, expiresAt } = channel;
    const feeBps = BigInt(channel.feeBps);
    const due = cumulative > redeemed ? netOf(cumulative, feeBps) - netOf(redeemed, feeBps) : 0n;
    step.compareAll(event, subjectOfChannel(channelId), {
      "sum of the voucher, above what was redeemed": [true, cumulative > redeemed],
      "sum of the voucher, within the cap": [true, cumulative <= locked],
      "redeemed before the end": [true, step.at < (closesAt ?? expiresAt)],
      "paid, net of the fee": [due, paid],
    });
    if (due > 0n) step.dues.push({ event: "Paid", dealKey: channelId, amount: due });
    if (cumulative > redeemed && cumulative <= locked) channel.redeemed = cumulative;
  }

  #beginToClose(step: Step, event: ChannelEvent & { eventName: "ChannelClosing" }, channel: AuditedChannel): void {
    const { closesAt } = event.args;
    step.compareAll(event, subjectOfChannel(channel.channelId), {
      "asked once": [true, channel.closesAt === undefined],
      "end of the window, not in the past and not after the expiry": [
        true,
        closesAt >= step.at && closesAt <= channel.expiresAt,
      ],
    });
    channel.closesAt = closesAt;
  }

  #close(step: Step, event: ChannelEvent & { eventName: "ChannelClosed" }, channel: AuditedChannel): void {
    const { channelId, redeemed, feeBps } = channel;
    const { UsageChannels } = this.#deployment.contracts;
    const left = (UsageChannels && this.#ledger.lockUnder(UsageChannels, channelId)?.left) ?? 0n;
    const feeDue = this.feeDue(channelId) ?? 0n;
    step.compareAll(event, subjectOfChannel(channelId), {
      redeemed: [redeemed, event.args.redeemed],
      "protocol fee": [redeemed - netOf(redeemed, BigInt(feeBps)), event.args.fee],
      "refund to the payer": [left - feeDue, event.args.refunded],
    });
    if (feeDue > 0n) step.dues.push({ event: "FeePaid", dealKey: channelId, amount: feeDue });
    if (left > feeDue) step.dues.push({ event: "Refunded", dealKey: channelId, amount: left - feeDue });
    channel.isClosed = true;
  }
}

export function subjectOfChannel(channelId: bigint): string {
  return `channel ${channelId}`;
}
