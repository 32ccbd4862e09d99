import type { Address } from "viem";
import type { Deployment } from "../deployments.ts";
import { netOf } from "../units.ts";
import type { AuditEvent } from "./chain.ts";
import { type ChannelsModel, subjectOfChannel } from "./channels-model.ts";
import { subjectOf } from "./deal.ts";
import { keyOf } from "./difference.ts";
import { epochAt, type FeeTerms } from "./fee-terms.ts";
import { type FeesModel, saleKey } from "./fees-model.ts";
import type { LedgerModel } from "./ledger-model.ts";
import type { PaymentsModel } from "./payments-model.ts";
import type { Step } from "./step.ts";
import { least } from "./stream.ts";

/** Of what an epoch burned: `EMISSION_BPS`. */
const EMISSION_BPS = 9_000n;
const MAX_BPS = 10_000n;

/** What a provider's fees in one token earn in one epoch. Token base units; EVER base units. */
export interface AuditedReward {
  provider: Address;
  epoch: bigint;
  tokenId: number;
  /** Recorded, claimed or not. */
  fees: bigint;
  claimed: bigint | undefined;
}

/** How much of what a deal or channel paid was recorded. Token base units. */
export interface FeeRecording {
  source: Address;
  id: bigint;
  amount: bigint;
  /** Height of the last event that changed it. */
  touchedAt: bigint;
}

interface Parts {
  ledger: LedgerModel;
  payments: PaymentsModel;
  channels: ChannelsModel;
  fees: FeesModel;
}

/** What was really paid in a deal's or a channel's fees, and for whom. */
interface PaidFees {
  subject: string;
  provider: Address | undefined;
  tokenId: number | undefined;
  /** Undefined where nobody here can say. */
  amount: bigint | undefined;
}

type PoolEvent = AuditEvent & { contract: "RewardPool" };
type EventOf<name extends PoolEvent["eventName"]> = PoolEvent & { eventName: name };

/** Fees that were recorded, what an epoch may emit for what it burned, and every reward that was claimed. */
export class RewardsModel {
  /** By provider, epoch and token. */
  readonly rewards = new Map<string, AuditedReward>();
  /** By source and number. */
  readonly recordings = new Map<string, FeeRecording>();
  /** By epoch and token. Token base units. */
  readonly recordedIn = new Map<string, { epoch: bigint; tokenId: number; amount: bigint }>();
  readonly #deployment: Deployment;
  readonly #parts: Parts;
  readonly #terms: FeeTerms;
  /** Rewards that must reach the vault in this transaction. By provider; EVER base units. */
  readonly #due = new Map<string, bigint>();

  constructor(deployment: Deployment, parts: Parts, terms: FeeTerms) {
    this.#deployment = deployment;
    this.#parts = parts;
    this.#terms = terms;
  }

  /** Whether this deployment has a pool. */
  get isPaid(): boolean {
    return this.#terms.emission !== undefined;
  }

