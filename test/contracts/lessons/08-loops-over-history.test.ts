import { expect } from "chai";
import { network } from "hardhat";
import type { Hash } from "viem";
import { channelsFixtures } from "../../helpers/fixtures/channels.ts";
import { P, paymentsFixtures } from "../../helpers/fixtures/payments.ts";
import { UNIT_PRICE, USD } from "../../helpers/money.ts";
import { GIB } from "../../helpers/policy.ts";

const connection = await network.create();
const { viem, networkHelpers } = connection;
const load = networkHelpers.loadFixture;
const { fresh } = paymentsFixtures(connection);
const { opened } = channelsFixtures(connection);

/** Everything that a party of a deal can still want after a long history. */
const WAYS = ["settle", "sweepFee", "changeTerms", "addFunds", "addBytes", "removeBytes", "setEnd", "close"] as const;

describe("lesson 8: loops over history, by which customers with money were cut off", () => {
  async function gasOf(sent: Promise<Hash>): Promise<bigint> {
    const client = await viem.getPublicClient();
    return (await client.getTransactionReceipt({ hash: await sent })).gasUsed;
  }

  /** Gas of each way on, after so many periods each of which changed price, capacity and bytes, and missed every third proof. */
  async function costsAfter(changes: bigint) {
    const { payments, verifier, reserve, start, add, remove, prove, enter, dealKey, by } = await load(fresh);
    const end = P + changes + 30n;
    await reserve({ most: 900n * USD, expiresAt: 2 ** 40 - 1 });
    await start(1n, end);
    await add(GIB / 2n, 0n);
    let nonce = 1n;
    let [proven, now] = [P + 1n, P];
    const pass = async (isProven = true) => {
      now += 1n;
      if (isProven) await verifier.write.setProven([9n, proven, now, true]);
      proven = now;
      await enter(now);
    };
    await prove(P, P + 1n);
    for (let i = 0n; i < changes; i++) {
      await payments.write.changeTerms([1n, GIB + i, UNIT_PRICE + i], by.market);
      if (i % 2n === 0n) await add(GIB / 4n, nonce++);
      else await remove(GIB / 4n);
      await pass(i % 3n !== 0n);
    }
    for (let i = 0; i < 5; i++) await pass();
    await payments.write.settle([dealKey]);
    for (let i = 0; i < 3; i++) {
      await payments.write.changeTerms([1n, 2n * GIB + BigInt(i), UNIT_PRICE + BigInt(i)], by.market);
      await pass();
    }
    const call = {
      settle: () => payments.write.settle([dealKey]),
      sweepFee: () => payments.write.sweepFee([dealKey]),
      changeTerms: () => payments.write.changeTerms([1n, 2n * GIB, 2n * UNIT_PRICE], by.market),
      addFunds: () => payments.write.addFunds([1n, USD, 0], by.market),
      setEnd: () => payments.write.setEnd([1n, Number(now + 1n)], by.market),
      addBytes: () => add(GIB / 8n, nonce),
      removeBytes: () => remove(GIB / 8n),
      close: async () => {
        await enter(now + 3n);
        return payments.write.close([dealKey]);
      },
    };
    const costs: bigint[] = [];
    for (const way of WAYS) {
      if (way === "setEnd") await pass();
      costs.push(await gasOf(call[way]()));
    }
    return costs;
  }

  it("cost a deal nothing: each way on and out is as cheap after 100 changes as after 10", async () => {
    const [few, many] = [await costsAfter(10n), await costsAfter(100n)];
    for (const [i, way] of WAYS.entries()) {
      const [before, after] = [few[i] ?? 0n, many[i] ?? 0n];
      expect(after <= before + before / 50n, `${way}: ${before} after 10, ${after} after 100`).to.equal(true);
    }
  });

  it("cost a channel nothing: a voucher and the end are as cheap after 100 redemptions as after 2", async () => {
    const costs: bigint[][] = [];
    for (const count of [2n, 100n]) {
      const { channels, sign, by } = await load(opened);
      for (let i = 1n; i <= count; i++) await channels.write.redeem([await sign(i * 1_000n)]);
      costs.push([
        await gasOf(channels.write.redeem([await sign(USD)])),
        await gasOf(channels.write.close([1n], by.provider)),
      ]);
    }
    const [few, many] = costs;
    for (const i of [0, 1]) {
      const [before, after] = [few?.[i] ?? 0n, many?.[i] ?? 0n];
      expect(after - before < 200n && before - after < 200n, `${before} and ${after}`).to.equal(true);
    }
  });
});
