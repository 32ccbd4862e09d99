import { describe, expect, it } from "vitest";
import {
  type LiveOffer,
  type LiveOfferRow,
  liveOfferFrom,
  obstacleOf,
  proposeOffer,
  rankOffers,
} from "@/features/hosting/offer";

const GIB = 2n ** 30n;

function row(change: Partial<LiveOfferRow> = {}): LiveOfferRow {
  return {
    offerId: "1",
    unitPrice: "3000000",
    capacityBytes: String(10n * GIB),
    freeBytes: String(8n * GIB),
    minTermPeriods: 2,
    region: "eu",
    dealCount: 0,
    service: {
      id: "0x01",
      name: "hosting",
      stakePerUnit: "1000",
      unitBytes: String(GIB),
      feeBps: 100,
      maxTermPeriods: 365,
    },
    token: { address: "0x00000000000000000000000000000000000000a1", symbol: "LUSD", decimals: 6, tokenId: "1" },
    provider: {
      id: "0x00000000000000000000000000000000000000b2",
      name: "Basalt",
      endpoint: "http://127.0.0.1:9000",
      registeredAt: "1",
      activeDealCount: 0,
      proofCount: 0,
      missedCount: 0,
      activeStake: "5000",
      allocations: [
        { serviceId: "0x02", amount: "9000", reserved: "0" },
        { serviceId: "0x01", amount: "5000", reserved: "2000" },
      ],
    },
    ...change,
  };
}

const offer = (change: Partial<LiveOffer> = {}): LiveOffer => ({ ...liveOfferFrom(row()), ...change });

describe("liveOfferFrom", () => {
  it("counts only the free stake of the offer's own service", () => {
    expect(offer().backedBytes).toBe(3n * GIB);
  });

  it("has nothing behind it without an allocation", () => {
    const { provider } = row();
    expect(liveOfferFrom(row({ provider: { ...provider, allocations: [] } })).backedBytes).toBe(0n);
  });
});

describe("obstacleOf", () => {
  it.each([
    [9n * GIB, 30, "too little space left"],
    [4n * GIB, 30, "too little stake behind it"],
    [GIB, 1, "at least 2 periods"],
    [GIB, 366, "at most 365 periods"],
    [3n * GIB, 2, undefined],
  ])("for %s bytes and %s periods is %s", (bytes, periods, words) => {
    expect(obstacleOf(offer(), bytes, periods)).toBe(words);
  });
});

describe("rankOffers", () => {
  it("puts the cheapest that can serve first, and those that cannot last", () => {
    const cheapButFull = offer({ offerId: 1, unitPrice: 1n, freeBytes: 0n });
    const dear = offer({ offerId: 2, unitPrice: 9_000_000n });
    const fair = offer({ offerId: 3, unitPrice: 2_000_000n });
    expect(rankOffers([cheapButFull, dear, fair], GIB, 30).map(({ offerId }) => offerId)).toEqual([3, 2, 1]);
  });

  it("prefers whoever missed less at the same price", () => {
    const { provider } = offer();
    const faulty = offer({ offerId: 1, provider: { ...provider, missedCount: 3 } });
    const faithful = offer({ offerId: 2 });
    expect(rankOffers([faulty, faithful], GIB, 30)[0]?.offerId).toBe(2);
  });
});

describe("proposeOffer", () => {
  const offers = [1, 2, 3].map((offerId) => offer({ offerId }));
  const proposed = (states: (string | undefined)[]) => proposeOffer(offers, states, GIB, 30)?.offerId;

  it("passes over keepers that do not answer, though they are cheaper", () => {
    expect(proposed(["unreachable", "foreign", "answering"])).toBe(3);
  });

  it("waits for no answer while keepers are being asked", () => {
    expect(proposed(["unreachable", undefined, undefined])).toBe(2);
  });

  it("proposes the cheapest when nobody answers this browser, since others may reach it", () => {
    expect(proposed(["unreachable", "unreachable", "unreachable"])).toBe(1);
  });

  it("proposes nothing that cannot serve", () => {
    expect(proposeOffer([offer({ freeBytes: 0n })], ["answering"], GIB, 30)).toBeUndefined();
  });
});
