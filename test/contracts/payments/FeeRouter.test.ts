import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, getAddress, parseEther, stringToHex, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import {
  EPOCH_SECONDS,
  EVER_CAP,
  EVER_ID,
  FEE_ID,
  FLOOR_PRICE,
  HALF_LIFE_SECONDS,
  INSURANCE_BPS,
  insuredOf,
  REENTRANT_ID,
  SHARE_DELAY_SECONDS,
  soldOf,
  TEN,
  USD_ID,
} from "../../helpers/fees.ts";
import { feesFixtures } from "../../helpers/fixtures/fees.ts";
import { MAX_UINT128 } from "../../helpers/money.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects, emits } = createAssertions(connection);
const { fresh, opened, priced } = feesFixtures(connection);

describe("FeeRouter", () => {
  it("cannot be deployed with a floor, a half-life, an epoch or a share out of bounds", async () => {
    const { ever, manager, router, originAt } = await load(fresh);
    const args = [
      ever.address,
      originAt,
      EPOCH_SECONDS,
      HALF_LIFE_SECONDS,
      FLOOR_PRICE,
      SHARE_DELAY_SECONDS,
      Number(INSURANCE_BPS),
      manager.address,
    ] as const;
    const deploy = (changes: Record<number, bigint | number>) =>
      viem.deployContract("FeeRouter", Object.assign([...args], changes) as unknown as typeof args);
    const text = (name: string) => stringToHex(name, { size: 32 });
    await rejects(deploy({ 3: 0n }), router, "FeesParameterInvalid", [text("halfLifeSeconds"), 0n]);
    await rejects(deploy({ 4: 0n }), router, "FeesParameterInvalid", [text("floorPrice"), 0n]);
    await rejects(deploy({ 4: EVER_CAP + 1n }), router, "FeesParameterInvalid", [text("floorPrice"), EVER_CAP + 1n]);
    await rejects(deploy({ 6: 3_001 }), router, "FeesShareTooHigh", [3_001n, 3_000n]);
    await rejects(deploy({ 2: 0n }), router, "EpochClockInvalid", [originAt, 0n]);
    await rejects(deploy({ 1: 2n ** 40n }), router, "EpochClockInvalid", [2n ** 40n, EPOCH_SECONDS]);
    await deploy({ 4: EVER_CAP, 6: 3_000 });
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    await deploy({ 1: now });
  });

  it("tells its first insurance share, which holds at once", async () => {
    const { ever, manager, originAt } = await load(fresh);
    const now = BigInt(await networkHelpers.time.latest()) + 10n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const other = await viem.deployContract("FeeRouter", [
      ever.address,
      originAt,
      EPOCH_SECONDS,
      HALF_LIFE_SECONDS,
      FLOOR_PRICE,
      SHARE_DELAY_SECONDS,
      1_234,
      manager.address,
    ]);
    const told = await other.getEvents.InsuranceShareChanged();
    expect(told.map(({ args }) => args)).to.deep.equal([{ shareBps: 1_234, validFrom: Number(now) }]);
    expect(await other.read.insuranceBps()).to.equal(1_234);
  });
});

describe("FeeRouter.connect", () => {
  it("refuses a second ledger, one that pays somebody else, no pool, and strangers", async () => {
    const { router, ledger, ever, manager, originAt, by, insuranceAddress, strangerAddress } = await load(fresh);
    const pair = [ledger.address, insuranceAddress] as const;
    await rejects(router.write.connect(pair), router, "FeesConnected", [getAddress(ledger.address)]);
    const args = [ever.address, originAt, 1n, 1n, 1n, 0n, 0, manager.address] as const;
    const other = await viem.deployContract("FeeRouter", args);
    await rejects(other.write.connect(pair), other, "FeesUnconnected", [getAddress(ledger.address)]);
    const own = await viem.deployContract("Ledger", [other.address, 0n]);
    await rejects(other.write.connect([own.address, zeroAddress]), other, "FeesUnconnected", [getAddress(own.address)]);
    await rejects(other.write.connect(pair, by.stranger), other, "AccessManagedUnauthorized", [strangerAddress]);
    await rejects(other.write.collect([1]), other, "FeesUnconnected", [zeroAddress]);
    await emits(other.write.connect([own.address, insuranceAddress]), other, "RouterConnected", [
      getAddress(own.address),
      insuranceAddress,
    ]);
  });
});

