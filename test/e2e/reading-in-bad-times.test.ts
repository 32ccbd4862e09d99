// What the explorer shows when something is late, away, empty or large, in a real browser.
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openBrowser, type Person } from "./helpers/browser.ts";
import { type ListArguments, type ToldNetwork, tellNetwork } from "./helpers/told-network.ts";

const ROUNDS = 2_500;
const HASH = `0x${"cd".repeat(32)}`;
const ADDRESS = `0x${"cd".repeat(20)}`;

let reader: Person;
let told: ToldNetwork;

beforeAll(async () => {
  told = await tellNetwork();
  reader = await openBrowser(told.dashboardUrl);
});
afterAll(async () => {
  await reader?.leave();
  await told?.stop();
});

/** A page of its own on a network in which all is well, and nothing has happened. */
async function open(path: string): Promise<Page> {
  Object.assign(told.chain, { head: 100, isAway: false });
  Object.assign(told.index, { block: 100, hasFailed: false, isAway: false, fields: {}, beforeAnswer: async () => {} });
  const page = await reader.context.newPage();
  onTestFinished(() => page.close());
  await page.goto(path);
  return page;
}

const round = (period: number) => ({
  id: `0x${period.toString(16).padStart(8, "0")}`,
  period,
  seed: HASH,
  seedBlock: String(period),
  dueAt: String(1_000 + period),
  recordedBy: ADDRESS,
  proofCount: 1,
  missedCount: 0,
  blockNumber: String(period),
  timestamp: String(1_000 + period),
  transactionHash: HASH,
});

/** Rounds as an index returns them: beyond the one that a page before has ended with. */
function rounds({ where = {}, orderDirection, first }: ListArguments) {
  const { period_lt: before, period_gt: after } = where as { period_lt?: number; period_gt?: number };
  const all = Array.from({ length: ROUNDS }, (_, period) => round(period)).filter(
    ({ period }) => (before == null || period < before) && (after == null || period > after),
  );
  return (orderDirection === "asc" ? all : all.reverse()).slice(0, first);
}

const notice = (page: Page, words: string): Locator => page.getByRole("main").getByText(words);

describe("the explorer", () => {
  it("says what it will show on a network without an event", async () => {
    const page = await open("/explorer/");
    await page.getByRole("heading", { name: "The network has just begun" }).waitFor();
    expect(await page.getByRole("main").textContent()).toContain("up to block 100");
  });

  it("says at which height the index is while it is behind, and stops saying so", async () => {
    const page = await open("/explorer/rounds/");
    told.index.block = 60;
    await notice(page, "The index shows block 60 of 100").waitFor();
    await page.getByRole("banner").getByText("index 40 behind").waitFor();
    told.index.block = 100;
    await notice(page, "The index shows block 60 of 100").waitFor({ state: "detached" });
  });

  it("says where an index stopped that has failed, and goes on showing its rows", async () => {
    const page = await open("/explorer/rounds/");
    Object.assign(told.index, { fields: { rounds }, block: 80, hasFailed: true });
    await notice(page, "The index stopped at block 80").waitFor();
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
  });

  it("says that the index is away, keeps what was read, and goes on by itself", async () => {
    const page = await open("/explorer/rounds/");
    told.index.fields = { rounds };
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
    told.index.isAway = true;
    await notice(page, "The index cannot be reached").waitFor();
    expect(await page.getByRole("row", { name: /^2,499/ }).count()).toBe(1);
    told.index.isAway = false;
    await notice(page, "The index cannot be reached").waitFor({ state: "detached" });
  });

  it("offers another try where nothing could be read", async () => {
    const page = await open("/explorer/rounds/");
    told.index.isAway = true;
    await page.reload();
    await page.getByRole("heading", { name: "Rounds could not be loaded" }).waitFor();
    Object.assign(told.index, { fields: { rounds }, isAway: false });
    await page.getByRole("main").getByRole("button", { name: "Try again" }).last().click();
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
  });

  it("says that the chain is away, and goes on showing what the index has", async () => {
    const page = await open("/explorer/rounds/");
    told.index.fields = { rounds };
    told.chain.isAway = true;
    await notice(page, "The chain cannot be reached").waitFor();
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
    told.chain.isAway = false;
    await notice(page, "The chain cannot be reached").waitFor({ state: "detached" });
  });

  it.each([
    [`/explorer/transaction/?hash=${HASH}`, "The chain knows no such transaction"],
    [`/explorer/provider/?address=${ADDRESS}`, "The index does not know provider"],
    ["/explorer/round/?period=7", "The index does not know round of period 7"],
    ["/explorer/round/", "The index does not know what is meant"],
    [`/explorer/account/?address=${ADDRESS}`, "The ledger never held money of this account"],
    [`/explorer/search/?q=${HASH}`, "Nothing found"],
    ["/explorer/search/?q=alder", "That is nothing to search for"],
  ])("says of %s that it knows no such thing", async (path, words) => {
    const page = await open(path);
    await notice(page, words).waitFor();
  });
});

describe("a table of thousands of rows", () => {
  it("is read page by page, forth and back", async () => {
    const page = await open("/explorer/rounds/");
    told.index.fields = { rounds };
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
    expect(await page.getByRole("main").textContent()).toContain("25 rows on this page");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("row", { name: /^2,474/ }).waitFor();
    await page.getByRole("button", { name: "Previous" }).click();
    await page.getByRole("row", { name: /^2,499/ }).waitFor();
  });

  it("is saved whole", async () => {
    const page = await open("/explorer/rounds/");
    told.index.fields = { rounds };
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV", exact: true }).click(),
    ]);
    const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
    expect(lines).toHaveLength(ROUNDS + 1);
    await page.getByText("2,500 rows saved, as of block 100").waitFor();
  });

  it("is not saved once the export was cancelled", async () => {
    const page = await open("/explorer/rounds/");
    told.index.fields = { rounds };
    let release = () => {};
    onTestFinished(() => release());
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The second page of an export waits: it is the one beyond a period, of a whole page's size.
    told.index.beforeAnswer = async ({ where, first }) => {
      if (Number(first) > 900 && JSON.stringify(where) !== "{}") await held;
    };
    const saved: unknown[] = [];
    page.on("download", (download) => saved.push(download));
    await page.getByRole("button", { name: "JSON", exact: true }).click();
    await page.getByText("999 rows at block 100 …").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "JSON", exact: true }).waitFor();
    release();
    expect(await page.getByRole("status").filter({ hasText: "saved" }).count()).toBe(0);
    expect(saved).toEqual([]);
  });
});
