import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, parseEther, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import {
  EPOCH_SECONDS,
  EVER_CAP,
  FLOOR_PRICE,
  HALF_LIFE_SECONDS,
  priceAfter,
  REENTRANT_ID,
  START_MULTIPLE,
  soldOf,
  TEN,
  USD_ID,
} from "../../helpers/fees.ts";
import { feesFixtures } from "../../helpers/fixtures/fees.ts";
import { forRandom } from "../../helpers/property.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, opened, priced } = feesFixtures(connection);

describe("FeeRouter.priceOf", () => {
  it("halves in each half-life and never ends below the floor", async () => {
    const { router, after } = await load(opened);
    for (const [halvings, price] of [
      [1n, EVER_CAP / 2n],
      [2n, EVER_CAP / 4n],
      [10n, EVER_CAP / 1024n],
      [30n, FLOOR_PRICE],
      [10_000n, FLOOR_PRICE],
    ] as const) {
      await after(halvings * HALF_LIFE_SECONDS);
      await networkHelpers.mine();
      expect(await router.read.priceOf([USD_ID])).to.equal(price);
    }
  });

  it("falls continuously, at any start and age", async () => {
    await forRandom(300, ({ below }) => {
      const start = FLOOR_PRICE + BigInt(below(2 ** 30)) ** 2n * 10n ** 8n;
      const seconds = BigInt(below(120_000));
      const [now, then] = [priceAfter(start, seconds), priceAfter(start, seconds + 1n)];
      expect(then <= now).to.equal(true);
      // A second takes a half-life's part of the half at most, and one unit of rounding.
      expect(now - then <= now / HALF_LIFE_SECONDS + 1n).to.equal(true);
    });
  });

  it("is what the formula says, at random ages", async () => {
    const { router, after } = await load(opened);
    let age = 0n;
    await forRandom(20, async ({ below }) => {
      age += BigInt(1 + below(8_000));
      await after(age);
      await networkHelpers.mine();
      expect(await router.read.priceOf([USD_ID])).to.equal(priceAfter(EVER_CAP, age));
    });
  });

  it("is nothing when nothing is for sale", async () => {
    const { router } = await load(fresh);
    expect(await router.read.priceOf([USD_ID])).to.equal(0n);
  });
});

