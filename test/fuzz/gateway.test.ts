import { createConnection } from "node:net";
import fc from "fast-check";
import { CID } from "multiformats/cid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelOfHost, PathInvalid, parseCid, segmentsOf } from "../../keepers/src/gateways/ipfs/address.ts";
import { readFile } from "../../keepers/src/gateways/ipfs/content.ts";
import { matchesTag, parseRange } from "../../keepers/src/gateways/ipfs/ranges.ts";
import { car, rawBlock, type TestBlock } from "../sdk/pieces/car.ts";
import { startGateway } from "./gateway-server.ts";
import { bytes, holds } from "./property.ts";
import { tower, unixfsNode } from "./unixfs.ts";

/** The CID that a host names. */
function cidOfHost(host: string): CID | undefined {
  const label = labelOfHost(host);
  return label === undefined ? undefined : parseCid(label);
}

let gateway: Awaited<ReturnType<typeof startGateway>>;
/** A site with a page, a file of many levels, and one whose name needs escaping. */
let site: { cid: string; content: Buffer };
beforeAll(async () => {
  gateway = await startGateway();
  const leaves = await Promise.all(Array.from({ length: 40 }, (_, i) => rawBlock(new Uint8Array(1_000 + i).fill(i))));
  const levels = await fileOver(leaves, 3);
  const page = await rawBlock("<h1>Home</h1>");
  const top = levels.at(-1) as TestBlock;
  const root = await unixfsNode({ type: "directory" }, [
    { cid: top.cid, name: "big.bin" },
    { cid: page.cid, name: "index.html" },
    { cid: page.cid, name: "ä %#?.txt" },
  ]);
  site = {
    cid: await gateway.keep(car([root.cid], [...leaves, ...levels, page, root])),
    content: Buffer.concat(leaves.map((leaf) => leaf.bytes)),
  };
});
afterAll(() => gateway.stop());

/** Nodes of a file over these parts, with so many children each; the top one comes last. */
async function fileOver(parts: readonly TestBlock[], children: number): Promise<TestBlock[]> {
  const made: TestBlock[] = [];
  let row = parts.map((block) => ({ block, size: BigInt(block.bytes.length) }));
  while (row.length > 1) {
    const next: typeof row = [];
    for (let i = 0; i < row.length; i += children) {
      const group = row.slice(i, i + children);
      const blockSizes = group.map(({ size }) => size);
      const block = await unixfsNode(
        { type: "file", blockSizes },
        group.map((part) => part.block),
      );
      next.push({ block, size: blockSizes.reduce((sum, size) => sum + size, 0n) });
      made.push(block);
    }
    row = next;
  }
  return made;
}

const origin = (cid: string) => ({ host: `${cid}.ipfs.localhost` });
const position = fc.oneof(fc.nat(70), fc.nat(50_000), fc.constantFrom("", "00", "9".repeat(30)));

describe("Range", () => {
  /** RFC 9110, byte by byte: which bytes of a file a header with one range wants. */
  function wanted(first: string, last: string, size: number): number[] | "all" | "none" {
    const all = Array.from({ length: size }, (_, i) => i);
    if (first === "" && last === "") return "all";
    if (first === "") return Number(last) === 0 || size === 0 ? "none" : all.filter((i) => i >= size - Number(last));
    if (last !== "" && Number(last) < Number(first)) return "all";
    const found = all.filter((i) => i >= Number(first) && (last === "" || i <= Number(last)));
    return found.length === 0 ? "none" : found;
  }

  it("gives just the bytes that a model of the specification gives", async () => {
    await holds(1_000, [position, position, fc.nat(60)], (first, last, size) => {
      const range = parseRange(`bytes=${first}-${last}`, size);
      const model = wanted(`${first}`, `${last}`, size);
      if (range === "all" || range === "unsatisfiable") return expect(range === "all" ? "all" : "none").toBe(model);
      expect([range.from, range.to]).toEqual([model[0], Number(model.at(-1)) + 1]);
    });
  });

  it("is ignored in any other form, and never leaves the file", async () => {
    await holds(500, [fc.string({ maxLength: 40 }), fc.nat(60)], (text, size) => {
      for (const header of [text, `bytes=${text}`, `bytes=0-1,${text}`]) {
        const range = parseRange(header, size);
        if (range === "all" || range === "unsatisfiable") continue;
        expect(0 <= range.from && range.from < range.to && range.to <= size, header).toBe(true);
      }
    });
  });

  it("is answered with those very bytes of a file of many levels", async () => {
    const { cid, content } = site;
    await holds(40, [position, position], async (first, last) => {
      const range = parseRange(`bytes=${first}-${last}`, content.length);
      const answer = await gateway.get("/big.bin", { ...origin(cid), headers: { range: `bytes=${first}-${last}` } });
      if (range === "unsatisfiable") return expect(answer.status).toBe(416);
      const [from, to] = range === "all" ? [0, content.length] : [range.from, range.to];
      expect(answer.status).toBe(range === "all" ? 200 : 206);
      expect(Buffer.compare(answer.body, content.subarray(from, to))).toBe(0);
    });
  });
});

