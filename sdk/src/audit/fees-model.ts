import type { Deployment } from "../deployments.ts";
import { lotPriceAt } from "../fees.ts";
import type { AuditEvent } from "./chain.ts";
import { keyOf } from "./difference.ts";
import { epochAt, type FeeTerms } from "./fee-terms.ts";
import type { LedgerModel } from "./ledger-model.ts";
import type { Step } from "./step.ts";
import { least } from "./stream.ts";

const MAX_UINT128 = 2n ** 128n - 1n;
const MAX_BPS = 10_000n;
/** Times the last sale's price that a lot starts at: `START_MULTIPLE`. */
const START_MULTIPLE = 4n;

/** A lot as the replay knows it. Token base units; EVER base units for all of it; Unix seconds. */
export interface AuditedLot {
  tokenId: number;
  lotId: bigint;
  amount: bigint;
  startPrice: bigint;
  startedAt: number;
  /** Once it was sold. */
  sale: { price: bigint; epoch: bigint } | undefined;
}

/** The fees of one token. Token base units; EVER base units. */
export interface Auction {
  tokenId: number;
  /** The lot that is for sale. */
  lot: AuditedLot | undefined;
  lotCount: bigint;
  waiting: bigint;
  collected: bigint;
  insured: bigint;
  sold: bigint;
  burned: bigint;
  last: { amount: bigint; price: bigint };
}

/** What an epoch did with a token. Token base units; EVER base units. */
export interface EpochSale {
  epoch: bigint;
  tokenId: number;
  sold: bigint;
  burned: bigint;
}

type RouterEvent = AuditEvent & { contract: "FeeRouter" };
type EventOf<name extends RouterEvent["eventName"]> = RouterEvent & { eventName: name };

/** Fees after they were paid: what is insured, every lot and its price by the auction's formula, and what each epoch burned. */
export class FeesModel {
  readonly auctions = new Map<number, Auction>();
  readonly lots: AuditedLot[] = [];
  /** By epoch and token. */
  readonly sales = new Map<string, EpochSale>();
  /** By epoch. EVER base units. */
  readonly burnedIn = new Map<bigint, bigint>();
  readonly #deployment: Deployment;
  readonly #ledger: LedgerModel;
  readonly #terms: FeeTerms;
  /** The insurance share in force, and the one from a moment on. Basis points; Unix seconds. */
  #share = { current: 0, next: 0, nextFrom: 0 };
  /** What must leave the ledger in this transaction, and the tokens of which a lot must open. */
  readonly #leaving: { tokenId: number; amount: bigint }[] = [];
  readonly #opening = new Set<number>();

  constructor(deployment: Deployment, ledger: LedgerModel, terms: FeeTerms) {
    this.#deployment = deployment;
    this.#ledger = ledger;
    this.#terms = terms;
  }

  /** Part of what is collected at a moment that is insured. Basis points. */
  shareAt(at: number): number {
    return at < this.#share.nextFrom ? this.#share.current : this.#share.next;
  }

  apply(step: Step, event: RouterEvent): void {
    switch (event.eventName) {
      case "InsuranceShareChanged":
        return void this.#changeShare(step, event);
      case "FeesCollected":
        return void this.#collect(step, event);
      case "LotOpened":
        return void this.#open(step, event);
      case "LotSold":
        return void this.#sell(step, event);
      case "EverFeesBurned":
        return void this.#burn(step, event);
      default: // connected once, by the deployment
    }
  }

  /** Money left the ledger: the router's only for what was insured, sold or burned. */
  withdraw(step: Step, event: AuditEvent & { contract: "Ledger"; eventName: "Withdrawn" }): void {
    const { account, tokenId, amount } = event.args;
    const { FeeRouter } = this.#deployment.contracts;
    if (!FeeRouter || keyOf(account) !== keyOf(FeeRouter)) return;
    const i = this.#leaving.findIndex((due) => due.tokenId === tokenId && due.amount === amount);
    const [due] = i === -1 ? [] : this.#leaving.splice(i, 1);
    step.compare(event, subjectOfFees(tokenId), "amount that leaves the router", due?.amount, amount);
  }

  /** What this transaction announced and did not do. */
  finish(step: Step): void {
    for (const { tokenId, amount } of this.#leaving.splice(0))
      step.contradict(undefined, subjectOfFees(tokenId), `event Withdrawn of ${amount}`, "one", "none");
    for (const tokenId of this.#opening) {
      const next = this.#isEver(tokenId) ? "EverFeesBurned" : "LotOpened";
      step.contradict(undefined, subjectOfFees(tokenId), `event ${next}`, "one", "none");
    }
    this.#opening.clear();
  }

  #changeShare(step: Step, event: EventOf<"InsuranceShareChanged">): void {
    const { shareBps, validFrom } = event.args;
    const isFirst = this.#share.nextFrom === 0;
    const expected = isFirst ? step.at : step.at + this.#terms.shareDelaySeconds;
    step.compare(event, "insurance share", "moment from which it holds", expected, validFrom);
    this.#share = { current: this.shareAt(step.at), next: shareBps, nextFrom: expected };
  }

