import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { sha256 } from "multiformats/hashes/sha2";
import type { TestBlock } from "../sdk/pieces/car.ts";

type Fields = ConstructorParameters<typeof UnixFS>[0];
type Link = { cid: CID; name?: string };

/** A UnixFS node with whatever fields and links: what an importer would never write. */
export async function unixfsNode(fields: Fields, links: readonly Link[] = []): Promise<TestBlock> {
  const Links = links.map(({ cid, name = "" }): PBLink => ({ Name: name, Tsize: 0, Hash: cid as never }));
  const bytes = encode(prepare({ Data: new UnixFS(fields).marshal(), Links }));
  return { cid: CID.createV1(0x70, createDigest(0x12, (await sha256.digest(bytes)).digest)), bytes };
}

/** A node over a node over a node …: each made from the one below it. The lowest comes first. */
export async function tower(
  base: TestBlock,
  levels: number,
  floor: (below: CID) => Promise<TestBlock>,
): Promise<TestBlock[]> {
  const blocks = [base];
  for (let level = 0; level < levels; level++) blocks.push(await floor((blocks.at(-1) ?? base).cid));
  return blocks;
}
