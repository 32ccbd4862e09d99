import { createWalletClient, http, keccak256, stringToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_ACCOUNTS, localAccount } from "../../contracts/ignition/local-chain.ts";
import { everGovernorAbi, serviceCatalogAbi } from "../../sdk/src/generated/abis.ts";
import { composeCall } from "../../sdk/src/governance/compose.ts";
import { PROPOSABLE } from "../../sdk/src/governance/proposable.ts";
import { getProposal, propose } from "../../sdk/src/governance/proposals.ts";
import {
  accessibilityFaults,
  carryOut,
  closeDrawer,
  connectTestWallet,
  figure,
  openBrowser,
  type Person,
} from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";

/** A service that no other story uses. */
const SERVICE = "node-storage";
const TITLE = "A dearer node storage";

let network: Network;
let person: Person;
let proposalId: bigint;

beforeAll(async () => {
  network = await joinNetwork();
  person = await openBrowser(network.dashboardUrl);
  await person.page.goto("/proposals/");
});
afterAll(() => person?.leave());

const feeBps = async () => {
  const { watch, deployment } = network;
  const service = await watch.client.readContract({
    address: deployment.contracts.ServiceCatalog,
    abi: serviceCatalogAbi,
    functionName: "serviceOf",
    args: [keccak256(stringToHex(SERVICE))],
  });
  return service.feeBps;
};
const proposal = () => getProposal(network.watch.client, { deployment: network.deployment, proposalId });