describe("FeeRouter.buy", () => {
  it("refuses what is not for sale, and another lot than the one that was seen", async () => {
    const { router, by, buyerAddress } = await load(opened);
    const buy = (tokenId: number, lotId: bigint) =>
      router.write.buy([tokenId, lotId, EVER_CAP, buyerAddress], by.buyer);
    await rejects(buy(2, 0n), router, "FeesLotUnavailable", [2, 0n]);
    await rejects(buy(USD_ID, 0n), router, "FeesLotUnavailable", [USD_ID, 1n]);
    await rejects(buy(USD_ID, 2n), router, "FeesLotUnavailable", [USD_ID, 1n]);
  });

  it("refuses a price above the buyer's limit, and takes one at the limit", async () => {
    const { router, by, buyerAddress, after } = await load(opened);
    const price = priceAfter(EVER_CAP, 26n * HALF_LIFE_SECONDS);
    const buy = (most: bigint) => router.write.buy([USD_ID, 1n, most, buyerAddress], by.buyer);
    await after(26n * HALF_LIFE_SECONDS - 1n);
    const above = priceAfter(EVER_CAP, 26n * HALF_LIFE_SECONDS - 1n);
    await rejects(buy(price), router, "FeesPriceTooHigh", [USD_ID, price, above]);
    await after(26n * HALF_LIFE_SECONDS);
    await buy(price);
  });

  it("refuses a buyer without the EVER, or without the allowance", async () => {
    const { router, ever, by, buyerAddress, after } = await load(opened);
    const buy = (account = by.buyer) => router.write.buy([USD_ID, 1n, EVER_CAP, buyerAddress], account);
    await after(5n * HALF_LIFE_SECONDS);
    await ever.write.approve([router.address, EVER_CAP], by.buyer);
    await after(5n * HALF_LIFE_SECONDS + 1n);
    await rejects(buy(), ever, "ERC20InsufficientBalance");
    await rejects(buy(by.customer), ever, "ERC20InsufficientAllowance");
  });

  it("refuses to send the tokens to nobody or into the ledger", async () => {
    const { router, ledger, by, after } = await load(opened);
    await after(26n * HALF_LIFE_SECONDS);
    for (const to of [zeroAddress, ledger.address]) {
      await rejects(router.write.buy([USD_ID, 1n, EVER_CAP, to], by.buyer), ledger, "LedgerAccountInvalid");
    }
  });

  it("burns the price, hands over the lot and counts both for the epoch", async () => {
    const { router, ever, usd, ledger, by, buyerAddress, strangerAddress, after } = await load(opened);
    const price = priceAfter(EVER_CAP, 26n * HALF_LIFE_SECONDS + 77n);
    const [supply, held] = [await ever.read.totalSupply(), await ever.read.balanceOf([buyerAddress])];
    await after(26n * HALF_LIFE_SECONDS + 77n);
    const buying = router.write.buy([USD_ID, 1n, price, strangerAddress], by.buyer);
    const sale = [USD_ID, 1n, buyerAddress, strangerAddress, soldOf(TEN), price, 0n];
    await emits(buying, router, "LotSold", sale);
    expect(await ever.read.totalSupply()).to.equal(supply - price);
    expect(await ever.read.balanceOf([buyerAddress])).to.equal(held - price);
    expect(await ever.read.balanceOf([router.address])).to.equal(0n);
    expect(await usd.read.balanceOf([strangerAddress])).to.equal(soldOf(TEN));
    expect(await ledger.read.balanceOf([router.address, USD_ID])).to.equal(0n);
    expect(await router.read.saleOf([0n, USD_ID])).to.deep.equal({ sold: soldOf(TEN), burned: price });
    expect(await router.read.burnedIn([0n])).to.equal(price);
    expect(await router.read.lastSaleOf([USD_ID])).to.deep.equal([soldOf(TEN), price]);
    expect(await router.read.lotOf([USD_ID])).to.include({ lotId: 1n, amount: 0n });
  });

  it("adds up what one epoch sold and burned", async () => {
    const { router, pay, after, buy, lastAmount, lastPrice } = await load(priced);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    await after(2n * HALF_LIFE_SECONDS);
    await buy();
    const [amount, price] = await router.read.lastSaleOf([USD_ID]);
    const sale = { sold: lastAmount + amount, burned: lastPrice + price };
    expect(await router.read.saleOf([0n, USD_ID])).to.deep.equal(sale);
    expect(await router.read.burnedIn([0n])).to.equal(sale.burned);
  });

  it("opens what waited at once, above the price that was just paid", async () => {
    const { router, pay, after, buy } = await load(opened);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    await after(26n * HALF_LIFE_SECONDS);
    const price = priceAfter(EVER_CAP, 26n * HALF_LIFE_SECONDS);
    await emits(buy(), router, "LotOpened", [USD_ID, 2n, soldOf(TEN), START_MULTIPLE * price]);
    expect(await router.read.priceOf([USD_ID])).to.equal(START_MULTIPLE * price);
  });

  it("counts a sale for the epoch in which it is made", async () => {
    const { router, after, buy } = await load(opened);
    await after(EPOCH_SECONDS);
    await buy();
    expect(await router.read.burnedIn([0n])).to.equal(0n);
    expect(await router.read.burnedIn([1n])).to.equal(FLOOR_PRICE);
  });

  it("never learns a price from the floor", async () => {
    const { router, pay, after, buy } = await load(opened);
    await after(31n * HALF_LIFE_SECONDS);
    await buy();
    expect(await router.read.lastSaleOf([USD_ID])).to.deep.equal([0n, 0n]);
    await pay(TEN);
    await emits(router.write.collect([USD_ID]), router, "LotOpened", [USD_ID, 2n, soldOf(TEN), EVER_CAP]);
  });

  it("starts no auction below the floor or above all EVER", async () => {
    const { router, pay, buy, after } = await load(priced);
    await pay(1n);
    await emits(router.write.collect([USD_ID]), router, "LotOpened", [USD_ID, 2n, 1n, FLOOR_PRICE]);
    await buy();
    await pay(10n ** 30n);
    const collecting = router.write.collect([USD_ID]);
    await emits(collecting, router, "LotOpened", [USD_ID, 3n, soldOf(10n ** 30n), EVER_CAP]);
    await after(29n * HALF_LIFE_SECONDS);
    await buy();
  });
});

