import { type Address, isAddressEqual, zeroAddress } from "viem";
import type { DealStatus } from "../deal-status.ts";
import type { Deployment } from "../deployments.ts";
import { endOf } from "../periods.ts";
import type { BackingModel } from "./backing-model.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import { type LedgerModel, subjectOf } from "./ledger-model.ts";
import type { PieceMove, SetsModel } from "./sets-model.ts";
import type { Step } from "./step.ts";
import { type Closing, mostOf, type Settlement, Stream } from "./stream.ts";

/** A deal of any market, as far as the payments know it; of our market, with what the market says. Token base units; bytes; periods. */
export interface Deal {
  dealKey: bigint;
  payer: Address;
  payee: Address;
  tokenId: number;
  capacityBytes: bigint;
  liveBytes: bigint;
  /** From the next boundary on. */
  unitPrice: bigint;
  feeBps: number;
  signer: Address;
  /** Undefined before the start, and where a stranger judges its proofs. */
  stream?: Stream;
  setId: number;
  /** Whether its proofs are judged by a contract that is not audited: then nobody here can say what it earned. */
  isForeign: boolean;
  isClosed: boolean;
  provenPeriods: number;
  /** Undefined for a deal of another market. */
  market?: MarketRecord;
}

export interface MarketRecord {
  dealId: bigint;
  status: DealStatus;
  offerId: number;
  termPeriods: number;
  acceptBy: number;
  stakeReserved: bigint;
  fromPeriod: number;
  termEndPeriod: number;
  /** Height of the last event that changed it. */
  touchedAt: bigint;
}

const CLOSED_STATUSES: Readonly<Record<number, DealStatus>> = { 5: "declined", 6: "cancelled", 7: "expired" };
const [BY_CUSTOMER, BY_NOTICE, ABANDONED] = [1, 2, 3];
const ABANDONED_PERIODS = 3;

/** Market and payments: every deal from its request to its last refund. */
export class DealsModel {
  readonly deals = new Map<bigint, Deal>();
  readonly #deployment: Deployment;
  readonly #ledger: LedgerModel;
  readonly #backing: BackingModel;
  readonly #sets: SetsModel;
  #requested = 0n;

  constructor(deployment: Deployment, parts: { ledger: LedgerModel; backing: BackingModel; sets: SetsModel }) {
    this.#deployment = deployment;
    this.#ledger = parts.ledger;
    this.#backing = parts.backing;
    this.#sets = parts.sets;
  }

