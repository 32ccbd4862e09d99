import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWalletClient, http } from "viem";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { getBalance, getToken } from "../../sdk/src/tokens.ts";
import { openBrowser } from "./helpers/browser.ts";
import { connectInstalledWallet, installWallet, WALLET_NAME } from "./helpers/installed-wallet.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { chooseFolder, type Site, writeSite } from "./helpers/site.ts";

const FUNDED = localAccount(13);
const PENNILESS = localAccount(14);
const FOREIGN_CHAIN = 1;

let network: Network;
let scratch: string;
let site: Site;

beforeAll(async () => {
  network = await joinNetwork();
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  site = writeSite(scratch, "never-paid");
  const client = createWalletClient({ account: FUNDED, transport: http(network.rpcUrl), pollingInterval: 100 });
  await claimFaucet(client, { deployment: network.deployment });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** All that an account owns, and how many transactions it has sent. */
async function purseOf({ address }: { address: `0x${string}` }) {
  const { watch, deployment } = network;
  const token = await getToken(watch.client, { deployment });
  const { available, wallet } = await getBalance(watch.client, { deployment, account: address, token });
  const sent = await watch.client.getTransactionCount({ address });
  return { available, wallet, sent };
}

/** A person with an installed wallet and a folder chosen on the Host page. */
async function ready(account: ReturnType<typeof localAccount>, chainId = network.deployment.chainId) {
  const person = await openBrowser(network.dashboardUrl);
  onTestFinished(() => person.leave());
  const { page, context } = person;
  const wallet = await installWallet(context, { account, rpcUrl: network.rpcUrl, chainId });
  await page.goto("/host/");
  await connectInstalledWallet(page);
  await chooseFolder(page, site);
  return { page, wallet, drawer: page.getByRole("dialog", { name: `Host “${site.name}”` }) };
}

describe("a refusal", () => {
  it("by the wallet's owner is told as such; nothing is sent, and it can be tried again", async () => {
    const before = await purseOf(FUNDED);
    const { page, wallet, drawer } = await ready(FUNDED);
    wallet.isRefusing = true;

    await page.getByRole("button", { name: "Host this folder" }).click();
    await drawer.getByRole("button", { name: "Pay and host" }).click();
    const again = drawer.getByRole("button", { name: "Try again" });
    await again.waitFor();

    expect(await drawer.textContent()).toMatch(/The wallet was told not to sign.*Nothing was sent or paid/);
    expect(wallet.asked).toEqual(["eth_signTypedData_v4"]);
    await again.click();
    await again.waitFor();
    expect(await purseOf(FUNDED)).toEqual(before);
  });

  it("for too little money is told before anything is asked of the wallet", async () => {
    const { page, wallet } = await ready(PENNILESS);

    await page.getByText(/^Not enough /).waitFor();

    expect(await page.getByRole("button", { name: "Host this folder" }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Get test tokens" }).isVisible()).toBe(true);
    expect(wallet.asked).toEqual([]);
    expect((await purseOf(PENNILESS)).sent).toBe(0);
  });

  it("for a wallet on another network names it, pays nothing, and offers to switch", async () => {
    const before = await purseOf(FUNDED);
    const { page, wallet, drawer } = await ready(FUNDED, FOREIGN_CHAIN);
    const banner = page.getByText(`${WALLET_NAME} is on another network`);
    await banner.waitFor();

    await page.getByRole("button", { name: "Host this folder" }).click();
    await drawer.getByRole("button", { name: "Pay and host" }).click();
    await drawer.getByText("The wallet is on another network.").waitFor();
    await drawer.getByRole("button", { name: "Close" }).first().click();
    expect(wallet.asked).toEqual([]);
    expect(await purseOf(FUNDED)).toEqual(before);

    await page.getByRole("button", { name: /^Switch to/ }).click();
    await banner.waitFor({ state: "detached" });
    expect(wallet.chainId).toBe(network.deployment.chainId);
  });
});
