// What the demo did: one row per step, with what was seen, the gas and the time.
import type { TransactionReceipt } from "viem";

/** One step of the demo. `gas` is null where nothing went to the chain. */
export interface Step {
  name: string;
  seen: string;
  gas: bigint | null;
  ms: number;
}

/** A step did not hold. The message says which, and what was seen instead. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(`${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.step = step;
  }
}

/** What was found differs from what must hold. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** Throws {@link Mismatch} unless both are equal. */
export function assertEqual<T extends bigint | number | string | boolean>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new Mismatch(`${what} is ${actual}, and must be ${expected}.`);
}

/** Collects the steps; `onStep` hears of each as it ends. */
export function createRecorder(onStep: (step: Step) => void) {
  const steps: Step[] = [];
  return {
    steps,
    /** Runs one step. Throws {@link StepFailed}. */
    async run<T>(
      name: string,
      work: (add: (...receipts: Pick<TransactionReceipt, "gasUsed">[]) => void) => Promise<[seen: string, value: T]>,
    ): Promise<T> {
      const startedAt = performance.now();
      let gas: bigint | null = null;
      try {
        const [seen, value] = await work((...receipts) => {
          for (const { gasUsed } of receipts) gas = (gas ?? 0n) + gasUsed;
        });
        const step = { name, seen, gas, ms: Math.round(performance.now() - startedAt) };
        steps.push(step);
        onStep(step);
        return value;
      } catch (cause) {
        throw cause instanceof StepFailed ? cause : new StepFailed(name, cause);
      }
    },
  };
}
export type Recorder = ReturnType<typeof createRecorder>;

const COLUMNS = { name: 12, gas: 9, time: 8 };

/** A row of the table that people read. */
export function formatStep({ name, seen, gas, ms }: Step): string {
  const cells = [
    name.padEnd(COLUMNS.name),
    (gas === null ? "–" : gas.toLocaleString("en")).padStart(COLUMNS.gas),
    `${(ms / 1000).toFixed(1)} s`.padStart(COLUMNS.time),
    seen,
  ];
  return cells.join("  ");
}

/** The head of that table. */
export function formatHead(): string {
  return [
    "step".padEnd(COLUMNS.name),
    "gas".padStart(COLUMNS.gas),
    "time".padStart(COLUMNS.time),
    "what was seen",
  ].join("  ");
}
