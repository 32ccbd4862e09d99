import { readFileSync } from "node:fs";
import { formatUnits, parseUnits } from "viem";
import { describe, expect, it } from "vitest";
import { mostOf, type Rate, Stream } from "../../../sdk/src/audit/stream.ts";
import { type Draw, forRandom } from "../../helpers/property.ts";

const GIB = 2n ** 30n;
const PERIOD_SECONDS = 20;
const HOLDBACK = 2n;

/** What bytes earn in each second of the periods that were proven, summed up second by second, and rounded down once. */
function earnedBySeconds(
  rates: readonly Rate[],
  isProven: (period: number) => boolean,
  from: number,
  to: number,
): bigint {
  let sum = 0n;
  for (let second = from * PERIOD_SECONDS; second < to * PERIOD_SECONDS; second++) {
    const period = Math.floor(second / PERIOD_SECONDS);
    if (!isProven(period)) continue;
    const rate = rates.filter(({ fromPeriod }) => fromPeriod <= period).at(-1);
    if (rate) sum += rate.unitPrice * rate.liveBytes;
  }
  return sum / (GIB * 30n * BigInt(PERIOD_SECONDS));
}

/** A stream from period 1 on, with all its rates and what was proven. */
function drawn({ below }: Draw) {
  const endPeriod = 2 + below(40);
  const price = () => BigInt(1 + below(2 ** 30)) * BigInt(1 + below(2 ** 20));
  const bytes = () => BigInt(below(2 ** 30)) * BigInt(1 + below(64));
  const first: Rate = { fromPeriod: 1, unitPrice: price(), liveBytes: bytes() };
  const share = below(101);
  const proven = new Set(Array.from({ length: endPeriod + 5 }, (_, i) => i).filter(() => below(100) < share));
  const feeBps = BigInt(below(501));
  const stream = new Stream({ first, endPeriod, feeBps, holdbackPeriods: HOLDBACK });
  return { stream, first, endPeriod, feeBps, price, bytes, isProven: (period: number) => proven.has(period) };
}

describe("Stream", () => {
  it("earns what a model that counts seconds says, however often it is settled and whatever changes", async () => {
    await forRandom(60, (draw) => {
      const { stream, first, endPeriod, feeBps, price, bytes, isProven } = drawn(draw);
      const rates = [first];
      let [paid, swept, released] = [0n, 0n, 0n];
      for (let period = 2; period < endPeriod + 2; period++) {
        const closed = period - 1;
        if (draw.below(3) === 0) {
          const found = stream.settle(closed, isProven);
          const earned = earnedBySeconds(rates, isProven, 1, Math.min(closed, endPeriod));
          expect(found.earned).toBe(earned);
          paid += found.paid;
          expect(found.released >= released && found.released <= earned).toBe(true);
          released = found.released;
        }
        if (draw.below(4) === 0) swept += stream.sweep();
        if (period < endPeriod && draw.below(3) === 0) {
          if (draw.below(2) === 0) expect(stream.count(closed, isProven).paid).toBe(0n);
          const rate = { fromPeriod: period + 1, unitPrice: price(), liveBytes: bytes() };
          rates.push(rate);
          stream.change(rate);
        }
      }
      const earned = earnedBySeconds(rates, isProven, 1, endPeriod);
      const locked = 2n ** 87n - paid - swept;
      const closing = stream.close(endPeriod, isProven, locked);
      expect(closing.earned).toBe(earned);
      const fee = (earned * feeBps) / 10_000n;
      expect([paid + closing.paid, swept + closing.feePaid]).toEqual([earned - fee, fee]);
      expect(closing.refunded).toBe(locked - closing.paid - closing.feePaid);
    });
  });

  it("misses nothing that a change of terms may cost, and nothing more", async () => {
    await forRandom(60, (draw) => {
      const { stream, first, endPeriod, price, isProven } = drawn(draw);
      const period = 1 + draw.below(endPeriod - 1);
      const terms = { unitPrice: price(), capacityBytes: 2n ** 40n, endPeriod: endPeriod + draw.below(20) };
      const open = (p: number) => p >= period - 1 || isProven(p);
      const before = earnedBySeconds([{ ...first, unitPrice: first.unitPrice * GIB * 30n }], open, 1, period + 1);
      const after = terms.unitPrice * terms.capacityBytes * BigInt(Math.max(0, terms.endPeriod - period - 1));
      const required = (before + after + GIB * 30n - 1n) / (GIB * 30n);
      const missing = stream.missingFor({ ...terms, locked: 0n }, { period, isProven });
      expect(missing).toBe(required);
      expect(stream.missingFor({ ...terms, locked: required }, { period, isProven })).toBe(0n);
    });
  });

  it("shares out no more than the lock holds", () => {
    const first = { fromPeriod: 1, unitPrice: 30n * 1_000n, liveBytes: GIB };
    const stream = new Stream({ first, endPeriod: 11, feeBps: 100n, holdbackPeriods: HOLDBACK });
    const closing = stream.close(11, () => true, 9_950n);
    expect([closing.earned, closing.fee, closing.paid, closing.feePaid, closing.refunded]).toEqual([
      10_000n,
      100n,
      9_900n,
      50n,
      0n,
    ]);
  });
});

describe("the example of docs/concepts.md", () => {
  /** Cells of a row of the example behind the first, which begins so. */
  function rowOf(when: string): string[] {
    const page = readFileSync(new URL("../../../docs/concepts.md", import.meta.url), "utf8");
    const row = page.split("\n").find((line) => line.startsWith(`| ${when}`));
    return (row ?? "")
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim());
  }
  const tokens = (amounts: readonly bigint[]) => amounts.map((amount) => formatUnits(amount, 6));

  it("tells what its deal locks, earns, pays and gives back", () => {
    const unitPrice = parseUnits("1.50", 6);
    const [start, endPeriod] = [1, 1 + 60 + 7];
    const first: Rate = { fromPeriod: start, unitPrice, liveBytes: 10n * GIB };
    const stream = new Stream({ first, endPeriod, feeBps: 100n, holdbackPeriods: 30n });
    let locked = mostOf(unitPrice, first.liveBytes, BigInt(endPeriod - start));
    expect(rowOf("at the request")).toEqual(tokens([locked, 0n, 0n, 0n, 0n, 0n, 0n]));

    const isProven = (period: number) => period < endPeriod - 3;
    const { earned, released, paid } = stream.settle(start + 45, isProven);
    locked -= paid;
    const fee = stream.feeOf(released);
    expect(rowOf("settled after 45 periods")).toEqual(
      tokens([locked, earned, earned - released, released, fee, paid, 0n]),
    );

    const end = stream.close(endPeriod, isProven, locked);
    expect(locked).toBe(end.paid + end.feePaid + end.refunded);
    expect(rowOf("finished after term and grace")).toEqual(
      tokens([0n, end.earned, 0n, end.released, end.fee, paid + end.paid, end.refunded]),
    );
  });
});
