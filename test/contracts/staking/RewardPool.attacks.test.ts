import { expect } from "chai";
import { network } from "hardhat";
import { type Address, parseEther } from "viem";
import { EPOCH_SECONDS, FLOOR_PRICE, HALF_LIFE_SECONDS, TEN, USD_ID, WIDE_ID } from "../../helpers/fees.ts";
import { forRandom } from "../../helpers/property.ts";
import { deployRewards, FIRST_EMISSION, HALVING_EPOCHS } from "../../helpers/rewards.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const fresh = () => deployRewards(connection);
const SELF = 0; // the attacker is the first provider

describe("an attack on the rewards", () => {
  it("by dealing with oneself: a tenth of what the fees brought is lost, even alone in the epoch", async () => {
    const { pool, router, ever, vault, providers, record, sell, enter, buyerAddress } = await load(fresh);
    // Provider, customer and buyer are one: it pays the fee, buys it back at auction and claims.
    const before = await ever.read.balanceOf([buyerAddress]);
    await record(1n, TEN);
    await sell(TEN, USD_ID, parseEther("500"));
    await enter(1n);
    await pool.write.claim([providers[SELF], 0n, USD_ID]);
    const paid = before - (await ever.read.balanceOf([buyerAddress]));
    const reward = await vault.read.rewardedOf([providers[SELF]]);
    expect(paid).to.equal(await router.read.burnedIn([0n]));
    expect(reward * 10n <= paid * 9n).to.equal(true);
  });

  it("by few records: whoever alone recorded gets its own fees' worth, not everybody's", async () => {
    const { pool, router, providers, record, sell, enter } = await load(fresh);
    await record(1n, 1_000n);
    await sell(1_000n * TEN, USD_ID, parseEther("900"));
    await enter(1n);
    const { sold, burned } = await router.read.saleOf([0n, USD_ID]);
    const reward = await pool.read.rewardOf([providers[SELF], 0n, USD_ID]);
    expect(reward).to.equal((((burned * 9n) / 10n) * 1_000n) / sold);
    expect(reward < burned / 1_000_000n).to.equal(true);
  });

  it("by hoarded fees: a record of a year shares what one epoch burned, and was worth more before", async () => {
    const { pool, router, providers, record, sell, enter } = await load(fresh);
    await sell(TEN, USD_ID, parseEther("100"));
    await record(1n, 50n * TEN);
    await record(2n, TEN);
    await enter(1n);
    const cap = ((await router.read.burnedIn([0n])) * 9n) / 10n;
    const [hoarder, honest] = await Promise.all(providers.map((each) => pool.read.rewardOf([each, 0n, USD_ID])));
    expect((hoarder ?? 0n) + (honest ?? 0n) <= cap).to.equal(true);
    expect(hoarder).to.equal((cap * 50n) / 51n);
  });

  it("by an overpaid lot: what is burned above its worth comes back as nine tenths at most", async () => {
    const { pool, ever, vault, providers, record, sell, enter, buyerAddress } = await load(fresh);
    await record(1n, 1n);
    const before = await ever.read.balanceOf([buyerAddress]);
    await sell(2n, USD_ID, parseEther("1000"));
    await enter(1n);
    await pool.write.claim([providers[SELF], 0n, USD_ID]);
    const paid = before - (await ever.read.balanceOf([buyerAddress]));
    expect(((await vault.read.rewardedOf([providers[SELF]])) * 10n) / 9n <= paid).to.equal(true);
  });

  it("by a worthless token: it shares what was burned for it, and leaves the others theirs", async () => {
    const { pool, router, providers, record, sell, enter } = await load(fresh);
    await record(2n, TEN);
    await sell(TEN, USD_ID, parseEther("500"));
    await record(3n, 10n ** 24n);
    await sell(10n ** 24n, WIDE_ID, FLOOR_PRICE);
    await enter(1n);
    const { burned } = await router.read.saleOf([0n, USD_ID]);
    const worthless = await pool.read.rewardOf([providers[SELF], 0n, WIDE_ID]);
    expect(worthless <= (FLOOR_PRICE * 9n) / 10n).to.equal(true);
    expect(await pool.read.rewardOf([providers[1], 0n, USD_ID])).to.equal((burned * 9n) / 10n);
  });

  it("by burning beside the router: only what auctions burned counts", async () => {
    const { pool, ever, by, enter } = await load(fresh);
    await ever.write.burn([parseEther("1000")], by.buyer);
    await enter(1n);
    expect(await pool.read.capOf([0n])).to.equal(0n);
  });
});

interface Deal {
  key: bigint;
  provider: Address;
  tokenId: number;
}

