// What a deal must have paid, worked out from the content and the proofs alone, in one pass over the periods. Nothing of the
// contracts' or the SDK's arithmetic is used here: that is the point.

/** A deal and what was seen of it. Prices in token base units per GiB and 30 periods; periods are numbers since the origin. */
export interface DealHistory {
  unitPrice: bigint;
  feeBps: bigint;
  locked: bigint;
  /** First period of the deal's piece under proof. */
  fromPeriod: number;
  /** First period that is not paid. */
  endPeriod: number;
  /** Bytes under proof: whole leaves. */
  liveBytes: bigint;
  /** Periods in which the proving set was proven. */
  provenPeriods: ReadonlySet<number>;
}

/** Token base units. */
export interface Expected {
  earned: bigint;
  fee: bigint;
  paid: bigint;
  returned: bigint;
  provenPeriods: number;
  missedPeriods: number;
}

/** Walks through the periods one by one. Rounds down once, at the end, for what is earned; once more for the fee. */
export function expectedOf(deal: DealHistory): Expected {
  let bytePeriods = 0n;
  let provenPeriods = 0;
  for (let period = deal.fromPeriod; period < deal.endPeriod; period++) {
    if (!deal.provenPeriods.has(period)) continue;
    bytePeriods += deal.liveBytes;
    provenPeriods += 1;
  }
  const earned = (bytePeriods * deal.unitPrice) / (1_073_741_824n * 30n);
  const fee = (earned * deal.feeBps) / 10_000n;
  return {
    earned,
    fee,
    paid: earned - fee,
    returned: deal.locked - earned,
    provenPeriods,
    missedPeriods: deal.endPeriod - deal.fromPeriod - provenPeriods,
  };
}
