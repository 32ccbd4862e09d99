import { createWalletClient, http, keccak256, stringToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { audit } from "../../sdk/src/audit/audit.ts";
import { getChannel, openChannel } from "../../sdk/src/channels/channels.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { createSubgraph } from "../../sdk/src/subgraph/client.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  figure,
  openBrowser,
  type Person,
  switchTestAccount,
} from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const DOLLAR = 1_000_000n;
/** The dashboard's test account "Provider", and somebody who pays it from elsewhere. */
const [PAYEE, PAYER] = [LOCAL_ACCOUNTS.firstFree + 1, LOCAL_ACCOUNTS.firstFree + 7];

let network: Network;
let person: Person;
let channelId: bigint;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  await person.page.goto("/channels/");
});
afterAll(() => person?.leave());

const channel = () => {
  const { watch, deployment } = network;
  return getChannel(watch.client, { deployment, channelId });
};

/** Signs in the page that is open, and waits until the provider has it. */
async function sign(amount: string): Promise<void> {
  const { page } = person;
  await page.getByRole("button", { name: "Sign", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Sign for channel ${channelId}` });
  await dialog.getByLabel("More than before").fill(amount);
  await dialog.getByRole("button", { name: "Sign and send it to the provider" }).click();
  await dialog.getByText("The provider has it").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Close" }).first().click();
}

describe("paying by vouchers", () => {
  it("opens a channel from the page by one signature and one transaction", async () => {
    const { page } = person;
    await page.getByRole("heading", { name: "Whose channels?" }).waitFor();
    await connectTestWallet(page, "Customer");
    await page.getByRole("heading", { name: "You pay through no channel yet" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByRole("button", { name: "Open a channel" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Open a channel" });
    await dialog.getByRole("button", { name: "Review the channel" }).click();
    await dialog.getByText("Enter an amount in").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel("Cap").fill("100");
    await dialog.getByRole("button", { name: "Review the channel" }).click();
    const drawer = page.getByRole("dialog", { name: /^Open a channel to / });
    await drawer.getByText("Sign the permit").waitFor();
    await drawer.getByRole("button", { name: "Lock and open" }).click();
    await page.getByRole("heading", { name: /^Channel \d+$/ }).waitFor();
    channelId = BigInt(new URL(page.url()).searchParams.get("id") ?? 0);
    expect(await channel()).toMatchObject({ status: "open", locked: 100n * DOLLAR, redeemed: 0n });
    await figure(page, "Signed, not redeemed").filter({ hasText: "0 LUSD" }).waitFor();
  });

  it("signs without gas, the keeper takes it, and it stays known after a reload", async () => {
    const { page } = person;
    await sign("1.5");
    await figure(page, "Signed, not redeemed").filter({ hasText: "1.5 LUSD" }).waitFor();
    await figure(page, "Not signed").filter({ hasText: "98.5 LUSD" }).waitFor();
    await page.reload();
    await figure(page, "Signed, not redeemed").filter({ hasText: "1.5 LUSD" }).waitFor();
    expect((await channel()).redeemed).toBe(0n);
  });

  it("shows what the keeper redeemed, once it is worth the gas", async () => {
    const { page } = person;
    await sign("60");
    await figure(page, "Redeemed").filter({ hasText: "61.5 LUSD" }).waitFor();
    const table = page.getByRole("table", { name: "Redemptions, newest first" });
    await table.getByRole("row").filter({ hasText: "61.5 LUSD" }).first().waitFor();
    expect(await table.getByRole("link").first().getAttribute("href")).toMatch(/^\/explorer\/transaction\/\?hash=0x/);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("tops up, closes with its window, and gets the rest back", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Top up" }).click();
    const dialog = page.getByRole("dialog", { name: `Top up channel ${channelId}` });
    await dialog.getByLabel("Amount to add").fill("20");
    await dialog.getByRole("button", { name: "Review the top-up" }).click();
    await closeDrawer(await carryOut(page, `Top up channel ${channelId}`, "Top up"));
    await figure(page, "Cap").filter({ hasText: "120 LUSD" }).waitFor();

    await page.getByRole("button", { name: "Close", exact: true }).click();
    await closeDrawer(await carryOut(page, `Begin to close channel ${channelId}`, "Begin to close"));
    await page.getByText("It is being closed").waitFor();
    await page.getByText("It is over").waitFor();
    await page.getByRole("button", { name: "Get the rest back" }).click();
    await closeDrawer(await carryOut(page, `Close channel ${channelId}`, "Get it back"));
    await figure(page, "Came back").filter({ hasText: "58.5 LUSD" }).waitFor();
    expect(await channel()).toMatchObject({ status: "closed", redeemed: 61_500_000n });
  });

  it("lists it, on both sides", async () => {
    const { page } = person;
    await page.getByRole("link", { name: "Channels", exact: true }).first().click();
    await page
      .getByRole("row")
      .filter({ hasText: `Channel ${channelId}` })
      .filter({ hasText: "61.5 LUSD" })
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("tab", { name: "You are paid" }).click();
    await page.getByRole("heading", { name: "No channel pays this account yet" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("shows a payee what pays it, and does not guess what waits where no keeper answers", async () => {
    const { page } = person;
    const { rpcUrl, deployment } = network;
    const payer = createWalletClient({ account: localAccount(PAYER), transport: http(rpcUrl), pollingInterval: 200 });
    await claimFaucet(payer, { deployment });
    const opened = await openChannel(payer, {
      deployment,
      payee: localAccount(PAYEE).address,
      serviceId: keccak256(stringToHex("hosting")),
      tokenId: 1,
      amount: 25n * DOLLAR,
      expiresAt: Math.floor(Date.now() / 1_000) + 30 * 86_400,
      sessionKey: payer.account.address,
    });
    await switchTestAccount(page, "Provider");
    const row = page.getByRole("row").filter({ hasText: `Channel ${opened.channelId}` });
    await row.filter({ hasText: "25 LUSD" }).filter({ hasText: "unknown" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await row.getByRole("link").click();
    await figure(page, "At risk").filter({ hasText: "unknown" }).waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Sign", exact: true }).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(person.problems).toEqual([]);
  });

  it("agrees, figure by figure, with an audit of contracts and index", async () => {
    const { watch, deployment, dashboardUrl } = network;
    const { subgraphUrl } = (await (await fetch(`${dashboardUrl}/config.json`)).json()) as { subgraphUrl: string };
    const report = await audit(watch.client, { deployment, subgraph: createSubgraph(subgraphUrl), all: true });
    expect(report).toMatchObject({ outcome: "agree", differences: [], unknowns: [] });
    expect(report.counts.vouchers).toBeGreaterThan(0);
  });
});
