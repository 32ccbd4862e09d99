import type { Deployment } from "../deployments.ts";
import { BackingModel } from "./backing-model.ts";
import { BountiesModel } from "./bounties-model.ts";
import type { AuditEvent, AuditTransaction } from "./chain.ts";
import { ChannelsModel } from "./channels-model.ts";
import type { Findings } from "./difference.ts";
import type { FeeTerms } from "./fee-terms.ts";
import { FeesModel } from "./fees-model.ts";
import { LedgerModel } from "./ledger-model.ts";
import { MarketModel } from "./market-model.ts";
import { PaymentsModel } from "./payments-model.ts";
import { RewardsModel } from "./rewards-model.ts";
import { SetsModel } from "./sets-model.ts";
import { Step } from "./step.ts";

/** The protocol replayed from its events, by its words alone: nothing here asks a contract, but for constants of its code. */
export class ProtocolModel {
  readonly deployment: Deployment;
  readonly ledger: LedgerModel;
  readonly channels: ChannelsModel;
  readonly backing: BackingModel;
  readonly bounties: BountiesModel;
  readonly sets: SetsModel;
  readonly payments: PaymentsModel;
  readonly market: MarketModel;
  /** Undefined where there are no auctions, or their constants are unknown; of fees and rewards nothing is compared then. */
  readonly fees: FeesModel | undefined;
  readonly rewards: RewardsModel | undefined;

  constructor(deployment: Deployment, feeTerms?: FeeTerms) {
    this.deployment = deployment;
    this.ledger = new LedgerModel(deployment, {
      sweepDeal: (dealKey) => this.payments.sweep(dealKey),
      sweepChannel: (channelId) => this.channels.feeDue(channelId),
    });
    this.channels = new ChannelsModel(deployment, this.ledger);
    this.backing = new BackingModel(deployment);
    this.bounties = new BountiesModel(this.backing.stake);
    this.sets = new SetsModel(deployment);
    this.payments = new PaymentsModel(deployment, this);
    this.market = new MarketModel(deployment, this);
    if (!feeTerms) return;
    const fees = new FeesModel(deployment, this.ledger, feeTerms);
    this.fees = fees;
    const { ledger, payments, channels } = this;
    this.rewards = new RewardsModel(deployment, { ledger, payments, channels, fees }, feeTerms);
  }

  /** Replays one transaction, and compares every figure in it that follows from what came before. */
  replay(transaction: AuditTransaction, findings: Findings, onEvent?: (event: AuditEvent) => void): void {
    const step = new Step(transaction, this.deployment, findings);
    for (const event of step.events()) {
      this.#apply(step, event);
      onEvent?.(event);
    }
    this.channels.finish(step);
    this.payments.finish(step);
    this.market.finish(step);
    this.backing.finish(step);
    this.fees?.finish(step);
    this.rewards?.finish(step);
  }

  #apply(step: Step, event: AuditEvent): void {
    switch (event.contract) {
      case "Ledger":
        this.ledger.apply(step, event);
        if (event.eventName === "Withdrawn") this.fees?.withdraw(step, event);
        return;
      case "FeeRouter":
        this.fees?.apply(step, event);
        return;
      case "RewardPool":
        this.rewards?.apply(step, event);
        return;
      case "StakeVault":
        this.backing.apply(step, event);
        if (event.eventName === "StakeRewarded") this.rewards?.reward(step, event);
        return;
      case "ExitBounties":
        this.bounties.apply(step, event);
        return;
      case "UsageChannels":
        this.channels.apply(step, event);
        return;
      case "DealPayments":
        this.payments.apply(step, event);
        return;
      case "DealMarket":
        this.market.apply(step, event);
        return;
      case "PossessionProofs":
      case "RandomBeacon": {
        const move = this.sets.apply(step, event);
        if (move) this.payments.movePiece(step, event, move);
        return;
      }
      default:
        this.backing.apply(step, event);
        return;
    }
  }
}
