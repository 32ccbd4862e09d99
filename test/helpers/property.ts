import { createRandom } from "./random.ts";

/** What a property draws its inputs from. */
export interface Draw {
  below(limit: number): number;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/**
 * Checks a property for other random inputs in each run. A failure names the seed of its round: with `SEED` set to it, that round
 * alone is repeated.
 */
export async function forRandom(rounds: number, check: (draw: Draw) => void | Promise<void>): Promise<void> {
  const fixed = process.env.SEED;
  const first = fixed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(fixed);
  for (let seed = first; seed < first + (fixed === undefined ? rounds : 1); seed++) {
    const below = createRandom(seed);
    try {
      await check({
        below,
        bytes: (length) => Uint8Array.from({ length }, () => below(256)),
        pick: (choices) => choices[below(choices.length)] ?? choices[0],
      });
    } catch (cause) {
      throw new Error(`The property does not hold for SEED=${seed}: ${(cause as Error).message}`, { cause });
    }
  }
}
