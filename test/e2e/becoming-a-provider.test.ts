import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { listOffers } from "../../sdk/src/offers.ts";
import { getProvider } from "../../sdk/src/providers.ts";
import { carryOut, connectTestWallet, openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const OWNER = localAccount(11).address;
const OPERATOR = localAccount(15).address;
const NAME = "Dogwood Disks";

let network: Network;
let person: Person;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  await person.page.goto("/provide/");
  await connectTestWallet(person.page, "Provider");
});
afterAll(() => person?.leave());

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
    const drawer = await carryOut(page, "Add stake", "Add stake");
    await drawer.getByRole("button", { name: "Close" }).first().click();

    await page.getByLabel("Stake that backs it").fill("20");
    await page.getByRole("button", { name: "Review the allocation" }).click();
    const second = await carryOut(page, "Allocate stake", "Allocate");
    await second.getByRole("button", { name: "Close" }).first().click();

    await page.getByText("0 EVER of 20 EVER are held by deals").waitFor();
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

    await page.goto("/host/");
    const row = page.getByRole("group", { name: "Provider" }).locator("label").filter({ hasText: NAME });
    await row.waitFor();

    expect(await row.textContent()).toMatch(/my-cellar · 10 GiB free.*1\.5 \w+ \/ GiB/);
    const { watch, deployment } = network;
    const offers = await listOffers(watch.client, { deployment });
    expect(offers.filter(({ provider }) => provider === OWNER)).toMatchObject([{ unitPrice: 1_500_000n }]);
  });
});
