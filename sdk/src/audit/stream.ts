// The money of one deal by the protocol's words: earned = unit price × live bytes × proven periods, period by period. Not a line of it
// follows the contracts' code: they keep sums and words, this walks.

/** Byte-periods that a unit price is about: 2^30 bytes during 30 periods. */
const BYTE_PERIODS = 2n ** 30n * 30n;
const BPS = 10_000n;

/** Whether a proving set was proven in a period. */
export type IsProven = (period: number) => boolean;

/** From a boundary on, so many bytes earn such a price. */
export interface Rate {
  fromPeriod: number;
  /** Token base units per GiB and 30 periods. */
  unitPrice: bigint;
  liveBytes: bigint;
}

/** What a settlement finds. Token base units, gross unless it says otherwise. */
export interface Settlement {
  settledPeriod: number;
  /** Proven periods among those that it passed. */
  provenPeriods: number;
  earned: bigint;
  released: bigint;
  /** Net of the fee. */
  paid: bigint;
}

/** What the end of a stream shares out. Token base units. */
export interface Closing extends Settlement {
  fee: bigint;
  /** Part of the fee that is paid now. */
  feePaid: bigint;
  refunded: bigint;
}

/** One deal's money from its start to its end. Amounts in token base units. */
export class Stream {
  readonly feeBps: bigint;
  /** Periods whose earnings are held back until the end. */
  readonly holdbackPeriods: bigint;
  /** First period that is not settled. */
  settledPeriod: number;
  /** First period that is not paid. */
  endPeriod: number;
  /** Token base units × byte-periods, so that nothing is rounded on the way. */
  earnedScaled = 0n;
  /** Gross, of what was earned and is not held back. */
  released = 0n;
  feeSwept = 0n;
  /** In order of their boundaries; those that can no longer matter are dropped. */
  #rates: Rate[];

  constructor(start: { first: Rate; endPeriod: number; feeBps: bigint; holdbackPeriods: bigint }) {
    this.feeBps = start.feeBps;
    this.holdbackPeriods = start.holdbackPeriods;
    this.settledPeriod = start.first.fromPeriod;
    this.endPeriod = start.endPeriod;
    this.#rates = [start.first];
  }

  get rate(): Rate {
    return this.#rates.at(-1) as Rate;
  }

  /** Sets what is earned from a boundary on. */
  change(rate: Rate): void {
    if (this.rate.fromPeriod === rate.fromPeriod) this.#rates.pop();
    this.#rates.push(rate);
  }

  get earned(): bigint {
    return this.earnedScaled / BYTE_PERIODS;
  }

