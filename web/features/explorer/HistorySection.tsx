"use client";

import type { NetworkPoint } from "@4ever/sdk/subgraph/history";
import { csvHeader, csvLine } from "@4ever/sdk/subgraph/tables/csv";
import { Download } from "lucide-react";
import { memo, useCallback, useMemo, useState } from "react";
import { Button } from "@/components/Button";
import { Section } from "@/components/Section";
import { StepChart } from "@/components/StepChart";
import { Table } from "@/components/Table";
import { ItemLink, TransactionLink } from "@/features/explorer/columns";
import type { Picture } from "@/features/explorer/history";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount } from "@/lib/format/count";
import { formatAbsolute } from "@/lib/format/time";
import { usePeriodClock } from "@/lib/periods";
import { saveFile } from "@/lib/save-file";

/** One picture over time, with what it says now, its table, and its file. */
export const HistorySection = memo(function HistorySection({
  picture,
  points,
  block,
}: {
  picture: Picture;
  points: readonly NetworkPoint[];
  block: number;
}) {
  const clock = usePeriodClock();
  const [isTableShown, setTableShown] = useState(false);
  const { key, title, about, series, tick, ticksFor, hash, columns } = picture;
  const steps = useMemo(
    () =>
      points.map((point) => ({ at: clock.endOf(point.period), heights: series.map(({ height }) => height(point)) })),
    [points, series, clock],
  );
  const detail = useCallback(
    (index: number) => {
      const point = points[index];
      return point ? (
        <>
          {series.map(({ label, exact }) => (
            <p key={label}>
              <span className="text-muted">{label}</span> <span className="font-medium">{exact(point)}</span>
            </p>
          ))}
          <p className="mt-1 text-muted">
            Period {formatCount(point.period)}, until {formatAbsolute(clock.endOf(point.period))}
          </p>
        </>
      ) : null;
    },
    [points, series, clock],
  );
  const last = points.findLast((point) => series.some(({ height }) => height(point) !== null)) ?? points.at(-1);

  function save() {
    const withBlock = [...columns, { header: "read at block", cell: () => block }];
    saveFile(`4ever-${key}-block-${block}.csv`, "text/csv;charset=utf-8", [
      csvHeader(withBlock),
      ...points.map((point) => csvLine(withBlock, point)),
    ]);
  }

  return (
    <Section title={title} description={about}>
      <ul className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {series.map(({ label, words, stroke, dash }) => (
          <li key={label} className="flex items-center gap-2">
            <svg aria-hidden width="18" height="6" className="shrink-0">
              <title>{label}</title>
              <line x1="0" x2="18" y1="3" y2="3" stroke={stroke} strokeWidth="2" strokeDasharray={dash} />
            </svg>
            <span className="text-muted">{label}</span>
            <span className="tabular font-medium">{last ? words(last) : "—"}</span>
          </li>
        ))}
      </ul>
      <StepChart points={steps} lines={series} tick={tick} ticksFor={ticksFor} detail={detail} />
      <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
        <button
          type="button"
          aria-expanded={isTableShown}
          className="link min-h-6 text-sm pointer-coarse:min-h-10"
          onClick={() => setTableShown((current) => !current)}
        >
          {isTableShown ? "Hide the table" : "Show as a table"}
        </button>
        <Button size="sm" look="quiet" icon={<Download aria-hidden className="size-3.5" />} onClick={save}>
          <span className="sr-only">{title}: </span>CSV
        </Button>
      </div>
      {isTableShown ? (
        <div className="mt-3 max-h-80 overflow-y-auto rounded border border-line">
          <Table
            caption={`${title} by period, newest first`}
            rows={points.toReversed()}
            rowKey={({ period }) => String(period)}
            columns={[
              {
                key: "period",
                header: "Period",
                cell: ({ period }) => <ItemLink href={explorerLinks.round(period)}>{formatCount(period)}</ItemLink>,
              },
              ...series.map(({ label, exact }) => ({
                key: label,
                header: label,
                align: "right" as const,
                cell: (point: NetworkPoint) => <span className="whitespace-nowrap">{exact(point)}</span>,
              })),
              {
                key: "transaction",
                header: "Transaction",
                align: "right",
                cell: (point) => <TransactionLink hash={hash(point)} />,
              },
            ]}
          />
        </div>
      ) : null}
    </Section>
  );
});
