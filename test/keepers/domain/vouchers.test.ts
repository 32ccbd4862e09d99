import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BATCH_VOUCHERS,
  chooseVouchers,
  redemptionCost,
  type WaitingVoucher,
} from "../../../keepers/src/domain/vouchers.ts";
import { createRate } from "../../../keepers/src/gateways/vouchers/rate.ts";
import { netOf } from "../../../sdk/src/units.ts";

const zero = `0x${"00".repeat(32)}` as const;
const account = `0x${"11".repeat(20)}` as const;
/** One coin is 3,000 tokens of six decimals. */
const COIN = 3_000_000_000n;
const GWEI = 1_000_000_000n;
const policy = { coinPrices: { 1: COIN }, worth: 20, marginSeconds: 600 };
const now = { gasPriceWei: GWEI, nowAt: 1_000 };

function waiting(id: number, cumulative: bigint, change: Partial<WaitingVoucher["channel"]> = {}): WaitingVoucher {
  const channel = {
    channelId: BigInt(id),
    payer: account,
    serviceId: zero,
    sessionKey: account,
    tokenId: 1,
    feeBps: 0,
    locked: 10n ** 12n,
    redeemed: 0n,
    endsAt: 100_000,
    isClosed: false,
    ...change,
  };
  const voucher = { channelId: BigInt(id), cumulative, usageRoot: zero, r: zero, vs: zero };
  return { channel, voucher, due: netOf(cumulative, 0n) - channel.redeemed };
}
const ids = (chosen: WaitingVoucher[]) => chosen.map(({ channel }) => Number(channel.channelId));

describe("redemptionCost", () => {
  it("is one transaction's gas, shared, and rounded up", () => {
    expect(redemptionCost(1, GWEI, COIN)).toBe(186_000n); // 62,000 gas at 1 gwei are 0.000062 coins
    expect(redemptionCost(50, GWEI, COIN)).toBe(88_980n);
    expect(redemptionCost(1, 1n, 1n)).toBe(1n);
  });
});

describe("chooseVouchers", () => {
  const alone = 20n * redemptionCost(1, GWEI, COIN);

  it("waits while one is not worth its gas twenty times", () => {
    expect(chooseVouchers([waiting(1, alone - 1n)], policy, now)).toEqual([]);
    expect(ids(chooseVouchers([waiting(1, alone)], policy, now))).toEqual([1]);
  });

  it("takes together what would not be worth it alone", () => {
    const half = (alone * 2n) / 3n;
    expect(chooseVouchers([waiting(1, half)], policy, now)).toEqual([]);
    expect(
      ids(
        chooseVouchers(
          Array.from({ length: 10 }, (_, i) => waiting(i, half)),
          policy,
          now,
        ),
      ),
    ).toHaveLength(10);
  });

  it("takes whatever is more than its gas soon before the channel ends, and nothing that is less", () => {
    const [cost] = [redemptionCost(1, GWEI, COIN)];
    const soon = { endsAt: 1_600 };
    expect(ids(chooseVouchers([waiting(1, cost + 1n, soon)], policy, now))).toEqual([1]);
    expect(chooseVouchers([waiting(1, cost, soon)], policy, now)).toEqual([]);
    expect(chooseVouchers([waiting(1, cost + 1n, { endsAt: 1_601 })], policy, now)).toEqual([]);
  });

  it("leaves out tokens that are not taken, what is closed, over, and above the cap", () => {
    const rich = 10n ** 10n;
    const others = [
      waiting(1, rich, { tokenId: 2 }),
      waiting(2, rich, { isClosed: true }),
      waiting(3, rich, { endsAt: 1_000 }),
      waiting(4, rich, { locked: rich - 1n }),
      waiting(5, rich),
    ];
    expect(ids(chooseVouchers(others, policy, now))).toEqual([5]);
  });

  it("is not kept from what is worth it by many that are not", () => {
    const dust = Array.from({ length: 3 * BATCH_VOUCHERS }, (_, i) => waiting(i, 1n));
    expect(ids(chooseVouchers([...dust, waiting(777, alone)], policy, now))).toEqual([777]);
  });

  it("never loses by what it chooses, and leaves nothing that would pay with the others", () => {
    const some = fc.array(
      fc.record({ cumulative: fc.bigInt(1n, 3n * alone), endsAt: fc.constantFrom(1_001, 1_500, 100_000) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(some, (drawn) => {
        const all = drawn.map(({ cumulative, endsAt }, i) => waiting(i, cumulative, { endsAt }));
        const chosen = chooseVouchers(all, policy, now);
        expect(chosen.length).toBeLessThanOrEqual(BATCH_VOUCHERS);
        const cost = redemptionCost(chosen.length, GWEI, COIN);
        for (const { due, channel } of chosen)
          expect(channel.endsAt <= 1_600 ? due > cost : due >= 20n * cost).toBe(true);
        if (chosen.length === BATCH_VOUCHERS) return;
        const left = all.filter((each) => !chosen.includes(each));
        const more = redemptionCost(chosen.length + 1, GWEI, COIN);
        for (const { due, channel } of left)
          expect(channel.endsAt <= 1_600 ? due > more : due >= 20n * more).toBe(false);
      }),
    );
  });
});

describe("createRate", () => {
  it("lets a burst through and then so many a second, each caller by itself", () => {
    let nowMs = 0;
    const isAllowed = createRate({ perSecond: 2, burst: 3 }, () => nowMs);
    expect([1, 2, 3, 4].map(() => isAllowed("a"))).toEqual([true, true, true, false]);
    expect(isAllowed("b")).toBe(true);
    nowMs = 499;
    expect(isAllowed("a")).toBe(false);
    nowMs = 1_000;
    expect([1, 2, 3].map(() => isAllowed("a"))).toEqual([true, true, false]);
    nowMs = 3_600_000;
    expect([1, 2, 3, 4].map(() => isAllowed("a"))).toEqual([true, true, true, false]);
  });
});
