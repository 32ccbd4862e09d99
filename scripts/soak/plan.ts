// What will be done to the network, and when: made from the seed alone, so that the same seed is the same plan.
import { LOCAL_PROVIDERS } from "../stack/providers.ts";
import { createRandom, type Random } from "./random.ts";

export const PROVIDERS = LOCAL_PROVIDERS.map(({ name }) => name as string);
export const UNITS = ["chain", "postgres", "graph-node", ...PROVIDERS, "watcher"];

export type Action =
  /** `kill -9` of one process. */
  | { kind: "kill"; unit: string }
  /** `kill -9` of all at once. */
  | { kind: "kill-all" }
  /** The database ends in order (its connections are ended), or at once as after a power cut; and comes back. */
  | { kind: "restart-database"; mode: "orderly" | "immediate" }
  /** The last blocks are replaced. Most of their transactions come back later, those of one sender may not. */
  | { kind: "reorg"; depth: number; isLossy: boolean }
  /** The chain's clock goes ahead. */
  | { kind: "jump"; seconds: number }
  /** The disk of one provider is full for a while. */
  | { kind: "fill-disk"; seconds: number };

export type Step = { atMs: number; action: Action };

/** Most blocks that a reorganisation takes back. */
export const MAX_REORG = 6;
const FIRST_MS = 8_000;
const REST_MS = { least: 3_000, spread: 6_000 };

/** Each kind once first, in any order; then by weight until the time is over. */
export function planOf(seed: number, minutes: number): Step[] {
  const random = createRandom(seed).fork("plan");
  const once: Action[] = [
    ...UNITS.map((unit): Action => ({ kind: "kill", unit })),
    { kind: "kill-all" },
    { kind: "restart-database", mode: "orderly" },
    { kind: "restart-database", mode: "immediate" },
    { kind: "reorg", depth: MAX_REORG, isLossy: false },
    { kind: "reorg", depth: 1 + random.below(MAX_REORG), isLossy: true },
    { kind: "jump", seconds: 5 + random.below(20) },
    { kind: "fill-disk", seconds: 8 },
  ];
  const waiting = random.shuffle(once);
  const steps: Step[] = [];
  for (let atMs = FIRST_MS; atMs < minutes * 60_000; atMs += REST_MS.least + random.below(REST_MS.spread)) {
    steps.push({ atMs, action: waiting.shift() ?? drawAction(random) });
  }
  return steps;
}

function drawAction(random: Random): Action {
  const chance = random.below(100);
  if (chance < 25) return { kind: "kill", unit: random.pick(PROVIDERS) };
  if (chance < 40) return { kind: "kill", unit: random.pick(UNITS) };
  if (chance < 45) return { kind: "kill-all" };
  if (chance < 53) return { kind: "restart-database", mode: random.pick(["orderly", "immediate"]) };
  if (chance < 83) return { kind: "reorg", depth: 1 + random.below(MAX_REORG), isLossy: random.below(3) === 0 };
  if (chance < 92) return { kind: "jump", seconds: 1 + random.below(45) };
  return { kind: "fill-disk", seconds: 4 + random.below(10) };
}

/** An action in words. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case "kill":
      return `kill -9 ${action.unit}`;
    case "kill-all":
      return "kill -9 everything at once";
    case "restart-database":
      return `${action.mode} restart of the database`;
    case "reorg":
      return `reorganisation of ${action.depth} blocks${action.isLossy ? ", some transactions lost" : ""}`;
    case "jump":
      return `the chain's clock goes ${action.seconds} s ahead`;
    case "fill-disk":
      return `a provider's disk is full for ${action.seconds} s`;
  }
}