  /** Most that is emitted for what an epoch burned. EVER base units. */
  capOf(epoch: bigint): bigint {
    const { emission } = this.#terms;
    if (!emission) return 0n;
    const schedule = emission.first >> ((epoch + 1n) / emission.halvingEpochs);
    return least(schedule, ((this.#parts.fees.burnedIn.get(epoch) ?? 0n) * EMISSION_BPS) / MAX_BPS);
  }

  /** What a provider's fees of an epoch are worth. EVER base units. */
  worthOf({ epoch, tokenId, fees }: Pick<AuditedReward, "epoch" | "tokenId" | "fees">): bigint {
    const sale = this.#parts.fees.sales.get(saleKey(epoch, tokenId));
    const burned = this.#parts.fees.burnedIn.get(epoch) ?? 0n;
    if (!sale || sale.burned === 0n) return 0n;
    const share = (this.capOf(epoch) * sale.burned) / burned;
    const recorded = this.recordedIn.get(saleKey(epoch, tokenId))?.amount ?? 0n;
    return (share * fees) / (sale.sold > recorded ? sale.sold : recorded);
  }

  apply(step: Step, event: PoolEvent): void {
    if (event.eventName === "FeesRecorded") this.#record(step, event);
    else this.#claim(step, event);
  }

  /** The vault shared a reward out: the pool's must be what was claimed. */
  reward(step: Step, event: AuditEvent & { contract: "StakeVault"; eventName: "StakeRewarded" }): void {
    const { provider, from, toOwn, toPool } = event.args;
    const { RewardPool } = this.#deployment.contracts;
    if (!RewardPool || keyOf(from) !== keyOf(RewardPool)) return;
    const due = this.#due.get(keyOf(provider));
    this.#due.delete(keyOf(provider));
    step.compare(event, `rewards of ${provider}`, "amount that reaches the stake", due, toOwn + toPool);
  }

  /** What this transaction announced and did not do. */
  finish(step: Step): void {
    for (const [provider, amount] of this.#due)
      step.contradict(undefined, `rewards of ${provider}`, `event StakeRewarded of ${amount}`, "one", "none");
    this.#due.clear();
  }

  #record(step: Step, event: EventOf<"FeesRecorded">): void {
    const { provider, source, id, epoch, tokenId, amount } = event.args;
    const key = `${keyOf(source)}:${id}`;
    const before = this.recordings.get(key)?.amount ?? 0n;
    const paid = this.#paidOf(step, source, id);
    const running = epochAt(this.#terms, step.at);
    const known = paid.amount === undefined ? amount : paid.amount - before;
    step.compareAll(event, paid.subject, {
      "provider whose fees they are": [paid.provider, provider],
      "token of the fees": [paid.tokenId, tokenId],
      "epoch of the record": [running, epoch],
      "fees that were paid and not recorded": [known, amount],
    });
    this.recordings.set(key, { source, id, amount: before + known, touchedAt: step.transaction.blockNumber });
    const sumKey = saleKey(running, tokenId);
    const sum = this.recordedIn.get(sumKey) ?? { epoch: running, tokenId, amount: 0n };
    this.recordedIn.set(sumKey, { ...sum, amount: sum.amount + known });
    this.#rewardOf(paid.provider ?? provider, running, tokenId).fees += known;
  }

  #claim(step: Step, event: EventOf<"RewardClaimed">): void {
    const { provider, epoch, tokenId, fees, amount } = event.args;
    const reward = this.#rewardOf(provider, epoch, tokenId);
    const worth = this.worthOf(reward);
    step.compareAll(event, subjectOfReward(reward), {
      "claimed once": [undefined, reward.claimed],
      "claimed after the epoch": [true, epoch < epochAt(this.#terms, step.at)],
      "recorded fees": [reward.fees, fees],
      "reward, within what was burned and the schedule": [worth, amount],
    });
    reward.claimed = worth;
    this.#due.set(keyOf(provider), (this.#due.get(keyOf(provider)) ?? 0n) + worth);
  }

  #paidOf(step: Step, source: Address, id: bigint): PaidFees {
    const { DealPayments, UsageChannels } = this.#deployment.contracts;
    if (keyOf(source) === keyOf(DealPayments)) return this.#paidByDeal(step, id);
    if (UsageChannels && keyOf(source) === keyOf(UsageChannels)) return this.#paidByChannel(step, UsageChannels, id);
    return { subject: `fees of ${source}`, provider: undefined, tokenId: undefined, amount: 0n };
  }

  /** A closed deal's fees are unknown, and count as none, once its lock may have gone back to its payer. */
  #paidByDeal(step: Step, dealKey: bigint): PaidFees {
    const deal = this.#parts.payments.deals.get(dealKey);
    const lock = this.#parts.ledger.lockOf(dealKey);
    const isKnown = !deal?.isClosed || step.at < this.#refundableAt(lock);
    const swept = deal?.isForeign ? undefined : (deal?.stream?.feeSwept ?? 0n);
    return {
      subject: subjectOf(this.#deployment, dealKey),
      provider: lock?.payee,
      tokenId: lock?.tokenId,
      amount: isKnown ? swept : 0n,
    };
  }

  #paidByChannel(step: Step, operator: Address, channelId: bigint): PaidFees {
    const channel = this.#parts.channels.channels.get(channelId);
    const lock = this.#parts.ledger.lockUnder(operator, channelId);
    const paid = { subject: subjectOfChannel(channelId), provider: channel?.payee, tokenId: channel?.tokenId };
    if (!channel || !lock || step.at >= this.#refundableAt(lock)) return { ...paid, amount: 0n };
    const { redeemed, locked, isClosed } = channel;
    const net = netOf(redeemed, BigInt(channel.feeBps));
    return { ...paid, amount: isClosed ? redeemed - net : locked - net - lock.left };
  }

  #refundableAt(lock: { expiresAt: number } | undefined): number {
    return (lock?.expiresAt ?? 0) + this.#deployment.parameters.refundDelaySeconds;
  }

  #rewardOf(provider: Address, epoch: bigint, tokenId: number): AuditedReward {
    const key = `${keyOf(provider)}:${saleKey(epoch, tokenId)}`;
    const known = this.rewards.get(key);
    if (known) return known;
    const reward = { provider, epoch, tokenId, fees: 0n, claimed: undefined };
    this.rewards.set(key, reward);
    return reward;
  }
}

/** How findings name a reward. */
export function subjectOfReward({ provider, epoch, tokenId }: AuditedReward): string {
  return `reward of ${provider} for epoch ${epoch} in token ${tokenId}`;
}
