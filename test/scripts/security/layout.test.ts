import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ensureBuilt } from "../../../scripts/build-steps.ts";
import { LAYOUT, renderLayout } from "../../../scripts/security/layout.ts";

it("sizes and layouts are recorded as the contracts compile to them; `npm run layout` writes them", {
  timeout: 300_000,
}, async () => {
  await ensureBuilt(["contracts"]);
  expect(renderLayout()).toBe(readFileSync(LAYOUT, "utf8"));
});
