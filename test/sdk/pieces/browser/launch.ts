import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium, type Page } from "playwright-core";
import { build } from "vite";
import { findChromium } from "../../../../scripts/browser.ts";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };

export const launchPiecePage = () => launchPage(import.meta.dirname, "pieces");

/**
 * A folder's test page in a real Chromium, bundled as an application would bundle it; undefined where there is no Chromium.
 * @param global What the page puts on `window` when it is ready.
 */
export async function launchPage(root: string, global: string) {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const bundle = await mkdtemp(join(tmpdir(), "pieces-page-"));
  await build({
    root,
    logLevel: "warn",
    configFile: false,
    build: { outDir: bundle, emptyOutDir: true, target: "esnext" },
    worker: { format: "es" },
  });
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(url === "/" ? "/index.html" : url);
    try {
      const body = await readFile(join(bundle, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end(); // whatever is not in the bundle, the favicon for one
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const close = async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(bundle, { recursive: true });
  };
  /** A page of a new visitor, or another one of a visitor's. */
  const open = async (of?: Page): Promise<Page> => {
    const page = await (of?.context() ?? (await browser.newContext())).newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    await page.waitForFunction((name) => name in window, global);
    return page;
  };
  return { open, close, version: browser.version(), bundle };
}
