// What a campaign's runner counted, and what of it was never done.

/** As the runner counts a function. `calls` has all; `discards` found nothing that they could do, `reverts` failed. */
export type Counted = { calls: bigint; reverts: bigint; discards: bigint };

/** How often a function of a handler did something, failed, or found nothing that it could do. */
export type Tally = { function: string; done: number; reverts: number; discards: number };

/** One line for each function, by its name. */
export function tallyOf(metrics: Readonly<Record<string, Counted>>): Tally[] {
  return Object.entries(metrics)
    .map(([name, { calls, reverts, discards }]) => ({
      function: shortNameOf(name),
      done: Number(calls - reverts - discards),
      reverts: Number(reverts),
      discards: Number(discards),
    }))
    .sort((one, other) => (one.function < other.function ? -1 : 1));
}

/** `Contract.function`, without the path that the runner puts before it and the arguments that it puts behind. */
function shortNameOf(name: string): string {
  return name.replace(/^.*:/, "").replace(/\(.*$/, "");
}

/** Functions that a campaign may call, `Contract.function`, as the source of a handler says. */
export function functionsIn(source: string): string[] {
  const contract = /^contract (\w+) is Handler\b/m.exec(source)?.[1];
  if (!contract) return [];
  const names = source.matchAll(/^ {4}function (\w+)\([^)]*\) external (?:counted|timed|booked|kept)\b/gm);
  return [...names].map(([, name]) => `${contract}.${name}`);
}

/** The invariants of a campaign by name: what its source checks at the end of each run. */
export function invariantsIn(source: string): string[] {
  const body = /function afterInvariant\(\) public \{(.*?)\n {4}\}/s.exec(source)?.[1] ?? "";
  return [...new Set([...body.matchAll(/\b_([a-z]\w+)\(/g)].map(([, name]) => name ?? ""))];
}

/** Those of `functions` that never did anything: what they were written for was not tested. */
export function neverDone(functions: readonly string[], tallies: readonly Tally[]): string[] {
  const done = new Set(tallies.filter(({ done }) => done > 0).map((tally) => tally.function));
  return functions.filter((name) => !done.has(name));
}
