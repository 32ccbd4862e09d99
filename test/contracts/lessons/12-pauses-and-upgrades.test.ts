import { expect } from "chai";
import hre, { network } from "hardhat";
import { hexToBytes, parseEther } from "viem";
import { CAP, channelNet } from "../../helpers/channels.ts";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { P, runningDealFixtures, SET } from "../../helpers/fixtures/running-deal.ts";
import { USD } from "../../helpers/money.ts";
import { FEE_BPS, GIB, HOSTING, STAKE_PER_GIB, UNBONDING_SECONDS } from "../../helpers/policy.ts";
import { LOCAL_SPANS, Status, TOKEN, UNIT_PRICE } from "../../helpers/protocol.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { active } = runningDealFixtures(connection);
const { opened } = channelsFixtures(connection);
const feeOf = (gross: bigint) => (gross * BigInt(FEE_BPS)) / 10_000n;

/** Opcodes by which code can run other code as its own, or vanish. */
const [CALLCODE, DELEGATECALL, SELFDESTRUCT] = [0xf2, 0xf4, 0xff];
const [PUSH1, PUSH32] = [0x60, 0x7f];

/** Opcodes of deployed code, without what is pushed and without the compiler's metadata at its end. */
function opcodesOf(code: Uint8Array): Set<number> {
  const end = code.length - 2 - (((code.at(-2) ?? 0) << 8) | (code.at(-1) ?? 0));
  const found = new Set<number>();
  for (let at = 0; at < end; at++) {
    const opcode = code[at] ?? 0;
    found.add(opcode);
    if (opcode >= PUSH1 && opcode <= PUSH32) at += opcode - PUSH1 + 1;
  }
  return found;
}

describe("lesson 12: an upgrade that robs", () => {
  for (const name of ["Ledger", "DealPayments", "UsageChannels"] as const)
    it(`has no way into ${name}: no administrator, no foreign code that runs as its own, no end`, async () => {
      const { abi, deployedBytecode } = await hre.artifacts.readArtifact(name);
      const names = abi.flatMap((item) => ("name" in item && item.type === "function" ? [item.name] : []));
      const suspicious =
        /owner|admin|authority|role|pause|upgrade|implementation|migrate|initialize|sweepTokens|rescue|setLedger/i;
      expect(names.filter((each) => suspicious.test(each))).to.deep.equal([]);
      const opcodes = opcodesOf(hexToBytes(deployedBytecode as `0x${string}`));
      for (const opcode of [CALLCODE, DELEGATECALL, SELFDESTRUCT]) expect(opcodes.has(opcode)).to.equal(false);
    });
});

/** Everything that governance can do to a network at once; the providers' offers change as well. */
async function turnEverything({
  catalog,
  registry,
  vault,
  market,
  addresses,
  by,
}: Awaited<ReturnType<typeof active>>): Promise<void> {
  const until = Number(BigInt(await networkHelpers.time.latest()) + 13n * 86_400n);
  await catalog.write.setService(["hosting", GIB, STAKE_PER_GIB, 2, 500, 1, false], by.governor);
  await catalog.write.setToken([TOKEN, false], by.governor);
  await catalog.write.pauseEntries([until], by.governor);
  await registry.write.updateOffer([1n, 1_000n * UNIT_PRICE, 3n * GIB, 60, "elsewhere"], by.provider);
  await registry.write.withdrawOffer([1n], by.provider);
  await registry.write.setJailed([addresses.provider, true], by.governor);
  await registry.write.setMarket([market.address, false], by.governor);
  await vault.write.setMarket([market.address, false], by.governor);
}

