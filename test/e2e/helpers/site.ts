// A small site on disk, and its way through the Host page.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createRandom } from "../../helpers/random.ts";

export const BINARY_BYTES = 3_000_000;

export interface Site {
  directory: string;
  name: string;
  title: string;
  binary: Uint8Array;
}

/** A front page with a style sheet, a page in a folder, and three megabytes. `name` makes every site another content. */
export function writeSite(parent: string, name: string): Site {
  const directory = join(parent, name);
  mkdirSync(join(directory, "about/team"), { recursive: true });
  const title = `The site called ${name}`;
  const head = (styles: string) =>
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="${styles}"></head>`;
  writeFileSync(
    join(directory, "index.html"),
    `${head("style.css")}<body><h1>${title}</h1><a href="about/team/">The team</a></body></html>`,
  );
  writeFileSync(join(directory, "style.css"), "h1 { color: rgb(1, 2, 3); }\n");
  writeFileSync(
    join(directory, "about/team/index.html"),
    `${head("../../style.css")}<body><h1>Team of ${name}</h1></body></html>`,
  );
  const random = createRandom(name.length);
  const binary = Uint8Array.from({ length: BINARY_BYTES }, () => random(256));
  writeFileSync(join(directory, "data.bin"), binary);
  return { directory, name, title, binary };
}

/** Chooses a folder on the Host page and waits until the browser has hashed it. */
export async function chooseFolder(page: Page, { directory }: Site): Promise<void> {
  await page.getByLabel("Folder to host").setInputFiles(directory);
  await page.getByText("Merkle root").waitFor();
}

/** Pays a provider for a site and follows it until it is online. The deal's number. */
export async function hostSite(page: Page, site: Site, provider = "Birch Hosting"): Promise<bigint> {
  await page.goto("/host/");
  await chooseFolder(page, site);
  await page.getByRole("radio", { name: new RegExp(`^${provider}`) }).check();
  await page.getByRole("button", { name: "Host this folder" }).click();
  const drawer = page.getByRole("dialog", { name: `Host “${site.name}”` });
  await drawer.getByRole("button", { name: "Pay and host" }).click();
  await page.getByRole("heading", { name: `“${site.name}” is online` }).waitFor();
  const href = await page.getByRole("link", { name: "See the deal" }).getAttribute("href");
  const id = /[?&]id=(\d+)/.exec(href ?? "")?.[1];
  if (!id) throw new Error(`The link to the deal is ${href}.`);
  return BigInt(id);
}
