/** Numbers that repeat with their seed, from a mixer of 32 bits (splitmix32). */
export type Random = {
  /** A whole number from 0 on, below `limit`. */
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** Bytes that no two calls give alike. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** Another source, which does not depend on how often this one was asked. */
  fork(name: string): Random;
};

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    pick: (choices) => {
      if (choices.length === 0) throw new Error("there is nothing to choose from");
      return choices[below(choices.length)] as (typeof choices)[number];
    },
    shuffle(items) {
      const mixed = [...items];
      for (let i = mixed.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [mixed[i], mixed[j]] = [mixed[j] as (typeof mixed)[number], mixed[i] as (typeof mixed)[number]];
      }
      return mixed;
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
    fork: (name) =>
      createRandom(
        [...name].reduce((hash, sign) => Math.imul(hash ^ sign.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5),
      ),
  };
}