  get count(): bigint {
    return this.#requested;
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

  applyPayments(step: Step, event: AuditEvent & { contract: "DealPayments" }): void {
    if (event.eventName === "StreamReserved") {
      this.#reserve(step, event);
      return;
    }
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

  applyMarket(step: Step, event: AuditEvent & { contract: "DealMarket" }): void {
    if (event.eventName === "DealRequested") {
      this.#request(step, event);
      return;
    }
    const dealKey = this.#keyOf(event.args.dealId);
    const deal = this.deals.get(dealKey);
    const subject = this.#subject(dealKey);
    if (!deal?.market) {
      step.contradict(event, subject, "deal", "one that was requested before", "none");
      return;
    }
    const { market } = deal;
    market.touchedAt = step.transaction.blockNumber;
    switch (event.eventName) {
      case "DealAccepted":
        this.#accept(step, event, deal, market);
        return;
      case "DealClosedUnaccepted": {
        const status = CLOSED_STATUSES[event.args.status];
        step.compareAll(event, subject, {
          "status before the end of the request": ["requested", market.status],
          "a way to end a request": [true, status !== undefined],
        });
        if (status === "expired")
          step.compare(event, subject, "expiry after its deadline", true, step.at > market.acceptBy);
        market.status = status ?? "cancelled";
        return;
      }
      case "DealRenewed":
        this.#renew(step, event, deal, market);
        return;
      case "DealCapacityChanged":
        this.#changeCapacity(step, event, deal, market);
        return;
      case "DealEnding":
        this.#end(step, event, deal, market);
        return;
      case "DealFinished": {
        const closed = step.closedPeriods >= (deal.stream?.endPeriod ?? Infinity);
        step.compareAll(event, subject, {
          "finish of a running deal": [true, market.status === "active" || market.status === "ending"],
          "finish after its last paid period closed": [true, closed],
        });
        market.status = "finished";
        this.#backing.moveCapacity(step, market.offerId, -deal.capacityBytes);
        this.#backing.moveReservation(step, market.offerId, -market.stakeReserved);
        market.stakeReserved = 0n;
        return;
      }
      default:
    }
  }

  /** Once a transaction is over: everything that was due must have moved. */
  finish(step: Step): void {
    for (const { event, dealKey, amount } of step.dues)
      step.contradict(undefined, this.#subject(dealKey), `event ${event} of ${amount}`, "one", "none");
    for (const [dealKey, { most }] of step.reserved)
      step.contradict(undefined, this.#subject(dealKey), `event Locked of ${most}`, "one", "none");
    for (const [dealKey, { amount, event }] of step.raised) {
      if (this.deals.get(dealKey)?.market)
        step.contradict(event, this.#subject(dealKey), "amount added to the lock without new terms", 0n, amount);
      this.#ledger.raise(step, event, dealKey, event.args);
    }
  }

  #request(step: Step, event: AuditEvent & { eventName: "DealRequested" }): void {
    const { dealId, customer, provider, request, unitPrice, locked, acceptBy } = event.args;
    const { parameters } = this.#deployment;
    const offer = this.#backing.offers.get(request.offerId);
    const dealKey = this.#keyOf(dealId);
    const price = offer?.unitPrice ?? unitPrice;
    const periods = BigInt(request.termPeriods + parameters.gracePeriods);
    const most = mostOf(price, request.capacityBytes, periods);
    const deadline = step.at + parameters.acceptSeconds;
    this.#requested++;
    step.compareAll(event, this.#subject(dealKey), {
      "number of the next deal": [this.#requested, dealId],
      "key of the deal": [dealKey, event.args.dealKey],
      "provider of the offer": [offer?.provider, provider],
      "unit price of the offer": [offer?.unitPrice, unitPrice],
      "price within what the customer takes": [true, price <= request.maxUnitPrice],
      "amount that the request locks": [most, locked],
      "deadline to accept": [deadline, acceptBy],
    });
    const signer = isAddressEqual(request.sessionKey, zeroAddress) ? customer : request.sessionKey;
    this.deals.set(dealKey, {
      dealKey,
      payer: customer,
      payee: provider,
      tokenId: request.tokenId,
      capacityBytes: request.capacityBytes,
      liveBytes: 0n,
      unitPrice: price,
      feeBps: (offer && this.#backing.feeBpsOf(offer.serviceId)) ?? 0,
      signer,
      setId: 0,
      isForeign: false,
      isClosed: false,
      provenPeriods: 0,
      market: {
        dealId,
        status: "requested",
        offerId: request.offerId,
        termPeriods: request.termPeriods,
        acceptBy: deadline,
        stakeReserved: 0n,
        fromPeriod: 0,
        termEndPeriod: 0,
        touchedAt: step.transaction.blockNumber,
      },
    });
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

  #accept(step: Step, event: AuditEvent & { eventName: "DealAccepted" }, deal: Deal, market: MarketRecord): void {
    const offer = this.#backing.offers.get(market.offerId);
    const fromPeriod = step.period + 1;
    const termEndPeriod = fromPeriod + market.termPeriods;
    const stake = offer ? this.#backing.stakeFor(offer.serviceId, deal.capacityBytes) : event.args.stakeReserved;
    const set = this.#sets.sets.get(event.args.setId);
    const endPeriod = termEndPeriod + this.#deployment.parameters.gracePeriods;
    step.compareAll(event, this.#subject(deal.dealKey), {
      "status before the acceptance": ["requested", market.status],
      "acceptance within its deadline": [true, step.at <= market.acceptBy],
      provider: [deal.payee, event.args.provider],
      "provider of the set": [deal.payee, set?.provider],
      "first earning period": [fromPeriod, event.args.fromPeriod],
      "end of the term": [termEndPeriod, event.args.termEndPeriod],
      "first period that is not paid": [endPeriod, event.args.endPeriod],
      "reserved stake": [stake, event.args.stakeReserved],
    });
    Object.assign(market, { status: "active", fromPeriod, termEndPeriod, stakeReserved: stake });
    deal.setId = event.args.setId;
    this.#backing.moveCapacity(step, market.offerId, deal.capacityBytes);
    this.#backing.moveReservation(step, market.offerId, stake);
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
      "known judge of the proofs": [true, !market || !deal.isForeign],
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

  /** What a stranger's judge says is taken as said: its deals can only share out what their own customers locked. */
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

  #renew(step: Step, event: AuditEvent & { eventName: "DealRenewed" }, deal: Deal, market: MarketRecord): void {
    const { termEndPeriod, endPeriod, locked } = event.args;
    const grace = this.#deployment.parameters.gracePeriods;
    const { stream } = deal;
    if (!stream) return;
    const subject = this.#subject(deal.dealKey);
    step.compareAll(event, subject, {
      "status before the renewal": ["active", market.status],
      "end that moves later": [true, endPeriod > stream.endPeriod],
      "grace after the term": [endPeriod - grace, termEndPeriod],
    });
    const terms = { capacityBytes: deal.capacityBytes, unitPrice: deal.unitPrice, endPeriod };
    this.#fund(step, event, deal, { ...terms, locked });
    stream.endPeriod = endPeriod;
    market.termPeriods += termEndPeriod - market.termEndPeriod;
    market.termEndPeriod = termEndPeriod;
  }

  #changeCapacity(
    step: Step,
    event: AuditEvent & { eventName: "DealCapacityChanged" },
    deal: Deal,
    market: MarketRecord,
  ): void {
    const { capacityBytes, unitPrice, locked, stakeReserved } = event.args;
    const offer = this.#backing.offers.get(market.offerId);
    const { stream } = deal;
    if (!stream || !offer) return;
    const added = capacityBytes - deal.capacityBytes;
    // What is added is backed as the catalogue says now; what leaves takes its share along, in whole steps.
    const step12 = 10n ** 12n;
    const moved =
      added >= 0n
        ? this.#backing.stakeFor(offer.serviceId, added)
        : -(((market.stakeReserved / step12) * -added) / deal.capacityBytes) * step12;
    step.compareAll(event, this.#subject(deal.dealKey), {
      "status before the change": ["active", market.status],
      "unit price of the offer": [offer.unitPrice, unitPrice],
      "reserved stake": [market.stakeReserved + moved, stakeReserved],
      "live bytes within the capacity": [true, deal.liveBytes <= capacityBytes],
    });
    this.#fund(step, event, deal, { capacityBytes, unitPrice: offer.unitPrice, endPeriod: stream.endPeriod, locked });
    if (added !== 0n) {
      this.#backing.moveCapacity(step, market.offerId, added);
      this.#backing.moveReservation(step, market.offerId, moved);
    }
    market.stakeReserved += moved;
    deal.capacityBytes = capacityBytes;
    deal.unitPrice = offer.unitPrice;
  }

  /** Compares what new terms added to the lock with what it lacked. */
  #fund(
    step: Step,
    event: AuditEvent,
    deal: Deal,
    terms: { capacityBytes: bigint; unitPrice: bigint; endPeriod: number; locked: bigint },
  ): void {
    const { dealKey, stream } = deal;
    const raised = step.raised.get(dealKey);
    step.raised.delete(dealKey);
    const subject = this.#subject(dealKey);
    if (!stream) return;
    if (!raised) {
      step.contradict(event, subject, "event LockRaised", "one", "none");
      return;
    }
    const lock = this.#ledger.lockOf(dealKey);
    const isProven = this.#provenIn(deal.setId);
    const missing = stream.missingFor({ ...terms, locked: lock?.left ?? 0n }, { period: step.period, isProven });
    const expiresAt = Math.max(lock?.expiresAt ?? 0, endOf(this.#deployment.parameters, terms.endPeriod));
    step.compare(raised.event, subject, "amount added to the lock", missing, raised.amount);
    step.compare(raised.event, subject, "expiry of the lock", expiresAt, raised.event.args.expiresAt);
    step.compare(event, subject, "amount added to the lock", missing, terms.locked);
    this.#ledger.raise(step, raised.event, dealKey, { amount: missing, expiresAt });
  }

  #end(step: Step, event: AuditEvent & { eventName: "DealEnding" }, deal: Deal, market: MarketRecord): void {
    const { reason, endPeriod } = event.args;
    const { stream } = deal;
    if (!stream) return;
    const subject = this.#subject(deal.dealKey);
    const notice = reason === BY_NOTICE ? this.#deployment.parameters.noticePeriods : 0;
    const end = Math.min(step.period + 1 + notice, stream.endPeriod);
    step.compareAll(event, subject, {
      "end of a running deal": [true, market.status === "active" || market.status === "ending"],
      "known reason": [true, [BY_CUSTOMER, BY_NOTICE, ABANDONED].includes(reason)],
      "first period that is not paid": [end, endPeriod],
    });
    if (reason === ABANDONED)
      step.compare(event, subject, `${ABANDONED_PERIODS} missed periods in a row`, true, this.#isAbandoned(step, deal));
    stream.endPeriod = end;
    market.status = "ending";
  }

  #isAbandoned(step: Step, { stream, setId, liveBytes }: Deal): boolean {
    const to = step.closedPeriods;
    const from = to - ABANDONED_PERIODS;
    if (!stream || from < 0 || liveBytes === 0n || stream.rate.fromPeriod > from) return false;
    for (let period = from; period < to; period++) {
      if (!this.#sets.rounds.has(period) || this.#sets.isProven(setId, period)) return false;
    }
    return true;
  }

  #provenIn(setId: number): (period: number) => boolean {
    return (period) => this.#sets.isProven(setId, period);
  }

  #keyOf(dealId: bigint): bigint {
    return (BigInt(this.#deployment.contracts.DealMarket) << 96n) | dealId;
  }

  #subject(dealKey: bigint): string {
    return subjectOf(this.#deployment, dealKey);
  }
}
