import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWalletClient, erc20Abi, formatUnits, http, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { requestDeal } from "../../sdk/src/deal-actions.ts";
import { getDeal } from "../../sdk/src/deals.ts";
import { claimFaucet } from "../../sdk/src/faucet.ts";
import { getEndpoint, listOffers } from "../../sdk/src/offers.ts";
import { getProvider } from "../../sdk/src/providers.ts";
import { getCut, getStake } from "../../sdk/src/stakes.ts";
import { getBalance, getToken } from "../../sdk/src/tokens.ts";
import { pieceOf, uniformPiece } from "../helpers/proofs.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  openBrowser,
  type Person,
  switchTestAccount,
} from "./helpers/browser.ts";
import { connectInstalledWallet, installWallet } from "./helpers/installed-wallet.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { hostSite, writeSite } from "./helpers/site.ts";

const OWNER = localAccount(11).address;
const OPERATOR = localAccount(12).address; // "Somebody else" among the test wallet's accounts
const NEXT_OPERATOR = localAccount(15).address;
const CUSTOMER = localAccount(16);
const NAME = "Dogwood Disks";
const THAWED = parseEther("5");
const WORKING = { name: "Cedar Archive", owner: localAccount(LOCAL_ACCOUNTS.providers[2]) };
const PAYOUT = localAccount(17).address;
const PATIENCE_SECONDS = 150;

