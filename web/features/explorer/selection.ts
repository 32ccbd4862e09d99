import type { Cursor, Direction, PageRequest, Table } from "@4ever/sdk/subgraph/tables/table";
import { isHex } from "viem";

/** What an address says of a table: which rows, in which order, from where on. */
export type Selected = Pick<PageRequest, "filters" | "sort" | "direction" | "cursor">;

const CURSORS = ["after", "before"] as const;

/** Reads a selection out of an address. What the table does not know is left out, so that old links go on working. */
export function readSelection(table: Table, params: Pick<URLSearchParams, "get">): Selected {
  const sorts = Object.keys(table.sorts);
  const named = params.get("sort") ?? "";
  const sort = sorts.includes(named) ? named : (sorts[0] ?? "");
  const filters: Record<string, string> = {};
  for (const name of Object.keys(table.filters)) {
    const value = params.get(name)?.trim();
    if (value) filters[name] = value;
  }
  const direction: Direction = params.get("order") === "asc" ? "asc" : "desc";
  for (const side of CURSORS) {
    const cursor = readCursor(params.get(side));
    if (cursor) return { filters, sort, direction, cursor: side === "after" ? { after: cursor } : { before: cursor } };
  }
  return { filters, sort, direction };
}

/** The address of a selection, as the part after the path; "" for the usual one. */
export function writeSelection(table: Table, { filters, sort, direction, cursor }: Selected): string {
  const params = new URLSearchParams(filters);
  if (sort !== Object.keys(table.sorts)[0]) params.set("sort", sort);
  if (direction === "asc") params.set("order", "asc");
  if (cursor) {
    const [side, row] = "after" in cursor ? (["after", cursor.after] as const) : (["before", cursor.before] as const);
    params.set(side, `${row.value}.${row.id}`);
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

function readCursor(text: string | null): Cursor | undefined {
  const [, value, id] = /^(-?\d+)\.(0x[0-9a-f]*)$/.exec(text ?? "") ?? [];
  return value !== undefined && isHex(id) ? { value, id } : undefined;
}
