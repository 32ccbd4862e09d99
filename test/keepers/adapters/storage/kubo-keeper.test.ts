import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findKubo } from "../../../../scripts/kubo.mjs";
import { getDeal } from "../../../../sdk/src/deals.ts";
import { buildSite, requestFor, runUntil, startWorld, upload, type World } from "../../helpers/world.ts";
import { startKubo } from "./kubo-daemon.ts";

const kubo = findKubo() ?? "";

describe.skipIf(!kubo)("a keeper whose pieces are in a Kubo", { timeout: 240_000 }, () => {
  let world: World;
  let daemon: Awaited<ReturnType<typeof startKubo>>;
  beforeAll(async () => {
    [world, daemon] = await Promise.all([startWorld(), startKubo(kubo)]);
  });
  afterAll(async () => {
    await world?.stop();
    await daemon?.stop();
  });

  it("publishes a site, proves it period after period out of Kubo's blocks, and is paid", async () => {
    const { chain } = world;
    const config = { storage: { adapter: "kubo", api: daemon.api }, dataDir: "kubo-keeper" };
    const keeper = await world.start(config);
    const data = randomBytes(2_500_000);
    const piece = await buildSite(world, { "index.html": "<h1>Out of Kubo</h1>", "data.bin": data });
    const { dealId } = await requestFor(world, piece, { termPeriods: 6 });
    await upload(world, keeper.url, dealId, piece);

    const ask = { deployment: chain.deployment, dealId };
    await runUntil(chain, [keeper.url], async () => (await getDeal(chain.reader, ask)).earned > 0n);
    expect(await readdir(join(world.directory, "kubo-keeper", "incoming"))).toEqual([]);
    expect(await readdir(join(world.directory, "kubo-keeper"))).not.toContain("pieces");

    const url = new URL(keeper.url);
    const body = await new Promise<Buffer>((resolve, reject) => {
      const headers = { host: `${piece.cid}.ipfs.localhost` };
      request({ host: url.hostname, port: url.port, path: "/data.bin", headers }, (response) => {
        response.toArray().then((parts) => resolve(Buffer.concat(parts)), reject);
      })
        .on("error", reject)
        .end();
    });
    expect(body.equals(data)).toBe(true);

    // What is held back is paid in the end.
    await runUntil(chain, [keeper.url], async () => (await getDeal(chain.reader, ask)).released > 0n);
  });
});
