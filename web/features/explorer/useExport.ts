"use client";

import { getIndexedBlock } from "@4ever/sdk/subgraph/queries";
import { type ExportFormat, exportTable } from "@4ever/sdk/subgraph/tables/export";
import { TABLES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import type { Table } from "@4ever/sdk/subgraph/tables/table";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Selected } from "@/features/explorer/selection";
import { useTableContext } from "@/features/explorer/useTable";
import { useAppConfig } from "@/lib/config-context";
import { saveFile } from "@/lib/save-file";
import { useIndex } from "@/lib/subgraph";

/** How far an export is. */
export type ExportState =
  | { state: "idle" }
  | { state: "reading"; format: ExportFormat; rows: number; block: number | undefined }
  | { state: "saved"; file: string; rows: number; block: number }
  | { state: "failed"; format: ExportFormat; error: Error };

const TYPES: Record<ExportFormat, string> = { csv: "text/csv;charset=utf-8", json: "application/json" };

/** Reads all rows of a selection at one block and saves them as a file. Leaving the page cancels it. */
export function useExport(name: TableName, { filters, sort, direction }: Selected) {
  const index = useIndex();
  const context = useTableContext();
  const { chainId } = useAppConfig().deployment;
  const [state, setState] = useState<ExportState>({ state: "idle" });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const cancel = useCallback(() => {
    running.current?.abort();
    setState({ state: "idle" });
  }, []);

  async function start(format: ExportFormat) {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    setState({ state: "reading", format, rows: 0, block: undefined });
    try {
      const block = await getIndexedBlock(index, signal);
      if (!block) throw new Error("The index has not read a block yet.");
      const table: Table = TABLES[name];
      const request = { filters, sort, direction, format, block, chainId };
      const texts: string[] = [];
      let rows = 0;
      for await (const part of exportTable(index, table, request, context, signal)) {
        texts.push(part.text);
        rows = part.rows;
        setState({ state: "reading", format, rows, block: block.number });
      }
      const file = `4ever-${name}-block-${block.number}.${format}`;
      saveFile(file, TYPES[format], texts);
      setState({ state: "saved", file, rows, block: block.number });
    } catch (cause) {
      if (signal.aborted) return; // cancelled, or another one began
      const error = cause instanceof Error ? cause : new Error(String(cause));
      console.error("The export failed", error);
      setState({ state: "failed", format, error });
    }
  }

  return { state, start, cancel };
}
