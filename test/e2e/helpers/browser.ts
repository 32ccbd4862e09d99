// A person in front of the dashboard: a real browser with a profile of its own.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { ensureChromium } from "../../../scripts/browser.ts";
import { takePictures } from "./pictures.ts";

/** Longest wait for anything that a page has to show: a period, a proof and its index fit into it on a busy machine. */
const PATIENCE_MS = 150_000;

/** Test accounts that the dashboard's own wallet offers, by their labels. */
export type TestAccountLabel = "Customer" | "Provider" | "Somebody else" | "Invite issuer" | "Treasury";

/** A browser with one profile. `problems` are errors that its pages threw and nobody caught, and what their policy forbade. */
export interface Person {
  context: BrowserContext;
  page: Page;
  problems: string[];
  leave(): Promise<void>;
}

/** Opens a browser whose relative addresses are the dashboard's. */
export async function openBrowser(dashboardUrl: string): Promise<Person> {
  const isRoot = process.getuid?.() === 0; // Chromium's sandbox refuses to run as root
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: ["--disable-dev-shm-usage", ...(isRoot ? ["--no-sandbox"] : [])],
    timeout: PATIENCE_MS,
  });
  const context = await browser.newContext({ baseURL: dashboardUrl, reducedMotion: "reduce" });
  context.setDefaultTimeout(PATIENCE_MS);
  const problems: string[] = [];
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  return { context, page: await context.newPage(), problems, leave: () => browser.close() };
}

/** Connects the dashboard's built-in wallet as one of its accounts. */
export async function connectTestWallet(page: Page, label: TestAccountLabel): Promise<void> {
  await page
    .getByRole("banner")
    .getByRole("button", { name: /^Connect/ })
    .click();
  const dialog = page.getByRole("dialog", { name: "Connect a wallet" });
  await dialog.getByRole("radio", { name: new RegExp(`^${label}`) }).check();
  await dialog.getByRole("button", { name: "Use this test account" }).click();
  await page.getByRole("button", { name: new RegExp(`^Account.*${label}`) }).waitFor();
}

/** Changes to another account of the dashboard's built-in wallet. */
export async function switchTestAccount(page: Page, label: TestAccountLabel): Promise<void> {
  await page.getByRole("button", { name: /^Account/ }).click();
  const menu = page.getByRole("dialog", { name: "Account" });
  await menu.getByRole("button", { name: new RegExp(`^${label}`) }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: new RegExp(`^Account.*${label}`) }).waitFor();
}

/** Closes the drawer that {@link carryOut} left open. */
export async function closeDrawer(drawer: Locator): Promise<void> {
  await drawer.getByRole("button", { name: "Close" }).first().click();
}

/** Confirms what the drawer shows and waits until chain and index have it; leaves the drawer open. */
export async function carryOut(page: Page, title: string | RegExp, action: string): Promise<Locator> {
  const drawer = page.getByRole("dialog", { name: title });
  await drawer.getByRole("button", { name: action, exact: true }).click();
  await drawer.getByRole("listitem").filter({ hasText: "Shown by the index" }).filter({ hasText: "done" }).waitFor();
  return drawer;
}

/** The figure below a name on a page, as its text. */
export function figure(page: Page, name: string): Locator {
  return page.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd[1]");
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One line for each fault that axe finds on the page as it is now, of whatever impact. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE); // past the page's policy, as an extension would be
  const faults = await page.evaluate(async () => {
    type Result = { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
    const { axe } = globalThis as unknown as { axe: { run(root: Document): Promise<Result> } };
    const { violations } = await axe.run(document);
    return violations.map(
      ({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
    );
  });
  await takePictures(page);
  return faults;
}
