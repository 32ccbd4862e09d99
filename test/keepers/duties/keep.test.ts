import { readFile } from "node:fs/promises";
import { CarBufferWriter, CarReader } from "@ipld/car";
import type { CID } from "multiformats/cid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPieceHasher } from "../../../sdk/src/pieces/piece-hasher.ts";
import { type Ingest, startIngest } from "../helpers/ingest.ts";
import { type BuiltFile, buildSite, requestFor, smallSite, tokenFor, upload } from "../helpers/world.ts";

let ingest: Ingest;
beforeAll(async () => {
  ingest = await startIngest();
});
afterAll(() => ingest?.world.stop());

describe("what the bytes must be", () => {
  /** Sends bytes as if they were the piece, and finalises. */
  async function sendAs(piece: BuiltFile, dealId: bigint, bytes: Uint8Array<ArrayBuffer>) {
    const token = await tokenFor(ingest.world, dealId, piece);
    await ingest.send({ dealId, root: piece.root, token, from: 0, body: bytes });
    return await ingest.send({ dealId, root: piece.root, token, method: "POST", rest: "/finalise" });
  }

  it("refuses changed bytes, keeps nothing of them, and takes the right ones afterwards", async () => {
    const { piece, dealId, bytes } = await ingest.setup();
    const changed = bytes.slice();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const answer = await sendAs(piece, dealId, changed);
    expect(answer).toMatchObject({ status: 422, error: { code: "car_invalid" } });

    const token = await tokenFor(ingest.world, dealId, piece);
    const status = await ingest.send({ dealId, root: piece.root, token, method: "GET" });
    expect(status).toMatchObject({ state: "refused", received: [], error: { code: "car_invalid" } });
    expect(["held", "added"]).toContain((await upload(ingest.world, ingest.keeper.url, dealId, piece)).state);
  });

  it("refuses a whole CAR that is not the one of the request", async () => {
    const { piece, dealId, bytes } = await ingest.setup();
    const other = await smallSite(ingest.world);
    const foreign = new Uint8Array(await readFile(other.path));
    expect(foreign.length).toBe(bytes.length);
    expect(await sendAs(piece, dealId, foreign)).toMatchObject({ status: 422, error: { code: "root_mismatch" } });
  });

  it("refuses a CAR that is cut off, though length and root are those of the request", async () => {
    const whole = await smallSite(ingest.world);
    const cut = new Uint8Array(await readFile(whole.path)).slice(0, -1_000);
    const hasher = createPieceHasher({});
    hasher.update(cut);
    const truncated = { ...whole, ...hasher.finish() };
    const { dealId } = await requestFor(ingest.world, truncated);
    expect(await sendAs(truncated, dealId, cut)).toMatchObject({ status: 422, error: { code: "car_invalid" } });
  });

  it("refuses a CAR without some of its blocks", async () => {
    const whole = await buildSite(ingest.world, { "a.txt": "a".repeat(300_000), "b.txt": "b".repeat(300_000) });
    const bytes = new Uint8Array(await readFile(whole.path));
    const reader = await CarReader.fromBytes(bytes);
    const blocks: { cid: CID; bytes: Uint8Array }[] = [];
    for await (const block of reader.blocks()) blocks.push(block);
    const roots = await reader.getRoots();
    const kept = blocks.filter((block) => block.bytes.length < 250_000 || block === blocks[0]);
    const buffer = new ArrayBuffer(bytes.length + 1_000);
    const writer = CarBufferWriter.createWriter(buffer, { roots });
    for (const block of kept) writer.write(block);
    const partial = new Uint8Array(writer.close({ resize: true }));
    const hasher = createPieceHasher({});
    hasher.update(partial);
    const { root, leafCount, sizeBytes } = hasher.finish();
    const broken = { ...whole, root, leafCount, sizeBytes };
    const { dealId } = await requestFor(ingest.world, broken);
    expect(await sendAs(broken, dealId, partial)).toMatchObject({ status: 422, error: { code: "car_blocks_missing" } });
  });

  it("refuses a CAR whose root CID is not the deal's", async () => {
    const piece = await smallSite(ingest.world);
    const lied = { ...piece, cidDigest: `0x${"22".repeat(32)}` as const };
    const { dealId } = await requestFor(ingest.world, lied);
    const bytes = new Uint8Array(await readFile(piece.path));
    expect(await sendAs(lied, dealId, bytes)).toMatchObject({ status: 422, error: { code: "cid_mismatch" } });
  });
});