  /** Walks over every closed period that is paid. @param closedPeriods First period that is not closed. */
  accrue(closedPeriods: number, isProven: IsProven): number {
    const to = Math.min(closedPeriods, this.endPeriod);
    let provenPeriods = 0;
    for (; this.settledPeriod < to; this.settledPeriod++) {
      if (!isProven(this.settledPeriod)) continue;
      provenPeriods++;
      this.earnedScaled += scaledOf(this.#rateAt(this.settledPeriod));
    }
    const passed = this.#rates.findLastIndex(({ fromPeriod }) => fromPeriod <= this.settledPeriod);
    if (passed > 0) this.#rates.splice(0, passed);
    return provenPeriods;
  }

  /** A settlement as of now, without making it: what `DealPayments.earnedOf` tells. */
  preview(closedPeriods: number, isProven: IsProven): { earned: bigint; released: bigint } {
    const copy = this.#copy();
    copy.accrue(closedPeriods, isProven);
    return { earned: copy.earned, released: copy.#releasable() };
  }

  /** Counts what closed periods earned, and pays nothing: a change of the rate does so. */
  count(closedPeriods: number, isProven: IsProven): Settlement {
    const provenPeriods = this.accrue(closedPeriods, isProven);
    const { settledPeriod, earned, released } = this;
    return { settledPeriod, provenPeriods, earned, released, paid: 0n };
  }

  settle(closedPeriods: number, isProven: IsProven): Settlement {
    const before = this.#netOf(this.released);
    const provenPeriods = this.accrue(closedPeriods, isProven);
    this.released = this.#releasable();
    const { settledPeriod, earned, released } = this;
    return { settledPeriod, provenPeriods, earned, released, paid: this.#netOf(released) - before };
  }

  /** What sweeping the fee pays now. */
  sweep(): bigint {
    const due = this.feeOf(this.released) - this.feeSwept;
    this.feeSwept += due;
    return due;
  }

  /** Everything is due; what the lock lacks, since it went back long after its expiry, nobody gets. */
  close(closedPeriods: number, isProven: IsProven, locked: bigint): Closing {
    const paidBefore = this.#netOf(this.released);
    const provenPeriods = this.accrue(closedPeriods, isProven);
    const { earned, settledPeriod } = this;
    const fee = this.feeOf(earned);
    const paid = least(earned - fee - paidBefore, locked);
    const feePaid = least(fee - this.feeSwept, locked - paid);
    this.released = earned;
    this.feeSwept = fee;
    return {
      settledPeriod,
      provenPeriods,
      earned,
      released: earned,
      paid,
      fee,
      feePaid,
      refunded: locked - paid - feePaid,
    };
  }

  /**
   * What the lock lacks for new terms from the next boundary on; money of closed periods that went unproven counts as there, open ones
   * may all be proven. Rounded up.
   */
  missingFor(
    terms: { unitPrice: bigint; capacityBytes: bigint; endPeriod: number; locked: bigint },
    now: { period: number; isProven: IsProven },
  ): bigint {
    const copy = this.#copy();
    copy.accrue(Math.max(0, now.period - 1), now.isProven);
    let scaled = copy.earnedScaled;
    const next = now.period + 1;
    for (let period = copy.settledPeriod; period < next; period++) scaled += scaledOf(this.#rateAt(period));
    if (terms.endPeriod > next) scaled += terms.unitPrice * terms.capacityBytes * BigInt(terms.endPeriod - next);
    const required = (scaled + BYTE_PERIODS - 1n) / BYTE_PERIODS;
    const there = terms.locked + this.#netOf(this.released) + this.feeSwept;
    return required > there ? required - there : 0n;
  }

  feeOf(gross: bigint): bigint {
    return (gross * this.feeBps) / BPS;
  }

  #netOf(gross: bigint): bigint {
    return gross - this.feeOf(gross);
  }

  /** All but the last periods' earnings at the latest rate; what was released stays released. */
  #releasable(): bigint {
    const held = (scaledOf(this.rate) * this.holdbackPeriods) / BYTE_PERIODS;
    if (this.earned - held > this.released) return this.earned - held;
    return this.released;
  }

  #rateAt(period: number): Rate | undefined {
    return this.#rates.findLast(({ fromPeriod }) => fromPeriod <= period);
  }

  #copy(): Stream {
    const { rate: first, endPeriod, feeBps, holdbackPeriods } = this;
    const copy = new Stream({ first, endPeriod, feeBps, holdbackPeriods });
    copy.settledPeriod = this.settledPeriod;
    copy.earnedScaled = this.earnedScaled;
    copy.released = this.released;
    copy.feeSwept = this.feeSwept;
    copy.#rates = [...this.#rates];
    return copy;
  }
}

/** Most that bytes can cost at a price for some periods. Token base units, rounded up. */
export function mostOf(unitPrice: bigint, capacityBytes: bigint, periods: bigint): bigint {
  return (unitPrice * capacityBytes * periods + BYTE_PERIODS - 1n) / BYTE_PERIODS;
}

function scaledOf(rate: Rate | undefined): bigint {
  return rate ? rate.unitPrice * rate.liveBytes : 0n;
}

/** The smaller of two amounts. */
export function least(left: bigint, right: bigint): bigint {
  if (left < right) return left;
  return right;
}
