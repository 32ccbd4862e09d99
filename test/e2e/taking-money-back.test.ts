import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { getEndpoint } from "../../sdk/src/offers.ts";
import { getBalance, getToken } from "../../sdk/src/tokens.ts";
import { formatMoney } from "../../web/lib/format/money.ts";
import {
  accessibilityFaults,
  carryOut,
  connectTestWallet,
  figure,
  openBrowser,
  type Person,
} from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { chooseFolder, writeSite } from "./helpers/site.ts";

const CUSTOMER = localAccount(LOCAL_ACCOUNTS.firstFree).address;
const [SILENT] = LOCAL_ACCOUNTS.providers; // Alder Storage

let network: Network;
let person: Person;
let scratch: string;
let silentPid: number;
let dealId: bigint;

beforeAll(async () => {
  network = await joinNetwork();
  const { watch, deployment, keeperPids, dashboardUrl } = network;
  const seat = await getEndpoint(watch.client, { deployment, provider: localAccount(SILENT).address });
  const pid = keeperPids[seat?.endpoint ?? ""];
  if (!pid) throw new Error(`No keeper runs at ${seat?.endpoint}.`);
  silentPid = pid;
  person = await openBrowser(dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  await person.page.goto("/host/");
  await connectTestWallet(person.page, "Customer");
  process.kill(silentPid, "SIGSTOP");
});
afterAll(async () => {
  if (silentPid) process.kill(silentPid, "SIGCONT");
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

/** What the customer has in the ledger and in its wallet. Token base units. */
async function purse() {
  const { watch, deployment } = network;
  const token = await getToken(watch.client, { deployment });
  return { token, ...(await getBalance(watch.client, { deployment, account: CUSTOMER, token })) };
}

describe("taking money back", () => {
  it("withdraws a request that a silent provider does not answer, and everything comes back", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    const site = writeSite(scratch, "never-accepted");
    await chooseFolder(page, site);
    await page.getByRole("radio", { name: /^Alder Storage/ }).check();
    await page.getByRole("button", { name: "Host this folder" }).click();
    const drawer = page.getByRole("dialog", { name: `Host “${site.name}”` });
    await drawer.getByRole("button", { name: "Pay and host" }).click();
    await page.getByRole("heading", { name: `Bringing “${site.name}” to Alder Storage` }).waitFor();
    const link = page.getByRole("link", { name: "See the deal" });
    dealId = BigInt(/id=(\d+)/.exec((await link.getAttribute("href")) ?? "")?.[1] ?? 0);
    await link.click();
    await page.getByRole("heading", { name: `Deal ${dealId}` }).waitFor();
    const { left: locked } = await getDeal(watch.client, { deployment, dealId });
    const before = await purse();

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Cancel the request" }).click();
    const review = await carryOut(page, "Cancel the request", "Cancel the request");
    await review.getByRole("button", { name: "Close" }).first().click();

    const after = await purse();
    expect(await getDeal(watch.client, { deployment, dealId })).toMatchObject({ status: "cancelled", left: 0n });
    expect(locked).toBeGreaterThan(0n);
    expect(after.available - before.available).toBe(locked);
    await figure(page, "Returned to you")
      .filter({ hasText: formatMoney(locked, after.token) })
      .waitFor();
    await page.getByText("Request cancelled").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("moves the balance in the ledger into the wallet, from the account menu", async () => {
    const { page } = person;
    const before = await purse();
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("dialog", { name: "Account" }).getByRole("button", { name: "Withdraw" }).click();
    const review = await carryOut(page, "Withdraw to your wallet", "Withdraw");
    await review.getByRole("button", { name: "Close" }).first().click();

    const after = await purse();
    expect(before.available).toBeGreaterThan(0n);
    expect({ available: after.available, wallet: after.wallet }).toEqual({
      available: 0n,
      wallet: before.wallet + before.available,
    });
    await page.getByRole("button", { name: /^Account/ }).click();
    const menu = page.getByRole("dialog", { name: "Account" });
    await menu.getByText(/^0 /).first().waitFor();
    expect(await menu.getByRole("button", { name: "Withdraw" }).count()).toBe(0);
  });

  it("throws no error in the page", () => {
    expect(person.problems).toEqual([]);
  });
});
