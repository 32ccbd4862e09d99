import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getDeal } from "../../sdk/src/deals.ts";
import { requestFor, runUntil, smallSite, startWorld, upload, type World } from "./helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe("a provider's keeper", () => {
  it("receives, accepts, proves, settles and finishes a deal by itself", async () => {
    const { chain } = world;
    const { deployment, reader } = chain;
    const keeper = await world.start();
    const piece = await smallSite(world);
    const { dealId } = await requestFor(world, piece);

    const status = await upload(world, keeper.url, dealId, piece);
    expect(["held", "added"]).toContain(status.state);

    const deal = () => getDeal(reader, { deployment, dealId });
    await runUntil(chain, [keeper.url], async () => (await deal()).status === "finished");
    const { earned, released, left, closed } = await deal();
    expect(earned).toBeGreaterThan(0n);
    expect({ released, left, closed }).toEqual({ released: earned, left: 0n, closed: true });
  });
});
