import { expect } from "chai";
import { network } from "hardhat";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { HOLDBACK_PERIODS, netOf, UNIT_PRICE, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { fresh } = paymentsFixtures(connection);

const CAPACITY = 4n * GIB;
const LONGEST = P + 80n;
const LOCKED = 200n * USD;
/** Byte-periods that a unit price is about. */
const UNIT = 30n * GIB;

describe("what a deal earns, in three rates and a sum", () => {
  it("is unit price × bytes × proven periods, walked one by one, over random histories", async () => {
    await forRandom(8, async ({ below, pick }) => {
      const { payments, reserve, start, add, remove, prove, enter, dealKey, payee, ledger, by, funds } =
        await networkHelpers.loadFixture(fresh);
      await reserve({ most: LOCKED, capacityBytes: CAPACITY, expiresAt: 2 ** 40 - 1 });
      await start(1n, LONGEST);

      // The book: what each period costs if it is proven, as things stood when it began; and which ones were.
      const costs = new Map<bigint, bigint>();
      const proven = new Set<bigint>();
      let [now, end, bytes, price, nonce, released] = [P, LONGEST, 0n, UNIT_PRICE, 0n, 0n];
      const earnedBefore = (period: bigint) => {
        let sum = 0n;
        for (let each = P + 1n; each < period && each < end; each++) if (proven.has(each)) sum += costs.get(each) ?? 0n;
        return sum / UNIT;
      };
      /** A verdict is final once the period after it has ended as well. */
      const earned = () => earnedBefore(now - 1n);
      const wait = async (periods: number, oddsOfProof: number) => {
        for (let i = 0; i < periods; i++) {
          now += 1n;
          costs.set(now, price * bytes);
          await enter(now);
          if (below(10) >= oddsOfProof) continue;
          proven.add(now - 1n);
          await prove(now - 1n, now);
        }
      };
      const isOpen = () => now + 1n < end;

      for (let step = 0; step < 60; step++) {
        const action = pick([
          "add",
          "add",
          "remove",
          "price",
          "end",
          "settle",
          "settle",
          "sweep",
          "wait",
          "wait",
          "wait",
        ]);
        if (action === "add" && isOpen()) {
          const amount = BigInt(below(Number((CAPACITY - bytes) / 2n ** 10n))) * 2n ** 10n + BigInt(below(2));
          if (bytes + amount > CAPACITY) continue;
          await add(amount, nonce++);
          bytes += amount;
        } else if (action === "remove") {
          const amount = bytes / BigInt(1 + below(4));
          await remove(amount);
          bytes -= amount;
        } else if (action === "price" && now < end) {
          price = BigInt(below(Number(2n * UNIT_PRICE)));
          await payments.write.changeTerms([1n, CAPACITY, price], by.market);
        } else if (action === "end" && now < end && below(6) === 0) {
          end = now + 1n + BigInt(below(20));
          if (end > LONGEST) end = LONGEST;
          await payments.write.setEnd([1n, Number(end)], by.market);
        } else if (action === "settle") {
          await payments.write.settle([dealKey]);
          const free = earned() - (price * bytes * HOLDBACK_PERIODS) / UNIT;
          if (free > released) released = free;
          const stream = await payments.read.streamOf([dealKey]);
          expect([stream.earned, stream.released]).to.deep.equal([earned(), released]);
          expect(await ledger.read.balanceOf([payee, 1])).to.equal(netOf(released));
        } else if (action === "sweep") await payments.write.sweepFee([dealKey]);
        else await wait(1 + below(pick([2, 2, 2, 9])), pick([10, 7, 2]));
        expect((await payments.read.earnedOf([dealKey]))[0]).to.equal(earned());
      }

      await wait(Number(end > now ? end - now : 0n) + 1, 7);
      await payments.write.close([dealKey]);
      const total = earnedBefore(end);
      expect(await funds()).to.deep.equal({
        payer: 1_000n * USD - total,
        payee: netOf(total),
        fees: total - netOf(total),
        locked: 0n,
      });
    });
  });
});
