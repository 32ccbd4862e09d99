// The tables that the explorer shows and exports. Money is in token base units, sizes in bytes, moments in Unix seconds.

import { type DealRow, deals } from "./deals.ts";
import { type InviteRow, invites } from "./invites.ts";
import { type PaymentRow, payments } from "./payments.ts";
import { type MissedRow, missed, type ProofRow, proofs, type RoundRow, rounds } from "./proofs.ts";
import { type ProviderRow, providers } from "./providers.ts";
import { type PieceRow, pieces, type SetRow, sets } from "./sets.ts";
import type { Table } from "./table.ts";

export type { DealRow, InviteRow, MissedRow, PaymentRow, PieceRow, ProofRow, ProviderRow, RoundRow, SetRow };

/** Rows by the names of their tables. */
export interface Rows {
  providers: ProviderRow;
  deals: DealRow;
  pieces: PieceRow;
  sets: SetRow;
  proofs: ProofRow;
  missed: MissedRow;
  rounds: RoundRow;
  payments: PaymentRow;
  invites: InviteRow;
}
export type TableName = keyof Rows;

export const TABLES: { readonly [name in TableName]: Table<Rows[name]> } = {
  providers,
  deals,
  pieces,
  sets,
  proofs,
  missed,
  rounds,
  payments,
  invites,
};

/** The names of all tables, in the order in which a reader meets them. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
