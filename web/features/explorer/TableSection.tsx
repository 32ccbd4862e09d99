"use client";

import type { TableName } from "@4ever/sdk/subgraph/tables/index";
import { ChevronLeft, ChevronRight, ChevronsLeft } from "lucide-react";
import type { Hex } from "viem";
import { Button, ButtonLink } from "@/components/Button";
import { Section } from "@/components/Section";
import { RowsSkeleton } from "@/components/Skeleton";
import { EmptyState, LoadError } from "@/components/States";
import { type Column, Table } from "@/components/Table";
import { COLUMNS } from "@/features/explorer/columns";
import { ExportButtons } from "@/features/explorer/ExportButtons";
import { FilterBar } from "@/features/explorer/FilterBar";
import { QueryDisclosure } from "@/features/explorer/QueryDisclosure";
import type { Selected } from "@/features/explorer/selection";
import { neighboursOf, useTablePage } from "@/features/explorer/useTable";
import { TABLE_WORDS } from "@/features/explorer/words";
import { explorerLinks } from "@/lib/explorer-links";
import { formatCount, plural } from "@/lib/format/count";

const SIZE = 25;
const SKELETON_ROWS = 8;

/** One table as a whole: conditions, a page of rows, the way to the next one, the question, and the export. */
export function TableSection({
  name,
  selected,
  fixed = [],
  size = SIZE,
  title,
  onChange,
}: {
  name: TableName;
  selected: Selected;
  /** Conditions that the page itself sets and nobody can take away. */
  fixed?: readonly string[];
  size?: number;
  title?: string;
  /** Without it the rows are the first page, with a link to the whole table. */
  onChange?: (selected: Selected) => void;
}) {
  const { data: page, error, errorUpdatedAt, isFetching, refetch, query } = useTablePage(name, selected, size);
  const words = TABLE_WORDS[name];
  const isFiltered = Object.keys(selected.filters).some((filter) => !fixed.includes(filter));
  return (
    <Section
      title={title ?? words.title}
      flush
      description={
        page
          ? `${pageWords(page.rows.length, page.hasAfter || page.hasBefore)}, as of block ${formatCount(page.block)}`
          : error
            ? undefined
            : "Loading rows" // one line from the start, so that nothing moves
      }
      action={<ExportButtons name={name} selected={selected} />}
    >
      {onChange ? <FilterBar name={name} selected={selected} fixed={fixed} onChange={onChange} /> : null}
      {error && !page ? (
        <LoadError
          what={words.title}
          error={error}
          failedAtMs={errorUpdatedAt}
          onRetry={refetch}
          isRetrying={isFetching}
        />
      ) : !page ? (
        <RowsSkeleton label={`Loading ${words.title.toLowerCase()}`} rows={onChange ? SKELETON_ROWS : 3} />
      ) : page.rows.length === 0 ? (
        isFiltered || fixed.length > 0 ? (
          <p className="px-4 py-10 text-center text-muted">
            {isFiltered ? "Nothing matches these conditions." : `No ${words.title.toLowerCase()}.`}
          </p>
        ) : (
          <EmptyState icon={words.icon} title="Nothing yet">
            {words.empty}
          </EmptyState>
        )
      ) : (
        <Table
          caption={title ?? words.title}
          columns={columnsOf(name, fixed)}
          rows={page.rows}
          rowKey={({ id }) => id}
        />
      )}
      {query && (page || error) ? (
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-t border-line px-4 py-2.5">
          <QueryDisclosure question={query} what="these rows" />
          {onChange ? (
            page ? (
              <Paging name={name} selected={selected} page={page} onChange={onChange} />
            ) : null
          ) : page?.hasAfter ? (
            <ButtonLink size="sm" href={explorerLinks.table(name, selected.filters)}>
              See all
            </ButtonLink>
          ) : null}
        </div>
      ) : null}
    </Section>
  );
}

/** What the page itself fixes is the same in every row. */
function columnsOf(name: TableName, fixed: readonly string[]): readonly Column<{ id: Hex }>[] {
  return (COLUMNS[name] as readonly Column<{ id: Hex }>[]).filter(({ key }) => !fixed.includes(key));
}

function pageWords(rows: number, isPart: boolean): string {
  return isPart ? `${plural(rows, "row")} on this page` : plural(rows, "row");
}

function Paging({
  name,
  selected,
  page,
  onChange,
}: {
  name: TableName;
  selected: Selected;
  page: Parameters<typeof neighboursOf>[2];
  onChange: (selected: Selected) => void;
}) {
  const { before, after } = neighboursOf(name, selected, page);
  const { filters, sort, direction } = selected;
  const go = (cursor?: Selected["cursor"]) => onChange({ filters, sort, direction, ...(cursor && { cursor }) });
  if (!before && !after && !selected.cursor) return null;
  return (
    <nav aria-label="Pages" className="flex gap-2">
      {selected.cursor ? (
        <Button size="sm" icon={<ChevronsLeft aria-hidden className="size-3.5" />} onClick={() => go()}>
          First
        </Button>
      ) : null}
      <Button
        size="sm"
        disabled={!before}
        icon={<ChevronLeft aria-hidden className="size-3.5" />}
        onClick={() => go(before)}
      >
        Previous
      </Button>
      <Button size="sm" disabled={!after} onClick={() => go(after)}>
        Next
        <ChevronRight aria-hidden className="size-3.5" />
      </Button>
    </nav>
  );
}
