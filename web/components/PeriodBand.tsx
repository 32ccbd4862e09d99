"use client";

import { type KeyboardEvent, type PointerEvent, useId, useMemo, useState } from "react";
import { classes } from "@/components/classes";
import { Money } from "@/components/Money";
import { type BandPeriod, cellsOf } from "@/components/period-cells";
import { PERIOD_ICONS, PERIOD_INKS, PERIOD_WORDS, type PeriodState } from "@/components/period-states";
import { Table } from "@/components/Table";
import type { TokenUnit } from "@/lib/format/money";
import { formatAbsolute } from "@/lib/format/time";

const FILLS: Record<PeriodState, string> = {
  proven: "var(--good-fill)",
  missed: "var(--bad-fill)",
  pending: "var(--warn-fill)",
  excused: "var(--line-strong)",
  idle: "var(--line-strong)",
  future: "var(--hover)",
};

const LEGEND: readonly PeriodState[] = ["proven", "missed", "pending", "future"];

const WIDTH = 1000;
const AREA_HEIGHT = 96;
const BAND_HEIGHT = 26;
const GAP_TOP = 10;
const HEIGHT = AREA_HEIGHT + GAP_TOP + BAND_HEIGHT;
/** Height of an amount in the area, with y pointing down. */
function heightOf(amount: bigint, whole: bigint): number {
  if (whole === 0n) return AREA_HEIGHT;
  return AREA_HEIGHT - (Number((amount * 10_000n) / whole) / 10_000) * (AREA_HEIGHT - 4);
}

