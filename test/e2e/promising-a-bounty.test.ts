import { createWalletClient, http, parseEther, publicActions } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { getExitBounty } from "../../sdk/src/exit-bounties.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { delegate, undelegate } from "../../sdk/src/stakes.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  openBrowser,
  type Person,
} from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const DELEGATOR = localAccount(LOCAL_ACCOUNTS.firstFree); // "Customer" among the test wallet's accounts
const ALDER = { name: "Alder Storage", address: localAccount(LOCAL_ACCOUNTS.providers[0]).address };

let network: Network;
let person: Person;

/** The customer thaws a part of what it delegated. */
beforeAll(async () => {
  network = await joinNetwork();
  const { deployment } = network;
  const transport = http(network.rpcUrl);
  const wallet = createWalletClient({ account: DELEGATOR, transport, pollingInterval: 100 }).extend(publicActions);
  await claimFaucet(wallet, { deployment });
  await delegate(wallet, { deployment, provider: ALDER.address, amount: parseEther("20") });
  await undelegate(wallet, { deployment, provider: ALDER.address, shares: parseEther("5") });
  person = await openBrowser(network.dashboardUrl);
  await person.page.goto("/delegate/");
});
afterAll(() => person?.leave());

const promised = async () => {
  const asked = { deployment: network.deployment, provider: ALDER.address, account: DELEGATOR.address };
  return (await getExitBounty(network.watch.client, asked)).amountWei;
};

describe("promising a bounty", () => {
  it("is offered beside what thaws, refuses nothing, and suggests an amount", async () => {
    const { page } = person;
    await connectTestWallet(page, "Customer");
    await page.getByRole("button", { name: "Offer a bounty" }).click();
    const dialog = page.getByRole("dialog", { name: "Offer a bounty" });
    await dialog.getByText("Suggested: three times the gas").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const suggested = await dialog.getByLabel("Amount").inputValue();
    await dialog.getByLabel("Amount").fill("0");
    await dialog.getByRole("button", { name: "Review the bounty" }).click();
    await dialog.getByText("Enter more than zero.").waitFor();
    await dialog.getByLabel("Amount").fill(suggested);
    await dialog.getByRole("button", { name: "Review the bounty" }).click();
    await closeDrawer(await carryOut(page, "Offer a bounty", "Offer it"));
    await page.getByRole("button", { name: "Take back" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect((await promised()) > 0n).toBe(true);
  });

  it("is taken back wholly", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Take back" }).click();
    await closeDrawer(await carryOut(page, "Take the bounty back", "Take it back"));
    await page.getByRole("button", { name: "Offer a bounty" }).waitFor();
    expect(await promised()).toBe(0n);
  });
});
