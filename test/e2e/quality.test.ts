// Each page of the export, measured by Lighthouse as on a desktop. Its tasks count by the processor's time that they took, not by the
// clock: what else the machine does at that moment says nothing of a page.
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import lighthouse, { auditFlowArtifacts, desktopConfig, type Result } from "lighthouse";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ensureChromium } from "../../scripts/browser.ts";
import { PROJECT_ROOT } from "../../scripts/command.ts";
import { byProcessorTime } from "../../scripts/testing/processor-time.ts";

const LEAST_SCORE = 0.95;
/** A page is measured again when something else had the machine, as pictures of it are still taken by the clock: its best counts. */
const MOST_TRIES = 5;
/** What rounds to nothing. */
const MAX_LAYOUT_SHIFT = 0.01;
/** Pages ask the chain for its head each second, so the network is never quite still. */
const MAX_LOAD_MS = 15_000;
const QUIET_MS = 300;
/** Compressed script, its headers included, of the first page; and of any other that somebody opens first. */
const MAX_SCRIPT_BYTES = { first: 350_000, other: 420_000 };

/** Paths of all pages, as the export has them. */
function exportedPages(): string[] {
  const root = join(PROJECT_ROOT, "web/out");
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name === "index.html")
    .map(({ parentPath }) => `${parentPath.slice(root.length)}/`)
    .filter((path) => !/^\/(404|_not-found)\//.test(path))
    .sort();
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let browser: Browser;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const isRoot = process.getuid?.() === 0;
  browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: [`--remote-debugging-port=${port}`, "--disable-dev-shm-usage", ...(isRoot ? ["--no-sandbox"] : [])],
  });
});
afterAll(() => browser.close());

/** What Lighthouse finds wrong with a page; nothing when it is as it should be. */
async function measure(path: string): Promise<string[]> {
  const url = new URL(path, inject("network").dashboardUrl).href;
  const onlyCategories = ["performance", "accessibility", "best-practices"];
  const limits = { maxWaitForLoad: MAX_LOAD_MS, networkQuietThresholdMs: QUIET_MS, disableFullPageScreenshot: true };
  const flags = { port, onlyCategories, logLevel: "error" as const, ...limits };
  const run = await lighthouse(url, flags, desktopConfig);
  const failure = run ? run.lhr.runtimeError?.message : "it gave no result";
  if (!run || failure !== undefined) return [`Lighthouse could not measure it: ${failure}`];
  const { Trace } = run.artifacts;
  const artifacts = { ...run.artifacts, Trace: { ...Trace, traceEvents: byProcessorTime(Trace.traceEvents) } };
  const { steps } = await auditFlowArtifacts({ gatherSteps: [{ artifacts, flags }] }, desktopConfig);
  return steps[0] ? faultsOf(path, steps[0].lhr) : ["Lighthouse could not judge it: it gave no result"];
}

/** Bytes of script that came over the wire until the network was quiet: what the HTML names, and what came later, as the wallet's. */
function scriptBytes({ audits }: Result): number {
  const details = audits["network-requests"]?.details;
  if (details?.type !== "table") throw new Error("Lighthouse lists no requests");
  return details.items
    .filter(({ resourceType }) => resourceType === "Script")
    .reduce((sum, { transferSize }) => sum + Number(transferSize), 0);
}

function faultsOf(path: string, result: Result): string[] {
  const { audits, categories } = result;
  const weak = Object.values(categories).flatMap(({ title, score, auditRefs }) => {
    if ((score ?? 0) >= LEAST_SCORE) return [];
    const causes = auditRefs
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < LEAST_SCORE)
      .map(({ id }) => `${id} ${audits[id]?.displayValue ?? audits[id]?.score}`);
    return [`${title} ${score}: ${causes.join(", ")}`];
  });
  const shift = audits["cumulative-layout-shift"]?.numericValue ?? 1;
  const script = scriptBytes(result);
  const mostScript = path === "/" ? MAX_SCRIPT_BYTES.first : MAX_SCRIPT_BYTES.other;
  return [
    ...weak,
    ...(shift < MAX_LAYOUT_SHIFT ? [] : [`its layout shifts by ${shift}`]),
    ...(script > 0 && script <= mostScript ? [] : [`it needs ${script} bytes of script`]),
  ];
}

describe("a page of the dashboard", () => {
  it.each(exportedPages())("is quick, accessible and sound: %s", async (path) => {
    let faults = await measure(path);
    for (let tries = 1; tries < MOST_TRIES && faults.length > 0; tries++) faults = await measure(path);
    expect(faults).toEqual([]);
  });
});
