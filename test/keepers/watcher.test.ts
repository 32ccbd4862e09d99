import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getDeal } from "../../sdk/src/deals.ts";
import { possessionProofsAbi } from "../../sdk/src/generated/abis.ts";
import { requestFor, runUntil, smallSite, startWorld, upload, type World } from "./helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const deal = (dealId: bigint) => getDeal(world.chain.reader, { deployment: world.chain.deployment, dealId });

describe("a watcher", { timeout: 240_000 }, () => {
  it("gives everything back of a request that nobody answers", async () => {
    const watcher = await world.start({ role: "watcher", provider: undefined, patiencePeriods: 0 });
    const { dealId } = await requestFor(world, await smallSite(world));
    await runUntil(world.chain, [watcher.url], async () => (await deal(dealId)).status === "expired");
    expect((await deal(dealId)).left).toBe(0n);
    await watcher.stop();
  });

  it("records, reports, ends and finishes a deal whose provider vanished, and pays what was proven before", async () => {
    const { chain } = world;
    const keeper = await world.start();
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece, { termPeriods: 30 });
    await upload(world, keeper.url, dealId, piece);
    const proven = async () => {
      const { setId, status } = await deal(dealId);
      if (status !== "active") return 0n;
      return chain.reader.readContract({
        address: chain.deployment.contracts.PossessionProofs,
        abi: possessionProofsAbi,
        functionName: "provenPeriods",
        args: [BigInt(setId), 0n, 100_000n],
      });
    };
    await runUntil(chain, [keeper.url], async () => (await proven()) >= 2n);
    await keeper.stop();

    const watcher = await world.start({ role: "watcher", provider: undefined, patiencePeriods: 0 });
    await runUntil(chain, [watcher.url], async () => (await deal(dealId)).status === "ending");
    const set = await chain.reader.readContract({
      address: chain.deployment.contracts.PossessionProofs,
      abi: possessionProofsAbi,
      functionName: "setOf",
      args: [BigInt((await deal(dealId)).setId)],
    });
    expect(set.strikes).toBeGreaterThanOrEqual(3);
    await runUntil(chain, [watcher.url], async () => (await deal(dealId)).status === "finished");
    const { earned, left } = await deal(dealId);
    expect(earned).toBeGreaterThan(0n);
    expect(left).toBe(0n);
  });
});