/** A deal's life: what was proven, period by period, and how the locked money became earned. */
export function PeriodBand({
  periods,
  most,
  token,
  termEndPeriod,
}: {
  periods: readonly BandPeriod[];
  /** All that can be earned: the locked amount. Token base units. */
  most: bigint;
  token: TokenUnit;
  /** First period of grace. */
  termEndPeriod?: number | undefined;
}) {
  const clipId = useId();
  const [pointed, setPointed] = useState<number | undefined>();
  const [isTableShown, setTableShown] = useState(false);
  const cells = useMemo(() => cellsOf(periods), [periods]);
  const cellWidth = WIDTH / Math.max(1, cells.length);
  const shown = pointed === undefined ? undefined : cells[pointed];

  const lived = cells.filter(({ state }) => state !== "future").length;
  const line = useMemo(() => {
    const steps = cells
      .slice(0, lived)
      .map(({ to }, index) => `L${index * cellWidth} ${heightOf(to.earned, most)}H${(index + 1) * cellWidth}`);
    return steps.length === 0 ? "" : `M0 ${AREA_HEIGHT}${steps.join("")}`;
  }, [cells, lived, most, cellWidth]);
  const termEnd = termEndPeriod === undefined ? -1 : cells.findIndex(({ to }) => to.period >= termEndPeriod);

  function onMove(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * cells.length);
    setPointed(Math.max(0, Math.min(cells.length - 1, index)));
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -cells.length, End: cells.length }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    setPointed((current) => Math.max(0, Math.min(cells.length - 1, (current ?? lived - 1) + move)));
  }

  const counts = LEGEND.map((state) => ({ state, count: periods.filter((period) => period.state === state).length }));
  const last = periods.findLast(({ state }) => state !== "future") ?? periods[0];
  const readout = shown ?? (last ? { from: last, to: last, state: last.state } : undefined);

  return (
    <div>
      <div
        className="mb-3 flex min-h-10 flex-wrap items-end justify-between gap-x-6 gap-y-1 text-sm"
        aria-live="polite"
      >
        {readout ? (
          <>
            <p>
              <span className="font-medium">
                {readout.from.period === readout.to.period
                  ? `Period ${readout.to.period}`
                  : `Periods ${readout.from.period}–${readout.to.period}`}
              </span>{" "}
              <StateWord state={readout.state} />
              <span className="text-muted">
                {" "}
                · {readout.state === "future" ? "ends" : "ended"} {formatAbsolute(readout.to.endsAt)}
              </span>
            </p>
            <p className="text-muted">
              Earned until then <Money className="font-medium text-ink" amount={readout.to.earned} token={token} /> of{" "}
              <Money amount={most} token={token} />
            </p>
          </>
        ) : null}
      </div>
      <div
        role="slider"
        aria-label="Periods of this deal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, cells.length - 1)}
        aria-valuenow={pointed ?? Math.max(0, lived - 1)}
        aria-valuetext={readout ? `Period ${readout.to.period}, ${PERIOD_WORDS[readout.state]}` : "No period yet"}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setPointed(undefined)}
        className="relative rounded-sm"
      >
        <span aria-hidden className="pointer-events-none absolute top-1.5 left-0 bg-surface pr-1.5 text-xs text-faint">
          locked
        </span>
        {termEnd > 0 ? (
          <span
            aria-hidden
            className="pointer-events-none absolute top-7 bg-surface px-1 text-xs whitespace-nowrap text-faint"
            style={{ right: `${(1 - termEnd / cells.length) * 100}%` }}
          >
            term ends
          </span>
        ) : null}
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden
          className="block h-36 w-full touch-pan-y select-none"
          onPointerMove={onMove}
          onPointerLeave={() => setPointed(undefined)}
        >
          <clipPath id={clipId}>
            <rect x="0" y={AREA_HEIGHT + GAP_TOP} width={WIDTH} height={BAND_HEIGHT} />
          </clipPath>
          <line
            x1="0"
            x2={WIDTH}
            y1="4"
            y2="4"
            stroke="var(--line-strong)"
            strokeDasharray="4 4"
            vectorEffect="non-scaling-stroke"
          />
          {line ? (
            <>
              <path d={`${line}V${AREA_HEIGHT}Z`} fill="var(--accent-soft)" stroke="none" />
              <path d={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
            </>
          ) : null}
          <line
            x1="0"
            x2={WIDTH}
            y1={AREA_HEIGHT}
            y2={AREA_HEIGHT}
            stroke="var(--line)"
            vectorEffect="non-scaling-stroke"
          />
          <g clipPath={`url(#${clipId})`}>
            {cells.map(({ from, state }, index) => (
              <rect
                key={from.period}
                x={index * cellWidth}
                y={AREA_HEIGHT + GAP_TOP + (state === "missed" ? 0 : state === "proven" ? 0 : 4)}
                width={Math.max(cellWidth - Math.min(2, cellWidth * 0.2), 0.5)}
                height={state === "missed" || state === "proven" ? BAND_HEIGHT : BAND_HEIGHT - 8}
                fill={FILLS[state]}
                opacity={shown && cells[pointed ?? -1] !== shown ? 0.6 : 1}
              />
            ))}
          </g>
          {termEnd > 0 ? (
            <line
              x1={termEnd * cellWidth}
              x2={termEnd * cellWidth}
              y1="0"
              y2={HEIGHT}
              stroke="var(--ink-faint)"
              strokeDasharray="3 3"
              vectorEffect="non-scaling-stroke"
            />
          ) : null}
          {pointed !== undefined ? (
            <rect x={pointed * cellWidth} y="0" width={cellWidth} height={HEIGHT} fill="var(--ink)" opacity="0.07" />
          ) : null}
        </svg>
      </div>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
          {counts.map(({ state, count }) => (
            <li key={state} className="inline-flex items-center gap-1.5">
              <StateWord state={state} /> <span className="tabular">{count}</span>
            </li>
          ))}
        </ul>
        <button
          type="button"
          aria-expanded={isTableShown}
          onClick={() => setTableShown((current) => !current)}
          className="link min-h-6 text-sm pointer-coarse:min-h-10"
        >
          {isTableShown ? "Hide the table" : "Show as a table"}
        </button>
      </div>
      {isTableShown ? (
        <div className="mt-3 max-h-80 overflow-y-auto rounded border border-line">
          <Table
            caption="Periods of this deal"
            rows={periods}
            rowKey={({ period }) => String(period)}
            columns={[
              { key: "period", header: "Period", cell: ({ period }) => <span className="tabular">{period}</span> },
              { key: "state", header: "State", cell: ({ state }) => <StateWord state={state} /> },
              { key: "end", header: "Ends", cell: ({ endsAt }) => formatAbsolute(endsAt), isHiddenOnNarrow: true },
              {
                key: "earned",
                header: "Earned since the start",
                align: "right",
                cell: ({ earned, state }) => (state === "future" ? "—" : <Money amount={earned} token={token} />),
              },
            ]}
          />
        </div>
      ) : null}
    </div>
  );
}

function StateWord({ state }: { state: PeriodState }) {
  const Icon = PERIOD_ICONS[state];
  return (
    <span className={classes("inline-flex items-center gap-1 align-bottom whitespace-nowrap", PERIOD_INKS[state])}>
      <Icon aria-hidden className="size-3.5" />
      {PERIOD_WORDS[state]}
    </span>
  );
}
