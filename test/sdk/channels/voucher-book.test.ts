import fc from "fast-check";
import { keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { createVoucherAccumulator, shouldRedeem } from "../../../sdk/src/channels/accumulator.ts";
import { createVoucherBook } from "../../../sdk/src/channels/voucher-book.ts";
import { type ChannelTerms, type Claim, signVoucher, type Voucher } from "../../../sdk/src/channels/vouchers.ts";
import { createMemoryStore } from "../../helpers/channel-store.ts";

const sessionKey = privateKeyToAccount(keccak256(toHex("session")));
const otherKey = privateKeyToAccount(keccak256(toHex("other")));
const CAP = 1_000n;
const terms: ChannelTerms = {
  chainId: 31337,
  channels: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  channelId: 7n,
  payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  serviceId: keccak256(toHex("rpc")),
};
const usage = (text: string) => keccak256(toHex(text));
const highestOf = (sums: readonly bigint[]) => sums.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
const bookOn = (store = createMemoryStore<Claim>(), cap = CAP) => createVoucherBook({ terms, sessionKey, store, cap });
const accumulatorOn = (store = createMemoryStore<Voucher>()) =>
  createVoucherAccumulator({ terms, sessionKey: sessionKey.address, locked: () => CAP, store });

describe("createVoucherBook", () => {
  it("refuses to add nothing, or less", async () => {
    await expect(bookOn().add(0n, usage("a"))).rejects.toThrow(RangeError);
    await expect(bookOn().add(-1n, usage("a"))).rejects.toThrow(RangeError);
  });

  it("refuses more than the cap, and keeps what it signed", async () => {
    const book = bookOn();
    await book.add(CAP - 1n, usage("a"));
    expect(await book.add(2n, usage("b"))).toEqual({ refused: "cap", signed: CAP - 1n, cap: CAP });
    expect(await book.add(1n, usage("b"))).toMatchObject({ voucher: { cumulative: CAP } });
  });

  it("refuses less than before, and as much for another use", async () => {
    const book = bookOn();
    await book.signTo({ cumulative: 10n, usageRoot: usage("a") });
    for (const [cumulative, root] of [
      [9n, "a"],
      [10n, "b"],
      [0n, "a"],
      [-1n, "a"],
    ] as const)
      expect(await book.signTo({ cumulative, usageRoot: usage(root) })).toEqual({ refused: "lower", signed: 10n });
  });

  it("gives the same voucher for the same sum and use, and as the latest", async () => {
    const book = bookOn();
    expect(await book.latest()).toBeUndefined();
    const first = await book.signTo({ cumulative: 10n, usageRoot: usage("a") });
    expect(await book.signTo({ cumulative: 10n, usageRoot: usage("a") })).toEqual(first);
    expect(await book.latest()).toEqual(first.refused ? undefined : first.voucher);
  });

  it("begins where somebody says that it was, and never goes back", async () => {
    const book = bookOn();
    expect(await book.signed()).toBeUndefined();
    await expect(book.startFrom(-1n)).rejects.toThrow(RangeError);
    expect(await book.startFrom(0n)).toBe(0n);
    expect(await book.latest()).toBeUndefined();
    expect(await book.startFrom(10n)).toBe(10n);
    expect(await book.startFrom(3n)).toBe(10n);
    expect(await book.signTo({ cumulative: 10n, usageRoot: usage("a") })).toEqual({ refused: "lower", signed: 10n });
    expect(await book.add(1n, usage("b"))).toMatchObject({ voucher: { cumulative: 11n } });
    expect(await book.startFrom(11n)).toBe(11n);
    expect(await book.latest()).toMatchObject({ cumulative: 11n, usageRoot: usage("b") });
  });

  it("knows the channel by chain, contract and number", async () => {
    const store = createMemoryStore<Claim>();
    await bookOn(store).add(5n, usage("a"));
    const elsewhere = createVoucherBook({ terms: { ...terms, channelId: 8n }, sessionKey, store, cap: CAP });
    expect(await elsewhere.latest()).toBeUndefined();
    const raised = bookOn(store, 2n * CAP);
    expect(await raised.add(CAP, usage("b"))).toMatchObject({ voucher: { cumulative: CAP + 5n } });
  });

  it("adds up whatever is asked at the same time of two books on one store, in any order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ amount: fc.bigInt(1n, 400n), first: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        async (scheduler, asks) => {
          const store = createMemoryStore<Claim>(() => scheduler.schedule(Promise.resolve()));
          const books = [bookOn(store), bookOn(store)] as const;
          const signings = asks.map(({ amount, first }, i) => books[first ? 0 : 1].add(amount, usage(`${i}`)));
          await scheduler.waitFor(Promise.all(signings));
          const done = await Promise.all(signings);
          const sums = done.flatMap((each) => (each.refused ? [] : [each.voucher.cumulative]));
          const asked = asks.flatMap(({ amount }, i) => (done[i]?.refused ? [] : [amount]));
          expect(new Set(sums).size).toBe(sums.length); // no sum stands for two uses
          const highest = highestOf(sums);
          expect(highest).toBe(asked.reduce((sum, amount) => sum + amount, 0n));
          expect(highest <= CAP).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it("has written what it hands out, wherever it crashes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt(1n, 200n), { minLength: 1, maxLength: 5 }),
        fc.nat(20),
        async (amounts, crashAt) => {
          let accesses = 0;
          let isBroken = true;
          const store = createMemoryStore<Claim>(async () => {
            if (isBroken && ++accesses > crashAt) throw new Error("the process died");
          });
          const handedOut: bigint[] = [];
          try {
            const book = bookOn(store);
            for (const [i, amount] of amounts.entries()) {
              const signing = await book.add(amount, usage(`${i}`));
              if (!signing.refused) handedOut.push(signing.voucher.cumulative);
            }
          } catch (error) {
            expect(String(error)).toContain("the process died");
          }
          isBroken = false;
          const reborn = bookOn(store);
          const before = handedOut.at(-1) ?? 0n;
          const latest = (await reborn.latest())?.cumulative ?? 0n;
          expect(latest >= before).toBe(true);
          const next = await reborn.add(1n, usage("next"));
          expect(next.refused ?? next.voucher.cumulative).toBe(latest === CAP ? "cap" : latest + 1n);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe("createVoucherAccumulator", () => {
  it("refuses another key, a changed voucher, too much, and what is not more than before", async () => {
    const accumulator = accumulatorOn();
    const claim = { cumulative: 10n, usageRoot: usage("a") };
    const voucher = await signVoucher(sessionKey, terms, claim);
    const forged = await signVoucher(otherKey, terms, claim);
    expect(await accumulator.accept(forged)).toEqual({ refused: "signature-invalid" });
    expect(await accumulator.accept({ ...voucher, cumulative: 11n })).toEqual({ refused: "signature-invalid" });
    expect(await accumulator.accept({ ...voucher, cumulative: -1n })).toEqual({ refused: "signature-invalid" });
    expect(await accumulator.accept({ ...voucher, cumulative: CAP + 1n })).toEqual({ refused: "cap-exceeded" });
    expect(await accumulator.highest()).toBeUndefined();
    expect(await accumulator.accept(voucher)).toEqual({ added: 10n });
    expect(await accumulator.accept(voucher)).toEqual({ refused: "not-higher" });
    expect(await accumulator.highest()).toEqual(voucher);
  });

  it("keeps the highest and counts each unit once, whatever comes in whatever order", async () => {
    const sums = fc.uniqueArray(fc.bigInt(1n, CAP), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sums, async (scheduler, cumulatives) => {
        const store = createMemoryStore<Voucher>(() => scheduler.schedule(Promise.resolve()));
        const accumulators = [accumulatorOn(store), accumulatorOn(store)] as const;
        const accepting = cumulatives.map(async (cumulative, i) => {
          const voucher = await signVoucher(sessionKey, terms, { cumulative, usageRoot: usage(`${i}`) });
          return accumulators[i % 2 === 0 ? 0 : 1].accept(voucher);
        });
        await scheduler.waitFor(Promise.all(accepting));
        const added = (await Promise.all(accepting)).map((each) => (each.refused ? 0n : each.added));
        const highest = highestOf(cumulatives);
        expect(added.reduce((sum, each) => sum + each, 0n)).toBe(highest);
        const reading = accumulators[0].highest();
        await scheduler.waitFor(reading);
        expect((await reading)?.cumulative).toBe(highest);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe("shouldRedeem", () => {
  const channel = { status: "open", redeemed: 100n, locked: CAP, feeBps: 1_000, expiresAt: 10_000 } as const;
  const now = { gasCost: 2n, nowAt: 5_000, marginSeconds: 1_000, worth: 20n };
  const at = (cumulative: bigint, changes: object = {}, when: object = {}) =>
    shouldRedeem({ cumulative }, { closesAt: undefined, ...channel, ...changes }, { ...now, ...when });

  it("waits until the net amount is worth the gas many times", () => {
    expect(at(143n)).toBe(false); // 129 net less 90 net: 39
    expect(at(144n)).toBe(true);
  });

  it("does not wait when the end is near, be it the term's or the payer's, and still pays no more than it gets", () => {
    expect(at(103n, {}, { nowAt: 9_000 })).toBe(true);
    expect(at(102n, {}, { nowAt: 9_000 })).toBe(false);
    expect(at(103n, { status: "closing", closesAt: 6_000 })).toBe(true);
  });

  it("redeems nothing that would not be paid", () => {
    expect(at(100n, {}, { gasCost: 0n })).toBe(false);
    expect(at(CAP + 1n)).toBe(false);
    expect(at(CAP, {}, { nowAt: 10_000 })).toBe(false);
    for (const status of ["over", "closed"] as const) expect(at(CAP, { status })).toBe(false);
  });
});
