import { readFile } from "node:fs/promises";
import { createWalletClient, http } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localAccount } from "../../contracts/ignition/local-chain.ts";
import { claimFaucetByNode } from "../../sdk/src/faucet.ts";
import { parseInvite } from "../../sdk/src/invites/code.ts";
import { getProvider } from "../../sdk/src/providers.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  openBrowser,
  type Person,
} from "./helpers/browser.ts";
import { connectInstalledWallet, installWallet } from "./helpers/installed-wallet.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

const INVITED = localAccount(51);
const REFUSED = localAccount(52);
const OPERATOR = localAccount(53).address;

let network: Network;
let issuer: Person;
const people: Person[] = [];
let link: string;

beforeAll(async () => {
  network = await joinNetwork();
  issuer = await openBrowser(network.dashboardUrl);
  people.push(issuer);
});
afterAll(() => Promise.all(people.map((person) => person.leave())));

/** Somebody with a wallet of its own, who opens a link. */
async function openedBy(account: typeof INVITED, address: string): Promise<Person> {
  const { rpcUrl, deployment } = network;
  const node = createWalletClient({ transport: http(rpcUrl), pollingInterval: 100 });
  await claimFaucetByNode(node, { deployment, to: account.address });
  const person = await openBrowser(network.dashboardUrl);
  people.push(person);
  await installWallet(person.context, { account, rpcUrl, chainId: deployment.chainId });
  await person.page.goto(address);
  await connectInstalledWallet(person.page);
  return person;
}

/** Fills in the form that the link has opened, and opens the drawer. */
async function fillIn({ page }: Person, name: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Endpoint").fill("http://127.0.0.1:9");
  await page.getByLabel("Operator key").fill(OPERATOR);
  await page.getByRole("button", { name: "Review the registration" }).click();
}

describe("inviting a provider", () => {
  it("is not for an account that governance did not name", async () => {
    const { page } = issuer;
    await page.goto("/invites/");
    await page.getByRole("heading", { name: "Whose invitations?" }).waitFor();
    await connectTestWallet(page, "Customer");
    await page.getByRole("heading", { name: "This account does not invite" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("signs a link with its picture, which costs nothing", async () => {
    const { page } = issuer;
    await page.getByRole("button", { name: /^Account/ }).click();
    await page
      .getByRole("dialog", { name: "Account" })
      .getByRole("button", { name: /^Invite issuer/ })
      .click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Issue invitations" }).click();
    const form = page.getByRole("dialog", { name: "Issue invitations" });
    await form.getByLabel("How many").fill("0");
    await form.getByRole("button", { name: "Sign the invitation" }).click();
    await form.getByText("Enter a whole number from 1 to 200.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await form.getByLabel("How many").fill("1");
    await form.getByRole("button", { name: "Sign the invitation" }).click();

    const shown = page.getByRole("dialog", { name: "Invitation", exact: true });
    link = (await shown.getByTestId("invite-link").textContent()) ?? "";
    expect(link.startsWith(`${network.dashboardUrl.replace(/\/$/, "")}/provide/#invite=`)).toBe(true);
    await shown.getByRole("img", { name: "The link as a QR code" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await shown.getByRole("button", { name: "Close" }).first().click();
    await page.getByRole("cell", { name: "Unused", exact: true }).waitFor();
  });

  it("lets whoever has the link register, and shows its issuer who came", async () => {
    const person = await openedBy(INVITED, link);
    expect(await person.page.getByLabel("Invite", { exact: true }).inputValue()).toBe(link.split("=")[1]);
    await fillIn(person, "Invited Isles");
    await carryOut(person.page, "Register as a provider", "Register");
    const { watch, deployment } = network;
    const provider = INVITED.address;
    expect(await getProvider(watch.client, { deployment, provider })).toMatchObject({ operator: OPERATOR });

    await issuer.page.getByRole("row", { name: /^Single issued .* Used whoever has the link 0x.* entered/ }).waitFor();
  });

  it("signs a batch at once, and hands it out as a table", async () => {
    const { page } = issuer;
    await page.getByRole("button", { name: "Issue invitations" }).click();
    const form = page.getByRole("dialog", { name: "Issue invitations" });
    await form.getByLabel("How many").fill("3");
    await form.getByRole("button", { name: "Sign 3 invitations" }).click();
    await page.getByText("3 invitations are signed").waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as CSV" }).click();
    const lines = (await readFile(await (await saving).path(), "utf8")).trim().split("\r\n");
    expect(lines[0]).toBe("invitation,for,link");
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(["1", "2", "3"]);
    link = lines[2]?.split(",")[2] ?? "";
    expect(parseInvite(link)).toMatchObject({ index: 2, count: 3 });
  });

  it("takes one back, which then is refused with a sentence", async () => {
    const { page } = issuer;
    await page.getByRole("button", { name: "Revoke: 2 of 3" }).click();
    await closeDrawer(await carryOut(page, "Revoke the invitation", "Revoke"));
    await page.getByRole("cell", { name: "Revoked", exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    const person = await openedBy(REFUSED, link);
    await fillIn(person, "Refused Reefs");
    const drawer = person.page.getByRole("dialog", { name: "Register as a provider" });
    await drawer.getByRole("button", { name: "Register", exact: true }).click();
    await drawer.getByText(/^The invitation was revoked by 0x/).waitFor();
    const { watch, deployment } = network;
    expect(await getProvider(watch.client, { deployment, provider: REFUSED.address })).toBeUndefined();
    for (const { problems } of people) expect(problems).toEqual([]);
  });
});
