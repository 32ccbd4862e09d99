import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { CID } from "multiformats/cid";
import type { KeptPiece, StorageAdapter } from "../../adapters/storage/adapter.ts";
import { type BlockReader, readerOf } from "../../adapters/storage/blockstore.ts";
import { labelOfHost, originUrl, PathInvalid, parseCid, segmentsOf } from "./address.ts";
import { ContentInvalid, readFile } from "./content.ts";
import { answerFailure, type FileAnswers } from "./file-answers.ts";
import { FRESH_SECONDS, headOf } from "./headers.ts";
import { listingPage, messagePage, PAGE_POLICY } from "./pages.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { Planner } from "./plans.ts";
import { type ByteRange, matchesTag } from "./ranges.ts";
import { findInSite, type SiteFile } from "./site.ts";
import { TRUSTLESS_TYPES, typeOf } from "./types.ts";

type Options = {
  planner: Pick<Planner, "servedRoot">;
  plans: PlanCache;
  files: FileAnswers;
  storage: Pick<StorageAdapter, "open">;
  /** Where content is read, with `{cid}`. */
  contentUrl: string;
};

const MAX_LISTED = 10_000;
/** Bytes that are read at a time. */
const CHUNK_BYTES = 2 ** 18;

/**
 * Hosted content. Each site has its own origin, `<cid>.ipfs.<host>`, so that no site reaches another's storage, or the dashboard's; the path
 * form `/ipfs/<cid>/…` only leads there. Blocks and CARs for who checks them (`?format=raw|car`) are served in both forms.
 * @see https://specs.ipfs.tech/http-gateways/
 */
