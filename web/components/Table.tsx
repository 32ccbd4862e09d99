import type { ReactNode } from "react";
import { classes } from "@/components/classes";

export interface Column<Row> {
  key: string;
  header: string;
  /** Numbers and money stand on the right, so that their digits line up. */
  align?: "left" | "right";
  /** Narrow screens leave out what the row's first cell already tells. */
  isHiddenOnNarrow?: boolean;
  cell: (row: Row) => ReactNode;
}

/** A table whose caption is read to screen readers. Wide tables scroll inside their region, never the page. */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={caption} tabIndex={0} className="relative overflow-x-auto rounded-[inherit] -outline-offset-2">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line">
            {columns.map(({ key, header, align, isHiddenOnNarrow }) => (
              <th
                key={key}
                scope="col"
                className={classes(
                  "h-9 px-3 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4 sm:px-4",
                  align === "right" ? "text-right" : "text-left",
                  isHiddenOnNarrow && "max-md:hidden",
                )}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={rowKey(row)} className="hover:bg-hover/60">
              {columns.map(({ key, align, isHiddenOnNarrow, cell }) => (
                <td
                  key={key}
                  className={classes(
                    "h-11 px-3 py-1.5 align-middle first:pl-4 last:pr-4 sm:px-4",
                    align === "right" ? "text-right" : "text-left",
                    isHiddenOnNarrow && "max-md:hidden",
                  )}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