describe("an attack on the auctions", () => {
  it("by dust: a lot of one unit costs the floor and leaves the price as it was", async () => {
    const { router, pay, buy, lastAmount, lastPrice } = await load(priced);
    await pay(1n);
    await router.write.collect([USD_ID]);
    await buy();
    expect(await router.read.lastSaleOf([USD_ID])).to.deep.equal([lastAmount, lastPrice]);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    expect(await router.read.priceOf([USD_ID])).to.equal(START_MULTIPLE * lastPrice);
  });

  it("by hoarded fees: what is swept and bought in one block costs four times the last price", async () => {
    const { router, pay, after, buy, lastPrice } = await load(priced);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    // The lot's price has fallen low; the attacker now sweeps a thousand times as much into the router.
    await after(3n * HALF_LIFE_SECONDS);
    await pay(1_000n * TEN);
    await router.write.collect([USD_ID]);
    expect((await router.read.lotOf([USD_ID])).amount).to.equal(soldOf(TEN));
    await buy();
    const cheap = await router.read.lastSaleOf([USD_ID]);
    const { amount, startPrice } = await router.read.lotOf([USD_ID]);
    expect(amount).to.equal(soldOf(1_000n * TEN));
    expect(startPrice).to.equal((amount * cheap[1] * START_MULTIPLE) / cheap[0]);
    expect(cheap[1] < lastPrice).to.equal(true);
  });

  it("by donation: a gift is sold like a fee, and a token sent past the ledger changes nothing", async () => {
    const { router, usd, by, pay } = await load(opened);
    await usd.write.transfer([router.address, TEN], by.customer);
    const before = await router.read.lotOf([USD_ID]);
    await router.write.collect([USD_ID]);
    expect(await router.read.lotOf([USD_ID])).to.deep.equal(before);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    expect((await router.read.lotOf([USD_ID])).waiting).to.equal(soldOf(TEN));
  });

  it("by front-running: the second buyer gets no other lot in its place", async () => {
    const { router, pay, after, buy, by, strangerAddress } = await load(opened);
    await pay(1n);
    await router.write.collect([USD_ID]);
    await after(26n * HALF_LIFE_SECONDS);
    await buy();
    const late = router.write.buy([USD_ID, 1n, EVER_CAP, strangerAddress], by.stranger);
    await rejects(late, router, "FeesLotUnavailable", [USD_ID, 2n]);
  });

  it("by delay: whoever lifts the price a half-life pays for it with every lot", async () => {
    const { router, ever, pay, after, buy, by, lastPrice } = await load(priced);
    await ever.write.approve([router.address, EVER_CAP], by.stranger);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    const held = await ever.read.balanceOf([by.stranger.account.address]);
    await buy(USD_ID, by.stranger);
    const paid = held - (await ever.read.balanceOf([by.stranger.account.address]));
    expect(paid > 3n * lastPrice).to.equal(true);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    await after(4n * HALF_LIFE_SECONDS);
    await networkHelpers.mine();
    expect((await router.read.priceOf([USD_ID])) <= lastPrice).to.equal(true);
  });

  it("by reentrancy: a token that calls back while it is handed over buys nothing twice", async () => {
    const { router, reentrant, ledger, pay, after, by, buyerAddress } = await load(fresh);
    await pay(TEN, REENTRANT_ID);
    await router.write.collect([REENTRANT_ID]);
    await after(26n * HALF_LIFE_SECONDS, REENTRANT_ID);
    const again = encodeFunctionData({
      abi: router.abi,
      functionName: "buy",
      args: [REENTRANT_ID, 1n, EVER_CAP, buyerAddress],
    });
    await reentrant.write.arm([router.address, again]);
    const buying = router.write.buy([REENTRANT_ID, 1n, EVER_CAP, buyerAddress], by.buyer);
    await rejects(buying, router, "FeesLotUnavailable", [REENTRANT_ID, 1n]);

    const collect = encodeFunctionData({ abi: router.abi, functionName: "collect", args: [REENTRANT_ID] });
    await reentrant.write.arm([router.address, collect]);
    await router.write.buy([REENTRANT_ID, 1n, EVER_CAP, buyerAddress], by.buyer);
    expect(await ledger.read.balanceOf([router.address, REENTRANT_ID])).to.equal(0n);
    expect(await router.read.lotOf([REENTRANT_ID])).to.include({ lotId: 1n, amount: 0n, waiting: 0n });
  });

  it("by worthless tokens: they are sold for nobody else's price and count what was burned for them", async () => {
    const { router, pay, after, buy } = await load(opened);
    await pay(parseEther("1000000"), 2);
    await router.write.collect([2]);
    await after(31n * HALF_LIFE_SECONDS, 2);
    await buy(2);
    expect((await router.read.saleOf([0n, 2])).burned).to.equal(FLOOR_PRICE);
    expect((await router.read.saleOf([0n, USD_ID])).burned).to.equal(0n);
    expect(await router.read.lastSaleOf([USD_ID])).to.deep.equal([0n, 0n]);
  });
});

