"use client";

import type { TableName } from "@4ever/sdk/subgraph/tables/index";
import { TABLES } from "@4ever/sdk/subgraph/tables/index";
import {
  cursorOf,
  type Page,
  queryOf,
  readPage,
  SelectionError,
  type Table,
  type TableContext,
} from "@4ever/sdk/subgraph/tables/table";
import { useMemo } from "react";
import type { Hex } from "viem";
import type { Selected } from "@/features/explorer/selection";
import { useAppConfig } from "@/lib/config-context";
import { retryUnlessSilent } from "@/lib/retry";
import { useIndex } from "@/lib/subgraph";
import { useLiveQuery } from "@/lib/use-live-query";

const LOCAL_REFRESH_MS = 3_000;
const REFRESH_MS = 15_000;

/** The contracts whose deals and sets have the numbers that people type. */
export function useTableContext(): TableContext {
  const { contracts } = useAppConfig().deployment;
  return useMemo(
    () => ({ market: contracts.DealMarket, payments: contracts.DealPayments, verifier: contracts.PossessionProofs }),
    [contracts],
  );
}

/** How often a page that stands at the newest rows asks again. */
export function useRefreshMs(): number {
  return useAppConfig().chain.isLocal ? LOCAL_REFRESH_MS : REFRESH_MS;
}

/** One page of a table, and the question that yields it; undefined when the selection is none. */
export function useTablePage(name: TableName, selected: Selected, size: number) {
  const index = useIndex();
  const context = useTableContext();
  const refreshMs = useRefreshMs();
  const table: Table = TABLES[name];
  const request = { ...selected, size };
  const page = useLiveQuery<Page<{ id: Hex }>>({
    queryKey: ["explorer", index.url, name, request],
    refetchInterval: selected.cursor ? false : refreshMs,
    retry: (failures, error) => !(error instanceof SelectionError) && retryUnlessSilent(2)(failures, error),
    queryFn: ({ signal }) => readPage(index, table, request, context, signal),
  });
  return { ...page, query: questionOf(() => queryOf(table, request, context)) };
}

/** Where the pages before and after this one begin; undefined where there is none. */
export function neighboursOf(name: TableName, { sort }: Selected, page: Page<{ id: Hex }>) {
  const table: Table = TABLES[name];
  const [first, last] = [page.rows[0], page.rows.at(-1)];
  return {
    before: page.hasBefore && first ? { before: cursorOf(table, sort, first) } : undefined,
    after: page.hasAfter && last ? { after: cursorOf(table, sort, last) } : undefined,
  };
}

function questionOf<Question>(ask: () => Question): Question | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SelectionError) return undefined; // the page says so in the place of its rows
    throw error;
  }
}
