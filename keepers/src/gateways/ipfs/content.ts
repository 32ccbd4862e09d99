import { decode, type PBNode } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import { code as RAW } from "multiformats/codecs/raw";
import type { BlockReader } from "../../adapters/storage/blockstore.ts";

/** Blocks are at most 2 MiB, so a node has thousands of links: files of any size that exists are some levels deep. */
const MAX_DEPTH = 128;

/** A file whose blocks contradict each other: whoever made it, it cannot be read. */
export class ContentInvalid extends Error {
  override readonly name = "ContentInvalid";
  readonly statusCode = 422;
}

/** Blocks that one question about a site's names may read: a directory of shards can be made to go on for ever. */
const MAX_BLOCKS_PER_QUESTION = 4_096;

/** The blocks for one question. Reading throws `ContentInvalid` once there were too many, and the reason of `signal`. */
export function boundedReader(blocks: BlockReader, signal: AbortSignal): BlockReader {
  let left = MAX_BLOCKS_PER_QUESTION;
  return {
    has: blocks.has,
    get(cid, options) {
      signal.throwIfAborted();
      if (--left < 0) throw new ContentInvalid(`more than ${MAX_BLOCKS_PER_QUESTION} blocks are under a name`);
      return blocks.get(cid, options);
    },
  };
}

type Part = { cid: CID; from: bigint; sizeBytes: bigint; depth: number };

/**
 * Reads [from, to) of a UnixFS file, a block when its bytes are wanted and not before: a slow reader holds one block in memory, one that
 * goes away ends the reading. The exporter's own content would load a whole level at once, without a limit, and lets an error below it
 * escape as an unhandled rejection, which ends the process. Throws `ContentInvalid`, and what reading a block throws.
 */
export async function* readFile(
  blocks: BlockReader,
  file: { cid: CID; sizeBytes: number },
  range: { from: number; to: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const [from, to] = [BigInt(range.from), BigInt(range.to)];
  const waiting: Part[] = [{ cid: file.cid, from: 0n, sizeBytes: BigInt(file.sizeBytes), depth: 0 }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    signal.throwIfAborted();
    const { data, children } = await openPart(blocks, part);
    const slice = data.subarray(within(from - part.from, data), within(to - part.from, data));
    if (slice.length > 0) yield slice;
    waiting.push(...children.filter((child) => child.from < to && child.from + child.sizeBytes > from).reverse());
  }
}

/** An offset, kept inside of the bytes. */
function within(offset: bigint, { length }: Uint8Array): number {
  if (offset <= 0n) return 0;
  return offset < BigInt(length) ? Number(offset) : length;
}

async function openPart(blocks: BlockReader, part: Part): Promise<{ data: Uint8Array; children: Part[] }> {
  const { cid, depth } = part;
  if (depth > MAX_DEPTH) throw new ContentInvalid(`the file of ${cid} is more than ${MAX_DEPTH} levels deep`);
  const bytes = await blockBytes(blocks, cid);
  if (cid.code === RAW) {
    requireSize(part, BigInt(bytes.length));
    return { data: bytes, children: [] };
  }
  const { node, unixfs } = decodeFile(cid, bytes);
  requireSize(part, unixfs.fileSize());
  if (node.Links.length !== unixfs.blockSizes.length)
    throw new ContentInvalid(`${cid} has ${node.Links.length} parts and ${unixfs.blockSizes.length} sizes`);
  const data = unixfs.data ?? new Uint8Array();
  let at = part.from + BigInt(data.length);
  const children = node.Links.map(({ Hash }, i): Part => {
    const sizeBytes = unixfs.blockSizes[i] ?? 0n;
    const child = { cid: Hash as CID, from: at, sizeBytes, depth: depth + 1 };
    at += sizeBytes;
    return child;
  });
  return { data, children };
}

async function blockBytes(blocks: BlockReader, cid: CID): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of blocks.get(cid)) parts.push(part);
  const [first = new Uint8Array()] = parts;
  return parts.length === 1 ? first : Buffer.concat(parts);
}

function decodeFile(cid: CID, bytes: Uint8Array): { node: PBNode; unixfs: UnixFS } {
  let node: PBNode;
  let unixfs: UnixFS;
  try {
    node = decode(bytes);
    unixfs = UnixFS.unmarshal(node.Data ?? new Uint8Array());
  } catch (cause) {
    throw new ContentInvalid(`${cid} is no part of a file`, { cause });
  }
  if (!isFileType(unixfs)) throw new ContentInvalid(`${cid} is a ${unixfs.type} inside of a file`);
  return { node, unixfs };
}

/** Whether a node is content: symbolic links and the like are not followed. */
export function isFileType({ type }: Pick<UnixFS, "type">): boolean {
  return type === "file" || type === "raw";
}

function requireSize({ cid, sizeBytes }: Part, actual: bigint): void {
  if (actual !== sizeBytes) throw new ContentInvalid(`${cid} has ${actual} bytes, ${sizeBytes} were announced`);
}
