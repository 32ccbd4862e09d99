"use client";

import { TABLES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { readSelection, writeSelection } from "@/features/explorer/selection";
import { TableSection } from "@/features/explorer/TableSection";
import { TABLE_WORDS } from "@/features/explorer/words";

/** One table of the explorer; which rows, in which order and from where on stands in the address. */
export function TablePage({ name }: { name: TableName }) {
  const router = useRouter();
  const pathname = usePathname();
  const table = TABLES[name];
  const selected = readSelection(table, useSearchParams());
  const { title, about } = TABLE_WORDS[name];
  return (
    <ExplorerPage title={title} about={about}>
      <TableSection
        name={name}
        selected={selected}
        onChange={(next) => router.push(`${pathname}${writeSelection(table, next)}`, { scroll: false })}
      />
    </ExplorerPage>
  );
}
