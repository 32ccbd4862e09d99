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

/**
 * Where the operator's bidding for a token's fees stands: nothing is for sale; the lot is worth less than is looked at; its price has not
 * fallen to its worth; the most for one lot is below a price that is; the key has less EVER; it buys.
 */
export const BID_STATES = ["empty", "small", "falling", "limited", "unfunded", "bidding"] as const;
export type BidState = (typeof BID_STATES)[number];

const ONE_EVER = 10n ** 18n;

/** What an amount is worth to the operator. EVER base units, rounded down. */
export function worthOf(amount: bigint, everPrice: bigint): bigint {
  return (amount * ONE_EVER) / everPrice;
}

/** Where the bidding for a token's fees stands. */
export function bidStateOf(
  { amount, price, balance }: Pick<AuctionFacts, "amount" | "price" | "balance">,
  { maxLotEver, minLotEver }: Pick<AuctionPolicy, "maxLotEver" | "minLotEver">,
  everPrice: bigint,
): BidState {
  if (amount === 0n) return "empty";
  const worth = worthOf(amount, everPrice);
  if (worth < minLotEver) return "small";
  if (price > worth) return "falling";
  if (price > maxLotEver) return "limited";
  return balance < price ? "unfunded" : "bidding";
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
  const worth = worthOf(amount, everPrice);
  const most = worth < maxLotEver ? worth : maxLotEver;
  switch (bidStateOf({ amount, price, balance }, { maxLotEver, minLotEver }, everPrice)) {
    case "empty":
      if (worthOf(coming, everPrice) < minLotEver) return wait("the fees are not worth a lot yet");
      return { act: true, what: "collect" };
    case "small":
      return wait("the lot is worth less than what is bid for");
    case "falling":
    case "limited":
      return wait(`the lot costs ${price}, and ${most} is given at most`);
    case "unfunded":
      return wait(`the lot costs ${price}, and the key has ${balance} of EVER`);
    case "bidding":
      if (allowance < price) return { act: true, what: "approve", amount: maxLotEver };
      return { act: true, what: "buy", maxPrice: price };
  }
}
