import { base32 } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";
import { CID_BYTES } from "./car-format.ts";
import { importDirectory, type PutBlock, type UnixFsNode } from "./unixfs.ts";

/** The nodes of a known number of files, in 44 bytes each: a site may have a million, and a `CID` takes half a kilobyte. */
export class FileNodes {
  readonly #cids: Uint8Array;
  readonly #sizes: Float64Array;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #count = 0;

  constructor(capacity: number) {
    this.#cids = new Uint8Array(capacity * CID_BYTES);
    this.#sizes = new Float64Array(capacity);
  }

  add({ cid, sizeBytes }: UnixFsNode): void {
    this.#cids.set(cid.bytes, this.#count * CID_BYTES);
    this.#sizes[this.#count++] = Number(sizeBytes);
  }

  /** The node that was added as number `index`, from 0. */
  at(index: number): UnixFsNode {
    return { cid: CID.decode(this.#bytesAt(index)), sizeBytes: BigInt(this.#sizes[index] ?? 0) };
  }

  /** The CID of that node in base32. */
  textAt(index: number): string {
    // The encoder appends characters one by one, which V8 keeps as a chain of 2 kB: copied, it is 59 bytes.
    return this.#decoder.decode(this.#encoder.encode(base32.encode(this.#bytesAt(index))));
  }

  #bytesAt(index: number): Uint8Array {
    return this.#cids.slice(index * CID_BYTES, (index + 1) * CID_BYTES);
  }
}

/**
 * Imports the directories over files that are there already, each after those inside it, and gives the one around all.
 * @param files In the order of `arrangeFiles`, so that what lies in one directory stands together.
 */
export function importDirectories(
  files: readonly { path: string }[],
  nodes: FileNodes,
  put: PutBlock,
): Promise<UnixFsNode> {
  const pathOf = (index: number) => files[index]?.path ?? "";

  /** Names and nodes in a directory of the files [from, to), whose own path, with "/" behind it, has `start` characters. */
  async function* entriesOf(from: number, to: number, start: number): AsyncGenerator<UnixFsNode & { name: string }> {
    for (let index = from; index < to; ) {
      const slash = pathOf(index).indexOf("/", start);
      if (slash === -1) {
        yield { name: pathOf(index).slice(start), ...nodes.at(index) };
        index++;
        continue;
      }
      const directory = pathOf(index).slice(0, slash + 1);
      const first = index;
      while (index < to && pathOf(index).startsWith(directory)) index++;
      yield { name: directory.slice(start, -1), ...(await importDirectory(entriesOf(first, index, slash + 1), put)) };
    }
  }

  return importDirectory(entriesOf(0, files.length, 0), put);
}