describe("If-None-Match", () => {
  it("names a tag if and only if it is in the list", async () => {
    const tag = fc.stringMatching(/^[a-z0-9]{0,6}$/).map((text) => `"${text}"`);
    await holds(300, [fc.array(tag, { maxLength: 4 }), tag, fc.boolean()], (list, mine, isWeak) => {
      expect(matchesTag(list.map((one) => (isWeak ? `W/${one}` : one)).join(" , "), mine)).toBe(list.includes(mine));
    });
    await holds(300, [fc.string()], (text) => expect(typeof matchesTag(text, '"a"')).toBe("boolean"));
  });
});

describe("paths and hosts", () => {
  it("decode to segments that stay inside of the site, or to a refusal by name", async () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom("..", ".", "%2e%2e", "%2f", "%5c", "%00", "%", "%zz", "%C0%AF", "%E2%82%AC", "%25"),
    );
    await holds(1_000, [fc.array(piece, { maxLength: 6 }), fc.constantFrom("/", "//")], (parts, slash) => {
      const path = `/${parts.join(slash)}`;
      try {
        for (const name of segmentsOf(path).segments) {
          expect(name === "" || name === "." || name === "..").toBe(false);
          expect(name).not.toMatch(/[/\\\0]/);
        }
      } catch (error) {
        if (!(error instanceof PathInvalid)) throw error;
      }
    });
  });

  it("find a name whatever signs are in it", async () => {
    expect((await gateway.get(`/${encodeURIComponent("ä %#?.txt")}`, origin(site.cid))).status).toBe(200);
  });

  it("name a site by a whole CID only", async () => {
    const { cid } = site;
    await holds(
      500,
      [fc.string({ maxLength: 80 }), fc.constantFrom(".ipfs.", ".ipns.", "ipfs.", ".ipfs")],
      (label, rest) => {
        const found = cidOfHost(`${label}${rest}localhost`);
        if (found) expect(found.equals(CID.parse(label.toLowerCase()).toV1())).toBe(true);
      },
    );
    expect(cidOfHost(`${cid}.ipfs.localhost:80`)?.toString()).toBe(cid);
    expect(cidOfHost(`${cid}x.ipfs.localhost`)).toBeUndefined();
  });

  it("are answered whatever they are, below 500, and break nothing inside", async () => {
    const path = fc.oneof(
      fc.webPath().map((text) => text || "/"),
      fc
        .array(
          fc.constantFrom(
            "/",
            "..",
            "%2e",
            "%00",
            "%",
            "%E0%A4",
            "ipfs",
            "about",
            "?format=raw",
            "?format=car",
            "//",
            "\\",
            "@",
            ";",
            "deals",
            "%69pfs",
          ),
          { maxLength: 8 },
        )
        .map((parts) => `/${parts.join("")}`),
    );
    const host = fc.constantFrom(
      site.cid,
      "localhost",
      `${site.cid}.ipfs.localhost`,
      `${site.cid.slice(0, 50)}.ipfs.x`,
      "[::1]",
      "a..b",
    );
    const method = fc.constantFrom("GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE", "TRACE");
    const headers = fc.record({
      range: fc.constantFrom("bytes=0-", "x", "bytes=-1,-2"),
      accept: fc.constantFrom("*/*", "application/vnd.ipld.raw", "application/vnd.ipld.car"),
    });
    await holds(100, [path, host, method, headers], async (text, name, verb, sent) => {
      fc.pre(!/[^\x21-\x7e]/.test(text));
      const answer = await gateway.get(text, { host: name, method: verb, headers: sent });
      expect(answer.status === 501 || answer.status < 500, `${verb} ${name}${text}: ${answer.status}`).toBe(true);
      const { location = "" } = answer.headers;
      expect(location).not.toMatch(/^(\/\/|\/\\)/); // another host's address
    });
    expect(gateway.failures).toEqual([]);
  });
});

