import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { withBitswap } from "@helia/bitswap";
import { withLibp2pLight } from "@helia/libp2p";
import { CarReader } from "@ipld/car";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createHeliaLight } from "helia";
import { exporter, type UnixFSEntry } from "ipfs-unixfs-exporter";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNDO_DEPTH_BLOCKS } from "../../../keepers/src/chain/follow.ts";
import type { Keeper } from "../../../keepers/src/keeper.ts";
import { end } from "../../../sdk/src/deal-ends.ts";
import { getDeal } from "../../../sdk/src/deals.ts";
import { CUSTOMER } from "../../helpers/story.ts";
import {
  type BuiltFile,
  buildSite,
  requestFor,
  runUntil,
  startWorld,
  until,
  upload,
  type World,
} from "../helpers/world.ts";

const BIG = randomBytes(3 * 2 ** 20 + 77); // more than one block
const FILES = {
  "index.html": "<h1>Home</h1>",
  "404.html": "<h1>Lost</h1>",
  "about/index.html": "<h1>About</h1>",
  "contact.html": "<h1>Contact</h1>",
  "plain/a & <b>.txt": "a",
  "plain/empty.txt": "",
  "app.js": "console.log(1)",
  "media/big.bin": BIG,
  "no-ending": "?",
};

let world: World;
let keeper: Keeper;
let site: BuiltFile;
let dealId: bigint;
beforeAll(async () => {
  world = await startWorld();
  keeper = await world.start({ ipfs: { listen: ["/ip4/127.0.0.1/tcp/0"] }, gateway: { workers: 2 } });
  site = await buildSite(world, FILES);
  ({ dealId } = await requestFor(world, site, { termPeriods: 50 }));
  await upload(world, keeper.url, dealId, site);
  await runUntil(world.chain, [keeper.url], async () => (await get("/")).status === 200);
});
afterAll(() => world.stop());

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/**
 * One request; the host decides what it is for, as a browser's would. A thread of the gateway and the keeper's own thread are both asked, and
 * must say the same.
 */
async function get(path: string, options: Options = {}): Promise<Answer> {
  const [answer, own] = [await ask(keeper.url, path, options), await ask(keeper.ownUrl, path, options)];
  const { date: _, connection: __, "keep-alive": ___, ...headers } = answer.headers;
  expect(own).toMatchObject({ status: answer.status, headers });
  expect(own.body.equals(answer.body)).toBe(true);
  return answer;
}

type Options = { host?: string; method?: string; headers?: Record<string, string> };

function ask(
  keeperUrl: string,
  path: string,
  { host = `${site.cid}.ipfs.localhost`, method = "GET", headers = {} }: Options,
): Promise<Answer> {
  const { port, hostname } = new URL(keeperUrl);
  return new Promise((resolve, reject) => {
    const call = request({ host: hostname, port, path, method, headers: { ...headers, host } }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    call.on("error", reject).end();
  });
}

describe("a site on its own origin", () => {
  it("serves index pages, also of directories, and sends directories without a slash to the one with it", async () => {
    expect((await get("/")).body.toString()).toBe(FILES["index.html"]);
    expect((await get("/about/")).body.toString()).toBe(FILES["about/index.html"]);
    const redirect = await get("/about?x=1");
    expect(redirect).toMatchObject({ status: 301, headers: { location: "/about/?x=1" } });
    expect((await get("//about")).headers.location).toBe("/about/");
  });

  it("serves a page without its ending", async () => {
    expect((await get("/contact")).body.toString()).toBe(FILES["contact.html"]);
  });

  it.each([
    ["/", "text/html; charset=utf-8"],
    ["/app.js", "text/javascript; charset=utf-8"],
    ["/media/big.bin", "application/octet-stream"],
    ["/no-ending", "application/octet-stream"],
  ])("gives %s the type %s, and forbids to guess another", async (path, type) => {
    const { headers } = await get(path, { method: "HEAD" });
    expect(headers).toMatchObject({ "content-type": type, "x-content-type-options": "nosniff" });
  });

  it("shows the site's own page for what is not there", async () => {
    const answer = await get("/nothing/here.html");
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toBe(FILES["404.html"]);
    expect(answer.headers["cache-control"]).toBe("no-cache");
    expect((await get("/index.html/below")).status).toBe(404);
  });

  it("lists a directory without a page, with names that are only names", async () => {
    const { status, body, headers } = await get("/plain/");
    expect(status).toBe(200);
    expect(body.toString()).toContain('href="./a%20%26%20%3Cb%3E.txt"');
    expect(body.toString()).toContain("a &#38; &#60;b&#62;.txt");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect((await get("/plain/a%20%26%20%3Cb%3E.txt")).body.toString()).toBe("a");
  });

  it("refuses paths that lead elsewhere", async () => {
    expect((await get("/%2e%2e/secret")).status).toBe(400);
    expect((await get("/a%2Fb")).status).toBe(400);
    expect((await get("/%E0%A4%A")).status).toBe(400);
  });

  it("is read-only, and has no other routes than its files", async () => {
    expect((await get("/", { method: "POST" })).status).toBe(405);
    expect((await get("/healthz")).status).toBe(404);
    expect((await get("/metrics")).body.toString()).toBe(FILES["404.html"]);
  });

  it("streams a file of several blocks as it was", async () => {
    const { body, headers } = await get("/media/big.bin");
    expect(body.equals(BIG)).toBe(true);
    expect(headers["content-length"]).toBe(String(BIG.length));
    expect((await get("/plain/empty.txt")).body).toHaveLength(0);
  });
});

describe("ranges", () => {
  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=1048570-1048590", 1_048_570, 1_048_591],
    ["bytes=3145000-", 3_145_000, BIG.length],
    ["bytes=-100", BIG.length - 100, BIG.length],
    ["bytes=5-99999999", 5, BIG.length],
  ])("serves %s", async (range, from, to) => {
    const answer = await get("/media/big.bin", { headers: { range } });
    expect(answer.status).toBe(206);
    expect(answer.headers["content-range"]).toBe(`bytes ${from}-${to - 1}/${BIG.length}`);
    expect(answer.body.equals(BIG.subarray(from, to))).toBe(true);
  });

  it("refuses what lies behind the end, and ignores what it does not understand", async () => {
    const behind = await get("/media/big.bin", { headers: { range: `bytes=${BIG.length}-` } });
    expect(behind).toMatchObject({ status: 416, headers: { "content-range": `bytes */${BIG.length}` } });
    expect((await get("/app.js", { headers: { range: "bytes=0-1,3-4" } })).status).toBe(200);
    expect((await get("/app.js", { headers: { range: "lines=0-1" } })).status).toBe(200);
    expect((await get("/app.js", { headers: { range: "bytes=0-1", "if-range": '"other"' } })).status).toBe(200);
  });
});