describe("FeeRouter.setInsuranceShare", () => {
  it("refuses more than the hard bound, and strangers", async () => {
    const { router, by, strangerAddress } = await load(fresh);
    await rejects(router.write.setInsuranceShare([3_001]), router, "FeesShareTooHigh", [3_001n, 3_000n]);
    const stranger = router.write.setInsuranceShare([0], by.stranger);
    await rejects(stranger, router, "AccessManagedUnauthorized", [strangerAddress]);
  });

  it("binds only what is collected after its delay", async () => {
    const { router, pay, nextAt } = await load(fresh);
    await pay(TEN);
    const setAt = await nextAt(10n);
    const validFrom = setAt + SHARE_DELAY_SECONDS;
    await emits(router.write.setInsuranceShare([3_000]), router, "InsuranceShareChanged", [3_000, Number(validFrom)]);
    await networkHelpers.time.setNextBlockTimestamp(validFrom - 1n);
    await emits(router.write.collect([USD_ID]), router, "FeesCollected", [USD_ID, TEN, insuredOf(TEN)]);
    await pay(TEN);
    expect(await router.read.insuranceBps()).to.equal(3_000);
    await emits(router.write.collect([USD_ID]), router, "FeesCollected", [USD_ID, TEN, (TEN * 3n) / 10n]);
  });

  it("replaces a change that waits, and keeps the share that holds meanwhile", async () => {
    const { router } = await load(fresh);
    await router.write.setInsuranceShare([3_000]);
    await networkHelpers.time.increase(SHARE_DELAY_SECONDS - 10n);
    await router.write.setInsuranceShare([100]);
    await networkHelpers.time.increase(100n);
    expect(await router.read.insuranceBps()).to.equal(Number(INSURANCE_BPS));
    await networkHelpers.time.increase(SHARE_DELAY_SECONDS);
    expect(await router.read.insuranceBps()).to.equal(100);
  });
});