describe("HTTP, whatever comes over the wire", () => {
  it("is answered or closed, and the server goes on", async () => {
    const line = fc.oneof(
      fc.constantFrom(
        "Content-Length: -1",
        "Content-Length: 9e9",
        "Content-Length: 5",
        "Content-Length: 6",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
        "Host: a\0b",
        "Expect: 100-continue",
        "Upgrade: h2c",
        " folded",
        "Authorization: Bearer",
        "Range: bytes=0-",
        "Accept: ",
        "Connection: upgrade",
        `Cookie: ${"x".repeat(20_000)}`,
      ),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const start = fc.constantFrom(
      "GET / HTTP/1.1",
      "PUT /deals/1/pieces/0x HTTP/1.1",
      "GET * HTTP/1.1",
      "GET http://x/ HTTP/1.1",
      "POST / HTTP/9.9",
      "PRI * HTTP/2.0",
      "\x16\x03\x01",
      "GET /%",
      "",
    );
    await holds(120, [start, fc.array(line, { maxLength: 6 }), bytes(60)], async (first, lines, body) => {
      const head = `${[first, ...lines].join("\r\n")}\r\n\r\n`;
      const text = await gateway.raw(Buffer.concat([Buffer.from(head, "latin1"), body]));
      expect(text).not.toMatch(/^HTTP\/1\.1 500/);
    });
    expect((await gateway.get("/", origin(site.cid))).body.toString()).toBe("<h1>Home</h1>");
    expect(gateway.failures).toEqual([]);
  });

  it("ends a request whose headers never end", async () => {
    const limits = { requestMs: 200, headersMs: 100, silentMs: 400, lookMs: 20, connections: 10 };
    await using strict = Object.assign(await startGateway(limits), {
      [Symbol.asyncDispose](this: { stop(): Promise<void> }) {
        return this.stop();
      },
    });
    const { port, hostname } = new URL(strict.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = createConnection(Number(port), hostname, () => socket.write("GET / HTTP/1.1\r\nHost: x\r\nX: "));
      const drip = setInterval(() => socket.write("y"), 30);
      socket.on("data", (data) => {
        text += data;
      });
      socket.on("error", (error: NodeJS.ErrnoException) =>
        error.code === "EPIPE" || error.code === "ECONNRESET" ? undefined : reject(error),
      );
      socket.on("close", () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
  });
});

describe("a site that somebody made to hurt", () => {
  const shard = (links: Parameters<typeof unixfsNode>[1] = []) =>
    unixfsNode({ type: "hamt-sharded-directory", fanout: 256n, hashType: 0x22n, data: new Uint8Array([3]) }, links);
  const file = (sizes: bigint[], links: CID[]) =>
    unixfsNode(
      { type: "file", blockSizes: sizes },
      links.map((cid) => ({ cid })),
    );

  const statusOf = async (blocks: readonly TestBlock[], path = "/") => {
    const top = blocks.at(-1) as TestBlock;
    return (await gateway.get(path, origin(await gateway.keep(car([top.cid], blocks))))).status;
  };

  it("with a listing of names that double at each level is refused after some thousand blocks", async () => {
    const blocks = await tower(await shard(), 60, (cid) =>
      shard([
        { cid, name: "00" },
        { cid, name: "01" },
      ]),
    );
    expect(await statusOf(blocks)).toBe(422);
    expect(await statusOf(blocks, "/name")).toBe(404);
  });

  it("with parts of no bytes that double at each level takes no time", async () => {
    expect(await statusOf(await tower(await rawBlock(""), 60, (cid) => file([0n, 0n], [cid, cid])))).toBe(200);
  });

  it("with parts of other sizes than they have breaks off, and with sizes beyond any disk is not found", async () => {
    const leaf = await rawBlock("abc");
    expect(await statusOf([leaf, await file([2n], [leaf.cid])])).toBe(422);
    expect(await statusOf([leaf, await file([9n], [leaf.cid])])).toBe(422);
    expect(await statusOf([leaf, await file([2n ** 64n - 1n], [leaf.cid])])).toBe(404);
    expect(await statusOf([leaf, await file([3n, 3n], [leaf.cid])])).toBe(422);
  });

  it("with a symbolic link, or bytes that are no UnixFS, has nothing there", async () => {
    const target = new TextEncoder().encode("/etc/passwd");
    expect(await statusOf([await unixfsNode({ type: "symlink", data: target })])).toBe(404);
    expect(await statusOf([await unixfsNode({ type: "metadata", data: target })])).toBe(404);
    const link = await unixfsNode({ type: "symlink", data: target });
    expect(await statusOf([link, await file([11n], [link.cid])])).toBe(422);
  });
});

describe("readFile", () => {
  it("reads a block when its bytes are wanted, not a level ahead", async () => {
    const leaves = await Promise.all(Array.from({ length: 64 }, (_, i) => rawBlock(new Uint8Array(100).fill(i))));
    const nodes = await fileOver(leaves, 8);
    const all = new Map([...leaves, ...nodes].map((block) => [block.cid.toString(), block.bytes]));
    let reads = 0;
    const blocks = {
      has: () => true,
      async *get(cid: CID) {
        reads++;
        yield all.get(cid.toString()) ?? new Uint8Array();
      },
    };
    const { cid } = nodes.at(-1) as TestBlock;
    const signal = new AbortController().signal;
    const reading = readFile(blocks, { cid, sizeBytes: 6_400 }, { from: 0, to: 6_400 }, signal);
    await reading.next();
    expect(reads).toBe(3);
    const left: Uint8Array[] = [];
    for await (const part of reading) left.push(part);
    expect(Buffer.concat(left).length).toBe(6_300);
    expect(reads).toBe(64 + 9);
  });

  it("refuses a file deeper than any real one", async () => {
    const floor = (cid: CID) => unixfsNode({ type: "file", blockSizes: [1n] }, [{ cid }]);
    const one = await rawBlock("x");
    const signal = new AbortController().signal;
    const read = async (levels: number) => {
      const floors = await tower(one, levels, floor);
      const all = new Map(floors.map(({ cid, bytes }) => [cid.toString(), bytes]));
      const blocks = {
        has: () => true,
        async *get(cid: CID) {
          yield all.get(cid.toString()) ?? new Uint8Array();
        },
      };
      const { cid } = floors.at(-1) as TestBlock;
      const parts: Uint8Array[] = [];
      for await (const part of readFile(blocks, { cid, sizeBytes: 1 }, { from: 0, to: 1 }, signal)) parts.push(part);
      return parts;
    };
    expect(await read(100)).toHaveLength(1);
    await expect(read(2_000)).rejects.toMatchObject({ name: "ContentInvalid", statusCode: 422 });
  });

  it("of a client that goes away in the middle ends, and takes the keeper with it no more", async () => {
    const leaves = await Promise.all(Array.from({ length: 60 }, (_, i) => rawBlock(new Uint8Array(200_000).fill(i))));
    const nodes = await fileOver(leaves, 8);
    const cid = await gateway.keep(car([(nodes.at(-1) as TestBlock).cid], [...leaves, ...nodes]));
    const { port, hostname } = new URL(gateway.url);
    const leave = () =>
      new Promise<void>((resolve) => {
        const socket = createConnection(Number(port), hostname, () =>
          socket.write(`GET / HTTP/1.1\r\nHost: ${cid}.ipfs.localhost\r\n\r\n`),
        );
        socket.once("data", () => socket.destroy()).once("close", () => resolve());
      });
    await Promise.all(Array.from({ length: 8 }, leave));
    expect((await gateway.get("/", { ...origin(cid), headers: { range: "bytes=11999999-" } })).body).toEqual(
      Buffer.from([59]),
    );
    expect(gateway.failures).toEqual([]);
  });
});
