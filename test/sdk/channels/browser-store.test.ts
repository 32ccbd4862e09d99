import { join } from "node:path";
import { keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/browser.ts";
import { launchPage } from "../pieces/browser/launch.ts";

const hasChromium = findChromium() !== undefined;
if (!hasChromium) console.warn("SKIPPED, NO CHROMIUM: a payer's book in a browser was not checked.");

describe.skipIf(!hasChromium)("createBrowserStore", () => {
  let launched: NonNullable<Awaited<ReturnType<typeof launchPage>>>;
  beforeAll(async () => {
    const result = await launchPage(join(import.meta.dirname, "browser"), "payer");
    if (result === undefined) throw new Error("Chromium vanished");
    launched = result;
  });
  afterAll(() => launched?.close());
  const usage = (text: string) => keccak256(toHex(text));

  it("does not take an entry that it cannot read for none", async () => {
    const page = await launched.open();
    await page.evaluate(() => window.payer.spoil("1/0x/1"));
    expect(await page.evaluate(() => window.payer.read("1/0x/1"))).toBe("ChannelStoreDamaged");
    expect(await page.evaluate(() => window.payer.read("1/0x/2"))).toBe("undefined");
  });

  it("outlives the page", async () => {
    const page = await launched.open();
    await page.evaluate((use) => window.payer.add(use), usage("a"));
    await page.reload();
    await page.waitForFunction(() => "payer" in window);
    expect(await page.evaluate(() => window.payer.signed())).toBe("1");
  });

  it("gives no sum to two tabs that sign at once", async () => {
    const first = await launched.open();
    const tabs = [first, await launched.open(first)] as const;
    const told = await Promise.all(
      tabs.map((tab, i) =>
        tab.evaluate(
          async (use) => {
            const sums: string[] = [];
            for (let i = 0; i < 40; i++) sums.push(await window.payer.add(use));
            return sums;
          },
          usage(`${i}`),
        ),
      ),
    );
    expect(new Set(told.flat()).size).toBe(80);
    expect(await first.evaluate(() => window.payer.signed())).toBe("80");
  });
});
