import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CarIndex } from "../../../../sdk/src/pieces/index.ts";

/** Whether a data directory has files of a piece, whatever their ending. */
export async function holdsFiles(dataDir: string, { root }: CarIndex): Promise<boolean> {
  return (await readdir(join(dataDir, "pieces"))).some((name) => name.startsWith(root));
}

/** Makes all bytes of a piece's file others. */
export async function damageFile(dataDir: string, { root, sizeBytes }: CarIndex): Promise<void> {
  await using file = await open(join(dataDir, "pieces", `${root}.car`), "r+");
  await file.write(new Uint8Array(sizeBytes), 0, sizeBytes, 0);
}