export function registerGateway(server: FastifyInstance, options: Options): void {
  const { planner, plans, files, storage, contentUrl } = options;

  // A site's host has no other routes than its files, whatever their names.
  server.addHook("onRequest", async (request, reply) => {
    const label = labelOfHost(request.headers.host);
    const cid = label && parseCid(label);
    if (!cid) return;
    if (request.method === "OPTIONS") return;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return reply.code(405).header("allow", "GET, HEAD").send();
    }
    const plan = formatOf(request) ? undefined : await plans.find(label, request.url.split("?", 1)[0] ?? "/");
    if (!plan) {
      await serve(request, reply, cid, request.url);
      if (!reply.sent) reply.hijack(); // the client went away: nobody is left to be told that there is no such route
      return reply;
    }
    reply.hijack();
    await files.answer(request.raw, reply.raw, plan).catch((err) => {
      request.log.error({ err, url: request.url }, "a file of a site could not be read");
      answerFailure(reply.raw);
    });
  });

  server.route({
    method: ["GET", "HEAD"],
    url: "/ipfs/:cid",
    handler: (request, reply) => byPath(request, reply),
  });
  server.route({
    method: ["GET", "HEAD"],
    url: "/ipfs/:cid/*",
    handler: (request, reply) => byPath(request, reply),
  });

  async function byPath(request: FastifyRequest, reply: FastifyReply) {
    const [, , text = ""] = request.url.split("?")[0]?.split("/") ?? [];
    const cid = parseCid(text);
    if (!cid) return answerPage(reply, 400, "Not an address", "This is not a content identifier.");
    const rest = request.url.slice(`/ipfs/${text}`.length);
    if (formatOf(request) !== undefined) return await serve(request, reply, cid, rest || "/");
    return reply
      .code(302)
      .header("location", originUrl(contentUrl, cid, rest))
      .send();
  }

  async function serve(request: FastifyRequest, reply: FastifyReply, cid: CID, url: string) {
    const root = await planner.servedRoot(cid);
    if (!root) {
      const sentence =
        "No running deal of this provider holds it. The deal may have ended, or it is with another provider.";
      return answerPage(reply, 404, "Not hosted here", sentence);
    }
    const opened = await storage.open(root);
    if (opened.found !== "held") {
      const [err, sentence] =
        opened.found === "unknown"
          ? [opened.cause, "The provider's storage does not answer now. Try again in a moment."]
          : [opened.reason, "The provider has lost what it should hold."];
      request.log.error({ err, root }, "a hosted piece cannot be read");
      return answerPage(reply.header("retry-after", "5"), 503, "Not available", sentence);
    }
    const car = opened.piece;
    // Closed once the answer is through, or its connection broke.
    let isClosed = false;
    const close = () => {
      if (isClosed) return;
      isClosed = true;
      Promise.resolve(car[Symbol.asyncDispose]()).catch((err) => request.log.warn({ err }, "a piece did not close"));
    };
    reply.raw.once("close", close);
    const aborted = new AbortController();
    reply.raw.once("close", () => aborted.abort());
    reply.headers({ "x-content-type-options": "nosniff", "x-ipfs-roots": cid.toString() });
    try {
      const format = formatOf(request);
      if (format) return await answerFormat(request, reply, { cid, car, format, signal: aborted.signal });
      return await answerSite(request, reply, { cid, blocks: readerOf(car), url, signal: aborted.signal });
    } catch (error) {
      if (error instanceof PathInvalid)
        return answerPage(reply, 400, "Not an address", `The path has ${error.message}.`);
      if (error instanceof ContentInvalid)
        return answerPage(reply, 422, "Not a site", `It cannot be read: ${error.message}.`);
      throw error;
    }
  }

  async function answerSite(
    request: FastifyRequest,
    reply: FastifyReply,
    { cid, blocks, url, signal }: { cid: CID; blocks: BlockReader; url: string; signal: AbortSignal },
  ) {
    const [path = "/", query] = url.split("?", 2);
    const address = segmentsOf(path);
    const found = await findInSite(blocks, cid, address, signal);
    const ipfsPath = encodeURI(`/ipfs/${cid}${decodeURI(path)}`);
    reply.header("x-ipfs-path", ipfsPath);
    switch (found.kind) {
      case "redirect": {
        // Built anew, so that `//host` in a path never becomes another host.
        const location = `/${address.segments.map(encodeURIComponent).join("/")}/`;
        return reply
          .code(301)
          .header("location", query === undefined ? location : `${location}?${query}`)
          .send();
      }
      case "missing":
        return found.page
          ? answerMissing(request, reply, { page: found.page, blocks, signal })
          : answerPage(reply, 404, "Not found", `The site has nothing at ${decodeURI(path)}.`);
      case "file":
        return answerFile(request, reply, { ...found.file, siteCid: cid.toString(), ipfsPath }, { blocks, signal });
      case "listing": {
        const names: string[] = [];
        for await (const { name } of found.entries) if (names.push(name) >= MAX_LISTED) break;
        const etag = `"listing-${found.cid}"`;
        reply.headers({ etag, "cache-control": `public, max-age=${FRESH_SECONDS.page}` });
        if (matchesTag(request.headers["if-none-match"], etag)) return reply.code(304).send();
        reply.headers({ "content-type": "text/html; charset=utf-8", "content-security-policy": PAGE_POLICY });
        return reply.send(listingPage(decodeURI(path), names, path === "/"));
      }
    }
  }

  /** A file that is not in a local CAR, or too scattered in it. */
  function answerFile(
    request: FastifyRequest,
    reply: FastifyReply,
    file: SiteFile & { siteCid: string; ipfsPath: string },
    { blocks, signal }: { blocks: BlockReader; signal: AbortSignal },
  ) {
    const type = typeOf(file.name);
    const { status, headers, range } = headOf({ ...file, cid: file.cid.toString(), type }, request.headers);
    reply.code(status).headers(headers);
    if (request.method === "HEAD" || range.from === range.to) return reply.send(status === 304 ? undefined : "");
    return reply.send(Readable.from(readFile(blocks, file, range, signal), { objectMode: false }));
  }

  /** The site's own page for what is not there. */
  function answerMissing(
    request: FastifyRequest,
    reply: FastifyReply,
    { page, blocks, signal }: { page: SiteFile; blocks: BlockReader; signal: AbortSignal },
  ) {
    const { cid, name, sizeBytes } = page;
    const length = { "content-type": typeOf(name), "content-length": sizeBytes };
    reply.code(404).headers({ etag: `"${cid}"`, "cache-control": "no-cache", ...length });
    if (request.method === "HEAD") return reply.send();
    const bytes = readFile(blocks, page, { from: 0, to: sizeBytes }, signal);
    return reply.send(Readable.from(bytes, { objectMode: false }));
  }

  /** One block, or the piece's whole CAR, for clients that check every hash themselves. */
  async function answerFormat(
    request: FastifyRequest,
    reply: FastifyReply,
    { cid, car, format, signal }: { cid: CID; car: KeptPiece; format: "raw" | "car"; signal: AbortSignal },
  ) {
    const etag = `"${cid}.${format}"`;
    reply.headers({ etag, "cache-control": `public, max-age=${FRESH_SECONDS.asset}` });
    if (matchesTag(request.headers["if-none-match"], etag)) return reply.code(304).send();
    if (format === "raw") {
      const location = car.index.blocks.get(cid);
      if (!location) return answerPage(reply, 404, "Not found", "The block is not here.");
      const bytes = await car.readBytes(location.offset, location.lengthBytes);
      return reply
        .type(TRUSTLESS_TYPES.raw)
        .header("content-disposition", `attachment; filename="${cid}.bin"`)
        .send(bytes);
    }
    if (!car.index.rootCid.equals(cid)) {
      const sentence = `A CAR is kept for the whole piece only: ask for ${car.index.rootCid}.`;
      return answerPage(reply, 501, "Not served", sentence);
    }
    reply.headers({
      "content-type": TRUSTLESS_TYPES.car,
      "content-length": car.index.sizeBytes,
      "content-disposition": `attachment; filename="${cid}.car"`,
    });
    if (request.method === "HEAD") return reply.send();
    const bytes = bytesOf(car, { from: 0, to: car.index.sizeBytes }, signal);
    return reply.send(Readable.from(bytes, { objectMode: false }));
  }
}

async function* bytesOf(piece: KeptPiece, { from, to }: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += CHUNK_BYTES)
    yield await piece.readBytes(at, Math.min(CHUNK_BYTES, to - at), signal);
}

function formatOf(request: FastifyRequest): "raw" | "car" | undefined {
  const wanted = (request.query as Record<string, unknown> | undefined)?.format;
  if (wanted === "raw" || wanted === "car") return wanted;
  const accept = request.headers.accept ?? "";
  if (accept.includes("application/vnd.ipld.raw")) return "raw";
  return accept.includes("application/vnd.ipld.car") ? "car" : undefined;
}

function answerPage(reply: FastifyReply, status: number, title: string, sentence: string) {
  return reply
    .code(status)
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PAGE_POLICY,
      "cache-control": "no-cache",
    })
    .send(messagePage(title, sentence));
}
