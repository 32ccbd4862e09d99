import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chooseClaims,
  chooseRecords,
  decideExit,
  decideRecordFees,
  isWorth,
  REWARD_GAS,
  type RewardPolicy,
  rewardOf,
  type TokenEpoch,
  type UnrecordedFees,
} from "../../../keepers/src/domain/rewards.ts";

const EVER = 10n ** 18n;
const GWEI = 10n ** 9n;
/** A coin is worth 30,000 EVER: at one gwei a record, 130,000 gas, is worth 3.9 EVER. */
const policy: RewardPolicy = { everPerCoin: 30_000n * EVER, worth: 1, withdrawFor: "provider" };
const RECORD = (REWARD_GAS.record * GWEI * policy.everPerCoin) / EVER;
const SWEEP = (REWARD_GAS.sweep * GWEI * policy.everPerCoin) / EVER;

const fees = (id: number, change: Partial<UnrecordedFees> = {}): UnrecordedFees => ({
  source: "deal",
  id: BigInt(id),
  tokenId: 1,
  fees: 1_000_000n,
  recorded: 0n,
  isSwept: true,
  ...change,
});
/** What was burned gives one EVER for each hundred thousandth of the fees that were sold. */
const epoch = (change: Partial<TokenEpoch> = {}): TokenEpoch => ({
  share: 100n * EVER,
  sold: 10_000_000n,
  recorded: 0n,
  mine: 0n,
  ...change,
});
const ids = (chosen: UnrecordedFees[]) => chosen.map(({ id }) => Number(id));
const choose = (found: UnrecordedFees[], now: TokenEpoch | undefined, by: RewardPolicy = policy) =>
  ids(chooseRecords(found, new Map(now ? [[1, now]] : []), by, GWEI));

describe("isWorth", () => {
  it("is so from exactly as many times the gas on as the operator wants, and never for nothing", () => {
    expect(isWorth(RECORD - 1n, REWARD_GAS.record, GWEI, policy)).toBe(false);
    expect(isWorth(RECORD, REWARD_GAS.record, GWEI, policy)).toBe(true);
    expect(isWorth(2n * RECORD - 1n, REWARD_GAS.record, GWEI, { ...policy, worth: 2 })).toBe(false);
    expect(isWorth(0n, REWARD_GAS.record, 0n, policy)).toBe(false);
  });
});

describe("rewardOf", () => {
  it("is the part of what was sold, or of what was recorded when that is more", () => {
    expect(rewardOf(epoch({ mine: 1_000_000n, recorded: 1_000_000n }))).toBe(10n * EVER);
    expect(rewardOf(epoch({ mine: 1_000_000n, recorded: 20_000_000n }))).toBe(5n * EVER);
    expect(rewardOf(epoch({ sold: 0n }))).toBe(0n);
  });
});

describe("chooseRecords", () => {
  it("waits while nothing was burned for the token, or the token is none of the epoch's", () => {
    expect(choose([fees(1)], epoch({ share: 0n, sold: 0n }))).toEqual([]);
    expect(choose([fees(1)], undefined)).toEqual([]);
  });

  it("leaves what is recorded, and what became unknown", () => {
    expect(choose([fees(1, { recorded: 1_000_000n }), fees(2, { fees: 0n, recorded: 5n })], epoch())).toEqual([]);
  });

  it("takes what brings its gas, the sweep included when one is needed", () => {
    const just = (RECORD * 10_000_000n) / (100n * EVER);
    expect(choose([fees(1, { fees: just })], epoch())).toEqual([1]);
    expect(choose([fees(1, { fees: just - 1n })], epoch())).toEqual([]);
    expect(choose([fees(1, { fees: just, isSwept: false })], epoch())).toEqual([]);
    const both = ((RECORD + SWEEP) * 10_000_000n) / (100n * EVER);
    expect(choose([fees(1, { fees: both, isSwept: false })], epoch())).toEqual([1]);
  });

  it("counts what it chose before: the more is recorded, the less each brings", () => {
    const crowded = epoch({ sold: 1n });
    expect(choose([fees(1), fees(2), fees(3)], crowded)).toEqual([1]); // it has all of the share already
  });

  it("never loses by what it chooses, however the others stand", () => {
    const many = fc.array(
      fc.record({
        fees: fc.bigInt(0n, 10n ** 9n),
        recorded: fc.bigInt(0n, 10n ** 6n),
        isSwept: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    const state = fc.record({
      share: fc.bigInt(0n, 10_000n * EVER),
      sold: fc.bigInt(0n, 10n ** 9n),
      recorded: fc.bigInt(0n, 10n ** 9n),
    });
    fc.assert(
      fc.property(many, state, (drawn, base) => {
        const found = drawn.map((change, i) => fees(i, change));
        const before = { ...base, mine: base.recorded / 3n };
        const chosen = chooseRecords(found, new Map([[1, before]]), policy, GWEI);
        const added = chosen.reduce((sum, each) => sum + each.fees - each.recorded, 0n);
        const cost = chosen.reduce((sum, { isSwept }) => sum + RECORD + (isSwept ? 0n : SWEEP), 0n);
        const after = { ...before, recorded: before.recorded + added, mine: before.mine + added };
        expect(rewardOf(after) - rewardOf(before) >= cost).toBe(true);
      }),
    );
  });
});

describe("decideRecordFees", () => {
  it("does nothing soon before the epoch's end: it would count in the next one", () => {
    const week = { epoch: 4n, endsAt: 1_000_000, epochSeconds: 604_800 };
    expect(decideRecordFees(week, 999_399)).toEqual({ act: true, notAfter: 999_400 });
    expect(decideRecordFees(week, 999_400)).toMatchObject({ act: false, isOver: false });
    const short = { epoch: 4n, endsAt: 1_000, epochSeconds: 200 };
    expect(decideRecordFees(short, 989)).toEqual({ act: true, notAfter: 990 });
  });
});

describe("chooseClaims", () => {
  it("leaves what is less than its gas", () => {
    const least = (REWARD_GAS.claim * GWEI * policy.everPerCoin) / EVER;
    const due = [least - 1n, least].map((amount, i) => ({ epoch: BigInt(i), tokenId: 1, amount }));
    expect(chooseClaims(due, policy, GWEI).map((each) => each.epoch)).toEqual([1n]);
  });
});

describe("decideExit", () => {
  const now = { gasPriceWei: GWEI, nowAt: 1_000 };

  it("waits for the tranches' moments, and is over without any", () => {
    expect(decideExit([], policy, now)).toMatchObject({ act: false, isOver: true });
    expect(decideExit([{ amount: 100n * EVER, thawsAt: 1_001 }], policy, now)).toMatchObject({
      act: false,
      isOver: false,
    });
    expect(decideExit([{ amount: 100n * EVER, thawsAt: 1_000 }], policy, now)).toEqual({
      act: true,
      thawed: 100n * EVER,
    });
  });

  it("adds up what has thawed, and leaves dust where it is", () => {
    const half = (REWARD_GAS.withdraw * GWEI * policy.everPerCoin) / EVER / 2n;
    const tranche = { amount: half, thawsAt: 1 };
    expect(decideExit([tranche], policy, now)).toMatchObject({ act: false, reason: "it is not worth the gas" });
    expect(decideExit([tranche, tranche], policy, now)).toMatchObject({ act: true });
  });
});
