import { isAddressEqual, zeroAddress } from "viem";
import { DEAL_STATUSES } from "../deal-status.ts";
import { dealKeyOf } from "../deals.ts";
import type { Deployment } from "../deployments.ts";
import { endOf } from "../periods.ts";
import { STAKE_STEP } from "../units.ts";
import type { BackingModel } from "./backing-model.ts";
import type { AuditEvent } from "./chain.ts";
import { type Deal, type MarketRecord, subjectOf } from "./deal.ts";
import type { LedgerModel } from "./ledger-model.ts";
import type { PaymentsModel } from "./payments-model.ts";
import type { SetsModel } from "./sets-model.ts";
import type { Step } from "./step.ts";
import { mostOf } from "./stream.ts";

/** How a request can end that nobody accepted. */
const UNACCEPTED = ["declined", "cancelled", "expired"] as const;
/** Reasons of the event `DealEnding`. */
const [BY_CUSTOMER, BY_NOTICE, ABANDONED] = [1, 2, 3];
const ABANDONED_PERIODS = 3;

/** Our market: what its deals ask for, become and end as, and the stake and capacity behind them. */
export class MarketModel {
  readonly #deployment: Deployment;
  readonly #ledger: LedgerModel;
  readonly #backing: BackingModel;
  readonly #sets: SetsModel;
  readonly #payments: PaymentsModel;
  #requested = 0n;

  constructor(
    deployment: Deployment,
    parts: { ledger: LedgerModel; backing: BackingModel; sets: SetsModel; payments: PaymentsModel },
  ) {
    this.#deployment = deployment;
    this.#ledger = parts.ledger;
    this.#backing = parts.backing;
    this.#sets = parts.sets;
    this.#payments = parts.payments;
  }

  /** Deals that were ever requested. */
  get count(): bigint {
    return this.#requested;
  }

  apply(step: Step, event: AuditEvent & { contract: "DealMarket" }): void {
    if (event.eventName === "DealRequested") {
      this.#request(step, event);
      return;
    }
    const dealKey = this.#keyOf(event.args.dealId);
    const deal = this.#payments.deals.get(dealKey);
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
        const status = UNACCEPTED.find((name) => name === DEAL_STATUSES[event.args.status]);
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

  /** Once a transaction is over: money that went into a lock must have had new terms. */
  finish(step: Step): void {
    for (const [dealKey, { amount, event }] of step.raised) {
      if (this.#payments.deals.get(dealKey)?.market)
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
    this.#payments.deals.set(dealKey, {
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
    const moved =
      added >= 0n
        ? this.#backing.stakeFor(offer.serviceId, added)
        : -(((market.stakeReserved / STAKE_STEP) * -added) / deal.capacityBytes) * STAKE_STEP;
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
    const isProven = (period: number) => this.#sets.isProven(deal.setId, period);
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

  #keyOf(dealId: bigint): bigint {
    return dealKeyOf(this.#deployment.contracts.DealMarket, dealId);
  }

  #subject(dealKey: bigint): string {
    return subjectOf(this.#deployment, dealKey);
  }
}
