"use client";

import type { TableName } from "@4ever/sdk/subgraph/tables/index";
import { Download, X } from "lucide-react";
import { Button } from "@/components/Button";
import type { Selected } from "@/features/explorer/selection";
import { useExport } from "@/features/explorer/useExport";
import { formatCount, plural } from "@/lib/format/count";

/** Saves all rows of the selection, not just the page that is shown. */
export function ExportButtons({ name, selected }: { name: TableName; selected: Selected }) {
  const { state, start, cancel } = useExport(name, selected);
  const icon = <Download aria-hidden className="size-3.5" />;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {state.state === "reading" ? (
        <>
          <span role="status" className="tabular text-sm text-muted">
            {plural(state.rows, "row")}
            {state.block === undefined ? " …" : ` at block ${formatCount(state.block)} …`}
          </span>
          <Button size="sm" icon={<X aria-hidden className="size-3.5" />} onClick={cancel}>
            Cancel
          </Button>
        </>
      ) : (
        <>
          <span role="status" className="tabular text-sm text-muted empty:hidden">
            {state.state === "saved"
              ? `${plural(state.rows, "row")} saved, as of block ${formatCount(state.block)}`
              : ""}
          </span>
          {state.state === "failed" ? (
            <span role="alert" className="text-sm text-bad">
              Not exported: {state.error.message}
            </span>
          ) : null}
          <Button size="sm" icon={icon} onClick={() => start("csv")}>
            CSV
          </Button>
          <Button size="sm" icon={icon} onClick={() => start("json")}>
            JSON
          </Button>
        </>
      )}
    </div>
  );
}
