import type { NetworkPoint } from "@4ever/sdk/subgraph/history";
import { money, type SentToken, size, text } from "@4ever/sdk/subgraph/tables/columns";
import type { Column } from "@4ever/sdk/subgraph/tables/table";
import { formatUnits } from "viem";
import { exactBytes, formatBytes } from "@/lib/format/bytes";
import { formatCount, formatShare } from "@/lib/format/count";
import { exactAmount, formatMoney } from "@/lib/format/money";
import type { PeriodClock } from "@/lib/periods";

/** One line of a chart. Hue is the accent's alone; the others differ by ink and dash. */
export interface Series<Point> {
  label: string;
  /** Height; null where there is nothing to say. */
  height: (point: Point) => number | null;
  /** Short, with unit. */
  words: (point: Point) => string;
  /** Exact, with unit, for table and tooltip. */
  exact: (point: Point) => string;
  stroke: string;
  dash?: string;
  fill?: string;
}

/** One picture of the network over time. */
export interface Picture {
  key: string;
  title: string;
  about: string;
  series: readonly Series<NetworkPoint>[];
  tick: (height: number) => string;
  /** Heights to write on the axis for a highest one; the chart’s own without. */
  ticksFor?: (highest: number) => readonly number[];
  /** Transaction behind a point. */
  hash: (point: NetworkPoint) => string | null;
  columns: readonly Column<NetworkPoint>[];
}

const INKS = [
  { stroke: "var(--accent)", fill: "var(--accent-soft)" },
  { stroke: "var(--ink)" },
  { stroke: "var(--ink-muted)", dash: "6 3" },
  { stroke: "var(--ink-faint)", dash: "2 3" },
] as const;

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const MOST_TICKS = 4;

