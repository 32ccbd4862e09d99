import type { IncomingHttpHeaders } from "node:http";
import type { FilePlan } from "./plans.ts";
import { type ByteRange, matchesTag, parseRange } from "./ranges.ts";

/** Content under a CID never changes; that it is served at all may end with the deal. Seconds. */
export const FRESH_SECONDS = { page: 60, asset: 3_600 };

/** What every answer of a keeper may tell to scripts of other origins. */
export const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "content-length, content-range, etag, x-ipfs-path, x-ipfs-roots",
} as const;

type FileHead = {
  status: 200 | 206 | 304 | 416;
  headers: Record<string, string | number>;
  /** What of the file follows; nothing for 304 and 416. */
  range: ByteRange;
};

/** Status and headers for a file, by what the request asks for. The same for every way in which files are read. */
export function headOf(
  file: Pick<FilePlan, "cid" | "siteCid" | "type" | "sizeBytes" | "ipfsPath">,
  asked: IncomingHttpHeaders,
): FileHead {
  const { type, sizeBytes } = file;
  const etag = `"${file.cid}"`;
  const seconds = type.startsWith("text/html") ? FRESH_SECONDS.page : FRESH_SECONDS.asset;
  const headers = {
    ...CORS_HEADERS,
    "x-content-type-options": "nosniff",
    "x-ipfs-roots": file.siteCid,
    "x-ipfs-path": file.ipfsPath,
    etag,
    "accept-ranges": "bytes",
    "cache-control": `public, max-age=${seconds}`,
  };
  const nothing = { from: 0, to: 0 };
  if (matchesTag(asked["if-none-match"], etag)) return { status: 304, headers, range: nothing };

  const isWanted = matchesTag(asked["if-range"]?.toString() ?? etag, etag);
  const range = isWanted ? parseRange(asked.range, sizeBytes) : "all";
  if (range === "unsatisfiable") {
    const none = { "content-type": "text/plain", "content-range": `bytes */${sizeBytes}`, "content-length": 0 };
    return { status: 416, headers: { ...headers, ...none }, range: nothing };
  }
  const own = { ...headers, "content-type": type };
  if (range === "all") {
    return { status: 200, headers: { ...own, "content-length": sizeBytes }, range: { from: 0, to: sizeBytes } };
  }
  const { from, to } = range;
  const part = { "content-range": `bytes ${from}-${to - 1}/${sizeBytes}`, "content-length": to - from };
  return { status: 206, headers: { ...own, ...part }, range };
}
