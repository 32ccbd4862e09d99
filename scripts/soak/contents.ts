// What customers host: small sites that no two are alike, each one CAR in memory.
import type { Hex } from "viem";
import { buildPiece } from "../../sdk/src/pieces/build.ts";
import { cidToDigest } from "../../sdk/src/pieces/cid.ts";
import type { Random } from "./random.ts";

/** A built piece with its bytes. */
export type Content = { root: Hex; leafCount: number; cidDigest: Hex; cid: string; car: Uint8Array<ArrayBuffer> };

const PAGE = new TextEncoder().encode("<h1>Soak</h1>");

/** A site with a page and a file of up to `mostBytes` random bytes. */
export async function makeContent(random: Random, mostBytes = 200_000): Promise<Content> {
  const data = random.bytes(1_000 + random.below(mostBytes));
  const files = [
    { path: "index.html", sizeBytes: PAGE.length, open: () => [PAGE] },
    { path: "data.bin", sizeBytes: data.length, open: () => [data] },
  ];
  let car = new Uint8Array(data.length + 8_192);
  const write = (bytes: Uint8Array, position: number) => {
    if (position + bytes.length > car.length) {
      const larger = new Uint8Array(2 * (position + bytes.length));
      larger.set(car);
      car = larger;
    }
    car.set(bytes, position);
  };
  const { root, leafCount, cid, sizeBytes } = await buildPiece(files, { write });
  return { root, leafCount, cid, cidDigest: cidToDigest(cid), car: car.slice(0, sizeBytes) };
}
