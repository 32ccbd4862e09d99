import { createWriter, headerLength } from "@ipld/car/buffer-writer";
import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { sha256 } from "multiformats/hashes/sha2";

export interface TestBlock {
  cid: CID;
  bytes: Uint8Array;
}

export async function rawBlock(content: string | Uint8Array): Promise<TestBlock> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { cid: CID.createV1(0x55, createDigest(0x12, (await sha256.digest(bytes)).digest)), bytes };
}

/** A dag-pb block with these links. */
export async function linkBlock(links: readonly CID[], data = ""): Promise<TestBlock> {
  const bytes = encode(
    prepare({
      Data: new TextEncoder().encode(data),
      Links: links.map((cid, i) => ({
        Name: String(i).padStart(8, "0"),
        Tsize: 0,
        Hash: cid as unknown as PBLink["Hash"],
      })),
    }),
  );
  return { cid: CID.createV1(0x70, createDigest(0x12, (await sha256.digest(bytes)).digest)), bytes };
}

export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** A header as the CAR library writes it, so that what the SDK writes itself is checked against it. */
export function header(roots: readonly CID[], version = 1): Uint8Array {
  const options = { roots: roots as unknown as Parameters<typeof headerLength>[0]["roots"] };
  const bytes = Uint8Array.from(createWriter(new ArrayBuffer(headerLength(options)), options).close());
  bytes[bytes.length - 1] = version; // the last byte of the CBOR is the version
  return bytes;
}

export function section(cid: Uint8Array, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.from(varint(cid.length + bytes.length)), cid, bytes]);
}

export function car(roots: readonly CID[], blocks: readonly TestBlock[]): Uint8Array {
  return concat([header(roots), ...blocks.map(({ cid, bytes }) => section(cid.bytes, bytes))]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes as a stream in chunks of one size. */
export async function* inChunks(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}
