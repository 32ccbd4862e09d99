import type { PeriodState } from "@/components/period-states";

/** One period of a deal's life. Amounts are token base units, gross. */
export interface BandPeriod {
  period: number;
  state: PeriodState;
  /** Unix seconds at which it ended or will end. */
  endsAt: number;
  /** Earned since the start, this period included. */
  earned: bigint;
}

/** Beyond this many periods several share a cell, coloured by the worst of them. */
const MAX_CELLS = 180;
const WORST: readonly PeriodState[] = ["missed", "pending", "excused", "proven", "idle", "future"];

/** Periods that are drawn as one cell. */
export interface BandCell {
  from: BandPeriod;
  to: BandPeriod;
  state: PeriodState;
}

/** Groups periods into at most `maxCells` cells; each takes the worst state of its periods, so that no miss is hidden. */
export function cellsOf(periods: readonly BandPeriod[], maxCells = MAX_CELLS): BandCell[] {
  const perCell = Math.max(1, Math.ceil(periods.length / maxCells));
  const cells: BandCell[] = [];
  for (let index = 0; index < periods.length; index += perCell) {
    const group = periods.slice(index, index + perCell);
    const [from, to] = [group[0], group[group.length - 1]];
    if (!from || !to) continue;
    const state = WORST.find((candidate) => group.some((period) => period.state === candidate)) ?? from.state;
    cells.push({ from, to, state });
  }
  return cells;
}