/** From 0 to at least `highest` bytes in at most four round steps of a binary unit. */
export function byteTicks(highest: number): number[] {
  let unit = 1;
  while (highest / unit > MOST_TICKS * 500) unit *= 1024;
  const factor = STEPS.find((each) => each * unit * MOST_TICKS >= highest) ?? 500;
  const step = factor * unit;
  const count = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/**
 * Whether the window of a period had ended when its figures were read. `readAt` is the time of the index's block in Unix seconds: the
 * chain's own clock is ahead of the index, and would call missed what is just not indexed yet.
 */
export function isJudged({ dueAt }: NetworkPoint, readAt: number): boolean {
  return dueAt !== null && dueAt < readAt;
}

/** Proven sets of those that owed a proof, over all judged periods. Unreported misses count as missed. `open` are sets still to judge. */
export function provenShare(
  points: readonly NetworkPoint[],
  readAt: number,
): { proven: number; due: number; open: number } {
  const judged = points.filter((point) => isJudged(point, readAt));
  const open = points.filter((point) => point.dueAt !== null && !isJudged(point, readAt));
  return {
    proven: judged.reduce((sum, { provenCount }) => sum + provenCount, 0),
    due: judged.reduce((sum, { dueCount }) => sum + dueCount, 0),
    open: open.reduce((sum, { dueCount, provenCount }) => sum + Math.max(0, dueCount - provenCount), 0),
  };
}

/**
 * The last moment up to `readAt` at which what the pictures say of these points changed: they are drawn anew when it moves, not with each
 * block. Unix seconds; 0 when nothing is judged.
 */
export function verdictAt(
  points: readonly NetworkPoint[],
  readAt: number,
  { endOf }: Pick<PeriodClock, "endOf">,
): number {
  const moments = points.flatMap(({ period, dueAt }) => (dueAt === null ? [] : [dueAt]).concat(endOf(period + 1)));
  return moments.reduce((latest, moment) => (moment < readAt ? Math.max(latest, moment + 1) : latest), 0);
}

/** All pictures. `readAt` is the time of the index's block in Unix seconds. */
export function picturesOf(token: SentToken, readAt: number, { endOf }: Pick<PeriodClock, "endOf">): Picture[] {
  const bytesOf = (
    label: string,
    key: "offeredBytes" | "rentedBytes" | "liveBytes",
    ink: number,
  ): Series<NetworkPoint> => ({
    label,
    height: (point) => Number(point[key]),
    words: (point) => formatBytes(point[key]),
    exact: (point) => exactBytes(point[key]),
    ...INKS[ink as 0],
  });
  const moneyOf = (
    label: string,
    key: "locked" | "earned" | "refunded" | "fees",
    ink: number,
  ): Series<NetworkPoint> => ({
    label,
    height: (point) => Number(formatUnits(point[key], token.decimals)),
    words: (point) => formatMoney(point[key], token),
    exact: (point) => `${exactAmount(point[key], token.decimals)} ${token.symbol}`,
    ...INKS[ink as 0],
  });
  const share: Series<NetworkPoint> = {
    label: "Proven",
    height: (point) =>
      isJudged(point, readAt) && point.dueCount > 0 ? (point.provenCount / point.dueCount) * 100 : null,
    words: (point) =>
      point.dueCount === 0
        ? "nothing due"
        : point.dueAt === null
          ? endOf(point.period + 1) < readAt
            ? "no seed"
            : "not due yet"
          : isJudged(point, readAt)
            ? formatShare(point.provenCount, point.dueCount)
            : "window open",
    exact: (point) =>
      `${share.words(point)} (${formatCount(point.provenCount)} of ${formatCount(point.dueCount)} sets)`,
    ...INKS[0],
  };
  const period = text<NetworkPoint>("period", (point) => point.period);
  const withToken = (column: Column<NetworkPoint & { token: SentToken }>): Column<NetworkPoint> => ({
    ...column,
    cell: (point) => column.cell({ ...point, token }),
  });
  return [
    {
      key: "proof",
      title: "Bytes under proof",
      about: "Live pieces of all deals, each rounded up to 128 bytes.",
      series: [bytesOf("Under proof", "liveBytes", 0)],
      tick: formatBytes,
      ticksFor: byteTicks,
      hash: ({ networkHash }) => networkHash,
      columns: [
        period,
        ...size<NetworkPoint>("under proof", ({ liveBytes }) => liveBytes.toString()),
        text("transaction", ({ networkHash }) => networkHash),
      ],
    },
    {
      key: "share",
      title: "Proven share",
      about:
        "Sets proven of those that owed a proof. Unreported misses count; periods whose window is open are left out.",
      series: [share],
      tick: (height) => `${height} %`,
      ticksFor: () => [0, 25, 50, 75, 100],
      hash: ({ roundHash }) => roundHash,
      columns: [
        period,
        text("sets that owed a proof", ({ dueCount }) => dueCount),
        text("sets proven", ({ provenCount }) => provenCount),
        text("sets reported as missed", ({ missedCount }) => missedCount),
        text("proofs due (Unix s)", ({ dueAt }) => dueAt),
        text("transaction of the round", ({ roundHash }) => roundHash),
      ],
    },
    {
      key: "capacity",
      title: "Capacity",
      about: "What open offers hold, and what running deals rent.",
      series: [bytesOf("Rented", "rentedBytes", 0), bytesOf("Offered", "offeredBytes", 1)],
      tick: formatBytes,
      ticksFor: byteTicks,
      hash: ({ networkHash }) => networkHash,
      columns: [
        period,
        ...size<NetworkPoint>("offered", ({ offeredBytes }) => offeredBytes.toString()),
        ...size<NetworkPoint>("rented", ({ rentedBytes }) => rentedBytes.toString()),
        text("transaction", ({ networkHash }) => networkHash),
      ],
    },
    {
      key: "money",
      title: "Money",
      about: "In locks at the time; earned, returned and fees since the beginning.",
      series: [
        moneyOf("Locked", "locked", 0),
        moneyOf("Earned", "earned", 1),
        moneyOf("Returned", "refunded", 2),
        moneyOf("Fees", "fees", 3),
      ],
      tick: (height) => `${Number(height.toPrecision(3))} ${token.symbol}`,
      hash: ({ moneyHash }) => moneyHash,
      columns: [
        period,
        ...money<NetworkPoint & { token: SentToken }>([
          ["locked", ({ locked }) => locked.toString()],
          ["earned since the beginning, gross", ({ earned }) => earned.toString()],
          ["paid since the beginning, net", ({ paid }) => paid.toString()],
          ["fees since the beginning", ({ fees }) => fees.toString()],
          ["returned since the beginning", ({ refunded }) => refunded.toString()],
          ["deposited since the beginning", ({ deposited }) => deposited.toString()],
          ["withdrawn since the beginning", ({ withdrawn }) => withdrawn.toString()],
        ]).map(withToken),
        text("transaction", ({ moneyHash }) => moneyHash),
      ],
    },
  ];
}
