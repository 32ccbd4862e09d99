// A whole selection of a table as a file: read at one height, page by page, so that any number of rows fits.
import type { Hex } from "viem";
import type { Subgraph } from "../client.ts";
import { csvHeader, csvLine } from "./csv.ts";
import { queryOf, readRows, type Selection, type Table, type TableContext } from "./table.ts";

/** Kinds of files. */
export type ExportFormat = "csv" | "json";

/** What is exported, and from where. */
export interface ExportRequest extends Selection {
  format: ExportFormat;
  /** Block at which all pages are read; it is stated in the file. */
  block: { number: number; hash: Hex };
  /** Chain that the block is of. */
  chainId: number;
  /** Rows of one page, at most 999. */
  size?: number;
}

/** A piece of the file, and how many rows are in it so far. */
export interface ExportPart {
  text: string;
  rows: number;
}

/**
 * The file in parts. CSV: amounts exact in base units and again in tokens, with the block in each row. JSON: the rows as the index sent
 * them, with the question that yields them. Throws what {@link readRows} throws; aborts throw as they are.
 */
export async function* exportTable<Row extends { id: Hex }>(
  subgraph: Subgraph,
  table: Table<Row>,
  { format, block, chainId, size, ...selection }: ExportRequest,
  context: TableContext,
  signal?: AbortSignal,
): AsyncGenerator<ExportPart> {
  const columns = [...table.columns, { header: "read at block", cell: () => block.number }];
  const { document, variables } = queryOf(table, { ...selection, size: size ?? 999, block: block.number }, context);
  const about = { table: table.name, chainId, block, endpoint: subgraph.url, query: document, variables };
  const head = JSON.stringify(about, null, 2).replace(/\n\}$/, ',\n  "rows": [');

  let rows = 0;
  yield { text: format === "csv" ? csvHeader(columns) : head, rows };
  const pages = readRows(
    subgraph,
    table,
    { ...selection, block: block.number, ...(size && { size }) },
    context,
    signal,
  );
  for await (const page of pages) {
    const lines = page.map((row, index) =>
      format === "csv" ? csvLine(columns, row) : `${rows + index > 0 ? "," : ""}\n    ${JSON.stringify(row)}`,
    );
    rows += page.length;
    yield { text: lines.join(""), rows };
  }
  if (format === "json") yield { text: "\n  ]\n}\n", rows };
}
