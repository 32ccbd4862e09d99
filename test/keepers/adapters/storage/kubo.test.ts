import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CID } from "multiformats/cid";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createKuboAdapter } from "../../../../keepers/src/adapters/storage/kubo.ts";
import { createKuboRpc } from "../../../../keepers/src/adapters/storage/kubo-rpc.ts";
import { findKubo } from "../../../../scripts/kubo.mjs";
import { type CarIndex, indexCar } from "../../../../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory } from "../../../../sdk/src/pieces/node.ts";
import { rawBlock, type TestBlock } from "../../../sdk/pieces/car.ts";
import { createSite } from "../../../sdk/pieces/site.ts";
import { startKubo, startKuboProxy } from "./kubo-daemon.ts";
import { testStorage } from "./suite.ts";

const NOW = new AbortController().signal;
const kubo = findKubo() ?? "";
if (!kubo) console.warn("SKIPPED, NO KUBO: the adapter met hostile servers only. `node scripts/kubo.mjs` builds one.");

type Daemon = Awaited<ReturnType<typeof startKubo>>;

async function hasBlocks({ ask }: Daemon, { blocks, rootCid }: CarIndex, other?: CarIndex): Promise<boolean> {
  const digestOf = ({ multihash }: CID) => Buffer.from(multihash.digest).toString("hex"); // Kubo names blocks by hash alone
  const local = new Set((await ask("refs/local")).map(({ Ref }) => digestOf(CID.parse(String(Ref)))));
  const pins = JSON.stringify(await ask("pin/ls?type=recursive"));
  return (
    pins.includes(rootCid.toString()) ||
    [...blocks].some(({ cid }) => local.has(digestOf(cid)) && !other?.blocks.get(cid))
  );
}

describe.skipIf(!kubo)("beside a real Kubo", () => {
  testStorage("kubo", async () => {
    const daemon = await startKubo(kubo);
    const proxy = await startKuboProxy(daemon.api);
    return {
      config: { storage: { adapter: "kubo", api: proxy.url }, ipfs: { listen: [] } },
      holds: (_, index, other) => hasBlocks(daemon, index, other),
      async damage(_, { rootCid, blocks }) {
        await daemon.ask(`pin/rm?arg=${rootCid}`);
        const args = [...blocks].map(({ cid }) => `arg=${cid}`);
        await daemon.ask(`block/rm?${args.join("&")}`);
      },
      away: () => proxy.answerInstead(() => "silence"),
      fill: () =>
        proxy.answerInstead((path) => {
          const body = JSON.stringify({ RepoSize: 1_000, StorageMax: 1_000 });
          return path.includes("repo/stat") ? { status: 200, body } : undefined;
        }),
      async stop() {
        await proxy.stop();
        await daemon.stop();
      },
    };
  });

  describe("what belongs to others", () => {
    let daemon: Daemon;
    let proxy: Awaited<ReturnType<typeof startKuboProxy>>;
    let home: string;
    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), "4ever-kubo-test-"));
      daemon = await startKubo(kubo);
      proxy = await startKuboProxy(daemon.api);
    });
    afterAll(async () => {
      await proxy?.stop();
      await daemon?.stop();
      await rm(home, { recursive: true, force: true });
    });

    async function build() {
      await using site = await createSite({ "data.bin": randomBytes(1_500_000), "index.html": randomBytes(9) });
      const path = join(home, `${randomBytes(4).toString("hex")}.car`);
      await buildPieceFromDirectory(site.directory, path);
      return { path, index: await indexCar(createReadStream(path), { maxSizeBytes: 2 ** 30 }) };
    }
    async function open() {
      const adapter = createKuboAdapter({ dataDir: await mkdtemp(join(home, "data-")), api: proxy.url });
      await adapter.prepare();
      await adapter.recover();
      return adapter;
    }

    it("stays pinned when the piece goes that has the same content", async () => {
      const [adapter, { path, index }] = await Promise.all([open(), build()]);
      const body = new FormData();
      body.set("file", new Blob([await readFile(path)]));
      await fetch(`${daemon.api}/api/v0/dag/import?pin-roots=true`, { method: "POST", body });
      expect(await adapter.put(path, index, NOW)).toEqual({ put: "kept" });
      expect(await adapter.remove(index.root)).toEqual({ removed: "now" });
      expect(await hasBlocks(daemon, index)).toBe(true);
    });

    it("is not left behind by an import whose connection broke", async () => {
      const [adapter, { path, index }] = await Promise.all([open(), build()]);
      proxy.cutAfter(700_000);
      expect(await adapter.put(path, index, NOW)).toMatchObject({ put: "unknown" });
      proxy.cutAfter(Number.POSITIVE_INFINITY);
      expect(await adapter.open(index.root)).toMatchObject({ found: "missing" });
      expect(await hasBlocks(daemon, index)).toBe(false);
      expect(await adapter.put(path, index, NOW)).toEqual({ put: "kept" });
    });

    it("is not left behind by an import that was aborted while it ran", async () => {
      const [adapter, { path, index }] = await Promise.all([open(), build()]);
      const enough = new AbortController();
      const goOn = proxy.answerInstead((call) => {
        if (call.includes("dag/import")) enough.abort(new Error("enough"));
        return undefined;
      });
      await expect(adapter.put(path, index, enough.signal)).rejects.toThrow("enough");
      goOn();
      await adapter.recover();
      expect(await hasBlocks(daemon, index)).toBe(false);
      expect(await adapter.open(index.root)).toMatchObject({ found: "missing" });
    });
  });
});

