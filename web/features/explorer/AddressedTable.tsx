"use client";

import { TABLES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { readSelection, writeSelection } from "@/features/explorer/selection";
import { TableSection } from "@/features/explorer/TableSection";

/** One table of the explorer; which rows, in which order and from where on stands in the address. */
export function AddressedTable({ name }: { name: TableName }) {
  const router = useRouter();
  const pathname = usePathname();
  const table = TABLES[name];
  const selected = readSelection(table, useSearchParams());
  return (
    <TableSection
      name={name}
      selected={selected}
      onChange={(next) => router.push(`${pathname}${writeSelection(table, next)}`, { scroll: false })}
    />
  );
}
