import { expect } from "chai";
import { network } from "hardhat";
import { parseEther, toFunctionSelector, zeroAddress } from "viem";
import { createAssertions } from "../../helpers/assertions.ts";
import { GRACE, P, runningDealFixtures, SET, TERM } from "../../helpers/fixtures/running-deal.ts";
import { USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, HOSTING, Phase, serviceIdOf } from "../../helpers/policy.ts";
import { costOf, LOCAL_SPANS, OFFER_BYTES, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers, viem } = connection;
const load = networkHelpers.loadFixture;
const { rejects } = createAssertions(connection);
const { active } = runningDealFixtures(connection);

/** `INetworkLens.Verdict`. */
const Verdict = { Open: 0, Proven: 1, Unproven: 2, Seedless: 3 } as const;
const HELD = 2n; // GiB of deal 1
/** What one live GiB earns in as many proven periods, gross. */
const earnedIn = (periods: bigint) => (UNIT_PRICE * periods) / 30n;

/** Deal 1 runs, and a lens looks on. */
async function watched() {
  const deployed = await active();
  const { market, invites, parts } = deployed;
  const lens = await viem.deployContract("NetworkLens", [
    { market: market.address, invites: invites.address, ...parts },
  ]);
  return { ...deployed, lens };
}

/** Periods P + 1 and P + 3 are proven, P + 2 is missed, P + 4 has no seed; now is P + 6, so that all of them are closed. */
async function judged() {
  const deployed = await watched();
  const { record, prove, enter } = deployed;
  for (const period of [P + 1n, P + 2n, P + 3n]) {
    await record(period);
    if (period !== P + 2n) await prove(SET, period);
  }
  await enter(P + 6n);
  return deployed;
}

/** As many numbers. */
const numbers = (length: number) => Array.from({ length }, (_, i) => BigInt(i));

describe("NetworkLens", () => {
  it("refuses lists that are longer than its bound, each and as products", async () => {
    const { lens, addresses } = await load(watched);
    const most = Number(await lens.read.MAX_ITEMS());
    const tooMany = numbers(most + 1);
    const error = (call: Promise<unknown>, length = most + 1) =>
      rejects(call, lens, "LensListTooLong", [BigInt(length), BigInt(most)]);
    await error(lens.read.dealsOf([tooMany]));
    await error(lens.read.offersOf([tooMany]));
    await error(lens.read.locksOf([tooMany]));
    await error(lens.read.verdictsOf([SET, 0n, BigInt(most) + 1n]));
    const accounts = Array.from({ length: 51 }, () => addresses.provider);
    await error(lens.read.balancesOf([accounts, [TOKEN, 2]]), 102);
    await error(lens.read.providersOf([accounts, [HOSTING, HOSTING]]), 102);
    await error(lens.read.providersOf([Array.from({ length: most + 1 }, () => addresses.provider), []]));
    await rejects(lens.read.verdictsOf([SET, 5n, 4n]), lens, "LensSpanInvalid", [5n, 4n]);
  });

  it("answers a whole batch at its bound", async () => {
    const { lens } = await load(judged);
    const most = Number(await lens.read.MAX_ITEMS());
    const found = await lens.read.dealsOf([Array.from({ length: most }, () => 1n)]);
    expect(found.length).to.equal(most);
    expect(new Set(found.map(({ earnings }) => earnings.earned))).to.deep.equal(new Set([earnedIn(2n)]));
  });

  it("gives zeros for what is not there, without failing the others", async () => {
    const { lens, addresses } = await load(watched);
    const [unknown, known] = await lens.read.dealsOf([[99n, 1n]]);
    expect(unknown?.deal.status).to.equal(Status.None);
    expect(unknown?.lock.payer).to.equal(zeroAddress);
    expect(unknown?.isFinishable).to.equal(false);
    expect(known?.deal.status).to.equal(Status.Active);
    expect((await lens.read.offersOf([[99n]]))[0]?.isOpen).to.equal(false);
    expect((await lens.read.locksOf([[99n]]))[0]?.refundableAt).to.equal(0n);
    const [stranger] = await lens.read.providersOf([[addresses.stranger], [serviceIdOf("unheard-of")]]);
    expect(stranger?.registration.operator).to.equal(zeroAddress);
    expect(stranger?.allocations[0]?.free).to.equal(0n);
    expect((await lens.read.balancesOf([[addresses.stranger], [99]]))[0]?.available).to.equal(0n);
  });

  it("has no function that changes anything", async () => {
    const { lens } = await load(watched);
    const changing = lens.abi.filter((item) => item.type === "function" && item.stateMutability !== "view");
    expect(changing).to.deep.equal([]);
  });
});

