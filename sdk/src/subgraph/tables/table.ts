// A table of the index: one document for all of its pages, and cursors that stay right however many rows there are.
import type { Address, Hex } from "viem";
import type { Subgraph } from "../client.ts";

/** What a filter's value has to be put into the index's words. */
export interface TableContext {
  /** Market whose deal numbers are meant. */
  market: Address;
  /** Contract that holds the money of its deals in locks. */
  payments: Address;
  /** Contract whose set numbers are meant. */
  verifier: Address;
}

/** What a filter makes of what somebody typed: a condition on rows, or why it is none. */
export type Condition = { ok: true; where: Where } | { ok: false; problem: string };
/** A condition in the words of the index. */
export type Where = { readonly [field: string]: unknown };

/** A condition that a reader can put on a table. */
export interface Filter {
  label: string;
  /** The values there are; any text that `parse` takes when absent. */
  options?: readonly { value: string; label: string }[];
  /** An example of a value, where any text goes. */
  example?: string;
  parse(value: string, context: TableContext): Condition;
}

/** An order of the rows; the id decides where two are alike. */
export interface Sort {
  label: string;
  /** Field of the entity, never null. */
  field: string;
  type: "Int" | "BigInt";
  /** No two rows share a value. */
  isUnique?: boolean;
}

/** One column of an export. */
export interface Column<Row> {
  /** With its unit. */
  header: string;
  cell(row: Row): string | number | null;
  /** Text that anybody may have written: it is kept from being run as a formula. */
  isForeign?: boolean;
}

/** A table of the index, for pages and exports. */
export interface Table<Row extends { id: Hex } = { id: Hex }> {
  name: string;
  document: string;
  /** By their names in an address; the first is the usual one. */
  sorts: Readonly<Record<string, Sort>>;
  filters: Readonly<Record<string, Filter>>;
  columns: readonly Column<Row>[];
  /** Never set: carries the type. */
  row?: Row;
}

/** Rising or falling. */
export type Direction = "asc" | "desc";

/** Where a page begins or ends: a row by its value in the order, and by its id. */
export interface Cursor {
  value: string;
  id: Hex;
}

/** Which rows of a table, in which order. */
export interface Selection {
  /** Values of filters by their names. */
  filters: Readonly<Record<string, string>>;
  /** Name of a sort. */
  sort: string;
  direction: Direction;
}

/** One page of a selection. */
export interface PageRequest extends Selection {
  /** Most rows, at most 999: one more is asked for, to know whether there are more. */
  size: number;
  /** Rows after this one, or before it; from the start without. */
  cursor?: { after: Cursor } | { before: Cursor } | undefined;
  /** Height at which to read; the index's latest without. */
  block?: number | undefined;
}

/** A page, in the order that was asked for. */
export interface Page<Row> {
  rows: readonly Row[];
  /** Height at which it was read. */
  block: number;
  hasBefore: boolean;
  hasAfter: boolean;
}

/** A table or a selection does not exist. The message is a sentence for whoever asked. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
}

/** What is sent to the index. */
export interface TableQuery {
  document: string;
  variables: {
    where: Where;
    orderBy: string;
    orderDirection: Direction;
    first: number;
    block: { number: number } | null;
  };
}

/** The document of a table: `entity` is its type, `field` the index's field for many, `fields` what is asked of a row. */
export function documentOf(name: string, entity: string, field: string, fields: string): string {
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const lines = fields
    .trim()
    .split("\n")
    .map((line) => `    ${line.trim()}`);
  return `query ${title}(
  $where: ${entity}_filter!
  $orderBy: ${entity}_orderBy!
  $orderDirection: OrderDirection!
  $first: Int!
  $block: Block_height
) {
  _meta(block: $block) { block { number } }
  rows: ${field}(
    where: $where
    orderBy: $orderBy
    orderDirection: $orderDirection
    first: $first
    block: $block
  ) {
${lines.join("\n")}
  }
}
`;
}

