import { expect } from "chai";
import { network } from "hardhat";
import { EVER_CAP, FLOOR_PRICE, HALF_LIFE_SECONDS, TEN, USD_ID } from "../../helpers/fees.ts";
import { feesFixtures } from "../../helpers/fixtures/fees.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { opened, priced } = feesFixtures(connection);

/** Parts of a base unit that the model counts, so that a hundred thousand seconds do not add up to one. */
const PART = 2n ** 80n;

/**
 * The price of each second of an auction, walked: within a half-life every second takes the same amount, which is what it takes to have
 * lost half at its end. Never below the floor.
 */
function walk(startPrice: bigint, seconds: number): bigint[] {
  const prices: bigint[] = [];
  let price = startPrice * PART;
  let perSecond = 0n;
  for (let second = 0; second < seconds; second++) {
    if (BigInt(second) % HALF_LIFE_SECONDS === 0n) perSecond = price / 2n / HALF_LIFE_SECONDS;
    prices.push(price > FLOOR_PRICE * PART ? price / PART : FLOOR_PRICE);
    price -= perSecond;
  }
  return prices;
}

describe("the price of an auction, at any second in one step", () => {
  const cases = [
    ["from the greatest price", opened],
    ["from four times the last one", priced],
  ] as const;
  for (const [from, fixture] of cases)
    it(`is what a model that walks every second says, ${from}`, async () => {
      await forRandom(3, async ({ below }) => {
        const { router, pay } = await networkHelpers.loadFixture(fixture);
        if (fixture === priced) {
          await pay(TEN);
          await router.write.collect([USD_ID]);
        }
        const { startPrice, startedAt } = await router.read.lotOf([USD_ID]);
        if (fixture === opened) expect(startPrice).to.equal(EVER_CAP);
        const prices = walk(startPrice, 130_000);
        let age = Number(BigInt(await networkHelpers.time.latest()) - BigInt(startedAt));
        let last = startPrice;
        for (let i = 0; i < 60; i++) {
          // Around the edges of half-lives too.
          const edge = Math.ceil((age + 1) / Number(HALF_LIFE_SECONDS)) * Number(HALF_LIFE_SECONDS);
          age = i % 3 === 0 ? edge + below(3) - 1 : age + 1 + below(4_000);
          if (age >= prices.length) break;
          const at = BigInt(startedAt) + BigInt(age);
          if (at <= BigInt(await networkHelpers.time.latest())) continue;
          await networkHelpers.time.increaseTo(at);
          const price = await router.read.priceOf([USD_ID]);
          const difference = price - (prices[age] ?? 0n);
          expect(difference >= -2n && difference <= 2n, `${difference} at ${age}`).to.equal(true);
          expect(price <= last).to.equal(true);
          last = price;
        }
      });
    });
});