describe("FeeRouter.collect", () => {
  it("does nothing when nothing came in", async () => {
    const { router } = await load(fresh);
    await router.write.collect([USD_ID]);
    await router.write.collect([99]);
    expect(await router.read.lotOf([USD_ID])).to.include({ lotId: 0n, amount: 0n });
  });

  it("returns what came in since the last time, and nothing when nothing did", async () => {
    const { router, pay } = await load(fresh);
    const collectedNow = async () => (await router.simulate.collect([USD_ID])).result;
    expect(await collectedNow()).to.equal(0n);
    await pay(TEN);
    expect(await collectedNow()).to.equal(TEN);
    await router.write.collect([USD_ID]);
    await pay(7n);
    expect(await collectedNow()).to.equal(7n);
    await router.write.collect([USD_ID]);
    expect(await collectedNow()).to.equal(0n);
  });

  it("tells nothing again when only what waited is there", async () => {
    const { router, pay } = await load(opened);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    await router.write.collect([USD_ID]);
    expect(await router.getEvents.FeesCollected()).to.deep.equal([]);
  });

  it("sells a single unit whole, and moves nothing to the insurance", async () => {
    const { router, ledger, pay } = await load(fresh);
    await pay(1n);
    const collecting = await router.write.collect([USD_ID]);
    await emits(collecting, router, "FeesCollected", [USD_ID, 1n, 0n]);
    await emits(collecting, router, "LotOpened", [USD_ID, 1n, 1n, EVER_CAP]);
    expect(await ledger.getEvents.Withdrawn()).to.deep.equal([]);
  });

  it("insures a single unit of five", async () => {
    const { router, usd, pay, insuranceAddress } = await load(fresh);
    await pay(5n);
    await router.write.collect([USD_ID]);
    expect(await usd.read.balanceOf([insuranceAddress])).to.equal(1n);
  });

  it("insures its share and opens a lot of the rest, from the greatest price on", async () => {
    const { router, usd, ledger, pay, insuranceAddress } = await load(fresh);
    await pay(TEN);
    const collecting = router.write.collect([USD_ID]);
    await emits(collecting, router, "FeesCollected", [USD_ID, TEN, insuredOf(TEN)]);
    await emits(collecting, router, "LotOpened", [USD_ID, 1n, soldOf(TEN), EVER_CAP]);
    expect(await usd.read.balanceOf([insuranceAddress])).to.equal(insuredOf(TEN));
    expect(await ledger.read.balanceOf([router.address, USD_ID])).to.equal(soldOf(TEN));
    expect(await router.read.priceOf([USD_ID])).to.equal(EVER_CAP);
  });

  it("takes fees of locks, as the ledger pays them", async () => {
    const { router, ledger, usd, by, buyerAddress, strangerAddress } = await load(fresh);
    const payer = getAddress(by.customer.account.address);
    await usd.write.approve([ledger.address, TEN], by.customer);
    await ledger.write.deposit([payer, USD_ID, TEN], by.customer);
    await ledger.write.approveOperator([buyerAddress, buyerAddress, USD_ID, TEN, 2n ** 40n], by.customer);
    await ledger.write.lock([buyerAddress, 1n, payer, strangerAddress, USD_ID, TEN, 2 ** 40 - 1], by.buyer);
    await ledger.write.payFee([1n, 5n], by.buyer);
    await emits(router.write.collect([USD_ID]), router, "FeesCollected", [USD_ID, 5n, 1n]);
  });

  it("lets what comes later wait, without touching the lot that is for sale", async () => {
    const { router, pay } = await load(opened);
    const before = await router.read.lotOf([USD_ID]);
    await pay(TEN);
    await router.write.collect([USD_ID]);
    expect(await router.read.lotOf([USD_ID])).to.deep.equal({ ...before, waiting: soldOf(TEN) });
    await pay(1n);
    await router.write.collect([USD_ID]);
    expect((await router.read.lotOf([USD_ID])).waiting).to.equal(soldOf(TEN) + 1n);
  });

  it("opens a lot that fell to the floor anew, with what waited", async () => {
    const { router, pay, after } = await load(opened);
    await pay(TEN);
    await after(29n * HALF_LIFE_SECONDS);
    await router.write.collect([USD_ID]);
    expect(await router.read.lotOf([USD_ID])).to.include({ lotId: 1n, waiting: soldOf(TEN) });
    await after(30n * HALF_LIFE_SECONDS);
    await emits(router.write.collect([USD_ID]), router, "LotOpened", [USD_ID, 2n, 2n * soldOf(TEN), EVER_CAP]);
    expect(await router.read.lotOf([USD_ID])).to.include({ lotId: 2n, waiting: 0n });
  });

  it("leaves a lot at the floor alone when nothing waits", async () => {
    const { router, after } = await load(opened);
    await after(40n * HALF_LIFE_SECONDS);
    await router.write.collect([USD_ID]);
    expect((await router.read.lotOf([USD_ID])).lotId).to.equal(1n);
    expect(await router.read.priceOf([USD_ID])).to.equal(FLOOR_PRICE);
  });

  it("starts at four times the last sale's price for as much, rounded up", async () => {
    const { router, pay, lastAmount, lastPrice } = await load(priced);
    await pay(3n * TEN + 7n);
    await router.write.collect([USD_ID]);
    const { amount, startPrice } = await router.read.lotOf([USD_ID]);
    expect(amount).to.equal(3n * TEN + 7n - insuredOf(3n * TEN + 7n));
    expect(startPrice).to.equal((amount * lastPrice * 4n + lastAmount - 1n) / lastAmount);
  });

  it("burns fees in EVER at once, and counts them", async () => {
    const { router, ever, pay, insuranceAddress } = await load(fresh);
    await pay(parseEther("10"), EVER_ID);
    const supply = await ever.read.totalSupply();
    const before = await ever.read.balanceOf([insuranceAddress]);
    await emits(router.write.collect([EVER_ID]), router, "EverFeesBurned", [EVER_ID, parseEther("8"), 0n]);
    expect(await ever.read.totalSupply()).to.equal(supply - parseEther("8"));
    expect(await ever.read.balanceOf([insuranceAddress])).to.equal(before + parseEther("2"));
    expect(await router.read.saleOf([0n, EVER_ID])).to.deep.equal({ sold: parseEther("8"), burned: parseEther("8") });
    expect(await router.read.burnedIn([0n])).to.equal(parseEther("8"));
    expect((await router.read.lotOf([EVER_ID])).lotId).to.equal(0n);
  });

  it("sells what a token that takes a fee on transfers left in the ledger", async () => {
    const { router, feeToken, pay, after, buy, by, ledger } = await load(fresh);
    await pay(10_000n, FEE_ID);
    await emits(router.write.collect([FEE_ID]), router, "FeesCollected", [FEE_ID, 9_900n, 1_980n]);
    await after(26n * HALF_LIFE_SECONDS, FEE_ID);
    await buy(FEE_ID);
    expect(await feeToken.read.balanceOf([by.buyer.account.address])).to.equal(7_920n - 79n);
    expect(await ledger.read.balanceOf([router.address, FEE_ID])).to.equal(0n);
  });

  it("bears more of a token than it can count, and sells it by and by", async () => {
    const { router, wide, ledger, by, after, buy } = await load(fresh);
    await wide.write.mint([by.customer.account.address, MAX_UINT128]);
    await wide.write.approve([ledger.address, 2n * MAX_UINT128], by.customer);
    await ledger.write.deposit([router.address, 2, 2n * MAX_UINT128], by.customer);
    await router.write.collect([2]);
    const { amount } = await router.read.lotOf([2]);
    expect(amount).to.equal(MAX_UINT128 - insuredOf(MAX_UINT128));
    await router.write.collect([2]);
    await after(26n * HALF_LIFE_SECONDS, 2);
    await buy(2);
    await router.write.collect([2]);
    const { amount: next, startPrice } = await router.read.lotOf([2]);
    expect(next > 0n && startPrice <= EVER_CAP).to.equal(true);
  });

  it("keeps a token that fails from every other", async () => {
    const { router, reentrant, ledger, pay } = await load(fresh);
    await pay(TEN, REENTRANT_ID);
    await pay(TEN);
    const data = encodeFunctionData({ abi: ledger.abi, functionName: "withdraw", args: [zeroAddress, 4, 1n] });
    await reentrant.write.arm([ledger.address, data]);
    await rejects(router.write.collect([REENTRANT_ID]), ledger, "LedgerReentered");
    await router.write.collect([USD_ID]);
    expect((await router.read.lotOf([USD_ID])).amount).to.equal(soldOf(TEN));
  });
});
