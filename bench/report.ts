import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";

const [load = 0] = loadavg();

/** What a figure was measured on. `load` is that of when the run began: processes that wanted a core. */
export function machine(others: Record<string, string> = {}) {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    node: process.versions.node,
    ...others,
    load: rounded(load),
  };
}

/** Writes results with their date and machine, and shows them. */
export function report(file: string, results: readonly object[], about: Record<string, unknown>): void {
  const text = JSON.stringify({ measuredAt: new Date().toISOString().slice(0, 10), ...about, results }, undefined, 2);
  writeFileSync(join(import.meta.dirname, file), `${text}\n`);
  console.table(results);
}

/** The middle one, or the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** To three digits, or to whole numbers where there are more. */
export function rounded(value: number): number {
  return value >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