describe("caches", () => {
  it("answers 304 to who has it, and only to them", async () => {
    const { headers } = await get("/app.js");
    const etag = headers.etag ?? "";
    expect(await get("/app.js", { headers: { "if-none-match": etag } })).toMatchObject({ status: 304 });
    expect((await get("/app.js", { headers: { "if-none-match": `"x", W/${etag}` } })).status).toBe(304);
    expect((await get("/app.js", { headers: { "if-none-match": '"x"' } })).status).toBe(200);
    expect(
      (await get("/plain/", { headers: { "if-none-match": (await get("/plain/")).headers.etag ?? "" } })).status,
    ).toBe(304);
  });
});

describe("the path form", () => {
  it("leads to the site's own origin, with path and query", async () => {
    const host = "127.0.0.1";
    expect(await get(`/ipfs/${site.cid}/about/?a=b`, { host })).toMatchObject({
      status: 302,
      headers: { location: `http://${site.cid}.ipfs.localhost:9000/about/?a=b` },
    });
    expect((await get(`/ipfs/${site.cid}`, { host })).headers.location).toBe(`http://${site.cid}.ipfs.localhost:9000/`);
    expect((await get("/ipfs/nonsense", { host })).status).toBe(400);
  });

  it("serves single blocks and the whole CAR to who checks them", async () => {
    const host = "127.0.0.1";
    const raw = await get(`/ipfs/${site.cid}?format=raw`, { host });
    expect(raw.headers["content-type"]).toBe("application/vnd.ipld.raw");
    expect((await sha256.digest(raw.body)).digest).toEqual(CID.parse(site.cid).multihash.digest);
    const car = await get(`/ipfs/${site.cid}`, { host, headers: { accept: "application/vnd.ipld.car" } });
    expect(car.body.equals(await readFile(site.path))).toBe(true);
    const [root] = await (await CarReader.fromBytes(car.body)).getRoots();
    expect(root?.toString()).toBe(site.cid);
  });
});

describe("other IPFS nodes", () => {
  it("fetch a hosted site over Bitswap, block by block, and nothing else", { timeout: 60_000 }, async () => {
    const address = await until(async () => {
      const { adapters } = (await (await fetch(`${keeper.url}/healthz`)).json()) as {
        adapters: { network: string; servesBlocks: boolean; addresses: string[] }[];
      };
      return adapters.find(({ network, servesBlocks }) => network === "ipfs" && servesBlocks)?.addresses[0];
    });
    const other = withBitswap(
      withLibp2pLight(createHeliaLight(), {
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
        services: { identify: identify() },
      }),
    );
    await other.start();
    try {
      await other.libp2p.dial(multiaddr(address));
      const signal = AbortSignal.timeout(30_000);
      const file: UnixFSEntry = await exporter(`${site.cid}/media/big.bin`, other.blockstore, { signal });
      const parts: Uint8Array[] = [];
      if (file.type !== "file") throw new Error("it is no file");
      for await (const part of file.content()) parts.push(part);
      expect(Buffer.concat(parts).equals(BIG)).toBe(true);

      const foreign = CID.createV1(0x55, await sha256.digest(randomBytes(8)));
      const wanted = (async () => {
        for await (const _ of other.blockstore.get(foreign, { signal: AbortSignal.timeout(1_000) }));
      })();
      await expect(wanted).rejects.toThrow();
    } finally {
      await other.stop();
    }
  });
});

describe("what is not hosted", () => {
  it("is not found, and says why", async () => {
    const other = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    const answer = await get("/", { host: `${other}.ipfs.localhost` });
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toContain("No running deal");
  });

  it("is no longer served when its deal has ended, and its bytes are deleted", async () => {
    const { chain } = world;
    const { deployment } = chain;
    await end(chain.walletOf(CUSTOMER), { deployment, dealId });
    await runUntil(chain, [keeper.url], async () => (await get("/")).status === 404);
    const deal = await getDeal(chain.reader, { deployment, dealId });
    expect(deal.status).toBe("ending");
    await runUntil(chain, [keeper.url], async () => {
      await chain.test.mine({ blocks: UNDO_DEPTH_BLOCKS / 4 }); // bytes stay while the end can be taken back
      const health = await (await fetch(`${keeper.url}/metrics`)).text();
      return /keeper_duties_total\{kind="discard",status="done"[^}]*\} 1/.test(health);
    });
  });
});
