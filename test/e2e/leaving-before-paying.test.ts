import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { chooseFolder, type Site, writeSite } from "./helpers/site.ts";

let network: Network;
let person: Person;
let scratch: string;
let site: Site;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  site = writeSite(scratch, "looked-at-only");
});
afterAll(async () => {
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

/** Packed folders in the browser's own storage. */
async function packedCars(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const pieces = await root.getDirectoryHandle("pieces", { create: true });
    let count = 0;
    for await (const _ of pieces.keys()) count += 1;
    return count;
  });
}

describe("leaving before paying", () => {
  it("keeps what another page has packed, and leaves nothing behind once no page needs it", async () => {
    const { page, context } = person;
    await page.goto("/host/");
    await chooseFolder(page, site);
    expect(await packedCars(page)).toBe(1);

    const other = await context.newPage();
    await other.goto("/host/");
    await other.getByRole("button", { name: "Choose a folder" }).waitFor();
    expect(await packedCars(other)).toBe(1);
    await other.close();

    await page.reload();
    await page.getByRole("button", { name: "Choose a folder" }).waitFor();
    await network.watch.until("An empty storage", 30, async () => ((await packedCars(page)) === 0 ? true : undefined));
  });
});
