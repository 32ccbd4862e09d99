import type { Address, Hex } from "viem";
import { moment, text } from "./columns.ts";
import { addressFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** An invitation that was used. */
export interface InviteRow {
  id: Hex;
  issuer: { id: Address; allowed: boolean };
  nonce: string;
  account: Address;
  blockNumber: string;
  timestamp: string;
  transactionHash: Hex;
  position: string;
}

/** All used invitations; unused ones are signatures off the chain, which nobody can count. */
export const invites: Table<InviteRow> = {
  name: "invites",
  document: documentOf(
    "invites",
    "Invite",
    "invites",
    "id nonce account blockNumber timestamp transactionHash position issuer { id allowed }",
  ),
  sorts: { position: { label: "Used", field: "position", type: "BigInt", isUnique: true } },
  filters: { issuer: addressFilter("Issuer", "issuer"), account: addressFilter("Used by", "account") },
  columns: [
    text("used by", (row) => row.account),
    text("issuer", (row) => row.issuer.id),
    text("nonce", (row) => row.nonce),
    ...moment<InviteRow>("used", ({ timestamp }) => timestamp),
    text("block", (row) => row.blockNumber),
    text("transaction", (row) => row.transactionHash),
  ],
};