/** The rewards of an epoch as a naive book has them, in plain numbers. */
interface NaiveEpoch {
  burned: Map<number, bigint>;
  sold: Map<number, bigint>;
  fees: Map<string, bigint>;
}

describe("the accumulators", () => {
  it("equal a naive model, and keep both inequalities, over random histories", async () => {
    await forRandom(4, async ({ below, pick }) => {
      const { pool, router, ever, vault, providers, originAt, pay, buy, record } = await load(fresh);
      const epochs = new Map<bigint, NaiveEpoch>();
      const now = async () => BigInt(await networkHelpers.time.latest());
      const epochAt = (at: bigint) => (at - originAt) / EPOCH_SECONDS;
      const bookOf = (epoch: bigint) => {
        const book = epochs.get(epoch) ?? { burned: new Map(), sold: new Map(), fees: new Map() };
        epochs.set(epoch, book);
        return book;
      };
      const add = <Key>(map: Map<Key, bigint>, key: Key, amount: bigint) => map.set(key, (map.get(key) ?? 0n) + amount);
      const recorded = new Map<bigint, bigint>();
      const deals: readonly [Deal, ...Deal[]] = [
        { key: 1n, provider: providers[0], tokenId: USD_ID },
        { key: 2n, provider: providers[1], tokenId: USD_ID },
        { key: 3n, provider: providers[0], tokenId: WIDE_ID },
      ];

      for (let step = 0; step < 60; step++) {
        const action = pick(["record", "pay", "sell", "wait"] as const);
        if (action === "record") {
          const deal = pick(deals);
          const amount = BigInt(1 + below(10 ** pick([2, 7, 9])));
          recorded.set(deal.key, (recorded.get(deal.key) ?? 0n) + amount);
          await record(deal.key, recorded.get(deal.key) ?? 0n);
          add(bookOf(epochAt(await now())).fees, `${deal.provider}/${deal.tokenId}`, amount);
        } else if (action === "pay") {
          const tokenId = pick([USD_ID, WIDE_ID]);
          await pay(BigInt(1 + below(10 ** pick([2, 7, 9]))), tokenId);
          await router.write.collect([tokenId]);
        } else if (action === "sell") {
          const tokenId = pick([USD_ID, WIDE_ID]);
          const { amount } = await router.read.lotOf([tokenId]);
          const price = await router.read.priceOf([tokenId]);
          if (amount === 0n || price > parseEther("50000")) continue;
          const burnedBefore = await ever.read.totalSupply();
          await buy(tokenId);
          const book = bookOf(epochAt(await now()));
          add(book.burned, tokenId, burnedBefore - (await ever.read.totalSupply()));
          add(book.sold, tokenId, amount);
        } else {
          await networkHelpers.time.increase(BigInt(1 + below(pick([40, 300]))) * HALF_LIFE_SECONDS);
        }
      }
      await networkHelpers.time.increase(EPOCH_SECONDS);

      const expected = new Map<Address, bigint>();
      for (const [epoch, { burned, sold, fees }] of epochs) {
        const total = [...burned.values()].reduce((sum, each) => sum + each, 0n);
        const schedule = FIRST_EMISSION >> ((epoch + 1n) / HALVING_EPOCHS);
        const cap = (total * 9_000n) / 10_000n < schedule ? (total * 9_000n) / 10_000n : schedule;
        let emitted = 0n;
        for (const [key, paid] of fees) {
          const [provider, id] = key.split("/") as [Address, string];
          const tokenId = Number(id);
          const [all, b, s] = [
            [...fees].filter(([each]) => each.endsWith(`/${id}`)).reduce((sum, [, each]) => sum + each, 0n),
            burned.get(tokenId) ?? 0n,
            sold.get(tokenId) ?? 0n,
          ];
          const reward = b === 0n ? 0n : (((cap * b) / total) * paid) / (s > all ? s : all);
          expect(await pool.read.rewardOf([provider, epoch, tokenId])).to.equal(reward);
          // Fees at the prices of the epoch's sales are worth at least reward ÷ 0.9.
          if (s > 0n) expect(reward * 10n * s <= 9n * paid * b).to.equal(true);
          if (reward > 0n) {
            await pool.write.claim([provider, epoch, tokenId]);
            expected.set(provider, (expected.get(provider) ?? 0n) + reward);
          }
          emitted += reward;
        }
        expect(emitted * 10n <= total * 9n && emitted <= schedule).to.equal(true);
      }
      for (const [provider, amount] of expected) expect(await vault.read.rewardedOf([provider])).to.equal(amount);
    });
  });
});
