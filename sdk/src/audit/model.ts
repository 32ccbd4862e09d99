import type { Deployment } from "../deployments.ts";
import { BackingModel } from "./backing-model.ts";
import type { AuditEvent, AuditTransaction } from "./chain.ts";
import { ChannelsModel } from "./channels-model.ts";
import type { Findings } from "./difference.ts";
import { LedgerModel } from "./ledger-model.ts";
import { MarketModel } from "./market-model.ts";
import { PaymentsModel } from "./payments-model.ts";
import { SetsModel } from "./sets-model.ts";
import { Step } from "./step.ts";

/** The protocol replayed from its events, by its words alone: nothing here asks a contract. */
export class ProtocolModel {
  readonly deployment: Deployment;
  readonly ledger: LedgerModel;
  readonly channels: ChannelsModel;
  readonly backing: BackingModel;
  readonly sets: SetsModel;
  readonly payments: PaymentsModel;
  readonly market: MarketModel;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
    this.ledger = new LedgerModel(deployment, {
      sweepDeal: (dealKey) => this.payments.sweep(dealKey),
      sweepChannel: (channelId) => this.channels.feeDue(channelId),
    });
    this.channels = new ChannelsModel(deployment, this.ledger);
    this.backing = new BackingModel(deployment);
    this.sets = new SetsModel(deployment);
    this.payments = new PaymentsModel(deployment, this);
    this.market = new MarketModel(deployment, this);
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
  }

  #apply(step: Step, event: AuditEvent): void {
    switch (event.contract) {
      case "Ledger":
        this.ledger.apply(step, event);
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
