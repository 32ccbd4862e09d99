// `PICTURES=folder npx vitest run --project e2e …` takes a picture of each state that a story looks at, as a designer wants to see it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const WIDTHS = [1440, 390];
const SCHEMES = ["light", "dark"] as const;
const HEIGHT = 900;

let taken = 0;

/** Takes the page as it is now in each width and colour scheme, and leaves it as it was. Does nothing unless pictures are asked for. */
export async function takePictures(page: Page): Promise<void> {
  const folder = process.env.PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const test = (expect.getState().currentTestName ?? "").replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 90);
  const name = `${test}-${++taken}`;
  const before = page.viewportSize();
  const hasDialog = (await page.getByRole("dialog").count()) > 0;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(comeToRest);
      const path = join(folder, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: !hasDialog, animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
  await page.evaluate(comeToRest);
}

/** In the page: waits for a frame of the new size, and for what moves or changes colour but for what does so for ever. */
async function comeToRest(): Promise<void> {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
  await Promise.allSettled(ending.map(({ finished }) => finished));
}