describe("lesson 12: pauses, new parameters and new modules that strand people", () => {
  it("change nothing of a running deal: price, fee, term, proofs, and both parties' way out", async () => {
    const deployed = await load(active);
    const { market, payments, ledger, usd, record, prove, enter, funds, backing, statusOf, addresses, dealKey, by } =
      deployed;
    await turnEverything(deployed);
    for (const period of [P + 1n, P + 2n, P + 3n, P + 4n]) {
      await record(period);
      await prove(SET, period);
    }
    await market.write.setSessionKey([1n, addresses.stranger], by.customer);
    await enter(P + 6n);
    await payments.write.settle([dealKey], by.stranger);
    const perPeriod = UNIT_PRICE / 30n;
    const gross = (UNIT_PRICE * 4n) / 30n;
    const released = gross - (UNIT_PRICE * LOCAL_SPANS.holdbackPeriods) / 30n;
    expect((await funds()).provider).to.equal(released - feeOf(released));
    expect(perPeriod > 0n).to.equal(true);

    await market.write.end([1n], by.customer);
    await enter(P + 9n);
    await market.write.finish([1n], by.stranger);
    expect(await statusOf()).to.equal(Status.Finished);
    expect(await funds()).to.deep.equal({
      customer: 1_000n * USD - gross,
      provider: gross - feeOf(gross),
      fees: feeOf(gross),
      locked: 0n,
    });
    expect((await backing()).reserved).to.equal(0n);
    for (const [account, from] of [
      [addresses.customer, by.customer],
      [addresses.provider, by.provider],
    ] as const) {
      const before = await usd.read.balanceOf([account]);
      const balance = await ledger.read.balanceOf([account, TOKEN]);
      await ledger.write.withdraw([account, TOKEN, balance], from);
      expect((await usd.read.balanceOf([account])) - before).to.equal(balance);
    }
  });

  it("change nothing of a renewal within the term that was agreed, nor of more capacity for its own stake", async () => {
    const deployed = await load(active);
    const { market, payments, dealKey, addresses, vault, catalog, by, endOf } = deployed;
    const { unitPrice } = await payments.read.streamOf([dealKey]);
    const until = Number(BigInt(await networkHelpers.time.latest()) + 13n * 86_400n);
    await catalog.write.pauseEntries([until], by.governor);
    await catalog.write.setToken([TOKEN, false], by.governor);
    const [end, before] = [await endOf(), await vault.read.allocationOf([addresses.provider, HOSTING])];
    await market.write.renew([1n, 5], by.customer);
    await market.write.changeCapacity([1n, 3n * GIB, unitPrice], by.customer);
    expect(await endOf()).to.equal(end + 5n);
    const after = await vault.read.allocationOf([addresses.provider, HOSTING]);
    expect(after.reserved - before.reserved).to.equal(STAKE_PER_GIB);
  });

  it("keep no stake: what no deal holds thaws and leaves, for providers and delegators", async () => {
    const deployed = await load(active);
    const { vault, ever, market, enter, addresses, by } = deployed;
    const amount = parseEther("100");
    await ever.write.approve([vault.address, amount], by.customer);
    await vault.write.delegate([addresses.provider, amount], by.customer);
    await turnEverything(deployed);
    await market.write.end([1n], by.customer);
    await enter(P + 3n);
    await market.write.finish([1n], by.stranger);
    await vault.write.allocate([HOSTING, 0n], by.provider);
    const own = (await vault.read.stakeOf([addresses.provider])).free;
    await vault.write.thaw([own], by.provider);
    const [shares] = await vault.read.delegationOf([addresses.provider, addresses.customer]);
    await vault.write.undelegate([addresses.provider, shares], by.customer);
    await networkHelpers.time.increase(UNBONDING_SECONDS);
    for (const account of [addresses.provider, addresses.customer])
      await vault.write.withdraw([addresses.provider, account], by.stranger);
    expect(await vault.read.totalStake()).to.equal(0n);
    expect(own).to.equal(parseEther("1000"));
  });

  it("change nothing of an open channel: cap, fee, vouchers, top-up and both ways to close", async () => {
    const { channels, catalog, sign, funds, opening, by } = await load(opened);
    await catalog.write.setService(["rpc", GIB, STAKE_PER_GIB, 2, 500, 1, false]);
    await catalog.write.setToken([1, false]);
    await catalog.write.pauseEntries([Number(BigInt(await networkHelpers.time.latest()) + 13n * 86_400n)]);
    await channels.write.topUp([1n, CAP, opening.expiresAt], by.customer);
    await channels.write.redeem([await sign(150n * USD)], by.stranger);
    await channels.write.close([1n], by.customer);
    await channels.write.redeem([await sign(160n * USD)], by.stranger);
    await networkHelpers.time.increase(86_400n);
    await channels.write.close([1n], by.stranger);
    expect(await funds()).to.deep.equal({
      payer: 840n * USD,
      payee: channelNet(160n * USD),
      fees: 160n * USD - channelNet(160n * USD),
      locked: 0n,
    });
  });
});
