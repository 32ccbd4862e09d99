import { CAR_HEADER_BYTES, carHeader, MAX_BLOCKS, sectionPrefix } from "./car-format.ts";
import { PieceError } from "./errors.ts";
import { type PieceTree, SubtreeCollector } from "./tree.ts";

/** Where the bytes of a CAR go. Writes come in any order of positions, never two at once, and cover the file without gaps. */
export interface PieceSink {
  /** `bytes` must not be used after the write is done. Throws `PieceStorageFull`. */
  write(bytes: Uint8Array, position: number): void | Promise<void>;
}

/**
 * Writes blocks as one CARv1 and hashes it on the way, each chunk of 1 MiB once, while the chunk before it is being written.
 * The header names the root, which is known last: the first chunk waits in memory until then, so nothing is read back.
 */
export class CarStream {
  readonly #sink: PieceSink;
  readonly #maxSizeBytes: number;
  readonly #subtrees = new SubtreeCollector();
  readonly #seen = new Set<string>();
  readonly #first = new Uint8Array(this.#subtrees.subtreeBytes);
  /** Chunks after the first take turns: one fills while the other is being written. */
  readonly #turns: Uint8Array[] = [];
  #chunk: Uint8Array = this.#first;
  #chunkNumber = 0;
  #filled = CAR_HEADER_BYTES;
  #writing: Promise<{ failure?: unknown }> = Promise.resolve({});

  constructor(sink: PieceSink, maxSizeBytes: number) {
    this.#sink = sink;
    this.#maxSizeBytes = maxSizeBytes;
  }

  get sizeBytes(): number {
    return this.#chunkNumber * this.#subtrees.subtreeBytes + this.#filled;
  }

  /** Distinct blocks so far. */
  get blockCount(): number {
    return this.#seen.size;
  }

  /** Adds a block unless it is there already. `cid` are the bytes of its CID. */
  async put(cid: Uint8Array, block: Uint8Array): Promise<void> {
    const key = String.fromCharCode.apply(undefined, cid as unknown as number[]); // spread, it would make an object a byte
    if (this.#seen.has(key)) return;
    if (this.#seen.size === MAX_BLOCKS) {
      throw new PieceError("PieceTooManyBlocks", { blocks: MAX_BLOCKS + 1, maxBlocks: MAX_BLOCKS });
    }
    this.#seen.add(key);
    const prefix = sectionPrefix(cid, block.length);
    const sizeBytes = this.sizeBytes + prefix.length + block.length;
    if (sizeBytes > this.#maxSizeBytes) {
      throw new PieceError("PieceTooLarge", { sizeBytes, maxBytes: this.#maxSizeBytes });
    }
    await this.#append(prefix);
    await this.#append(block);
  }

  /** Writes what is left, the header last. `rootCid` are the bytes of the root's CID. */
  async close(rootCid: Uint8Array): Promise<PieceTree> {
    const { sizeBytes } = this;
    this.#first.set(carHeader(rootCid));
    const isOnlyOne = this.#chunkNumber === 0;
    if (!isOnlyOne) await this.#finishChunk();
    const first = this.#first.subarray(0, Math.min(sizeBytes, this.#first.length));
    this.#subtrees.set(0, first, isOnlyOne);
    await this.#settle();
    await this.#sink.write(first, 0);
    return this.#subtrees.close(sizeBytes);
  }

  /** Waits until no write is under way. Never throws. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      if (this.#filled === this.#chunk.length) await this.#nextChunk();
      const taken = Math.min(this.#chunk.length - this.#filled, bytes.length - start);
      this.#chunk.set(bytes.subarray(start, start + taken), this.#filled);
      this.#filled += taken;
      start += taken;
    }
  }

  async #nextChunk(): Promise<void> {
    if (this.#chunkNumber > 0) await this.#finishChunk();
    this.#chunkNumber++;
    this.#filled = 0;
    const turn = this.#chunkNumber % 2;
    this.#chunk = this.#turns[turn] ??= new Uint8Array(this.#subtrees.subtreeBytes);
  }

  async #finishChunk(): Promise<void> {
    const bytes = this.#chunk.subarray(0, this.#filled);
    const position = this.#chunkNumber * this.#subtrees.subtreeBytes;
    this.#subtrees.set(this.#chunkNumber, bytes);
    await this.#settle();
    this.#writing = Promise.resolve(this.#sink.write(bytes, position)).then(
      () => ({}),
      (failure: unknown) => ({ failure }), // kept for the next settle: nobody awaits it yet
    );
  }

  async #settle(): Promise<void> {
    const { failure } = await this.#writing;
    if (failure !== undefined) throw failure;
  }
}
