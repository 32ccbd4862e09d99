import type { Deployment } from "../deployments.ts";
import { endOf } from "../periods.ts";
import type { AuditEvent } from "./chain.ts";
import { type Deal, subjectOf } from "./deal.ts";
import { keyOf } from "./difference.ts";
import type { LedgerModel } from "./ledger-model.ts";
import type { PieceMove, SetsModel } from "./sets-model.ts";
import type { Step } from "./step.ts";
import { type Closing, mostOf, type Settlement, Stream } from "./stream.ts";

/** The money of every deal of every market: what it locks, earns, pays and gives back. */
export class PaymentsModel {
  /** By deal key. */
  readonly deals = new Map<bigint, Deal>();
  readonly #deployment: Deployment;
  readonly #ledger: LedgerModel;
  readonly #sets: SetsModel;

  constructor(deployment: Deployment, parts: { ledger: LedgerModel; sets: SetsModel }) {
    this.#deployment = deployment;
    this.#ledger = parts.ledger;
    this.#sets = parts.sets;
  }

  /** What sweeping a deal's fee pays now; undefined where nobody here can say. */
  sweep(dealKey: bigint): bigint | undefined {
    return this.deals.get(dealKey)?.stream?.sweep();
  }

  /** What a deal has earned as of now, settled or not. */
  earnedOf({ stream, setId }: Deal, closedPeriods: number): { earned: bigint; released: bigint } {
    return stream?.preview(closedPeriods, this.#provenIn(setId)) ?? { earned: 0n, released: 0n };
  }

  /** A piece came or went. */
  movePiece(step: Step, event: AuditEvent, { dealKey, bytes }: PieceMove): void {
    const deal = this.deals.get(dealKey);
    if (!deal) return void step.contradict(event, this.#subject(dealKey), "deal of the piece", "one that runs", "none");
    deal.liveBytes += bytes;
    if (bytes > 0n)
      step.compare(
        event,
        this.#subject(dealKey),
        "live bytes within the capacity",
        true,
        deal.liveBytes <= deal.capacityBytes,
      );
  }

  apply(step: Step, event: AuditEvent & { contract: "DealPayments" }): void {
    if (event.eventName === "StreamReserved") {
      this.#reserve(step, event);
      return;
    }
    // Nothing changed; and anybody may name a deal that there is none of.
    if (event.eventName === "SettlementSkipped") return;
    const { dealKey } = event.args;
    const deal = this.deals.get(dealKey);
    const subject = this.#subject(dealKey);
    if (!deal) {
      step.contradict(event, subject, "stream", "one that was reserved before", "none");
      return;
    }
    switch (event.eventName) {
      case "StreamStarted":
        this.#start(step, event, deal);
        return;
      case "RateChanged": {
        const { fromPeriod, liveBytes, unitPrice } = event.args;
        if (!deal.market) deal.unitPrice = unitPrice; // what a stranger's market agreed on
        step.compareAll(event, subject, {
          "first period of the rate": [step.period + 1, fromPeriod],
          "live bytes": [deal.liveBytes, liveBytes],
          "unit price": [deal.unitPrice, unitPrice],
        });
        deal.stream?.change({ fromPeriod: step.period + 1, liveBytes: deal.liveBytes, unitPrice: deal.unitPrice });
        return;
      }
      case "CapacityChanged":
        if (deal.market) step.compare(event, subject, "capacity", deal.capacityBytes, event.args.capacityBytes);
        deal.capacityBytes = event.args.capacityBytes;
        return;
      case "SignerChanged":
        deal.signer = event.args.signer;
        return;
      case "EndChanged":
        if (deal.market && deal.stream)
          step.compare(event, subject, "first period that is not paid", deal.stream.endPeriod, event.args.endPeriod);
        else if (deal.stream) deal.stream.endPeriod = event.args.endPeriod;
        return;
      case "Settled":
        this.#settle(step, event, deal);
        return;
      case "StreamClosed":
        if (!deal.isClosed && !deal.isForeign && deal.stream === undefined) this.#giveBack(step, event, deal);
        else if (deal.isForeign) this.#believe(step, dealKey);
        deal.isClosed = true;
        return;
      default:
    }
  }

  /** Once a transaction is over: everything that was due must have moved. */
  finish(step: Step): void {
    for (const { event, dealKey, amount } of step.dues)
      step.contradict(undefined, this.#subject(dealKey), `event ${event} of ${amount}`, "one", "none");
    for (const [dealKey, { most }] of step.reserved)
      step.contradict(undefined, this.#subject(dealKey), `event Locked of ${most}`, "one", "none");
  }

  #reserve(step: Step, event: AuditEvent & { eventName: "StreamReserved" }): void {
    const { dealKey, terms } = event.args;
    const { payer, payee, tokenId, capacityBytes, unitPrice, feeBps, signer } = terms;
    const deal = this.deals.get(dealKey);
    if (!deal) {
      const start = { liveBytes: 0n, setId: 0, isForeign: false, isClosed: false, provenPeriods: 0 };
      this.deals.set(dealKey, { dealKey, payer, payee, tokenId, capacityBytes, unitPrice, feeBps, signer, ...start });
      return void step.reserved.set(dealKey, terms);
    }
    const { parameters } = this.#deployment;
    const { market } = deal;
    const most = mostOf(
      deal.unitPrice,
      deal.capacityBytes,
      BigInt((market?.termPeriods ?? 0) + parameters.gracePeriods),
    );
    // From the request's period on: boundaries until the acceptance, the rest of that period, the term and the grace.
    const waiting = Math.ceil(parameters.acceptSeconds / parameters.periodSeconds) + 1;
    const last = step.period + (market?.termPeriods ?? 0) + waiting + parameters.gracePeriods;
    const expiresAt = endOf(parameters, last);
    step.compareAll(event, this.#subject(dealKey), {
      payer: [deal.payer, payer],
      payee: [deal.payee, payee],
      token: [deal.tokenId, tokenId],
      "amount to lock": [most, terms.most],
      signer: [deal.signer, signer],
      capacity: [deal.capacityBytes, capacityBytes],
      "unit price": [deal.unitPrice, unitPrice],
      "protocol fee": [deal.feeBps, feeBps],
      "expiry of the lock": [expiresAt, terms.expiresAt],
    });
    step.reserved.set(dealKey, { most, payer: deal.payer, payee: deal.payee, tokenId: deal.tokenId, expiresAt });
  }

  #start(step: Step, event: AuditEvent & { eventName: "StreamStarted" }, deal: Deal): void {
    const { verifier, setId, fromPeriod, endPeriod } = event.args;
    const { market } = deal;
    const grace = this.#deployment.parameters.gracePeriods;
    const end = market ? market.termEndPeriod + grace : endPeriod;
    deal.isForeign = keyOf(verifier) !== keyOf(this.#deployment.contracts.PossessionProofs);
    step.compareAll(event, this.#subject(deal.dealKey), {
      "first earning period": [step.period + 1, fromPeriod],
      "first period that is not paid": [end, endPeriod],
      "proving set": [market ? deal.setId : setId, setId],
      "known verifier": [true, !market || !deal.isForeign],
    });
    deal.setId = setId;
    if (deal.isForeign) return;
    deal.stream = new Stream({
      first: { fromPeriod: step.period + 1, unitPrice: deal.unitPrice, liveBytes: 0n },
      endPeriod: end,
      feeBps: BigInt(deal.feeBps),
      holdbackPeriods: BigInt(this.#deployment.parameters.holdbackPeriods),
    });
  }

  #settle(step: Step, event: AuditEvent & { eventName: "Settled" }, deal: Deal): void {
    const { stream, dealKey } = deal;
    if (!stream) {
      this.#believe(step, dealKey);
      return;
    }
    const { following } = step;
    const isFollowedBy = (name: "RateChanged" | "StreamClosed") =>
      following?.eventName === name && following.args.dealKey === dealKey;
    const proven = this.#provenIn(deal.setId);
    let found: Settlement;
    if (isFollowedBy("StreamClosed")) {
      const locked = this.#ledger.lockOf(dealKey)?.left ?? 0n;
      const closing = stream.close(step.closedPeriods, proven, locked);
      this.#close(step, following as AuditEvent & { eventName: "StreamClosed" }, deal, closing);
      found = closing;
    } else if (isFollowedBy("RateChanged")) found = stream.count(step.closedPeriods, proven);
    else {
      found = stream.settle(step.closedPeriods, proven);
      if (found.paid > 0n) step.dues.push({ event: "Paid", dealKey, amount: found.paid });
    }
    deal.provenPeriods += found.provenPeriods;
    const { settledPeriod, provenPeriods, earned, released, paid } = event.args;
    step.compareAll(event, this.#subject(dealKey), {
      "first period that is not settled": [found.settledPeriod, settledPeriod],
      "proven periods that were settled": [found.provenPeriods, provenPeriods],
      earned: [found.earned, earned],
      "released, not held back": [found.released, released],
      "paid to the provider": [found.paid, paid],
    });
  }