/** The question for a page: document and variables. Throws {@link SelectionError}. */
export function queryOf<Row extends { id: Hex }>(
  table: Table<Row>,
  { filters, sort: sortName, direction, size, cursor, block }: PageRequest,
  context: TableContext,
): TableQuery {
  const sort = sortOf(table, sortName);
  const isBackwards = cursor !== undefined && "before" in cursor;
  const orderDirection = isBackwards ? opposite(direction) : direction;
  const conditions = Object.entries(filters).map(([name, value]) => conditionOf(table, name, value, context));
  if (cursor) conditions.push(beyond(sort, orderDirection, "before" in cursor ? cursor.before : cursor.after));
  return {
    document: table.document,
    variables: {
      where: conditions.length > 1 ? { and: conditions } : (conditions[0] ?? {}),
      orderBy: sort.field,
      orderDirection,
      first: size + 1,
      block: block === undefined ? null : { number: block },
    },
  };
}

/** Reads a page. Throws {@link SelectionError} and what the index throws. */
export async function readPage<Row extends { id: Hex }>(
  subgraph: Subgraph,
  table: Table<Row>,
  request: PageRequest,
  context: TableContext,
  signal?: AbortSignal,
): Promise<Page<Row>> {
  const { document, variables } = queryOf(table, request, context);
  type Answer = { _meta: { block: { number: number } }; rows: Row[] };
  const answer = await subgraph.ask<typeof variables, Answer>({ document }, variables, signal);
  const hasMore = answer.rows.length > request.size;
  const found = answer.rows.slice(0, request.size);
  const isBackwards = request.cursor !== undefined && "before" in request.cursor;
  return {
    rows: isBackwards ? found.reverse() : found,
    block: answer._meta.block.number,
    hasBefore: isBackwards ? hasMore : request.cursor !== undefined,
    hasAfter: isBackwards || hasMore,
  };
}

/** Where a row stands in an order. */
export function cursorOf<Row extends { id: Hex }>(table: Table<Row>, sort: string, row: Row): Cursor {
  return { value: String((row as Record<string, unknown>)[sortOf(table, sort).field]), id: row.id };
}

/** Most rows that graph-node returns at once is 1000; one of them tells that there are more. */
const EXPORT_PAGE = 999;

/**
 * All rows of a selection, page by page, all read at one height: whatever happens meanwhile, nothing is missing or twice.
 * Throws {@link SelectionError} and what the index throws; aborts throw as they are.
 */
export async function* readRows<Row extends { id: Hex }>(
  subgraph: Subgraph,
  table: Table<Row>,
  selection: Selection & { block: number; size?: number },
  context: TableContext,
  signal?: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  let cursor: PageRequest["cursor"];
  for (;;) {
    const request = { ...selection, size: selection.size ?? EXPORT_PAGE, cursor };
    const { rows, hasAfter } = await readPage(subgraph, table, request, context, signal);
    yield rows;
    const last = rows.at(-1);
    if (!hasAfter || !last) return;
    cursor = { after: cursorOf(table, selection.sort, last) };
  }
}

function sortOf(table: Table<never> | Table, name: string): Sort {
  const sort = table.sorts[name];
  if (sort) return sort;
  throw new SelectionError(`${table.name} cannot be sorted by “${name}”, only by ${listOf(Object.keys(table.sorts))}.`);
}

function conditionOf(table: Table<never> | Table, name: string, value: string, context: TableContext): Where {
  const filter = table.filters[name];
  if (!filter) {
    const known = Object.keys(table.filters);
    throw new SelectionError(
      `${table.name} cannot be filtered by “${name}”${known.length > 0 ? `, only by ${listOf(known)}` : ""}.`,
    );
  }
  const condition = filter.parse(value, context);
  if (!condition.ok) throw new SelectionError(condition.problem);
  return condition.where;
}

/** Rows beyond a cursor in a direction; graph-node puts ids in the same direction where values are alike. */
function beyond({ field, type, isUnique }: Sort, direction: Direction, { value, id }: Cursor): Where {
  const than = direction === "asc" ? "gt" : "lt";
  if (!/^-?\d+$/.test(value)) throw new SelectionError(`“${value}” is not where a page can begin.`);
  const typed = type === "Int" ? Number(value) : value;
  const further = { [`${field}_${than}`]: typed };
  return isUnique ? further : { or: [further, { [field]: typed, [`id_${than}`]: id }] };
}

function opposite(direction: Direction): Direction {
  return direction === "asc" ? "desc" : "asc";
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