describe("a server that is no good Kubo", () => {
  const servers: { close(): void; closeAllConnections(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function rpcOf(listener: RequestListener, askMs = 5_000) {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return createKuboRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { askMs });
  }

  let block: TestBlock;
  beforeAll(async () => {
    block = await rawBlock(randomBytes(1_000));
  });
  const readFrom = async (listener: RequestListener, askMs?: number) =>
    (await rpcOf(listener, askMs)).block(block.cid, block.bytes.length);
  const endless = (response: ServerResponse) => {
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  };

  it("that gives other bytes has not the block", async () => {
    await expect(readFrom((_, response) => response.end(randomBytes(1_000)))).rejects.toThrow(/other bytes/);
    await expect(readFrom((_, response) => response.end(block.bytes.subarray(1)))).rejects.toThrow(/other bytes/);
  });

  it("that never ends its answer is not read to the end", async () => {
    await expect(readFrom((_, response) => endless(response))).rejects.toMatchObject({ name: "PieceDamaged" });
  });

  it.each([
    ["says 404", (_: unknown, response: ServerResponse) => response.writeHead(404).end("404 page not found")],
    ["says 403", (_: unknown, response: ServerResponse) => response.writeHead(403).end("forbidden")],
    ["breaks off", (_: unknown, response: ServerResponse) => response.destroy()],
    ["leads elsewhere", (_: unknown, response: ServerResponse) => response.writeHead(307, { location: "/x" }).end()],
  ])("that %s tells nothing about the block", async (_, listener) => {
    await expect(readFrom(listener)).rejects.toMatchObject({ name: "StorageUnreachable" });
  });

  it("that says nothing in time tells nothing about the block", async () => {
    await expect(readFrom(() => undefined, 50)).rejects.toMatchObject({ name: "StorageUnreachable" });
  });

  it("that fails is told apart from one that has no such block", async () => {
    const fails = (message: string) =>
      readFrom((_, response) => response.writeHead(500).end(JSON.stringify({ Message: message })));
    await expect(fails("disk I/O error")).rejects.toMatchObject({ name: "KuboRefused" });
    // As Kubo 0.43.0 says it.
    await expect(fails(`block was not found locally (offline): ipld: could not find ${block.cid}`)).rejects.toThrow(
      `Kubo has no block ${block.cid}`,
    );
  });

  it("that imports without pinning has not taken the piece", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "4ever-kubo-test-")), "a.car");
    await writeFile(path, "any");
    for (const answer of ["", JSON.stringify({ Root: { Cid: { "/": `${block.cid}` }, PinErrorMsg: "no room" } })]) {
      const rpc = await rpcOf((request, response) => request.resume().on("end", () => response.end(answer)));
      await expect(rpc.importCar(path, block.cid, 3, NOW)).rejects.toMatchObject({ name: "KuboRefused" });
    }
    await rm(join(path, ".."), { recursive: true });
  });
});
