import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { type CarIndex, indexCar } from "../../../../sdk/src/pieces/index.ts";
import { buildPieceFromDirectory } from "../../../../sdk/src/pieces/node.ts";
import { car, concat, linkBlock, rawBlock, section } from "../../../sdk/pieces/car.ts";
import { createSite } from "../../../sdk/pieces/site.ts";

export type TestPiece = { index: CarIndex; bytes: Buffer; files: Record<string, Uint8Array | string> };

/** A site as a piece. */
export async function pieceOf(files: Record<string, Uint8Array | string>): Promise<TestPiece> {
  await using site = await createSite(files);
  await buildPieceFromDirectory(site.directory, site.carPath, { includeHidden: true });
  const index = await indexCar(createReadStream(site.carPath), { maxSizeBytes: 2 ** 30 });
  return { index, bytes: await readFile(site.carPath), files };
}

/** Some hundred kilobytes that nobody has. */
export function newPiece(): Promise<TestPiece> {
  return pieceOf({
    "index.html": randomBytes(300),
    "data.bin": randomBytes(1_200_000),
    "a/b.bin": randomBytes(90_000),
  });
}

async function pieceOfBytes(bytes: Uint8Array): Promise<TestPiece> {
  const source = (async function* () {
    yield bytes;
  })();
  return { index: await indexCar(source, { maxSizeBytes: 2 ** 30 }), bytes: Buffer.from(bytes), files: {} };
}

/** A CAR as only somebody odd makes it. */
export async function oddPiece(): Promise<TestPiece> {
  const [leaf, lost] = await Promise.all([rawBlock(randomBytes(5_000)), rawBlock(randomBytes(7_000))]);
  const root = await linkBlock([leaf.cid, leaf.cid]);
  const again = section(leaf.cid.bytes, leaf.bytes);
  return pieceOfBytes(concat([car([root.cid], [leaf, lost, root]), again]));
}

/** Two pieces of one root CID, whose bytes differ in their order. */
export async function twins(): Promise<[TestPiece, TestPiece]> {
  const leaves = await Promise.all([rawBlock(randomBytes(5_000)), rawBlock(randomBytes(6_000))]);
  const root = await linkBlock(leaves.map(({ cid }) => cid));
  return [
    await pieceOfBytes(car([root.cid], [root, ...leaves])),
    await pieceOfBytes(car([root.cid], [...leaves, root])),
  ];
}