describe("NetworkLens.network", () => {
  it("tells block, periods, counts, stake and phase", async () => {
    const { lens, enter } = await load(watched);
    await enter(P + 3n);
    const found = await lens.read.network();
    const block = await (await viem.getPublicClient()).getBlock();
    expect(found).to.deep.equal({
      blockNumber: block.number,
      nowAt: block.timestamp,
      period: P + 3n,
      closedPeriods: P + 2n,
      dealCount: 1n,
      offerCount: 1n,
      providerCount: 1n,
      totalStake: parseEther("1000"),
      phase: Phase.Open,
    });
  });
});

describe("NetworkLens.providersOf", () => {
  it("tells registration, stake, what is free of it, and what backs each service", async () => {
    const { lens, addresses } = await load(watched);
    const [found] = await lens.read.providersOf([[addresses.provider], [HOSTING, serviceIdOf("ipfs")]]);
    expect(found?.registration.operator).to.equal(addresses.operator);
    expect(found?.stake.active).to.equal(parseEther("1000"));
    expect(found?.freeStake).to.equal(parseEther("500"));
    const held = parseEther(`${HELD}`);
    const amount = parseEther("500");
    expect(found?.allocations).to.deep.equal([
      { serviceId: HOSTING, amount, reserved: held, free: amount - held },
      { serviceId: serviceIdOf("ipfs"), amount: 0n, reserved: 0n, free: 0n },
    ]);
  });

  it("calls nothing free while a slash has left allocations uncovered", async () => {
    const { lens, vault, manager, addresses, by } = await load(watched);
    await manager.write.grantRole([7n, addresses.stranger, 0]);
    const slash = toFunctionSelector("slash(address,bytes32,uint128,bytes32,address)");
    await manager.write.setTargetFunctionRole([vault.address, [slash], 7n]);
    const reason = serviceIdOf("fault");
    const taken = parseEther("900");
    await vault.write.slash([addresses.provider, serviceIdOf("ipfs"), taken, reason, addresses.stranger], by.stranger);
    const [found] = await lens.read.providersOf([[addresses.provider], [HOSTING]]);
    expect(found?.freeStake).to.equal(0n);
    expect(found?.allocations[0]?.free).to.equal(0n);
    expect((await lens.read.offersOf([[1n]]))[0]?.sellableBytes).to.equal(0n);
  });
});

