"use client";

import { memo, type PointerEvent, type ReactNode, useMemo, useState } from "react";
import { classes } from "@/components/classes";
import { HEIGHT, indexAt, pathsOf, positionsOf, roundTicks, type Step, WIDTH } from "@/components/step-geometry";

const DAY_SECONDS = 86_400;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
/** Parts of the width at which a moment is written; narrow screens have room for the even ones. */
const MOMENTS = [0, 0.25, 0.5, 0.75, 1] as const;

/** How a line looks. */
export interface StepLine {
  label: string;
  stroke: string;
  dash?: string;
  fill?: string;
}

/**
 * Figures over time as steps. Drawn here and not by a chart library, because one took longer to start than everything else on its page.
 * Put a table beside it that says the same: screen readers do not see it.
 */
export const StepChart = memo(function StepChart({
  points,
  lines,
  tick,
  ticksFor = roundTicks,
  detail,
  className = "h-48",
}: {
  points: readonly Step[];
  lines: readonly StepLine[];
  /** A height on the axis, with its unit. */
  tick: (height: number) => string;
  /** Heights to write on the axis for a highest one, from 0 to the top of the axis. */
  ticksFor?: ((highest: number) => readonly number[]) | undefined;
  /** What is to say of a point, exact and with units. */
  detail: (index: number) => ReactNode;
  /** Its height. */
  className?: string;
}) {
  const [pointed, setPointed] = useState<number | undefined>();
  const { positions, ticks, top, paths } = useMemo(() => {
    const highest = points.reduce((most, { heights }) => Math.max(most, ...heights.map((height) => height ?? 0)), 0);
    const ticks = ticksFor(highest);
    const top = ticks.at(-1) || 1;
    const positions = positionsOf(points);
    return { positions, ticks, top, paths: lines.map((_, series) => pathsOf(points, positions, series, top)) };
  }, [points, lines, ticksFor]);
  const from = points[0]?.at ?? 0;
  const span = (points.at(-1)?.at ?? 0) - from;
  const moment = span < 2 * DAY_SECONDS ? CLOCK : DATE;
  const widest = ticks.map(tick).reduce((longest, words) => (words.length > longest.length ? words : longest), "");
  const place = pointed === undefined ? undefined : (positions[pointed] ?? 0) / WIDTH;

  function onMove(event: PointerEvent<HTMLDivElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    setPointed(indexAt(positions, ((event.clientX - box.left) / box.width) * WIDTH));
  }

  return (
    <div
      aria-hidden
      className={classes(
        "tabular grid grid-cols-[auto_minmax(0,1fr)] grid-rows-[minmax(0,1fr)_1.5rem] pt-2 pr-1 text-xs text-muted",
        className,
      )}
    >
      <div className="relative min-w-14">
        <span className="invisible pr-2 whitespace-nowrap">{widest}</span>
        {ticks.map((height) => (
          <span
            key={height}
            className="absolute right-2 translate-y-1/2 whitespace-nowrap"
            style={{ bottom: `${(height / top) * 100}%` }}
          >
            {tick(height)}
          </span>
        ))}
      </div>
      <div className="relative touch-pan-y" onPointerMove={onMove} onPointerLeave={() => setPointed(undefined)}>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="absolute inset-0 size-full overflow-visible"
        >
          <title>The table below says the same</title>
          {ticks.map((height) => {
            const y = HEIGHT - (height / top) * HEIGHT;
            return <path key={height} d={`M0 ${y}H${WIDTH}`} stroke="var(--line)" vectorEffect="non-scaling-stroke" />;
          })}
          {lines.map(({ label, fill }, series) =>
            fill ? <path key={label} d={paths[series]?.area} fill={fill} /> : null,
          )}
          {lines.map(({ label, stroke, dash }, series) => (
            <path
              key={label}
              d={paths[series]?.line}
              fill="none"
              stroke={stroke}
              strokeWidth="1.5"
              strokeDasharray={dash}
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        {place !== undefined && pointed !== undefined ? (
          <>
            <span
              className="pointer-events-none absolute inset-y-0 w-px bg-line-control"
              style={{ left: `${place * 100}%` }}
            />
            <div
              className="pointer-events-none absolute top-0 z-10 mx-2 rounded border border-line-strong bg-surface px-2.5 py-1.5 whitespace-nowrap text-ink shadow-pop"
              style={place < 0.5 ? { left: `${place * 100}%` } : { right: `${(1 - place) * 100}%` }}
            >
              {detail(pointed)}
            </div>
          </>
        ) : null}
      </div>
      <div className="relative col-start-2">
        {MOMENTS.map((part, index) => (
          <span
            key={part}
            className={classes(
              "absolute bottom-0 whitespace-nowrap",
              index % 2 === 1 && "max-sm:hidden",
              part === 0 ? "" : part === 1 ? "-translate-x-full" : "-translate-x-1/2",
            )}
            style={{ left: `${part * 100}%` }}
          >
            {moment.format((from + part * span) * 1000)}
          </span>
        ))}
      </div>
    </div>
  );
});
