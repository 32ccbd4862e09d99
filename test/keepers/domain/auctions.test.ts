import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuctionFacts, bidStateOf, decideAuction, worthOf } from "../../../keepers/src/domain/auctions.ts";

const EVER = 10n ** 18n;
/** An EVER is worth a tenth of a token with six decimals. */
const PRICE = 100_000n;
const policy = { everPrices: { 1: PRICE }, maxLotEver: 100n * EVER, minLotEver: EVER };
/** Five tokens, worth 50 EVER, for 40. */
const good: AuctionFacts = {
  lotId: 3n,
  amount: 5_000_000n,
  price: 40n * EVER,
  coming: 0n,
  balance: 1_000n * EVER,
  allowance: 1_000n * EVER,
};
const decide = (change: Partial<AuctionFacts> = {}, changedPolicy = policy) =>
  decideAuction({ ...good, ...change }, changedPolicy, PRICE);

describe("worthOf", () => {
  it("is in EVER what a token amount is worth, rounded down", () => {
    expect(worthOf(5_000_000n, PRICE)).toBe(50n * EVER);
    expect(worthOf(1n, 3n * EVER)).toBe(0n);
  });
});

describe("bidStateOf", () => {
  const stateOf = (change: Partial<AuctionFacts> = {}, changedPolicy = policy) =>
    bidStateOf({ ...good, ...change }, changedPolicy, PRICE);

  it.each([
    ["empty", { amount: 0n, price: 0n }],
    ["small", { amount: 99_999n, price: 1n }],
    ["falling", { price: 50n * EVER + 1n }],
    ["limited", { amount: 50_000_000n, price: 100n * EVER + 1n }],
    ["falling", { amount: 50_000_000n, price: 500n * EVER + 1n }],
    ["unfunded", { balance: 40n * EVER - 1n }],
    ["bidding", {}],
    ["bidding", { price: 50n * EVER, balance: 50n * EVER }],
  ] as const)("is %s", (state, change) => {
    expect(stateOf(change)).toBe(state);
  });

  it("is bidding exactly when a lot is bought, or allowed to be", () => {
    const wei = fc.bigInt({ min: 0n, max: 10n ** 21n });
    fc.assert(
      fc.property(
        wei,
        wei,
        wei,
        wei,
        fc.bigInt({ min: 1n, max: 10n ** 10n }),
        (price, balance, allowance, max, amount) => {
          const change = { price, balance, allowance, amount };
          const limits = { ...policy, maxLotEver: max };
          expect(stateOf(change, limits) === "bidding").toBe(decide(change, limits).act);
        },
      ),
    );
  });
});

describe("decideAuction", () => {
  it.each([
    ["a price above what the lot is worth", { price: 50n * EVER + 1n }, "50000000000000000000 is given at most"],
    [
      "a price above the most for one lot",
      { amount: 50_000_000n, price: 101n * EVER },
      "100000000000000000000 is given",
    ],
    ["a lot that is worth too little", { amount: 99_999n, price: 1n }, "worth less than what is bid for"],
    ["an empty key", { balance: 40n * EVER - 1n }, "the key has 39"],
    ["fees that make no lot", { amount: 0n, price: 0n, coming: 99_999n }, "not worth a lot yet"],
    ["no fees at all", { amount: 0n, price: 0n }, "not worth a lot yet"],
  ])("waits at %s", (_, change, reason) => {
    expect(decide(change)).toMatchObject({ act: false, isOver: false, reason: expect.stringContaining(reason) });
  });

  it.each([
    ["collects what makes a lot", { amount: 0n, price: 0n, coming: 100_000n }, { what: "collect" }],
    ["buys at exactly what it is worth", { price: 50n * EVER }, { what: "buy", maxPrice: 50n * EVER }],
    ["buys below it", {}, { what: "buy", maxPrice: 40n * EVER }],
    ["buys with the last of its EVER", { balance: 40n * EVER, allowance: 40n * EVER }, { what: "buy" }],
    [
      "allows no more than one lot's most first",
      { allowance: 40n * EVER - 1n },
      { what: "approve", amount: 100n * EVER },
    ],
    ["leaves what is coming while a lot is for sale", { coming: 10n ** 12n }, { what: "buy" }],
  ])("%s", (_, change, action) => {
    expect(decide(change)).toMatchObject({ act: true, ...action });
  });

  it("bids nothing when the most is nothing", () => {
    expect(decide({ price: 1n }, { ...policy, maxLotEver: 0n })).toMatchObject({ act: false });
  });

  it("never gives more than a lot is worth, than the limit, or than the key has", () => {
    const wei = fc.bigInt({ min: 0n, max: 10n ** 21n });
    fc.assert(
      fc.property(
        wei,
        wei,
        wei,
        wei,
        fc.bigInt({ min: 1n, max: 10n ** 13n }),
        (price, balance, allowance, max, amount) => {
          const decision = decide({ price, balance, allowance, amount }, { ...policy, maxLotEver: max });
          if (!decision.act || decision.what !== "buy") return;
          expect(decision.maxPrice).toBe(price);
          for (const limit of [max, balance, allowance, worthOf(amount, PRICE)]) expect(price <= limit).toBe(true);
        },
      ),
    );
  });
});
