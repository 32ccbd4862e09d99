import type { Column } from "./table.ts";

/** What a spreadsheet takes for the beginning of a formula. @see https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;
const LINE_END = "\r\n";

/**
 * One line of CSV, with its end. Cells are quoted as RFC 4180 says; foreign text that a spreadsheet would run gets an apostrophe first.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return lineOf(columns.map(({ cell, isForeign = false }) => harmless(String(cell(row) ?? ""), isForeign)));
}

/** The first line of a CSV: what the columns are, with their units. */
export function csvHeader(columns: readonly Pick<Column<never>, "header">[]): string {
  return lineOf(columns.map(({ header }) => header));
}

function harmless(text: string, isForeign: boolean): string {
  return isForeign && FORMULA.test(text) ? `'${text}` : text;
}

function lineOf(cells: readonly string[]): string {
  return cells.map(quoted).join(",") + LINE_END;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
