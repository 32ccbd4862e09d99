import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { accessibilityFaults, connectTestWallet, figure, openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { chooseFolder, hostSite, type Site, writeSite } from "./helpers/site.ts";

const CUSTOMER = localAccount(10).address;

let network: Network;
let person: Person;
let scratch: string;
let site: Site;
let dealId: bigint;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  site = writeSite(scratch, "first-steps");
});
afterAll(async () => {
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

describe("hosting a site", () => {
  it("shows live offers with their prices before anything is connected", async () => {
    const { page } = person;
    await page.goto("/host/");

    const offers = page.getByRole("group", { name: "Provider" }).locator("label");
    await offers.filter({ hasText: "Cedar Archive" }).waitFor();

    const rows = await offers.allTextContents();
    const priceOf = (name: string) => / ?([\d.]+) \w+ \/ GiB/.exec(rows.find((row) => row.startsWith(name)) ?? "")?.[1];
    expect(["Birch Hosting", "Alder Storage", "Cedar Archive"].map(priceOf)).toEqual(["2.4", "3", "4.2"]);
  });

  it("names the most that a chosen folder can cost", async () => {
    const { page } = person;
    await connectTestWallet(page, "Customer");

    await chooseFolder(page, site);

    const row = figure(page, "Locked at most").filter({ hasText: /^0\.\d+ / });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/^0\.\d+ \w+$/);
  });

  it("brings a folder online with one signature and one transaction", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    const before = await watch.client.getTransactionCount({ address: CUSTOMER });

    dealId = await hostSite(page, site);

    const after = await watch.client.getTransactionCount({ address: CUSTOMER });
    const deal = await getDeal(watch.client, { deployment, dealId });
    expect(after - before).toBe(1);
    expect(deal).toMatchObject({ customer: CUSTOMER, status: "active" });
    expect(deal.liveBytes).toBeGreaterThan(BigInt(site.binary.length));
  });

  it("opens the site on an origin of its own, with every file as it was", async () => {
    const { page, context } = person;
    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: "Open the site" }).click();
    const tab = await opening;

    await tab.getByRole("heading", { name: site.title }).waitFor();
    const colour = await tab.locator("h1").evaluate((heading) => getComputedStyle(heading).color);
    const { origin } = new URL(tab.url());
    const binary = await tab.evaluate(async () => {
      const bytes = await (await fetch("/data.bin")).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    });
    await tab.getByRole("link", { name: "The team" }).click();
    await tab.getByRole("heading", { name: `Team of ${site.name}` }).waitFor();
    await tab.close();

    expect(new URL(origin).hostname).toMatch(/^b[a-z2-7]{58}\./);
    expect(colour).toBe("rgb(1, 2, 3)");
    expect(binary).toBe(createHash("sha256").update(site.binary).digest("hex"));
  });

  it("shows the deal, and a period that was proven and earned", async () => {
    const { page } = person;
    await page.getByRole("link", { name: "See the deal" }).click();
    await page.getByRole("heading", { name: `Deal ${dealId}` }).waitFor();
    const life = page.getByRole("region", { name: "Proof by proof" });

    await life
      .getByRole("listitem")
      .filter({ hasText: /^proven [1-9]/ })
      .waitFor();
    await life.getByRole("button", { name: "Show as a table" }).click();
    const proven = life.getByRole("row").filter({ hasText: "proven" }).first();
    const [period, , , earned] = await proven.getByRole("cell").allInnerTexts();

    const { setId } = await getDeal(network.watch.client, { deployment: network.deployment, dealId });
    expect([...(await network.watch.provenPeriods(setId)).keys()]).toContain(Number(period));
    expect(earned).toMatch(/^0\.0*[1-9]\d* /);
  });

  it.each(["/", "/host/", "/deals/", "/deal/", "/provide/"])("has no accessibility fault at %s", async (path) => {
    const { page } = person;
    await page.goto(path === "/deal/" ? `/deal/?id=${dealId}` : path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page
      .getByText(/^Loading /)
      .first()
      .waitFor({ state: "detached" });

    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("throws no error in the page", () => {
    expect(person.problems).toEqual([]);
  });
});