let network: Network;
let person: Person;
let scratch: string;
/** A deal of the working provider, which goes on while the newcomer finds its way. */
let runningDeal: bigint;
/** Of the offer that is published on the way. */
let offerId: number;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  await person.page.goto("/host/");
  await connectTestWallet(person.page, "Customer");
  runningDeal = await hostSite(person.page, writeSite(scratch, "provided"), WORKING.name);
  await person.page.goto("/provide/");
  await switchTestAccount(person.page, "Provider");
});
afterAll(async () => {
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

/** The row of the own offer on the customers' page. */
async function rowForCustomers() {
  await person.page.goto("/host/");
  return person.page.getByRole("group", { name: "Provider" }).locator("label").filter({ hasText: NAME });
}

/** A customer, not in front of this browser, asks for a deal on the offer. */
async function requestByCustomer() {
  const { deployment, rpcUrl } = network;
  const customer = createWalletClient({ account: CUSTOMER, transport: http(rpcUrl), pollingInterval: 100 });
  await claimFaucet(customer, { deployment });
  const firstPiece = pieceOf(uniformPiece(8, "declined"));
  return requestDeal(customer, { deployment, offerId, capacityBytes: 2n ** 20n, termPeriods: 10, firstPiece });
}

describe("becoming a provider", () => {
  it("names every field that is missing, and sends nothing", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Review the registration" }).click();

    await page.getByText("Enter the name that customers will see.").waitFor();
    await page.getByText("Registering needs an invite while the network grows.").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  it("registers with an invite of the local chain", async () => {
    const { page } = person;
    await page.getByLabel("Name", { exact: true }).fill(NAME);
    await page.getByLabel("Endpoint").fill("http://127.0.0.1:9");
    await page.getByLabel("Operator key").fill(OPERATOR);
    await page.getByLabel("Operator group").fill("77");
    await page.getByRole("button", { name: "Use an invite of this local chain" }).click();
    await page.getByRole("textbox", { name: "Invite" }).and(page.locator(":not(:placeholder-shown)")).waitFor();
    await page.getByRole("button", { name: "Review the registration" }).click();

    const drawer = await carryOut(page, "Register as a provider", "Register");
    await drawer.getByRole("link", { name: "Go on to stake" }).click();

    await page.getByRole("heading", { name: "Stake", level: 1 }).waitFor();
    const { watch, deployment } = network;
    const registered = await getProvider(watch.client, { deployment, provider: OWNER });
    expect(registered).toMatchObject({ operator: OPERATOR, group: 77 });
  });

  it("gets EVER from the faucet and stakes it", async () => {
    const { page } = person;
    await page.getByRole("button", { name: "Get test tokens" }).click();
    await page.getByText("In your account: 10,000 EVER").waitFor();
    await page.getByLabel("Amount", { exact: true }).fill("50");
    await page.getByRole("button", { name: "Review the stake" }).click();
    await closeDrawer(await carryOut(page, "Add stake", "Add stake"));

    await page.getByLabel("Stake that backs it").fill("20");
    await page.getByRole("button", { name: "Review the allocation" }).click();
    await closeDrawer(await carryOut(page, "Allocate stake", "Allocate"));

    await page.getByText("0 EVER of 20 EVER are held by deals").waitFor();
  });

  it("thaws stake that backs nothing, and cannot withdraw it yet", async () => {
    const { page } = person;
    await page.getByLabel("Amount to thaw").fill("31");
    await page.getByRole("button", { name: "Review the thaw" }).click();
    await page.getByText("Only stake that is not allocated can thaw.").waitFor();
    await page.getByLabel("Amount to thaw").fill("5");
    await page.getByRole("button", { name: "Review the thaw" }).click();
    await closeDrawer(await carryOut(page, "Thaw stake", "Start the thaw"));

    await page.getByText("Thawing", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Withdraw", exact: true }).isDisabled()).toBe(true);
    const { watch, deployment } = network;
    expect(await getStake(watch.client, { deployment, provider: OWNER })).toMatchObject({
      active: parseEther("45"),
      thawing: THAWED,
    });
  });

  it("announces a cut of its delegators' rewards, within what the vault allows", async () => {
    const { page } = person;
    const field = page.getByLabel("Your cut of their rewards");
    await field.fill("31");
    await page.getByRole("button", { name: "Review the cut" }).click();
    await page.getByText("At most 30 %.").waitFor();
    await field.fill("5");
    await page.getByRole("button", { name: "Review the cut" }).click();
    await closeDrawer(await carryOut(page, "Announce a higher cut", "Announce it"));
    await page.getByText("A cut of 5 % is announced").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const { watch, deployment } = network;
    const cut = await getCut(watch.client, { deployment, provider: OWNER });
    expect(cut).toMatchObject({ bps: 0, rise: { bps: 500 } });
  });

  it("publishes an offer that customers see on the Host page", async () => {
    const { page } = person;
    await page.goto("/provide/offers/");
    await page.getByRole("button", { name: "Publish an offer" }).click();
    const dialog = page.getByRole("dialog", { name: "New offer" });
    await dialog.getByLabel("Price").fill("1.5");
    await dialog.getByLabel("Capacity").fill("10");
    await dialog.getByLabel("Region").fill("my-cellar");
    await dialog.getByRole("button", { name: "Review the offer" }).click();
    await carryOut(page, "Publish an offer", "Publish the offer");

    const row = await rowForCustomers();
    await row.waitFor();

    expect(await row.textContent()).toMatch(/my-cellar · 10 GiB free.*1\.5 \w+ \/ GiB/);
    const { watch, deployment } = network;
    const offers = await listOffers(watch.client, { deployment });
    const own = offers.filter(({ provider }) => provider === OWNER);
    expect(own).toMatchObject([{ unitPrice: 1_500_000n }]);
    offerId = own[0]?.offerId ?? 0;
  });

  it("changes the offer's price", async () => {
    const { page } = person;
    await page.goto("/provide/offers/");
    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog", { name: `Change offer ${offerId}` });
    await dialog.getByLabel("Price").fill("1.75");
    await dialog.getByRole("button", { name: "Review the change" }).click();
    await carryOut(page, `Change offer ${offerId}`, "Change the offer");

    const row = await rowForCustomers();
    await row.filter({ hasText: "1.75" }).waitFor();
  });

  it("declines a request with the keeper's key, which alone may; the customer has everything back", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    const { dealId, locked } = await requestByCustomer();
    await page.goto("/provide/");
    const row = page.getByRole("row", { name: new RegExp(`^Deal ${dealId}\\b`) });
    await row.getByRole("cell", { name: "Requested", exact: true }).waitFor();
    await page.getByText("Requests are answered by your keeper").waitFor();
    expect(await row.getByRole("button", { name: /Decline/ }).count()).toBe(0);

    await switchTestAccount(page, "Somebody else");
    await page.getByText(`You are connected with the operator key of ${NAME}`).waitFor();
    await row.getByRole("button", { name: `Decline: deal ${dealId}` }).click();
    await closeDrawer(await carryOut(page, `Decline deal ${dealId}`, "Decline the request"));

    const token = await getToken(watch.client, { deployment });
    const { available } = await getBalance(watch.client, { deployment, account: CUSTOMER.address, token });
    expect(available).toBe(locked);
    expect(await getDeal(watch.client, { deployment, dealId })).toMatchObject({ status: "declined", left: 0n });
    await switchTestAccount(page, "Provider");
  });

  it("changes endpoint, name and operator key", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    await page.goto("/provide/");
    await page.getByRole("button", { name: "Change the name and endpoint" }).click();
    await page.getByRole("dialog").getByLabel("Endpoint").fill("http://127.0.0.1:7");
    await page.getByRole("dialog").getByRole("button", { name: "Review the change" }).click();
    await closeDrawer(await carryOut(page, "Change name and endpoint", "Change them"));
    await page.getByRole("region", { name: NAME }).getByText("http://127.0.0.1:7").waitFor();

    await page.getByRole("button", { name: "Change the operator key" }).click();
    await page.getByRole("dialog").getByLabel("New operator key").fill(NEXT_OPERATOR);
    await page.getByText("What this does to running deals").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Review the change" }).click();
    await closeDrawer(await carryOut(page, "Change the operator key", "Change the key"));

    const changed = await getProvider(watch.client, { deployment, provider: OWNER });
    expect(changed).toMatchObject({ operator: NEXT_OPERATOR, group: 77 });
    expect(await getEndpoint(watch.client, { deployment, provider: OWNER })).toEqual({
      endpoint: "http://127.0.0.1:7",
      name: NAME,
    });
  });

  it("withdraws the offer, which no customer sees any more", async () => {
    const { page } = person;
    await page.goto("/provide/offers/");
    await page.getByRole("button", { name: "Withdraw", exact: true }).click();
    await closeDrawer(await carryOut(page, `Withdraw offer ${offerId}`, "Withdraw the offer"));
    await page.getByRole("cell", { name: "Withdrawn", exact: true }).waitFor();

    const row = await rowForCustomers();
    await person.page.getByRole("radio", { name: /^Birch Hosting/ }).waitFor();
    expect(await row.count()).toBe(0);
  });
});

describe("a provider with a running deal", () => {
  let provider: Person;
  beforeAll(async () => {
    provider = await openBrowser(network.dashboardUrl);
    const { rpcUrl, deployment } = network;
    await installWallet(provider.context, { account: WORKING.owner, rpcUrl, chainId: deployment.chainId });
    await provider.page.goto("/provide/");
    await connectInstalledWallet(provider.page);
  });
  afterAll(() => provider?.leave());

  it("takes earnings of proven periods out, to a payout address", async () => {
    const { page } = provider;
    const { watch, deployment } = network;
    const token = await getToken(watch.client, { deployment });
    const availableOf = async () =>
      (await getBalance(watch.client, { deployment, account: WORKING.owner.address, token })).available;
    const paid = await watch.until("A first payment", PATIENCE_SECONDS, async () => (await availableOf()) || undefined);

    await page.goto("/provide/earnings/");
    await page.getByRole("button", { name: "Withdraw it" }).click();
    const dialog = page.getByRole("dialog", { name: "Withdraw earnings" });
    await dialog.getByLabel("Amount").fill("1000000");
    await dialog.getByRole("button", { name: "Review the withdrawal" }).click();
    await dialog.getByText(/^At most .* can be withdrawn\.$/).waitFor();
    await dialog.getByLabel("Amount").fill(formatUnits(paid, token.decimals));
    await dialog.getByLabel("Paid to").fill(PAYOUT);
    await dialog.getByRole("button", { name: "Review the withdrawal" }).click();
    await closeDrawer(await carryOut(page, "Withdraw earnings", "Withdraw"));

    expect((await getBalance(watch.client, { deployment, account: PAYOUT, token })).wallet).toBe(paid);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("changes the operator key, sees which proving set follows the one before, and takes it back", async () => {
    const { page } = provider;
    await page.goto("/provide/");
    await page.getByRole("button", { name: "Change the operator key" }).click();
    await page.getByRole("dialog").getByLabel("New operator key").fill(NEXT_OPERATOR);
    await page.getByRole("dialog").getByRole("button", { name: "Review the change" }).click();
    await closeDrawer(await carryOut(page, "Change the operator key", "Change the key"));
    const notice = page.getByText(/^Proving set \d+ still follows the key before$/);
    await notice.waitFor();
    await page.getByRole("button", { name: "Hand it over" }).waitFor();

    await page.getByRole("button", { name: "Use its key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Review the change" }).click();
    await closeDrawer(await carryOut(page, "Change the operator key", "Change the key"));
    await notice.waitFor({ state: "detached" });
  });

  it("gives notice, and the deal ends after it", async () => {
    const { page } = provider;
    const { watch, deployment } = network;
    const before = await getDeal(watch.client, { deployment, dealId: runningDeal });
    const row = page.getByRole("row", { name: new RegExp(`^Deal ${runningDeal}\\b`) });
    await row.getByRole("cell", { name: "Active", exact: true }).waitFor();
    await row.getByRole("button", { name: `Give notice: deal ${runningDeal}` }).click();
    await closeDrawer(await carryOut(page, `Give notice for deal ${runningDeal}`, "Give notice"));
    await row.getByRole("cell", { name: "Ending", exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    const after = await getDeal(watch.client, { deployment, dealId: runningDeal });
    expect(after.status).toBe("ending");
    expect(after.endPeriod).toBeLessThan(before.endPeriod);
  });
});

describe("a provider that leaves", () => {
  it("withdraws the stake once the unbonding has ended", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    const { EverToken } = deployment.contracts;
    const everOf = () =>
      watch.client.readContract({ address: EverToken, abi: erc20Abi, functionName: "balanceOf", args: [OWNER] });
    const before = await everOf();
    await page.goto("/provide/stake/");
    await page.getByText("Ready to withdraw").waitFor();
    await page.getByRole("button", { name: "Withdraw", exact: true }).click();
    await carryOut(page, "Withdraw stake", "Withdraw");

    expect((await everOf()) - before).toBe(THAWED);
    expect(await getStake(watch.client, { deployment, provider: OWNER })).toMatchObject({ thawing: 0n });
  });
});
