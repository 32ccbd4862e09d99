import { keccak_256 } from "@noble/hashes/sha3.js";
import { createRandom } from "../../helpers/random.ts";

/** The definition of the tree, written a second time as plainly as possible: every level, leaves first, padding included. */
export function naiveLevels(piece: Uint8Array): Uint8Array[][] {
  const leaves: Uint8Array[] = [];
  for (let start = 0; start < piece.length; start += 128) {
    const message = new Uint8Array(129);
    message.set(piece.subarray(start, start + 128), 1);
    leaves.push(keccak_256(message));
  }
  while (!Number.isInteger(Math.log2(leaves.length))) leaves.push(new Uint8Array(32));
  const levels = [leaves];
  for (let below = leaves; below.length > 1; below = levels.at(-1) ?? []) {
    levels.push(
      below.flatMap((left, i) =>
        i % 2 === 0 ? [keccak_256(Uint8Array.from([1, ...left, ...(below[i + 1] ?? [])]))] : [],
      ),
    );
  }
  return levels;
}

export function naiveRoot(piece: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(naiveLevels(piece).at(-1)?.[0] ?? []).toString("hex")}`;
}

/** Bytes and numbers that repeat from run to run. */
export function createRandomBytes(seed: number) {
  const below = createRandom(seed);
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256));
  return { below, bytes };
}
