import { createHash } from "node:crypto";
import { readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/browser.ts";
import { buildPieceFromDirectory } from "../../../sdk/src/pieces/node.ts";
import { launchPiecePage } from "./browser/launch.ts";
import { createSite, oddFiles } from "./site.ts";

const hasChromium = findChromium() !== undefined;
if (!hasChromium) console.warn("SKIPPED, NO CHROMIUM: that Node and the browser build the same piece was not checked.");

describe.skipIf(!hasChromium)("buildPieceInWorker", () => {
  let launched: NonNullable<Awaited<ReturnType<typeof launchPiecePage>>>;
  beforeAll(async () => {
    const result = await launchPiecePage();
    if (result === undefined) throw new Error("Chromium vanished");
    launched = result;
  });
  afterAll(() => launched?.close());

  async function open(directory: string) {
    const page = await launched.open();
    await page.setInputFiles("#directory", directory);
    return page;
  }

  it("builds the very bytes that Node builds, twice", async () => {
    await using site = await createSite(oddFiles());
    const { tree, ...expected } = await buildPieceFromDirectory(site.directory, site.carPath);
    const page = await open(site.directory);
    const digest = createHash("sha256")
      .update(await readFile(site.carPath))
      .digest("hex");

    for (let round = 0; round < 2; round++) {
      const { piece, carBytes, carDigest, progress, error } = await page.evaluate(() => window.pieces.build());
      expect(error).toBeUndefined();
      expect(piece).toEqual({ ...expected, carName: expect.stringMatching(/^[0-9a-f-]{36}\.car$/) });
      expect(carBytes).toBe(expected.sizeBytes);
      expect(carDigest).toBe(digest);
      expect(progress.at(-1)).toBe(expected.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    }
    expect(tree.root).toBe(expected.root);
  });

  it("frees what is asked and keeps what is named", async () => {
    await using site = await createSite({ "a.txt": "a" });
    const page = await open(site.directory);
    const names = await page.evaluate(async () => {
      const [first, second, third] = [
        await window.pieces.build(),
        await window.pieces.build(),
        await window.pieces.build(),
      ];
      await window.pieces.removeCar(first.piece?.carName ?? "");
      await window.pieces.removeCar(first.piece?.carName ?? "");
      const before = await window.pieces.carsInStorage();
      await window.pieces.removeOtherCars([third.piece?.carName ?? ""]);
      return { before, after: await window.pieces.carsInStorage(), second, third };
    });
    expect(names.before).toEqual([names.second.piece?.carName, names.third.piece?.carName].sort());
    expect(names.after).toEqual([names.third.piece?.carName]);
  });

  it("tells the same typed errors as Node, and leaves nothing behind", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(3_000_000), ".hidden": "x" });
    const page = await open(site.directory);
    expect(await page.evaluate(() => window.pieces.build({ maxSizeBytes: 1_000_000 }))).toMatchObject({
      error: {
        name: "PieceTooLarge",
        details: { maxBytes: 1_000_000 },
        message: expect.stringContaining("at most 1000000"),
      },
      cars: [],
    });

    await using hidden = await createSite({ ".env": "x" });
    await page.setInputFiles("#directory", hidden.directory);
    expect(await page.evaluate(() => window.pieces.build())).toMatchObject({
      error: { name: "PieceEmpty", details: { skipped: 1 } },
      cars: [],
    });
  });

  it("tells when the browser's storage is full, and leaves nothing behind", async () => {
    await using site = await createSite({ "a.bin": new Uint8Array(6_000_000).map((_, i) => (i >> 8) ^ (i >> 16)) });
    const page = await open(site.directory);
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 2_000_000 });
    expect(await page.evaluate(() => window.pieces.build())).toMatchObject({
      error: { name: "PieceStorageFull" },
      cars: [],
    });
  });

  it("tells of a file that changed after it was chosen", async () => {
    await using site = await createSite({ "a.txt": "before", "b.txt": "b" });
    const page = await open(site.directory);
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#directory")?.files?.length === 2);
    await site.add("a.txt", "after, and longer");
    const later = new Date(Date.now() + 5_000); // browsers compare whole seconds
    await utimes(join(site.directory, "a.txt"), later, later);
    expect(await page.evaluate(() => window.pieces.build())).toMatchObject({
      error: { name: "PieceFileUnreadable", details: { path: "a.txt" } },
      cars: [],
    });
  });

  it("stops when aborted, before the start and in the middle, and leaves nothing behind", async () => {
    await using site = await createSite({
      "a.bin": new Uint8Array(40 * 2 ** 20),
      "b.bin": new Uint8Array(40 * 2 ** 20).fill(1),
    });
    const page = await open(site.directory);
    for (const abortAfter of [0, 1]) {
      expect(await page.evaluate((after) => window.pieces.build({ abortAfter: after }), abortAfter)).toMatchObject({
        error: { name: "AbortError", message: "enough" },
        cars: [],
      });
    }
  });
});
