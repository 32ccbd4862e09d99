import type { Address, Hex } from "viem";
import { moment, text } from "./columns.ts";
import { addressFilter, choiceFilter } from "./filters.ts";
import { documentOf, type Table } from "./table.ts";

/** An invitation that was used, or revoked by itself. */
export interface InviteRow {
  id: Hex;
  issuer: { id: Address };
  batch: { nonce: string; count: string | null };
  /** From 1 on. */
  index: string;
  status: "USED" | "REVOKED";
  account: Address | null;
  blockNumber: string;
  timestamp: string;
  transactionHash: Hex;
  position: string;
}

/** All used and revoked invitations; others are signatures off the chain, which nobody can count. */
export const invites: Table<InviteRow> = {
  name: "invites",
  document: documentOf(
    "invites",
    "Invite",
    "invites",
    "id index status account blockNumber timestamp transactionHash position issuer { id } batch { nonce count }",
  ),
  sorts: { position: { label: "When", field: "position", type: "BigInt", isUnique: true } },
  filters: {
    status: choiceFilter("State", {
      used: { label: "used", where: { status: "USED" } },
      revoked: { label: "revoked", where: { status: "REVOKED" } },
    }),
    issuer: addressFilter("Issuer", "issuer"),
    account: addressFilter("Used by", "account"),
  },
  columns: [
    text("state", (row) => row.status.toLowerCase()),
    text("used by", (row) => row.account ?? ""),
    text("issuer", (row) => row.issuer.id),
    text("batch", (row) => row.batch.nonce),
    text("invitation", (row) => row.index),
    text("of", (row) => row.batch.count ?? ""),
    ...moment<InviteRow>("when", ({ timestamp }) => timestamp),
    text("block", (row) => row.blockNumber),
    text("transaction", (row) => row.transactionHash),
  ],
};
