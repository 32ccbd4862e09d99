import { exporter, type UnixFSDirectory, type UnixFSEntry, walkPath } from "ipfs-unixfs-exporter";
import type { CID } from "multiformats/cid";
import type { BlockReader } from "../../adapters/storage/blockstore.ts";
import { boundedReader, isFileType } from "./content.ts";

/** A file of a site, for `readFile`. */
export type SiteFile = {
  cid: CID;
  /** Path whose ending tells the type. */
  name: string;
  sizeBytes: number;
};

/** What a path of a site leads to. */
export type Found =
  | { kind: "file"; file: SiteFile }
  /** A directory that was asked for without a slash at its end: relative links would go wrong. */
  | { kind: "redirect" }
  /** A directory without a page of its own. */
  | { kind: "listing"; cid: CID; entries: AsyncIterable<{ name: string }> }
  /** Nothing; `page` is the site's own page for that, if it has one. */
  | { kind: "missing"; page: SiteFile | undefined };

/** Names of a site's own page for what is not there, the first that exists. */
const MISSING_PAGES = ["404.html", "_404.html", "404/index.html", "ipfs-404.html"];

/**
 * Finds what a path of a site leads to, as static hosts do: pages by their directory, or with their ending left out. Throws
 * `ContentInvalid` where that would never end.
 */
export async function findInSite(
  all: BlockReader,
  cid: CID,
  { segments, isDirectoryPath }: { segments: readonly string[]; isDirectoryPath: boolean },
  signal: AbortSignal,
): Promise<Found> {
  const blocks = boundedReader(all, signal);
  const entry = await entryAt(blocks, cid, segments, signal);
  const name = segments.at(-1) ?? "";
  if (entry && entry.type !== "directory") {
    const file = fileOf(entry, name);
    if (file && (!isDirectoryPath || segments.length === 0)) return { kind: "file", file };
  }
  if (entry?.type === "directory") {
    const index = await fileAt(blocks, cid, [...segments, "index.html"], signal);
    if (index) return isDirectoryPath ? { kind: "file", file: index } : { kind: "redirect" };
    if (!isDirectoryPath) return { kind: "redirect" };
    return { kind: "listing", cid: entry.cid, entries: entriesOf(entry, signal) };
  }
  if (!entry && !isDirectoryPath && name !== "" && !name.includes(".")) {
    const page = await fileAt(blocks, cid, [...segments.slice(0, -1), `${name}.html`], signal);
    if (page) return { kind: "file", file: page };
  }
  return { kind: "missing", page: await missingPage(blocks, cid, signal) };
}

async function missingPage(blocks: BlockReader, cid: CID, signal: AbortSignal): Promise<SiteFile | undefined> {
  for (const path of MISSING_PAGES) {
    const page = await fileAt(blocks, cid, path.split("/"), signal);
    if (page) return page;
  }
  return undefined;
}

async function fileAt(blocks: BlockReader, cid: CID, segments: readonly string[], signal: AbortSignal) {
  const entry = await entryAt(blocks, cid, segments, signal);
  return entry && fileOf(entry, segments.at(-1) ?? "");
}

async function entryAt(
  blocks: BlockReader,
  root: CID,
  segments: readonly string[],
  signal: AbortSignal,
): Promise<UnixFSEntry | undefined> {
  try {
    let cid = root;
    if (segments.length > 0) {
      for await (const step of walkPath([root, ...segments].join("/"), blocks, { signal })) cid = step.cid;
    }
    return await exporter(cid, blocks, { signal });
  } catch (error) {
    // A path through a file, a name that is not there: both are nothing. A block that we should hold and do not is an error.
    if (error instanceof Error && /^(NotFoundError|NoResolverError|NotUnixFSError)$/.test(error.name)) {
      if (!error.message.startsWith("the block")) return undefined;
    }
    throw error;
  }
}

/** The entry as a file; undefined for a symbolic link, and for a size that no file has. */
function fileOf(entry: UnixFSEntry, name: string): SiteFile | undefined {
  if (entry.type !== "file" && entry.type !== "raw") return undefined;
  if (entry.type === "file" && !isFileType(entry.unixfs)) return undefined;
  const sizeBytes = Number(entry.size);
  return Number.isSafeInteger(sizeBytes) ? { cid: entry.cid, name, sizeBytes } : undefined;
}

async function* entriesOf(directory: UnixFSDirectory, signal: AbortSignal): AsyncGenerator<{ name: string }> {
  for await (const { name } of directory.entries({ signal })) yield { name };
}