  #close(step: Step, event: AuditEvent & { eventName: "StreamClosed" }, deal: Deal, closing: Closing): void {
    const { dealKey, stream } = deal;
    step.compareAll(event, this.#subject(dealKey), {
      "close after the last paid period closed": [true, step.closedPeriods >= (stream?.endPeriod ?? 0)],
      "close once": [false, deal.isClosed],
      earned: [closing.earned, event.args.earned],
      "protocol fee": [closing.fee, event.args.fee],
      "refund to the customer": [closing.refunded, event.args.refunded],
    });
    if (closing.paid > 0n) step.dues.push({ event: "Paid", dealKey, amount: closing.paid });
    if (closing.feePaid > 0n) step.dues.push({ event: "FeePaid", dealKey, amount: closing.feePaid });
    if (closing.refunded > 0n) step.dues.push({ event: "Refunded", dealKey, amount: closing.refunded });
  }

  /** A deal that never started gives everything back. */
  #giveBack(step: Step, event: AuditEvent & { eventName: "StreamClosed" }, { dealKey }: Deal): void {
    const left = this.#ledger.lockOf(dealKey)?.left ?? 0n;
    step.compareAll(event, this.#subject(dealKey), {
      earned: [0n, event.args.earned],
      "protocol fee": [0n, event.args.fee],
      "refund to the customer": [left, event.args.refunded],
    });
    step.dues.push({ event: "Refunded", dealKey, amount: left });
  }

  /** What a verifier that is not audited says is taken as said: its deals can only share out what their own customers locked. */
  #believe(step: Step, dealKey: bigint): void {
    for (const event of step.transaction.events)
      if (
        event.contract === "Ledger" &&
        (event.eventName === "Paid" || event.eventName === "FeePaid" || event.eventName === "Refunded")
      )
        if (
          event.args.lockId === dealKey &&
          !step.dues.some((due) => due.dealKey === dealKey && due.event === event.eventName)
        )
          step.dues.push({ event: event.eventName, dealKey, amount: event.args.amount });
  }

  #provenIn(setId: number): (period: number) => boolean {
    return (period) => this.#sets.isProven(setId, period);
  }

  #subject(dealKey: bigint): string {
    return subjectOf(this.#deployment, dealKey);
  }
}
