import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { createTestClient, createWalletClient, getAddress, http, parseEther, publicActions } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { cancel } from "../../sdk/src/deal-ends.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { ledgerAbi } from "../../sdk/src/generated/abis.ts";
import { digestToCid } from "../../sdk/src/pieces/cid.ts";
import { createSubgraph } from "../../sdk/src/subgraph/client.ts";
import { findOffers } from "../../sdk/src/subgraph/queries.ts";
import { getToken } from "../../sdk/src/tokens.ts";
import { pieceOf, uniformPiece } from "../helpers/proofs.ts";
import { HOSTING, MIB } from "../helpers/story.ts";
import { accessibilityFaults, openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const SOMEBODY = localAccount(41);
const LEAVES = 8_192;

let network: Network;
let auditor: Person;
let cid: string;
let dealId: bigint;
let locked: bigint;

/** Somebody pays for a deal and takes the request back: three movements of money, and nothing to wait for. */
beforeAll(async () => {
  network = await joinNetwork();
  const { rpcUrl, dashboardUrl, deployment } = network;
  const customer = createWalletClient({ account: SOMEBODY, transport: http(rpcUrl) }).extend(publicActions);
  const chain = createTestClient({ mode: "anvil", transport: http(rpcUrl) });
  await chain.setBalance({ address: SOMEBODY.address, value: parseEther("1") });
  await claimFaucet(customer, { deployment });
  const token = await getToken(customer, { deployment });
  const { subgraphUrl } = (await (await fetch(`${dashboardUrl}/config.json`)).json()) as { subgraphUrl: string };
  const need = { capacityBytes: MIB, termPeriods: 10, serviceId: HOSTING, tokenId: token.tokenId };
  const [offer] = await findOffers(createSubgraph(subgraphUrl), need);
  if (!offer) throw new Error("Nobody offers capacity.");
  const firstPiece = pieceOf(uniformPiece(LEAVES, "audited"));
  const deal = await requestDeal(customer, { deployment, ...need, offerId: offer.offerId, firstPiece });
  await cancel(customer, { deployment, dealId: deal.dealId });
  cid = digestToCid(firstPiece.cidDigest).toString();
  ({ dealId, locked } = deal);
  auditor = await openBrowser(dashboardUrl);
});
afterAll(() => auditor?.leave());

/** Presses a button of the table and reads the file that the browser saves. */
async function exported(page: Page, format: "CSV" | "JSON"): Promise<string> {
  const table = page.getByRole("region", { name: "Payments" }).first();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    table.getByRole("button", { name: format, exact: true }).click(),
  ]);
  return readFile(await download.path(), "utf8");
}

describe("an auditor without a wallet", () => {
  it("is told what can be searched for when the question is none", async () => {
    const { page } = auditor;
    await page.goto("/explorer/");
    await page.getByRole("region", { name: "Money" }).waitFor(); // the page listens to keys once it shows what it asked for
    await page.keyboard.press("/");
    await page.keyboard.type("who has my money");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "That is nothing to search for" }).waitFor();
    await page
      .getByText(/Search for an address, the number of a deal, a CID/)
      .last()
      .waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("who has my money");
  });

  it("finds a deal by its CID", async () => {
    const { page } = auditor;
    const search = page.getByRole("searchbox", { name: "Search the network" });
    await search.fill(cid);
    await search.press("Enter");
    await page.getByRole("heading", { name: `Deal ${dealId}` }).waitFor();
    await page.getByText("Cancelled", { exact: true }).first().waitFor();
  });

  it("follows a payment to its transaction, as the chain tells it", async () => {
    const { page } = auditor;
    await page.goto(`/explorer/payments/?deal=${dealId}`);
    const row = page.getByRole("row").filter({ hasText: "Locked" });
    await row.getByRole("link", { name: /^0x/ }).last().click();
    await page.getByText("Carried out").waitFor();
    const events = page.getByRole("region", { name: "Events in its receipt" });
    const event = events.getByRole("listitem").filter({ hasText: /Locked\s*by Ledger/ });
    await event.getByText(String(locked), { exact: true }).waitFor();
    await page
      .getByRole("region", { name: "In the index" })
      .getByText("A deal was requested and paid in advance")
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("exports payments that add up to the balance that the ledger has at the same block", async () => {
    const { page } = auditor;
    const { watch, deployment } = network;
    await page.goto(`/explorer/payments/?account=${SOMEBODY.address}`);
    await page.getByRole("row").filter({ hasText: "Returned" }).first().waitFor();
    const lines = (await exported(page, "CSV")).trimEnd().split("\r\n");
    const header = lines[0]?.split(",") ?? [];
    const rows = lines.slice(1).map((line) => line.split(","));
    const amounts = rows.map((row) => BigInt(row[header.indexOf("amount (token base units)")] ?? ""));
    expect(amounts).toContain(-locked);
    const token = await getToken(watch.client, { deployment });
    const block = BigInt(rows[0]?.[header.indexOf("read at block")] ?? "");
    const balance = await watch.client.readContract({
      address: deployment.contracts.Ledger,
      abi: ledgerAbi,
      functionName: "balanceOf",
      args: [getAddress(SOMEBODY.address), token.tokenId],
      blockNumber: block,
    });
    expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(balance);
    expect(balance).toBe(locked);
  });

  it("gets the same rows by asking the question that is shown", async () => {
    const { page } = auditor;
    const { endpoint, query, variables, rows } = JSON.parse(await exported(page, "JSON"));
    const disclosure = page.getByRole("group").filter({ hasText: "The query that yields these rows" });
    await disclosure.getByText("The query that yields these rows").click();
    const shown = await disclosure.getByRole("region", { name: "Query" }).textContent();
    expect(shown?.trim()).toBe(query.trim());
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: shown, variables }),
    });
    expect(((await answer.json()) as { data: { rows: unknown } }).data.rows).toEqual(rows);
    expect(rows.length).toBeGreaterThanOrEqual(3);
  });

  it("sees the network over time, each picture with a table behind it", async () => {
    const { page } = auditor;
    await page.goto("/explorer/");
    const money = page.getByRole("region", { name: "Money" });
    await money.getByRole("button", { name: "Show as a table" }).click();
    await money.getByRole("table", { name: "Money by period, newest first" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(auditor.problems).toEqual([]);
  });
});
