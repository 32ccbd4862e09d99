import { type Decision, wait } from "./duty.ts";

/** What an operator gives for fees, and which lots it looks at. */
export type AuctionPolicy = {
  /** By token number: base units that one EVER (10^18 base units) is worth to the operator. Other tokens are not bid for. */
  everPrices: Readonly<Record<number, bigint>>;
  /** Most EVER for one lot. Base units. */
  maxLotEver: bigint;
  /** Lots and fees that are worth less are left alone. EVER base units. */
  minLotEver: bigint;
};

/** What the chain says of a token's fees and of who would buy them. Token base units; EVER base units. */
export type AuctionFacts = {
  lotId: bigint;
  /** 0 when nothing is for sale. */
  amount: bigint;
  /** Of the whole lot, now. It only falls. */
  price: bigint;
  /** Came in and is not collected, or was collected for the next lot. */
  coming: bigint;
  balance: bigint;
  /** What the router may take of the balance. */
  allowance: bigint;
};

export type AuctionAction =
  | { what: "collect" }
  /** Lets the router take so much. EVER base units. */
  | { what: "approve"; amount: bigint }
  | { what: "buy"; maxPrice: bigint };

const ONE_EVER = 10n ** 18n;

/** What an amount is worth to the operator. EVER base units, rounded down. */
export function worthOf(amount: bigint, everPrice: bigint): bigint {
  return (amount * ONE_EVER) / everPrice;
}

/**
 * What to do about a token's fees: collect them when they make a lot worth buying, buy a lot once its price has fallen to what it is worth
 * to the operator, and never for more than the operator gives for one.
 */
export function decideAuction(
  { amount, price, coming, balance, allowance }: AuctionFacts,
  { maxLotEver, minLotEver }: AuctionPolicy,
  everPrice: bigint,
): Decision<AuctionAction> {
  if (amount === 0n) {
    if (worthOf(coming, everPrice) < minLotEver) return wait("the fees are not worth a lot yet");
    return { act: true, what: "collect" };
  }
  const worth = worthOf(amount, everPrice);
  if (worth < minLotEver) return wait("the lot is worth less than what is bid for");
  const most = worth < maxLotEver ? worth : maxLotEver;
  if (price > most) return wait(`the lot costs ${price}, and ${most} is given at most`);
  if (balance < price) return wait(`the lot costs ${price}, and the key has ${balance} of EVER`);
  if (allowance < price) return { act: true, what: "approve", amount: maxLotEver };
  return { act: true, what: "buy", maxPrice: price };
}
