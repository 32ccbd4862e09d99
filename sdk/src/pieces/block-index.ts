import { bytesToHex } from "@noble/hashes/utils.js";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { DAG_PB, RAW, SHA2_256 } from "./cid.ts";
import { PieceError } from "./errors.ts";

/** Where a block's bytes lie in a CAR, the section's prefix left out. */
export interface BlockLocation {
  offset: number;
  lengthBytes: number;
}

const DIGEST_BYTES = 32;
/** digest ‖ codec ‖ length (uint32) ‖ offset (float64, exact up to 2^53), big endian. */
const ENTRY_BYTES = DIGEST_BYTES + 1 + 4 + 8;

/** The blocks of one CAR by CID, in the order of the CAR. Takes some 150 bytes of memory a block. */
export class BlockIndex {
  readonly #numbers = new Map<string, number>();
  #entries = new Uint8Array(64 * ENTRY_BYTES);
  #view = new DataView(this.#entries.buffer);
  #size = 0;

  /** Distinct blocks. */
  get size(): number {
    return this.#size;
  }

  /** The block of a CID. A dag-pb block is also found under its raw CID and the other way round, since the bytes are the same. */
  get({ code, multihash }: CID): BlockLocation | undefined {
    if (multihash.code !== SHA2_256) return undefined;
    const other = code === RAW ? DAG_PB : RAW;
    const number = this.#numberOf(code, multihash.digest) ?? this.#numberOf(other, multihash.digest);
    return number === undefined ? undefined : this.#locationOf(number);
  }

  /** Whether there is a block under exactly this codec and sha2-256 digest. */
  has(codec: number, digest: Uint8Array): boolean {
    return this.#numberOf(codec, digest) !== undefined;
  }

  /** Adds a block; the first one under a CID stays. */
  add(codec: number, digest: Uint8Array, { offset, lengthBytes }: BlockLocation): void {
    const key = blockKey(codec, digest);
    if (this.#numbers.has(key)) return;
    const start = this.#size * ENTRY_BYTES;
    if (start + ENTRY_BYTES > this.#entries.length) {
      const grown = new Uint8Array(2 * this.#entries.length);
      grown.set(this.#entries);
      this.#entries = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#entries.set(digest, start);
    this.#view.setUint8(start + DIGEST_BYTES, codec);
    this.#view.setUint32(start + DIGEST_BYTES + 1, lengthBytes);
    this.#view.setFloat64(start + DIGEST_BYTES + 5, offset);
    this.#numbers.set(key, this.#size++);
  }

  /** The block of a number below `size`, in the order of the CAR. Throws `RangeError` for another number. */
  at(number: number): BlockLocation & { cid: CID } {
    if (!Number.isInteger(number) || number < 0 || number >= this.#size) {
      throw new RangeError(`there is no block ${number} of ${this.#size}`);
    }
    const start = number * ENTRY_BYTES;
    const digest = this.#entries.slice(start, start + DIGEST_BYTES);
    const cid = CID.createV1(this.#view.getUint8(start + DIGEST_BYTES), createDigest(SHA2_256, digest));
    return { cid, ...this.#locationOf(number) };
  }

  *[Symbol.iterator](): Generator<BlockLocation & { cid: CID }> {
    for (let number = 0; number < this.#size; number++) yield this.at(number);
  }

  /** All entries as bytes, 45 each. */
  encode(): Uint8Array {
    return this.#entries.slice(0, this.#size * ENTRY_BYTES);
  }

  /** Reads what `encode` wrote. Throws `CarIndexInvalid` for entries that are malformed, doubled or outside the CAR. */
  static decode(bytes: Uint8Array, carBytes: number): BlockIndex {
    const index = new BlockIndex();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length % ENTRY_BYTES !== 0) throw new PieceError("CarIndexInvalid", { problem: "its length is wrong" });
    for (let start = 0; start < bytes.length; start += ENTRY_BYTES) {
      const codec = view.getUint8(start + DIGEST_BYTES);
      const lengthBytes = view.getUint32(start + DIGEST_BYTES + 1);
      const offset = view.getFloat64(start + DIGEST_BYTES + 5);
      const digest = bytes.subarray(start, start + DIGEST_BYTES);
      const isKnownCodec = codec === DAG_PB || codec === RAW;
      const isInside = Number.isSafeInteger(offset) && offset >= 0 && offset + lengthBytes <= carBytes;
      if (!isKnownCodec || !isInside || index.has(codec, digest)) {
        throw new PieceError("CarIndexInvalid", { problem: `entry ${index.size} (${bytesToHex(digest)})` });
      }
      index.add(codec, digest, { offset, lengthBytes });
    }
    return index;
  }

  #numberOf(codec: number, digest: Uint8Array): number | undefined {
    return this.#numbers.get(blockKey(codec, digest));
  }

  #locationOf(number: number): BlockLocation {
    const start = number * ENTRY_BYTES + DIGEST_BYTES + 1;
    return { lengthBytes: this.#view.getUint32(start), offset: this.#view.getFloat64(start + 4) };
  }
}

/** A short string for codec and digest: a third of the memory of a CID in base32. */
export function blockKey(codec: number, digest: Uint8Array): string {
  return String.fromCharCode(codec, ...digest);
}
