import fc from "fast-check";

/** Multiplies the cases of every property: `FUZZ_RUNS=100 npx vitest run --project fuzz` searches for minutes. */
const FACTOR = Number(process.env.FUZZ_RUNS ?? 1);
/** Repeats one run, as a failure names it. */
const SEED = process.env.FUZZ_SEED;

/** Checks that something holds for `runs` random inputs, others in each run. A failure shrinks to the least input and names its seed. */
export async function holds<Inputs extends [unknown, ...unknown[]]>(
  runs: number,
  inputs: { [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> },
  check: (...inputs: Inputs) => void | Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(...inputs, async (...values) => {
    await check(...(values as unknown as Inputs));
  });
  await fc.assert(property, {
    numRuns: Math.ceil(runs * FACTOR),
    // An input that takes longer than this has found a hang.
    timeout: 20_000,
    ...(SEED !== undefined && { seed: Number(SEED) }),
  });
}

/** Bytes of at most so many. */
export const bytes = (maxLength: number, minLength = 0) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Uint8Array.from(array));

/** One change to a string of bytes: of a byte, a cut, a doubled part, bytes in between, or a number blown up. */
export type Mutation = {
  kind: "flip" | "cut" | "repeat" | "insert" | "burst";
  at: number;
  length: number;
  value: number;
};

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("flip", "cut", "repeat", "insert", "burst"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 64 }),
  value: fc.integer({ min: 1, max: 255 }),
});

export function mutate(source: Uint8Array, { kind, at, length, value }: Mutation): Uint8Array {
  const start = Math.floor(at * source.length);
  const [head, tail] = [source.slice(0, start), source.slice(start)];
  switch (kind) {
    case "flip":
      return source.map((byte, i) => (i === start ? byte ^ value : byte));
    case "cut":
      return head;
    case "repeat":
      return Buffer.concat([head, tail.slice(0, length), tail]);
    case "insert":
      return Buffer.concat([head, new Uint8Array(length).fill(value), tail]);
    case "burst":
      return Buffer.concat([head, new Uint8Array(Math.min(length, 12)).fill(0xff), tail.slice(length)]);
  }
}
