import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWalletClient, http } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { openBrowser } from "./helpers/browser.ts";
import { connectInstalledWallet, type InstalledWallet, installWallet } from "./helpers/installed-wallet.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { hostSite, writeSite } from "./helpers/site.ts";

let network: Network;
let scratch: string;

beforeAll(async () => {
  network = await joinNetwork();
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Hosts a site with a wallet that signs no typed data, and looks at what was asked of it. */
async function hostWithout(index: number, name: string, change: Partial<InstalledWallet>) {
  const { rpcUrl, deployment, dashboardUrl, watch } = network;
  const account = localAccount(index);
  await claimFaucet(createWalletClient({ account, transport: http(rpcUrl), pollingInterval: 100 }), { deployment });
  const person = await openBrowser(dashboardUrl);
  onTestFinished(() => person.leave());
  const { page, context } = person;
  const wallet = await installWallet(context, { account, rpcUrl, chainId: deployment.chainId });
  Object.assign(wallet, { signsTypedData: false }, change);
  await page.goto("/host/");
  await connectInstalledWallet(page);
  const dealId = await hostSite(page, writeSite(scratch, name));
  const deal = await getDeal(watch.client, { deployment, dealId });
  expect(deal).toMatchObject({ customer: account.address, status: "active" });
  await page.getByRole("button", { name: /^Recent transactions/ }).click();
  await page.getByRole("button", { name: new RegExp(`^Host “${name}”`) }).click();
  const shown = await page.getByRole("list", { name: "Steps" }).textContent();
  return { asked: wallet.asked, shown };
}

describe("paying without permits", () => {
  it("approves and requests in one go where the wallet carries out batches", async () => {
    const { asked, shown } = await hostWithout(15, "paid-as-a-batch", { isBatching: true });
    expect(asked).toEqual(["eth_signTypedData_v4", "wallet_sendCalls"]);
    expect(shown).toMatch(/Approve and pay in one go/);
  });

  it("approves, then requests, where it does not, and says so", async () => {
    const { asked, shown } = await hostWithout(16, "paid-in-two-steps", { isBatching: false });
    expect(asked).toEqual(["eth_signTypedData_v4", "eth_sendTransaction", "eth_sendTransaction"]);
    expect(shown).toMatch(/Send the approval; no permit can be signed.*Send the request/);
  });
});
