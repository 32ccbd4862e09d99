import { describe, expect, it } from "vitest";
import { boundaryAt, type Clock, lastRecordAt } from "../../../keepers/src/domain/clock.ts";
import { dealIdOf, marketOf } from "../../../keepers/src/domain/deal-key.ts";
import {
  decideAbandon,
  decideAnswer,
  decideExpire,
  decideFinish,
  decideRemove,
  decideSettle,
  decideWithdraw,
  STATUS,
} from "../../../keepers/src/domain/deals.ts";
import { decideProve, decideReport, isSetOver } from "../../../keepers/src/domain/proving.ts";
import { decideRecord, turnOf } from "../../../keepers/src/domain/rounds.ts";

const clock: Clock = { originAt: 1_000, periodSeconds: 20, proofWindowSeconds: 10, retrySeconds: 10 };
const account = `0x${"11".repeat(20)}` as const;
const root = `0x${"22".repeat(32)}` as const;
const cidDigest = `0x${"33".repeat(32)}` as const;

describe("decideRecord", () => {
  const facts = { clock, period: 5, nowAt: 1_125, isRecorded: false, isNeeded: true, account, isWatcher: false };
  it("leaves a round that is recorded, not over, too late or needed by nobody", () => {
    expect(decideRecord({ ...facts, isRecorded: true })).toMatchObject({ act: false, isOver: true });
    expect(decideRecord({ ...facts, nowAt: 1_119 })).toMatchObject({ act: false, isOver: false });
    expect(decideRecord({ ...facts, nowAt: lastRecordAt(clock, 5) })).toMatchObject({ act: false, isOver: true });
    expect(decideRecord({ ...facts, isNeeded: false })).toMatchObject({ act: false, isOver: false });
  });
  it("records after its turn, from the boundary that holds now, and a watcher after all providers", () => {
    const turn = turnOf(clock, 5, account, false);
    expect(decideRecord({ ...facts, nowAt: 1_120 + turn })).toMatchObject({
      act: true,
      boundaryAt: 1_120,
      notAfter: 1_130,
    });
    expect(turn).toBeLessThan(turnOf(clock, 5, account, true));
    expect(boundaryAt(clock, 5, 1_129)).toBe(1_120);
    expect(boundaryAt(clock, 5, 1_130)).toBe(1_130);
  });
});

describe("decideProve and decideReport", () => {
  const facts = {
    nowAt: 125,
    period: 5,
    currentPeriod: 6,
    dueAt: 130,
    isProven: false,
    totalLeaves: 10n,
    hasLivePiece: true,
    lastProvenPeriod: 4,
    operator: account,
    account,
  };
  it("proves until the window closes, exclusive", () => {
    expect(decideProve({ ...facts, nowAt: 129 })).toEqual({ act: true, notAfter: 130 });
    expect(decideProve({ ...facts, nowAt: 130 })).toMatchObject({ act: false, isOver: true });
  });
  it("leaves what is proven, empty, of another key, or without a seed", () => {
    expect(decideProve({ ...facts, isProven: true }).act).toBe(false);
    expect(decideProve({ ...facts, totalLeaves: 0n }).act).toBe(false);
    expect(decideProve({ ...facts, hasLivePiece: false }).act).toBe(false);
    expect(decideProve({ ...facts, operator: root.slice(0, 42) as typeof account })).toMatchObject({ isOver: false });
    expect(decideProve({ ...facts, dueAt: 0 })).toMatchObject({ act: false, isOver: false });
    expect(decideProve({ ...facts, dueAt: 0, currentPeriod: 7 })).toMatchObject({ act: false, isOver: true });
  });
  it("knows a set that skipped a whole word of periods", () => {
    expect([223, 224, 447, 448].map((period) => isSetOver(10, period))).toEqual([false, false, false, true]);
    expect(isSetOver(null, 100_000)).toBe(false);
  });
  it("never reports without a seed, a proof, or an open window", () => {
    const missed = { nowAt: 130, period: 5, dueAt: 130, isProven: false, lastStrikePeriod: 4 };
    expect(decideReport(missed)).toEqual({ act: true });
    expect(decideReport({ ...missed, nowAt: 129 })).toMatchObject({ act: false, isOver: false });
    expect(decideReport({ ...missed, dueAt: 0 })).toMatchObject({ act: false, isOver: true });
    expect(decideReport({ ...missed, isProven: true }).act).toBe(false);
    expect(decideReport({ ...missed, lastStrikePeriod: 5 }).act).toBe(false);
  });
});