describe("NetworkLens.offersOf", () => {
  it("sells what is free and backed", async () => {
    const { lens } = await load(watched);
    const [found] = await lens.read.offersOf([[1n]]);
    expect(found?.offer.freeBytes).to.equal(OFFER_BYTES - HELD * GIB);
    expect(found?.backedBytes).to.equal((500n - HELD) * GIB);
    expect(found?.sellableBytes).to.equal(OFFER_BYTES - HELD * GIB);
    expect(found?.isOpen).to.equal(true);
  });

  it("sells no more than stake backs, to the last byte that the market takes", async () => {
    const { lens, vault, catalog, by } = await load(watched);
    const free = parseEther("1") / 3n; // not a whole number of steps
    await vault.write.allocate([HOSTING, parseEther(`${HELD}`) + free], by.provider);
    const [found] = await lens.read.offersOf([[1n]]);
    const bytes = found?.sellableBytes ?? 0n;
    expect(bytes).to.equal(found?.backedBytes);
    expect((await catalog.read.stakeFor([HOSTING, bytes])) <= free).to.equal(true);
    expect((await catalog.read.stakeFor([HOSTING, bytes + 1n])) <= free).to.equal(false);
  });

  it("sells nothing of a withdrawn offer, a jailed provider, a retired service or an unlisted token", async () => {
    const closed = async (close: (deployed: Awaited<ReturnType<typeof watched>>) => Promise<unknown>) => {
      const deployed = await load(watched);
      await close(deployed);
      const [found] = await deployed.lens.read.offersOf([[1n]]);
      expect([found?.isOpen, found?.sellableBytes]).to.deep.equal([false, 0n]);
    };
    await closed(({ registry, by }) => registry.write.withdrawOffer([1n], by.provider));
    await closed(({ registry, addresses }) => registry.write.setJailed([addresses.provider, true]));
    await closed(({ catalog }) => catalog.write.setToken([TOKEN, false]));
    await closed(({ catalog }) =>
      catalog.write.setService(["hosting", GIB, parseEther("1"), 1, FEE_BPS, 3_660, false]),
    );
  });
});

describe("NetworkLens.dealsOf", () => {
  it("tells a request with its lock and its deadline", async () => {
    const { lens, market, request, keyOf, addresses, by } = await load(watched);
    await market.write.request([request()], by.customer);
    const [found] = await lens.read.dealsOf([[2n]]);
    expect(found?.dealKey).to.equal(keyOf(2n));
    expect(found?.deal).to.deep.equal(await market.read.dealOf([2n]));
    expect(found?.lock.payer).to.equal(addresses.customer);
    expect(found?.lock.left).to.equal(costOf(UNIT_PRICE, HELD * GIB, TERM + GRACE));
    expect(found?.earnings).to.deep.equal({ earned: 0n, released: 0n, held: 0n, due: 0n, feeDue: 0n });
    expect(found?.recent.toPeriod).to.equal(0n);
  });

  it("tells what is earned, held back, due and owed as fee, and settling then pays just that", async () => {
    const { lens, payments, ledger, dealKey, addresses, funds, record, prove, enter, by } = await load(judged);
    const held = earnedIn(LOCAL_SPANS.holdbackPeriods);
    for (const period of [P + 5n, P + 6n, P + 7n]) {
      await record(period);
      await prove(SET, period);
    }
    await enter(P + 9n);
    const [found] = await lens.read.dealsOf([[1n]]);
    const { earnings } = found ?? {};
    const released = earnedIn(5n) - held;
    const fee = (released * BigInt(FEE_BPS)) / 10_000n;
    expect(earnings).to.deep.equal({ earned: earnedIn(5n), released, held, due: released - fee, feeDue: fee });

    const { provider, fees } = await funds();
    await payments.write.settle([dealKey], by.stranger);
    await payments.write.sweepFee([dealKey], by.stranger);
    const after = await funds();
    expect(after.provider - provider).to.equal(earnings?.due);
    expect(after.fees - fees).to.equal(earnings?.feeDue);
    const [settled] = await lens.read.dealsOf([[1n]]);
    expect([settled?.earnings.due, settled?.earnings.feeDue]).to.deep.equal([0n, 0n]);
    expect(settled?.stream.settledPeriod).to.equal(Number(P + 8n));
    expect(settled?.lock.left).to.equal((await ledger.read.lockOf([payments.address, dealKey])).left);
    expect(settled?.set.provider).to.equal(addresses.provider);
  });

  it("counts proven, missed and seedless periods among the closed ones that were live", async () => {
    const { lens } = await load(judged);
    const [found] = await lens.read.dealsOf([[1n]]);
    expect(found?.recent).to.deep.equal({ fromPeriod: P + 1n, toPeriod: P + 5n, proven: 2n, missed: 1n, seedless: 1n });
  });

  it("looks back over the periods of a unit price at most", async () => {
    const { lens, enter } = await load(judged);
    const most = await lens.read.RECENT_PERIODS();
    await enter(P + TERM + 3n);
    const [found] = await lens.read.dealsOf([[1n]]);
    const { fromPeriod = 0n, toPeriod = 0n, seedless } = found?.recent ?? {};
    expect([toPeriod - fromPeriod, toPeriod, seedless]).to.deep.equal([most, P + TERM + 2n, most - 2n]);
  });

  it("says when anybody can finish it, and shows nothing due afterwards", async () => {
    const { lens, market, enter, endOf, by } = await load(judged);
    const isFinishable = async () => (await lens.read.dealsOf([[1n]]))[0]?.isFinishable;
    await market.write.end([1n], by.customer);
    const end = await endOf();
    await enter(end);
    expect(await isFinishable()).to.equal(false);
    await enter(end + 1n);
    expect(await isFinishable()).to.equal(true);
    await market.write.finish([1n], by.stranger);
    const [found] = await lens.read.dealsOf([[1n]]);
    expect(found?.isFinishable).to.equal(false);
    expect(found?.stream.closed).to.equal(true);
    expect(found?.lock.left).to.equal(0n);
    const { held, due, feeDue } = found?.earnings ?? {};
    expect([held, due, feeDue]).to.deep.equal([0n, 0n, 0n]);
  });
});

