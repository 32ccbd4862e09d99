import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cutAt,
  type Delegation,
  gainOf,
  growthBps,
  type Pool,
  provenShare,
  roomOf,
  sharesFor,
  withdrawableOf,
  worthOf,
} from "../../sdk/src/pools.ts";

const ONE = 2n ** 64n;
const EVER = 10n ** 18n;
const pool: Pool = {
  provider: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  name: "Alder",
  isJailed: false,
  own: 100n * EVER,
  ownThawing: 20n * EVER,
  delegated: 500n * EVER,
  delegatedThawing: 40n * EVER,
  frozen: 0n,
  slashed: 0n,
  rewardedOwn: 0n,
  rewardedPool: 0n,
  cut: { bps: 500, nextBps: 1_000, changesAt: 5_000 },
  index: ONE,
  epoch: 3,
  thawingIndex: ONE,
  thawingEpoch: 1,
  provenPeriods: 9,
  missedPeriods: 1,
};
const delegation = (change: Partial<Delegation> = {}): Delegation => ({
  pool,
  shares: 50n * EVER,
  epoch: 3,
  deposited: 60n * EVER,
  undelegated: 10n * EVER,
  tranches: [],
  ...change,
});

describe("cutAt", () => {
  it("holds as it was until the moment that was announced, and rises in it", () => {
    expect(cutAt(pool.cut, 4_999)).toEqual({ bps: 500, rise: { bps: 1_000, at: 5_000 } });
    expect(cutAt(pool.cut, 5_000)).toEqual({ bps: 1_000 });
  });
});

describe("roomOf", () => {
  it("is eight times the own stake, less what is delegated, and nothing once a slash made that more", () => {
    expect(roomOf(pool)).toBe(300n * EVER);
    expect(roomOf({ own: 62n * EVER, delegated: 500n * EVER })).toBe(0n);
    expect(roomOf({ own: 0n, delegated: 0n })).toBe(0n);
  });
});

describe("growthBps", () => {
  it("counts rewards and slashes of the pool's own first share", () => {
    expect(growthBps(pool)).toBe(0);
    expect(growthBps({ index: (ONE * 105n) / 100n + 1n })).toBe(500);
    expect(growthBps({ index: ONE / 2n })).toBe(-5_000);
  });
});

describe("provenShare", () => {
  it("says nothing before anything was judged", () => {
    expect(provenShare({ provenPeriods: 0, missedPeriods: 0 })).toBeUndefined();
    expect(provenShare(pool)).toBe(0.9);
  });
});

describe("worthOf", () => {
  it("is nothing for shares of an epoch whose stake a slash took wholly", () => {
    expect(worthOf(7n, 3, { index: 2n * ONE, epoch: 3 })).toBe(14n);
    expect(worthOf(7n, 2, { index: 2n * ONE, epoch: 3 })).toBe(0n);
  });
});

describe("gainOf", () => {
  it("is what is there and what left, less what came in", () => {
    expect(gainOf(delegation())).toBe(0n);
    expect(gainOf(delegation({ pool: { ...pool, index: (ONE * 11n) / 10n + 1n } }))).toBe(5n * EVER + 1n);
    expect(gainOf(delegation({ pool: { ...pool, index: ONE / 2n } }))).toBe(-25n * EVER);
    expect(gainOf(delegation({ epoch: 2 }))).toBe(-50n * EVER);
  });

  it("calls what rounding took no loss", () => {
    expect(gainOf(delegation({ shares: 50n * EVER - 3n }))).toBe(0n);
    expect(gainOf(delegation({ shares: 50n * EVER - 10n ** 12n }))).toBe(-(10n ** 12n));
  });
});

describe("sharesFor", () => {
  it("are all of them for all of the worth, or more", () => {
    expect(sharesFor(10n, { shares: 7n, worth: 10n })).toBe(7n);
    expect(sharesFor(11n, { shares: 7n, worth: 10n })).toBe(7n);
  });

  it("are never more than are held, and worth the amount", () => {
    const held = fc.record({
      shares: fc.bigInt(10n ** 6n, 10n ** 27n),
      index: fc.bigInt(ONE / 1_000n, ONE * 1_000n),
      part: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(held, ({ shares, index, part }) => {
        const worth = (shares * index) / ONE;
        fc.pre(worth > 10n ** 6n);
        const amount = (worth * BigInt(part)) / 1_000n;
        const leaving = sharesFor(amount, { shares, worth });
        expect(leaving <= shares).toBe(true);
        const left = (leaving * index) / ONE;
        // Within what one share is worth, and one base unit of each of two roundings.
        expect(left >= amount - 1n && left <= amount + index / ONE + 2n).toBe(true);
      }),
    );
  });
});

describe("withdrawableOf", () => {
  const tranches = [
    { number: 0, amount: 10n * EVER, thawsAt: 100 },
    { number: 1, amount: 30n * EVER, thawsAt: 200 },
  ];

  it("counts a tranche from its moment on", () => {
    expect(withdrawableOf({ pool, tranches }, 99)).toEqual({ thawed: 0n, withdrawable: 0n });
    expect(withdrawableOf({ pool, tranches }, 100).withdrawable).toBe(10n * EVER);
    expect(withdrawableOf({ pool, tranches }, 200).withdrawable).toBe(40n * EVER);
  });

  it("leaves what open cases hold back beyond the provider's own stake", () => {
    const frozen = (amount: bigint) => withdrawableOf({ pool: { ...pool, frozen: amount }, tranches }, 200);
    expect(frozen(120n * EVER).withdrawable).toBe(40n * EVER);
    expect(frozen(640n * EVER)).toEqual({ thawed: 40n * EVER, withdrawable: 20n * EVER });
    expect(frozen(10_000n * EVER).withdrawable).toBe(0n);
  });
});