describe("decideAnswer", () => {
  const facts = {
    nowAt: 100,
    status: STATUS.requested,
    acceptBy: 200,
    customer: account,
    capacityBytes: 1_000n,
    unitPrice: 5n,
    tokenId: 1,
    firstPiece: { root, leafCount: 4, cidDigest },
    held: { leafCount: 4, cidDigest },
    committedBytes: 0n,
    policy: {},
  };
  it("accepts a held piece, waits for one that is not here, and leaves a closed request", () => {
    expect(decideAnswer(facts)).toMatchObject({ act: true, answer: "accept" });
    expect(decideAnswer({ ...facts, held: undefined })).toMatchObject({ act: false, isOver: false });
    expect(decideAnswer({ ...facts, nowAt: 200 })).toMatchObject({ act: false, isOver: true });
    expect(decideAnswer({ ...facts, status: STATUS.cancelled })).toMatchObject({ act: false, isOver: true });
  });
  it.each([
    ["price", { policy: { minUnitPrices: { 1: 6n } } }],
    ["token", { policy: { tokenIds: [2] } }],
    ["capacity", { policy: { maxDealBytes: 999 } }],
    ["quota", { policy: { quotaBytes: 1_500 }, committedBytes: 501n }],
    ["customer", { policy: { refusedCustomers: [account] } }],
    ["leaf count", { held: { leafCount: 5, cidDigest } }],
    ["CID", { held: { leafCount: 4, cidDigest: root } }],
  ])("declines for %s", (_, change) => {
    expect(decideAnswer({ ...facts, ...change })).toMatchObject({ act: true, answer: "decline" });
  });
});

describe("money and ends", () => {
  const stream = { nowAt: 1_200, clock, status: STATUS.active, endPeriod: 20, settledPeriod: 6 };
  it("settles when enough is closed, and finishes once the last period is", () => {
    expect(decideSettle({ ...stream, everyPeriods: 3 })).toEqual({ act: true });
    expect(decideSettle({ ...stream, everyPeriods: 4 }).act).toBe(false);
    expect(decideFinish(stream).act).toBe(false);
    expect(decideFinish({ ...stream, endPeriod: 9 })).toEqual({ act: true });
    expect(decideFinish({ ...stream, endPeriod: 9, status: STATUS.finished }).act).toBe(false);
  });
  it("takes a piece out of proof only when its deal earns nothing any more", () => {
    const running = { ...stream, endPeriod: 11 };
    expect(decideRemove(running)).toMatchObject({ act: false, isOver: false });
    expect(decideRemove({ ...running, status: STATUS.ending })).toMatchObject({ act: false });
    expect(decideRemove({ ...running, endPeriod: 10 })).toEqual({ act: true });
    expect(decideRemove({ ...running, status: STATUS.finished })).toEqual({ act: true });
  });
  it("expires only after the deadline, and withdraws from the threshold on", () => {
    expect(decideExpire({ nowAt: 200, status: STATUS.requested, acceptBy: 200 }).act).toBe(false);
    expect(decideExpire({ nowAt: 201, status: STATUS.requested, acceptBy: 200 }).act).toBe(true);
    expect(decideWithdraw({ balance: 9n, threshold: 10n }).act).toBe(false);
    expect(decideWithdraw({ balance: 0n, threshold: 0n }).act).toBe(false);
    expect(decideWithdraw({ balance: 10n, threshold: 10n }).act).toBe(true);
  });
  it("calls a deal abandoned only when it was live, seeded and unproven all through", () => {
    const facts = { ...stream, liveSince: 6n, provenPeriods: 0, seedsKnown: true };
    expect(decideAbandon(facts)).toEqual({ act: true });
    expect(decideAbandon({ ...facts, liveSince: 7n }).act).toBe(false);
    expect(decideAbandon({ ...facts, seedsKnown: false }).act).toBe(false);
    expect(decideAbandon({ ...facts, provenPeriods: 1 }).act).toBe(false);
  });
  it("reads market and deal out of a deal key", () => {
    const key = (BigInt(account) << 96n) | 42n;
    expect([marketOf(key), dealIdOf(key)]).toEqual([account, 42n]);
  });
});
