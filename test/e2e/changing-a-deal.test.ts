import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { type Deal, getDeal } from "../../sdk/src/deals.ts";
import { accessibilityFaults, carryOut, connectTestWallet, openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { hostSite, type Site, writeSite } from "./helpers/site.ts";

const CUSTOMER = localAccount(10).address;
const MIB = 2n ** 20n;

let network: Network;
let person: Person;
let scratch: string;
let dealId: bigint;
let first: Site;
let second: Site;

const dealNow = (): Promise<Deal> => getDeal(network.watch.client, { deployment: network.deployment, dealId });
const sentByCustomer = () => network.watch.client.getTransactionCount({ address: CUSTOMER });
const pieces = () => person.page.getByRole("region", { name: "Pieces", exact: true });
/** Rows of the list of pieces, the newest first. */
const rows = () =>
  pieces()
    .getByRole("row")
    .filter({ has: person.page.getByRole("cell") });

async function close(drawer: Locator) {
  await drawer.getByRole("button", { name: "Close" }).first().click();
  await drawer.waitFor({ state: "detached" });
}

/** Publishes a folder from the panel, and waits until it is under proof; without a transaction of the customer. */
async function publish(site: Site) {
  const { page } = person;
  const panel = page.getByRole("region", { name: "Publish a folder" });
  await panel.getByLabel("Folder to host").setInputFiles(site.directory);
  const button = panel.getByRole("button", { name: "Publish", exact: true });
  await panel.getByText("Merkle root").waitFor();
  await button.click();
  await page.getByText(`“${site.name}” is published`).waitFor();
}

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  const { page } = person;
  await page.goto("/host/");
  await connectTestWallet(page, "Customer");
  first = writeSite(scratch, "the-first-version");
  dealId = await hostSite(page, first);
  await page.getByRole("link", { name: "See the deal" }).click();
  await page.getByRole("heading", { name: `Deal ${dealId}` }).waitFor();
  second = writeSite(scratch, "second");
});
afterAll(async () => {
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

describe("changing a deal", () => {
  it("says that a new version does not fit, and leads to more room", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Publish a folder" }).click();
    const panel = page.getByRole("region", { name: "Publish a folder" });
    await panel.getByLabel("Folder to host").setInputFiles(second.directory);
    await panel.getByText("Not enough room").waitFor();

    expect(await panel.getByRole("button", { name: "Publish", exact: true }).isDisabled()).toBe(true);
    await panel.getByRole("button", { name: "Change the capacity" }).click();
    const dialog = page.getByRole("dialog", { name: "Change the capacity" });
    expect(await dialog.getByLabel("New capacity").inputValue()).toBe("6");
  });

  it("refuses less room than is used before anything is signed", async () => {
    const { page } = person;
    const dialog = page.getByRole("dialog", { name: "Change the capacity" });
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "More" }).focus(); // the other way there, by keyboard
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Change the capacity" }).waitFor();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    expect(await dialog.getByLabel("New capacity").inputValue()).toBe("3");
    await dialog.getByLabel("New capacity").fill("1");
    await dialog.getByText(/are under proof\. Remove a piece first/).waitFor();
    expect(await dialog.getByRole("button", { name: "Review the change" }).isDisabled()).toBe(true);
  });

  it("adds room for what it showed, with one signature and one transaction", async () => {
    const { page } = person;
    const [before, sent] = [await dealNow(), await sentByCustomer()];
    const dialog = page.getByRole("dialog", { name: "Change the capacity" });
    await dialog.getByLabel("New capacity").fill("8");
    await dialog
      .getByText(/[1-9] LUSD$/)
      .last()
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Review the change" }).click();
    const title = `Change the capacity of deal ${dealId}`;
    const cost = page.getByRole("dialog", { name: title }).locator("dd").first();
    const most = Number.parseFloat((await cost.textContent()) ?? "");
    await close(await carryOut(page, title, "Change the capacity"));

    const after = await dealNow();
    expect(after.capacityBytes).toBe(8n * MIB);
    const added = Number(after.left - before.left) / 1e6;
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(most); // less, when a boundary has passed in between
    expect((await sentByCustomer()) - sent).toBe(1);
    await pieces()
      .getByText(/ of 8 MiB used/)
      .waitFor();
  });

  it("publishes a new version without a transaction, and opens it", async () => {
    const { page, context } = person;
    const [before, sent] = [await dealNow(), await sentByCustomer()];
    await page
      .getByRole("region", { name: "Publish a folder" })
      .getByRole("button", { name: "Publish", exact: true })
      .click();
    await page.getByText(`“${second.name}” is published`).waitFor();

    expect(await rows().count()).toBe(2);
    expect(await rows().first().textContent()).toMatch(/since period \d+/);
    expect(await sentByCustomer()).toBe(sent);
    expect((await dealNow()).liveBytes).toBeGreaterThan(2n * BigInt(second.binary.length));
    expect((await dealNow()).nonce).toBe(before.nonce + 1);

    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: "Open the site" }).click(); // the newest version is what the page leads to
    const tab = await opening;
    await tab.getByRole("heading", { name: second.title }).waitFor();
    await tab.close();
  });

  it("has no accessibility fault with several pieces", async () => {
    expect(await accessibilityFaults(person.page)).toEqual([]);
  });

  it("removes the old version, and its room is free", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Done" }).click();
    const old = rows().last();
    await old.getByRole("button", { name: /^Remove / }).click();
    await close(await carryOut(page, /^Remove /, "Remove the piece"));

    await old.getByRole("cell", { name: /^(Leaves at the boundary|Removed)$/ }).waitFor();
    expect(await old.getByRole("button", { name: /^Remove / }).count()).toBe(0);
    const { liveBytes } = await dealNow();
    expect(liveBytes).toBeGreaterThan(BigInt(second.binary.length));
    expect(liveBytes).toBeLessThan(2n * BigInt(second.binary.length));
  });

  it("sets a new session key when this browser has lost the old one, and publishes with it", async () => {
    const { page } = person;
    const { signer } = await dealNow();
    await page.evaluate(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith("4ever.session-key.")) localStorage.removeItem(key);
      }
    });
    await page.reload();
    await page.getByRole("button", { name: "Publish a folder" }).click();
    await page.getByText("This browser has no key for this deal").waitFor();
    await page.getByRole("button", { name: "Set a new key" }).click();
    await close(await carryOut(page, `New session key for deal ${dealId}`, "Set the new key"));
    expect((await dealNow()).signer).not.toBe(signer);

    await publish(first); // what was removed can come back
    expect(await rows().count()).toBe(3);
  });

  it("keeps the band of periods as it was when the index fails, and says so", async () => {
    const { page, context } = person;
    const life = page.getByRole("region", { name: "Proof by proof" });
    await life
      .getByText(/to come/)
      .first()
      .waitFor();
    const index = /\/subgraphs\//;
    await context.route(index, (route) => route.abort());
    await life.getByText("The index does not answer; this is what it said last").waitFor();

    expect(await life.getByRole("button", { name: "Show as a table" }).isVisible()).toBe(true);
    await life.getByRole("button", { name: "Try again" }).click(); // in vain; once it can be reached the page asks by itself, too
    await context.unroute(index);
    await life.getByText("The index does not answer").waitFor({ state: "detached" });
  });

  it("throws no error in the page", () => {
    expect(person.problems).toEqual([]);
  });
});