describe("deciding together", () => {
  it("tells what holds before anybody has proposed, and who decides beside the voters", async () => {
    const { page } = person;
    await page.getByRole("heading", { name: "Nothing was proposed yet" }).waitFor();
    await page.getByText("The council may propose, too").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("lets tokens vote once they are delegated", async () => {
    const { page } = person;
    await connectTestWallet(page, "Treasury");
    await page.getByText("Nobody votes with your EVER").waitFor();
    await figure(page, "To propose").filter({ hasText: "missing" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Delegate your votes" }).click();
    const dialog = page.getByRole("dialog", { name: "Who votes with your EVER?" });
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Review the delegation" }).click();
    await closeDrawer(await carryOut(page, "Vote with your EVER yourself", "Delegate the votes"));
    await figure(page, "To propose").filter({ hasText: "enough" }).waitFor();
  });

  it("refuses a fee above its bound before it is signed, and says in words what would be proposed", async () => {
    const { page } = person;
    await page.getByRole("link", { name: "Propose a change" }).first().click();
    await page.getByRole("heading", { name: "Propose a change" }).waitFor();
    await page.getByRole("button", { name: "Review the proposal" }).click();
    await page.getByText("Say in a line what it is about.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByLabel("Title").fill(TITLE);
    await page.getByLabel("Why").fill("It costs more to run.\n\n- <b>nothing</b> of this is markup");
    const call = page.getByRole("region", { name: "Call 1" });
    await call.getByLabel("What to change").selectOption({ label: "Change or add a service" });
    await call.getByLabel("Start from").selectOption(SERVICE);
    await call.getByText(`New deals of the service ${SERVICE} pay a fee of 1 %`).waitFor();
    await call.getByLabel("Fee").fill("6");
    await page.getByRole("button", { name: "Review the proposal" }).click();
    await call.getByText("Fee: the contracts take 0 % to 5 %, whatever is voted.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await call.getByLabel("Fee").fill("2.5");
    await call.getByText(`New deals of the service ${SERVICE} pay a fee of 2.5 %`).waitFor();
    await call.getByText("2.5 %", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Review the proposal" }).click();
    const drawer = page.getByRole("dialog", { name: "Propose a change" });
    await drawer.getByRole("button", { name: "Propose it" }).click();
    await page.getByRole("heading", { name: TITLE }).waitFor();
    proposalId = BigInt(new URL(page.url()).searchParams.get("id") ?? 0);
    expect((await proposal()).proposer).toBe(localAccount(LOCAL_ACCOUNTS.council).address);
    await page.getByText("<b>nothing</b> of this is markup").waitFor();
  });

  it("votes to the quorum, with a reason that everybody reads", async () => {
    const { page } = person;
    await page.getByText("It is being voted on").waitFor();
    await page.getByText("are missing to the quorum of").waitFor();
    await page.getByRole("button", { name: "Vote", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Vote", exact: true });
    await dialog.getByRole("radio", { name: /^For/ }).check();
    await dialog.getByLabel("Reason").fill("It is worth it");
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Review the ballot" }).click();
    await closeDrawer(await carryOut(page, "Vote for", "Vote for"));
    await page.getByText(/The quorum of .* is reached\./).waitFor();
    const row = page
      .getByRole("table", { name: "Ballots, newest first" })
      .getByRole("row")
      .filter({ hasText: "It is worth it" });
    await row.filter({ hasText: "100,000,000 EVER" }).waitFor();
    expect(await row.getByRole("link").last().getAttribute("href")).toMatch(/^\/explorer\/transaction\/\?hash=0x/);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect((await proposal()).state).toBe("active");
  });

  it("queues it when it has won, and executes it when it has waited: the new fee holds", async () => {
    const { page } = person;
    await page.getByText("It has won").waitFor();
    await page.getByRole("button", { name: "Queue it" }).click();
    await closeDrawer(await carryOut(page, "Put the proposal into the timelock", "Queue it"));
    expect(await feeBps()).toBe(100);
    await page.getByText("It can be executed").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Execute it" }).click();
    await closeDrawer(await carryOut(page, "Execute the proposal", "Execute it"));
    expect(await feeBps()).toBe(250);
    expect((await proposal()).state).toBe("executed");
    const life = page.getByRole("list", { name: "The life of the proposal" });
    for (const step of ["Proposed", "Voting ended", "Put into the timelock", "Executed"])
      await life.getByText(step, { exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("lists it among what is over, and keeps that in the address", async () => {
    const { page } = person;
    await page.goto("/proposals/?state=over");
    const row = page.getByRole("row").filter({ hasText: TITLE });
    await row.filter({ hasText: "Executed" }).waitFor();
    await page.getByRole("tab", { name: "To vote on" }).click();
    await page.getByRole("heading", { name: "No proposal stands so" }).waitFor();
    expect(new URL(page.url()).searchParams.get("state")).toBe("open");
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(person.problems).toEqual([]);
  });

  it("lets the guardian refuse what begins, for a span in its bounds, and end that", async () => {
    const { page } = person;
    await page.goto("/proposals/");
    await page.getByText("You are the guardian").waitFor();
    await page.getByRole("button", { name: "Pause new entries" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause new entries" });
    await dialog.getByLabel("For").fill("337");
    await dialog.getByRole("button", { name: "Review the pause" }).click();
    await dialog.getByText("Enter 1 to 336 whole hours.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel("For").fill("1");
    await dialog.getByRole("button", { name: "Review the pause" }).click();
    await closeDrawer(await carryOut(page, "Pause new entries", "Pause them"));
    await page.getByText("New entries are paused").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "End the pause" }).click();
    await closeDrawer(await carryOut(page, "End the pause", "End it"));
    await page.getByText("You have paused in the last 60 days.").waitFor();
    expect(await page.getByRole("button", { name: "Pause new entries" }).isDisabled()).toBe(true);
  });

  it("lets the council propose past the voters, withdraw it, and anybody execute what has waited", async () => {
    const { page } = person;
    const operations = page.getByRole("table", { name: "What the council proposed, newest first" });
    const proposeAsCouncil = async (quota: string) => {
      await page.getByRole("link", { name: "Propose as the council" }).click();
      await page.getByText("You propose as the council").waitFor();
      await page.getByRole("button", { name: "Review the proposal" }).click();
      await page.getByText("A call is not complete.").waitFor();
      const call = page.getByRole("region", { name: "Call 1" });
      await call.getByLabel("What to change").selectOption({ label: "Let an account invite providers" });
      await call.getByLabel("Account").fill(localAccount(33).address);
      await call.getByLabel("Providers it may still invite").fill(quota);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Review the proposal" }).click();
      const drawer = page.getByRole("dialog", { name: "Propose as the council" });
      await drawer.getByRole("button", { name: "Propose it" }).click();
      await operations
        .getByRole("row")
        .filter({ hasText: `${quota} more providers` })
        .waitFor();
    };
    await proposeAsCouncil("7");
    await operations.getByRole("button", { name: "Withdraw it" }).click();
    await closeDrawer(await carryOut(page, "Withdraw what you proposed", "Withdraw it"));
    await operations.getByRole("row").filter({ hasText: "Withdrawn" }).waitFor();

    await proposeAsCouncil("8");
    await operations.getByRole("button", { name: "Execute it" }).click();
    await closeDrawer(await carryOut(page, "Execute what the council proposed", "Execute it"));
    const done = operations.getByRole("row").filter({ hasText: "8 more providers" });
    await done.filter({ hasText: "Executed" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(person.problems).toEqual([]);
  });

  it("cannot propose what its contract would refuse for ever, past the page either", async () => {
    const { rpcUrl, deployment } = network;
    const account = localAccount(LOCAL_ACCOUNTS.council);
    const client = createWalletClient({ account, transport: http(rpcUrl), pollingInterval: 200 });
    const proposable = PROPOSABLE.find(({ id }) => id === "EverGovernor.setVotingPeriod");
    if (!proposable || !deployment.contracts.EverGovernor) throw new Error("there is no governor");
    const composed = composeCall(deployment, { proposable, values: { newVotingPeriod: "9s" } });
    if (!composed.ok) throw new Error(Object.values(composed.problems).join());
    await expect(
      propose(client, { deployment, calls: [composed.call], description: "Too short" }),
    ).rejects.toMatchObject({
      code: "GovernorSettingInvalid",
      message: "The setting would be 9; it is between 10 and 2592000 for ever.",
    });
    const { EverGovernor: address } = deployment.contracts;
    const period = await network.watch.client.readContract({
      address,
      abi: everGovernorAbi,
      functionName: "votingPeriod",
    });
    expect(period).toBe(60n);
  });
});