describe("what router, pool and buyers hold", () => {
  it("is everything that came in, over random histories", async () => {
    await forRandom(3, async ({ below, pick }) => {
      const { router, ledger, usd, ever, pay, buy, insuranceAddress, buyerAddress } = await load(fresh);
      const supply = await ever.read.totalSupply();
      let paid = 0n;
      for (let step = 0; step < 25; step++) {
        const action = pick(["pay", "collect", "wait", "buy"] as const);
        if (action === "pay") {
          const amount = BigInt(1 + below(10 ** 9));
          await pay(amount);
          paid += amount;
        } else if (action === "collect") {
          await router.write.collect([USD_ID]);
        } else if (action === "wait") {
          await networkHelpers.time.increase(BigInt(1 + below(100_000)));
        } else if ((await router.read.lotOf([USD_ID])).amount > 0n) {
          const price = await router.read.priceOf([USD_ID]);
          if (price < parseEther("10000")) await buy();
        }
        const [held, insured, sold] = [
          await ledger.read.balanceOf([router.address, USD_ID]),
          await usd.read.balanceOf([insuranceAddress]),
          await usd.read.balanceOf([buyerAddress]),
        ];
        expect(held + insured + sold).to.equal(paid);
        const { amount, waiting } = await router.read.lotOf([USD_ID]);
        expect(amount + waiting <= held).to.equal(true);
        let [burned, counted] = [0n, 0n];
        for (let epoch = 0n; epoch <= (await router.read.currentEpoch()); epoch++) {
          burned += await router.read.burnedIn([epoch]);
          counted += (await router.read.saleOf([epoch, USD_ID])).burned;
        }
        expect(burned).to.equal(counted);
        expect(await ever.read.totalSupply()).to.equal(supply - burned);
      }
    });
  });
});
