import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveDashboard } from "../../../scripts/stack/dashboard.ts";
import { testDirectory } from "./directory.ts";

async function setup() {
  const parent = testDirectory();
  const root = join(parent, "out");
  for (const folder of ["deal", "_next/static"]) mkdirSync(join(root, folder), { recursive: true });
  const files = {
    "index.html": "home",
    "deal/index.html": "deal",
    "404.html": "lost",
    "_next/static/a.js": "js",
    "_next/static/a.js.br": "packed",
    "a.wasm": "",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  writeFileSync(join(parent, "secret"), "secret");
  const server = await serveDashboard(root, 0, { chain: "local" });
  onTestFinished(() => server.stop());
  return (path: string, init?: RequestInit) => fetch(server.url + path, init);
}

/** `fetch` would clean the path up before it is sent. */
function requestRaw(url: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { path }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

/** `fetch` chooses the encodings itself. */
function headersOf(url: string, encodings: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { "accept-encoding": encodings } }, (response) => resolve(response.resume().headers))
      .on("error", reject)
      .end();
  });
}

describe("serveDashboard", () => {
  it("gives nothing outside of its folder", async () => {
    const get = await setup();
    const { origin } = new URL((await get("/")).url);
    for (const path of ["/../secret", "/%2e%2e/secret", "/deal/..%2f..%2fsecret", "/%00", "/%zz"]) {
      expect(await requestRaw(origin, path), path).toBe(404);
    }
  });

  it("refuses to change anything", async () => {
    const get = await setup();
    expect((await get("/", { method: "POST" })).status).toBe(405);
  });

  it("gives the page for what is not there", async () => {
    const get = await setup();
    const response = await get("/nowhere/");
    expect([response.status, await response.text()]).toEqual([404, "lost"]);
  });

  it.each([
    ["/", "home", "text/html; charset=utf-8", "no-cache"],
    ["/deal/?id=1", "deal", "text/html; charset=utf-8", "no-cache"],
    ["/deal", "deal", "text/html; charset=utf-8", "no-cache"],
    ["/_next/static/a.js", "js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
    ["/a.wasm", "", "application/wasm", "no-cache"],
    ["/config.json", '{"chain":"local"}', "application/json; charset=utf-8", "no-store"],
  ])("gives %s with its type and for how long to keep it", async (path, text, type, cache) => {
    const get = await setup();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(text);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe(cache);
  });

  it("sends the compressed copy to whoever takes it, and lets no page be framed", async () => {
    const get = await setup();
    const { origin } = new URL((await get("/")).url);
    const packed = await headersOf(`${origin}/_next/static/a.js`, "gzip, br");
    expect(packed).toMatchObject({ "content-encoding": "br", "content-length": "6", vary: "accept-encoding" });
    const plain = await headersOf(`${origin}/_next/static/a.js`, "gzip");
    expect(plain["content-encoding"]).toBeUndefined();
    expect(plain.etag).not.toBe(packed.etag);
    expect((await headersOf(`${origin}/`, "br"))["content-security-policy"]).toBe("frame-ancestors 'none'");
  });

  it("sends no body that the browser has, and none to HEAD", async () => {
    const get = await setup();
    const etag = (await get("/")).headers.get("etag") ?? "";
    expect((await get("/", { headers: { "if-none-match": etag } })).status).toBe(304);
    const head = await get("/", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "4", ""]);
  });
});