describe("NetworkLens.balancesOf and locksOf", () => {
  it("tell what each account can spend, what the market may lock, and until when a lock stays", async () => {
    const { lens, ledger, payments, dealKey, addresses, locked } = await load(watched);
    const found = await lens.read.balancesOf([
      [addresses.customer, addresses.provider],
      [TOKEN, 2],
    ]);
    expect(found.map(({ account, tokenId, available }) => [account, tokenId, available])).to.deep.equal([
      [addresses.customer, TOKEN, 1_000n * USD - locked],
      [addresses.customer, 2, 0n],
      [addresses.provider, TOKEN, 0n],
      [addresses.provider, 2, 0n],
    ]);
    expect(found[0]?.approval).to.deep.equal({ most: 2n ** 128n - 1n, expiresAt: 2n ** 40n });
    const [lock] = await lens.read.locksOf([[1n]]);
    const inLedger = await ledger.read.lockOf([payments.address, dealKey]);
    expect(lock).to.deep.equal({
      dealId: 1n,
      lock: inLedger,
      refundableAt: BigInt(inLedger.expiresAt) + LOCAL_SPANS.refundDelaySeconds,
    });
  });
});

describe("NetworkLens.verdictsOf", () => {
  it("tells open, proven, unproven and seedless periods apart", async () => {
    const { lens } = await load(judged);
    expect(await lens.read.verdictsOf([SET, P + 1n, P + 7n])).to.deep.equal([
      Verdict.Proven,
      Verdict.Unproven,
      Verdict.Proven,
      Verdict.Seedless,
      Verdict.Open, // can still be recorded
      Verdict.Open, // runs
    ]);
    expect(await lens.read.verdictsOf([SET, P, P])).to.deep.equal([]);
  });

  it("leaves a period open while its proof window is", async () => {
    const { lens, record, beacon } = await load(judged);
    await record(P + 5n);
    expect(await lens.read.verdictsOf([SET, P + 5n, P + 6n])).to.deep.equal([Verdict.Open]);
    const [, dueAt] = await beacon.read.roundOf([P + 5n]);
    await networkHelpers.time.increaseTo(dueAt);
    expect(await lens.read.verdictsOf([SET, P + 5n, P + 6n])).to.deep.equal([Verdict.Unproven]);
  });
});
