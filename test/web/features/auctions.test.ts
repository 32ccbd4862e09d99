import { describe, expect, it } from "vitest";
import { bidOf, curveOf, floorAt, priceOfOne } from "@/features/auctions/auction";

const EVER = 10n ** 18n;
const lot = {
  tokenId: 1,
  lotId: 1n,
  amount: 5_000_000n,
  startPrice: 1_024n * EVER,
  startedAt: 1_000,
  price: 0n,
  floorPrice: EVER,
  halfLifeSeconds: 10,
  waiting: 0n,
  uncollected: 0n,
};

describe("priceOfOne", () => {
  it("is for one whole token, rounded up", () => {
    expect(priceOfOne(10n * EVER, 5_000_000n, 6)).toBe(2n * EVER);
    expect(priceOfOne(1n, 3_000_000n, 6)).toBe(1n);
    expect(priceOfOne(1n, 0n, 6)).toBe(0n);
  });
});

describe("floorAt", () => {
  it("is when the price has halved down to its lowest", () => {
    expect(floorAt(lot)).toBe(1_100);
    expect(floorAt({ ...lot, startPrice: EVER })).toBe(1_000);
    expect(floorAt({ ...lot, startPrice: EVER + 1n })).toBe(1_010);
  });
});

describe("curveOf", () => {
  it("falls from the beginning to the lowest price, and never rises", () => {
    const curve = curveOf(lot, 1_020);
    expect(curve[0]).toEqual({ at: 1_000, price: 1_024n * EVER });
    expect(curve.at(-1)).toEqual({ at: 1_100, price: EVER });
    for (const [i, { at, price }] of curve.entries()) {
      const next = curve[i + 1];
      if (next) expect(next.at > at && next.price <= price).toBe(true);
    }
  });

  it("goes on to now once the price is at its lowest", () => {
    expect(curveOf(lot, 5_000).at(-1)).toEqual({ at: 5_000, price: EVER });
    expect(curveOf({ ...lot, startPrice: EVER }, 1_000).at(-1)?.at).toBe(1_010);
  });
});

describe("bidOf", () => {
  const now = { price: 4n * EVER, balance: 10n * EVER };

  it.each([
    ["no amount", "", now, "Enter an amount in EVER."],
    ["less than it costs", "3.9", now, "It costs 4 EVER now."],
    ["more than the account has", "12", { ...now, balance: 4n * EVER - 1n }, "less than it costs now"],
  ])("refuses %s", (_, text, facts, problem) => {
    expect(bidOf(text, facts)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  it("takes what it costs, and more", () => {
    expect(bidOf("4", now)).toEqual({ ok: true, maxPrice: 4n * EVER });
    expect(bidOf("100", { ...now, balance: undefined })).toEqual({ ok: true, maxPrice: 100n * EVER });
  });
});
