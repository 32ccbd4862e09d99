import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectedOf } from "../../scripts/demo/money.ts";
import { type Deal, getDeal } from "../../sdk/src/deals.ts";
import { getEndpoint } from "../../sdk/src/offers.ts";
import { getToken } from "../../sdk/src/tokens.ts";
import { formatMoney } from "../../web/lib/format/money.ts";
import { carryOut, connectTestWallet, figure, openBrowser, type Person } from "./helpers/browser.ts";
import { joinNetwork, type Network } from "./helpers/network.ts";
import { hostSite, writeSite } from "./helpers/site.ts";

const PATIENCE_SECONDS = 150;

let network: Network;
let person: Person;
let scratch: string;
let deal: Deal;
let locked: bigint;
let fromPeriod: number;
let missed: number;

const dealNow = () => getDeal(network.watch.client, { deployment: network.deployment, dealId: deal.dealId });

/** What the deal page's table says of a period: state, and what was earned since the start. */
async function tableRow(period: number, state: string) {
  const { page } = person;
  const life = page.getByRole("region", { name: "Proof by proof" });
  const shown = life.getByRole("button", { name: "Show as a table" });
  const row = life.getByRole("row", { name: new RegExp(`^${period} ${state}`) });
  await shown.or(life.getByRole("button", { name: "Hide the table" })).waitFor();
  if (await shown.isVisible()) await shown.click();
  await row.waitFor();
  return (await row.getByRole("cell").allInnerTexts()).at(-1);
}

beforeAll(async () => {
  network = await joinNetwork();
  const { watch, deployment, dashboardUrl } = network;
  person = await openBrowser(dashboardUrl);
  scratch = mkdtempSync(join(tmpdir(), "4ever-site-"));
  await person.page.goto("/host/");
  await connectTestWallet(person.page, "Customer");
  const dealId = await hostSite(person.page, writeSite(scratch, "missed-once"));
  deal = await getDeal(watch.client, { deployment, dealId });
  locked = deal.left;
  const receipt = await watch.firstPieceReceipt(deal.dealKey);
  const rate = receipt && watch.firstRateOf(receipt);
  if (!rate) throw new Error(`Deal ${dealId} has no piece under proof.`);
  fromPeriod = rate.fromPeriod;
});
afterAll(async () => {
  await person?.leave();
  rmSync(scratch, { recursive: true, force: true });
});

describe("a missed period", () => {
  it("is shown as missed, and earned nothing, when the keeper stood still through the whole proof window", async () => {
    const { watch, deployment, keeperPids } = network;
    const provider = await getEndpoint(watch.client, { deployment, provider: deal.provider });
    const pid = keeperPids[provider?.endpoint ?? ""];
    if (!pid) throw new Error(`No keeper runs at ${provider?.endpoint}.`);
    const proven = async () => new Set((await watch.provenPeriods(deal.setId)).keys());
    await watch.until("A first proof", PATIENCE_SECONDS, async () =>
      [...(await proven())].some((period) => period >= fromPeriod) ? true : undefined,
    );

    process.kill(pid, "SIGSTOP");
    try {
      missed = (await watch.period()) + 1; // its window opens when it has ended
      await watch.enter(missed + 2);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect(await proven()).not.toContain(missed);

    await person.page.goto(`/deal/?id=${deal.dealId}`);
    const earned = await tableRow(missed, "missed");
    const earnedBefore = await tableRow(missed - 1, "");
    expect(earned).toBe(earnedBefore);
  });

  it("goes back to the customer when the deal has been ended in the browser", async () => {
    const { page } = person;
    const { watch, deployment } = network;
    await page.goto(`/deal/?id=${deal.dealId}`);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "End at the next boundary" }).click();
    const drawer = await carryOut(page, `End deal ${deal.dealId}`, "End the deal");
    await drawer.getByRole("button", { name: "Close" }).first().click();
    await watch.until("The deal's end", PATIENCE_SECONDS, async () => ((await dealNow()).closed ? true : undefined));

    const { endPeriod, earned, left } = await dealNow();
    const { unitPrice, feeBps, liveBytes, dealKey } = deal;
    const provenPeriods = new Set((await watch.provenPeriods(deal.setId)).keys());
    const history = { unitPrice, feeBps: BigInt(feeBps), locked, fromPeriod, endPeriod, liveBytes, provenPeriods };
    const expected = expectedOf(history);
    const { paid, fee, refunded } = await watch.payments(dealKey);
    expect({ earned, left, paid, fee, refunded }).toEqual({
      earned: expected.earned,
      left: 0n,
      paid: expected.paid,
      fee: expected.fee,
      refunded: expected.returned,
    });
    expect(expected.missedPeriods).toBeGreaterThan(0);

    const token = await getToken(watch.client, { deployment });
    await figure(page, "Returned to you")
      .filter({ hasText: formatMoney(expected.returned, token) })
      .waitFor();
    await figure(page, "Paid to the provider")
      .filter({ hasText: formatMoney(expected.paid, token) })
      .waitFor();
    await page.getByText("Finished", { exact: true }).first().waitFor();
  });
});
