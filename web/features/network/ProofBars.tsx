"use client";

import { useState } from "react";
import { Table } from "@/components/Table";
import { Tooltip } from "@/components/Tooltip";
import type { Round } from "@/features/network/useNetwork";
import { plural } from "@/lib/format/count";
import { formatAbsolute } from "@/lib/format/time";
import { usePeriodClock } from "@/lib/periods";

/** Proofs of all proving sets, period by period, oldest first; what was reported as missed stands on top. */
export function ProofBars({ rounds, shown }: { rounds: readonly Round[]; shown: number }) {
  const clock = usePeriodClock();
  const [isTableShown, setTableShown] = useState(false);
  const highest = Math.max(1, ...rounds.map(({ proofCount, missedCount }) => proofCount + missedCount));
  const empty = Array.from({ length: Math.max(0, shown - rounds.length) }, (_, index) => `empty-${index}`);
  const heightOf = (count: number) => `${(count / highest) * 100}%`;
  return (
    <div>
      <ol aria-label="Proofs by period, oldest first" className="flex h-24 items-end gap-[3px] border-b border-line">
        {empty.map((key) => (
          <li key={key} aria-hidden className="h-0.5 min-w-0 flex-1 bg-line" />
        ))}
        {rounds.map(({ period, proofCount, missedCount }) => {
          const words = `Period ${period}: ${plural(proofCount, "proof")}, ${missedCount} missed`;
          return (
            <li key={period} className="flex h-full min-w-0 flex-1 items-end">
              <Tooltip content={`${words}; ended ${formatAbsolute(clock.endOf(period))}`}>
                <span className="flex h-full w-full flex-col justify-end">
                  <span className="sr-only">{words}</span>
                  {proofCount + missedCount === 0 ? <span className="block h-0.5 w-full bg-line-strong" /> : null}
                  <span
                    className="block w-full rounded-t-[2px] bg-bad-fill"
                    style={{ height: heightOf(missedCount) }}
                  />
                  <span className="block w-full bg-good-fill" style={{ height: heightOf(proofCount) }} />
                </span>
              </Tooltip>
            </li>
          );
        })}
      </ol>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-sm">
        <p className="text-muted">
          <span aria-hidden className="mr-1.5 inline-block size-2.5 rounded-[2px] bg-good-fill" />
          proven
          <span aria-hidden className="mr-1.5 ml-4 inline-block size-2.5 rounded-[2px] bg-bad-fill" />
          missed
        </p>
        <button
          type="button"
          aria-expanded={isTableShown}
          className="link min-h-6 pointer-coarse:min-h-10"
          onClick={() => setTableShown((current) => !current)}
        >
          {isTableShown ? "Hide the table" : "Show as a table"}
        </button>
      </div>
      {isTableShown ? (
        <div className="mt-3 max-h-72 overflow-y-auto rounded border border-line">
          <Table
            caption="Proofs by period, newest first"
            rows={rounds.toReversed()}
            rowKey={({ period }) => String(period)}
            columns={[
              { key: "period", header: "Period", cell: ({ period }) => period },
              { key: "proofs", header: "Proofs", align: "right", cell: ({ proofCount }) => proofCount },
              { key: "missed", header: "Missed", align: "right", cell: ({ missedCount }) => missedCount },
              {
                key: "end",
                header: "Ended",
                align: "right",
                isHiddenOnNarrow: true,
                cell: ({ period }) => formatAbsolute(clock.endOf(period)),
              },
            ]}
          />
        </div>
      ) : null}
    </div>
  );
}