  #collect(step: Step, event: EventOf<"FeesCollected">): void {
    const { tokenId, amount, insured } = event.args;
    const auction = this.#auctionOf(tokenId);
    const { FeeRouter = this.#deployment.parameters.feeRecipient } = this.#deployment.contracts;
    const held = least(this.#ledger.availableTo(FeeRouter, tokenId), MAX_UINT128);
    const collected = held - (auction.lot?.amount ?? 0n) - auction.waiting;
    const toInsurance = (collected * BigInt(this.shareAt(step.at))) / MAX_BPS;
    step.compareAll(event, subjectOfFees(tokenId), {
      "fees that came in": [collected, amount],
      "part that is insured": [toInsurance, insured],
    });
    auction.collected += collected;
    auction.insured += toInsurance;
    auction.waiting += collected - toInsurance;
    if (toInsurance > 0n) this.#leaving.push({ tokenId, amount: toInsurance });
    if (auction.waiting > 0n && this.#canOpen(auction, step.at)) this.#opening.add(tokenId);
  }

  #open(step: Step, event: EventOf<"LotOpened">): void {
    const { tokenId, lotId, amount, startPrice } = event.args;
    const auction = this.#auctionOf(tokenId);
    const offered = (auction.lot?.amount ?? 0n) + auction.waiting;
    const lot: AuditedLot = {
      tokenId,
      lotId: auction.lotCount + 1n,
      amount: offered,
      startPrice: this.#startPriceOf(auction, offered),
      startedAt: step.at,
      sale: undefined,
    };
    step.compareAll(event, subjectOfLot(lot), {
      "number of the next lot": [lot.lotId, lotId],
      "opened when nothing sold above the floor": [true, this.#canOpen(auction, step.at)],
      "amount for sale": [lot.amount, amount],
      "price at its start": [lot.startPrice, startPrice],
    });
    this.#opening.delete(tokenId);
    auction.lotCount = lot.lotId;
    auction.lot = lot;
    auction.waiting = 0n;
    this.lots.push(lot);
  }

  #sell(step: Step, event: EventOf<"LotSold">): void {
    const { tokenId, lotId, amount, price, epoch } = event.args;
    const auction = this.#auctionOf(tokenId);
    const { lot } = auction;
    if (!lot) return void step.contradict(event, subjectOfLot(event.args), "lot", "one that is for sale", "none");
    const sale = { price: this.#priceOf(lot, step.at), epoch: epochAt(this.#terms, step.at) };
    step.compareAll(event, subjectOfLot(lot), {
      "number of the lot": [lot.lotId, lotId],
      "amount sold": [lot.amount, amount],
      "price by the auction's formula": [sale.price, price],
      "epoch of the sale": [sale.epoch, epoch],
    });
    lot.sale = sale;
    if (sale.price > this.#terms.floorPrice) auction.last = { amount: lot.amount, price: sale.price };
    auction.lot = undefined;
    if (auction.waiting > 0n) this.#opening.add(tokenId);
    this.#leaving.push({ tokenId, amount: lot.amount });
    this.#count(auction, lot.amount, sale.price, sale.epoch);
  }

  #burn(step: Step, event: EventOf<"EverFeesBurned">): void {
    const { tokenId, amount, epoch } = event.args;
    const auction = this.#auctionOf(tokenId);
    const running = epochAt(this.#terms, step.at);
    step.compareAll(event, subjectOfFees(tokenId), {
      "burned without an auction, since it is EVER": [true, this.#isEver(tokenId)],
      "EVER that was burned": [auction.waiting, amount],
      "epoch of the burning": [running, epoch],
    });
    this.#opening.delete(tokenId);
    this.#leaving.push({ tokenId, amount: auction.waiting });
    this.#count(auction, auction.waiting, auction.waiting, running);
    auction.waiting = 0n;
  }

  #count(auction: Auction, sold: bigint, burned: bigint, epoch: bigint): void {
    const { tokenId } = auction;
    auction.sold += sold;
    auction.burned += burned;
    const key = saleKey(epoch, tokenId);
    const sale = this.sales.get(key) ?? { epoch, tokenId, sold: 0n, burned: 0n };
    this.sales.set(key, { ...sale, sold: sale.sold + sold, burned: sale.burned + burned });
    this.burnedIn.set(epoch, (this.burnedIn.get(epoch) ?? 0n) + burned);
  }

  #canOpen(auction: Auction, at: number): boolean {
    return auction.lot === undefined || this.#priceOf(auction.lot, at) === this.#terms.floorPrice;
  }

  #priceOf(lot: AuditedLot, at: number): bigint {
    return lotPriceAt({ ...lot, ...this.#terms }, at);
  }

  #startPriceOf({ last }: Auction, amount: bigint): bigint {
    const { floorPrice, mostPrice } = this.#terms;
    if (last.amount === 0n) return mostPrice;
    const price = (amount * last.price * START_MULTIPLE + last.amount - 1n) / last.amount;
    return least(price > floorPrice ? price : floorPrice, mostPrice);
  }

  #isEver(tokenId: number): boolean {
    const token = this.#ledger.tokens.get(tokenId);
    return token !== undefined && keyOf(token) === keyOf(this.#deployment.contracts.EverToken);
  }

  #auctionOf(tokenId: number): Auction {
    const known = this.auctions.get(tokenId);
    if (known) return known;
    const sums = { lotCount: 0n, waiting: 0n, collected: 0n, insured: 0n, sold: 0n, burned: 0n };
    const auction = { tokenId, lot: undefined, last: { amount: 0n, price: 0n }, ...sums };
    this.auctions.set(tokenId, auction);
    return auction;
  }
}

/** A key of sums by epoch and token. */
export function saleKey(epoch: bigint, tokenId: number): string {
  return `${epoch}:${tokenId}`;
}

/** How findings name the fees of a token. */
export function subjectOfFees(tokenId: number): string {
  return `fees in token ${tokenId}`;
}

/** How findings name a lot. */
export function subjectOfLot({ tokenId, lotId }: Pick<AuditedLot, "tokenId" | "lotId">): string {
  return `lot ${lotId} of token ${tokenId}`;
}
