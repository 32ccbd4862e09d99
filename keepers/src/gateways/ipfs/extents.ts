import { code as DAG_PB, decode as decodeDagPb, type PBLink } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import type { KeptPiece } from "../../adapters/storage/adapter.ts";
import { isFileType } from "./content.ts";

/** Parts of a file; with blocks of 1 MiB a file of 32 GiB has so many. What is more scattered is read block by block. */
const MAX_EXTENTS = 2 ** 15;

/**
 * Where the bytes of a file lie in the CAR of its piece, in order: offset, length, offset, length, … . Undefined for what is no plain file,
 * does not add up to `sizeBytes`, or lies in too many parts.
 */
export async function extentsOf(piece: KeptPiece, cid: CID, sizeBytes: number): Promise<Float64Array | undefined> {
  const extents: number[] = [];
  let total = 0;
  const add = (offset: number, length: number) => {
    if (length === 0) return;
    extents.push(offset, length);
    total += length;
  };
  const pending = [cid];
  let steps = 0; // blocks without bytes that name each other twice could go on for ever
  for (let next = pending.pop(); next; next = pending.pop()) {
    const place = piece.index.blocks.get(next);
    if (!place || ++steps > 2 * MAX_EXTENTS || extents.length + pending.length > 2 * MAX_EXTENTS || total > sizeBytes)
      return undefined;
    if (next.code !== DAG_PB) {
      add(place.offset, place.lengthBytes);
      continue;
    }
    const block = await piece.readBytes(place.offset, place.lengthBytes);
    const decoded = decodeNode(block);
    if (!decoded) return undefined;
    const { node, Links } = decoded;
    if (node.data && node.data.length > 0) {
      if (node.data.buffer !== block.buffer) return undefined; // a copy does not tell where it came from
      add(place.offset + node.data.byteOffset - block.byteOffset, node.data.length);
    }
    for (const { Hash } of Links.toReversed()) pending.push(Hash);
  }
  return total === sizeBytes ? Float64Array.from(extents) : undefined;
}

/** A part of a file; undefined for anything else. */
function decodeNode(block: Uint8Array): { node: UnixFS; Links: PBLink[] } | undefined {
  try {
    const { Data, Links } = decodeDagPb(block);
    const node = UnixFS.unmarshal(Data ?? new Uint8Array());
    return isFileType(node) ? { node, Links } : undefined;
  } catch {
    return undefined; // whoever reads it block by block says what is wrong with it
  }
}
