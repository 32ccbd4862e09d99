/** A moment (Unix seconds) and the heights of several lines from it on; null where a line says nothing. */
export interface Step {
  at: number;
  heights: readonly (number | null)[];
}

/** The chart's own units, whatever its size on the screen. */
export const WIDTH = 1_000;
export const HEIGHT = 100;

const MOST_TICKS = 4;
const FACTORS = [1, 2, 2.5, 5, 10] as const;

/** From 0 to at least `highest` in at most four steps that people count in. */
export function roundTicks(highest: number): number[] {
  if (highest <= 0) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(highest / MOST_TICKS));
  const step = power * (FACTORS.find((factor) => factor * power * MOST_TICKS >= highest) ?? 10);
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

/** Where each moment lies from left to right. A single one is the whole width, so that it can be seen. */
export function positionsOf(points: readonly Pick<Step, "at">[]): number[] {
  const from = points[0]?.at ?? 0;
  const span = (points.at(-1)?.at ?? 0) - from;
  return points.map(({ at }) => (span === 0 ? 0 : ((at - from) / span) * WIDTH));
}

/** The path of one line, each height holding until the next moment, and of the area below it. Both are broken where it says nothing. */
export function pathsOf(
  points: readonly Step[],
  positions: readonly number[],
  series: number,
  top: number,
): { line: string; area: string } {
  let line = "";
  let area = "";
  let isOpen = false;
  points.forEach(({ heights }, index) => {
    const height = heights[series] ?? null;
    const from = round(positions[index] ?? 0);
    if (height === null) {
      if (isOpen) area += `V${HEIGHT}Z`;
      isOpen = false;
      return;
    }
    const until = round(index === points.length - 1 ? WIDTH : (positions[index + 1] ?? WIDTH));
    const y = round(HEIGHT - (height / top) * HEIGHT);
    line += isOpen ? `V${y}H${until}` : `M${from} ${y}H${until}`;
    area += isOpen ? `V${y}H${until}` : `M${from} ${HEIGHT}V${y}H${until}`;
    isOpen = true;
  });
  return { line, area: isOpen ? `${area}V${HEIGHT}Z` : area };
}

/** Index of the moment whose heights hold at a place from left to right. */
export function indexAt(positions: readonly number[], place: number): number {
  const next = positions.findIndex((position) => position > place);
  return next === -1 ? positions.length - 1 : Math.max(0, next - 1);
}

const round = (value: number): number => Math.round(value * 100) / 100;
