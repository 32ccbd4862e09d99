import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../../sdk/src/audit/audit.ts";
import { gatewayContent } from "../../sdk/src/audit/content.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { spawnKeeper, writeKeeper } from "./helpers/process.ts";
import { buildSite, requestFor, runUntil, startWorld, upload, type World } from "./helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it("a keeper's gateway gives an auditor the content that its proofs were about, and one changed byte on its disk is named", async () => {
  const { chain } = world;
  const { deployment } = chain;
  const config = await writeKeeper(world, { gateway: { workers: 2 } });
  const keeper = await spawnKeeper(config);
  try {
    const piece = await buildSite(world, { "index.html": "<h1>Audited</h1>", "data.bin": randomBytes(2_000_000) });
    const { dealId } = await requestFor(world, piece, { termPeriods: 20 });
    await upload(world, keeper.url, dealId, piece);
    await runUntil(chain, [keeper.url], async () => (await getDeal(chain.reader, { deployment, dealId })).earned > 0n);

    const content = gatewayContent(keeper.url);
    const honest = await audit(chain.reader, { deployment, content });
    expect(honest).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
    expect(honest.counts.content).toMatchObject({ pieces: 1, bytes: BigInt(piece.sizeBytes) });
    expect(honest.counts.content.leaves).toBeGreaterThan(0);

    await using car = await open(join(config, "..", "data", "pieces", `${piece.root}.car`), "r+");
    const place = Math.floor(piece.sizeBytes / 2);
    const { buffer } = await car.read(Buffer.alloc(1), 0, 1, place);
    await car.write(Buffer.of((buffer[0] ?? 0) ^ 1), 0, 1, place);
    expect(await audit(chain.reader, { deployment, content })).toMatchObject({
      outcome: "differ",
      differences: [
        {
          subject: `piece ${piece.root}`,
          figure: "Merkle root of the bytes",
          expected: piece.root,
          place: { kind: "content", source: `${keeper.url}/ipfs/${piece.cid}?format=car` },
        },
      ],
    });
  } finally {
    await keeper.stop();
  }
});
