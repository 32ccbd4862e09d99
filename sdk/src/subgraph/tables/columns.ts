import { formatUnits } from "viem";
import { EVER_DECIMALS, GIB } from "../../units.ts";
import type { Column } from "./table.ts";

/** A token as rows carry it. Symbols are what a contract says of itself. */
export interface SentToken {
  tokenId: string;
  symbol: string;
  decimals: number;
}

/** Fields of a {@link SentToken}, as a query asks for them. */
export const TOKEN_FIELDS = "token { tokenId symbol decimals }";

type Cell<Row, Value> = (row: Row) => Value;

/** Text that is ours: hashes, addresses, names of states. */
export function text<Row>(header: string, cell: Cell<Row, string | number | null>): Column<Row> {
  return { header, cell };
}

/** Text that anybody may have written. */
export function foreign<Row>(header: string, cell: Cell<Row, string>): Column<Row> {
  return { header, cell, isForeign: true };
}

/** A moment as Unix seconds, and as people read it. */
export function moment<Row>(name: string, seconds: Cell<Row, string | null>): Column<Row>[] {
  return [
    { header: `${name} (Unix s)`, cell: seconds },
    {
      header: `${name} (UTC)`,
      cell: (row) => {
        const at = seconds(row);
        return at === null ? null : new Date(Number(at) * 1_000).toISOString();
      },
    },
  ];
}

/** A size in bytes, and in GiB with six decimals. */
export function size<Row>(name: string, bytes: Cell<Row, string>): Column<Row>[] {
  return [
    { header: `${name} (bytes)`, cell: bytes },
    { header: `${name} (GiB)`, cell: (row) => formatUnits((BigInt(bytes(row)) * 1_000_000n) / GIB, 6) },
  ];
}

/** EVER in base units, and in EVER. */
export function ever<Row>(name: string, amount: Cell<Row, string>): Column<Row>[] {
  return [
    { header: `${name} (EVER base units)`, cell: amount },
    { header: `${name} (EVER)`, cell: (row) => formatUnits(BigInt(amount(row)), EVER_DECIMALS) },
  ];
}

/** Amounts of a row's token, each in base units and in tokens, then the token itself. */
export function money<Row extends { token: SentToken }>(
  amounts: readonly (readonly [name: string, amount: Cell<Row, string>, per?: string])[],
): Column<Row>[] {
  return [
    ...amounts.flatMap(([name, amount, per = ""]): Column<Row>[] => [
      { header: `${name} (token base units${per})`, cell: amount },
      { header: `${name} (tokens${per})`, cell: (row) => formatUnits(BigInt(amount(row)), row.token.decimals) },
    ]),
    { header: "token", cell: (row) => row.token.symbol, isForeign: true },
    { header: "token number", cell: (row) => row.token.tokenId },
    { header: "token decimals", cell: (row) => row.token.decimals },
  ];
}
