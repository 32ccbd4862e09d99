import { PieceError } from "./errors.ts";

/** Reads exact lengths from a stream of chunks, with a limit on the whole, and shows every byte once to `onBytes`. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  #pulledBytes = 0;
  #joined = new Uint8Array(4096);

  constructor(source: AsyncIterable<Uint8Array>, maxBytes: number, onBytes: (bytes: Uint8Array) => void) {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
    this.#onBytes = onBytes;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#pulledBytes - (this.#chunk.length - this.#at);
  }

  async isAtEnd(): Promise<boolean> {
    return this.#at === this.#chunk.length && !(await this.#pull());
  }

  /** The next `length` bytes, valid until the next call. Throws `CarTruncated` when the stream ends before. */
  async take(length: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#at >= length) return this.#advance(length);
    if (this.#joined.length < length) this.#joined = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (await this.isAtEnd()) {
        throw new PieceError("CarTruncated", { offset: this.#pulledBytes, missingBytes: length - filled });
      }
      const part = this.#advance(Math.min(length - filled, this.#chunk.length - this.#at));
      this.#joined.set(part, filled);
      filled += part.length;
    }
    return this.#joined.subarray(0, length);
  }

  /** An unsigned LEB128 of at most 4 bytes: no length here needs more. Throws `CarMalformed` for longer or padded ones. */
  async takeVarint(): Promise<number> {
    const offset = this.position;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const [byte = 0] = await this.take(1);
      value |= (byte & 127) << shift;
      if (byte < 128) {
        if (byte === 0 && shift > 0) throw new PieceError("CarMalformed", { offset, problem: "a padded length" });
        return value;
      }
    }
    throw new PieceError("CarMalformed", { offset, problem: "a length of more than 4 bytes" });
  }

  /** Ends the source early, so that it can free what it holds. */
  async cancel(): Promise<void> {
    await this.#chunks.return?.();
  }

  #advance(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    return this.#chunk.subarray(start, this.#at);
  }

  async #pull(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#pulledBytes += value.length;
      if (this.#pulledBytes > this.#maxBytes) {
        throw new PieceError("PieceTooLarge", { sizeBytes: this.#pulledBytes, maxBytes: this.#maxBytes });
      }
      this.#onBytes(value);
      this.#chunk = value;
      this.#at = 0;
      return true;
    }
  }
}
